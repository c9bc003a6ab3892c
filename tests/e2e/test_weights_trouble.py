#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""hearsay ask with real weights and the small chat model: bad input, interrupts."""

import os
import random
import time

import harness

QUESTION = "What does the speaker ask people to do?"
MODEL = "smollm2-135m-instruct-q4_1"
STOP_S = 0.2


class Ask(harness.Case):
    has_weights = True
    models = ("whisper-base", "silero-vad", MODEL)

    def ask(self, *arguments, **options):
        return self.run_hearsay("ask", "--model", MODEL, "--max-tokens", "32", *arguments,
                                **options)

    def test_no_speech_no_answer(self):
        noise = random.Random(1)
        for samples in ([0] * 48000, [noise.randint(-8000, 8000) for _ in range(48000)]):
            path = harness.write_wav(self.path("nothing.wav"), samples)
            for arguments in ((), ("--json",)):
                self.assert_fails(self.ask(path, QUESTION, *arguments), "no speech was found")

    def test_bad_recordings(self):
        self.assert_fails(self.ask(self.path("none.wav"), QUESTION), r"none\.wav")
        self.assert_fails(self.ask(self.write("empty.wav", b""), QUESTION), r"empty\.wav")
        self.assert_fails(self.ask(self.write("text.wav", b"words " * 100), QUESTION), r"text\.wav")

    def test_usage(self):
        self.assert_fails(self.ask(harness.SAMPLE), status=2)
        self.assert_fails(self.ask(harness.SAMPLE, ""), "empty", status=2)
        self.assert_fails(self.ask(harness.SAMPLE, b"\xff\xfe"), "UTF-8", status=2)

    def test_broken_models(self):
        store = self.env["HEARSAY_MODELS"]
        with open(os.path.join(store, MODEL + ".gguf"), "rb") as file:
            data = file.read(20_000_000)
        cases = {"cut.gguf": data, "text.gguf": b"no model " * 1000, "empty.gguf": b""}
        for name, content in cases.items():
            with self.subTest(name):
                path = self.write(name, content)
                result = self.run_hearsay("ask", "--model", path, harness.SAMPLE, QUESTION)
                self.assert_fails(result, name)
        foreign = os.path.join(store, "whisper-base.gguf")
        result = self.run_hearsay("ask", "--model", foreign, harness.SAMPLE, QUESTION)
        self.assert_fails(result, "whisper")

    def test_streams(self):
        with open("/dev/full", "wb") as full:
            result = self.ask(harness.SAMPLE, QUESTION, stdout=full)
        self.assert_fails(result, "standard output: No space left")
        reader, writer = os.pipe()
        os.close(reader)
        result = self.ask(harness.SAMPLE, QUESTION, stdout=writer)
        os.close(writer)
        self.assert_fails(result, "standard output: Broken pipe")

    def test_stops_at_once(self):
        for cpu in (0.3, 1.0, 2.0, 3.0):
            times = []
            for _ in range(3):
                process = self.start("ask", "--model", MODEL, "--max-tokens", "2000",
                                     harness.SAMPLE, "Tell a very long story about it.")
                while process.poll() is None and harness.cpu_seconds(process.pid) < cpu:
                    time.sleep(0.01)
                if process.poll() is not None:
                    break
                times.append(harness.seconds_to_stop(process))
                self.assert_fails(self.finish(process), "^hearsay: stopped\n$", stdout=None)
                if times[-1][0] < STOP_S:
                    break
            print("# stopped after %.1f s of processor time within %s ms (and of processor time)"
                  % (cpu, ", ".join("%.0f (%.0f)" % (1000 * t, 1000 * c) for t, c in times)))
            if times:
                self.assertLess(min(min(pair) for pair in times), STOP_S)


if __name__ == "__main__":
    harness.main()
