#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""hearsay transcribe with real weights: forms, strange recordings, broken models, interrupts."""

import array
import json
import os
import pty
import random
import re
import signal
import struct
import subprocess

import harness

STOP_S = 0.2


def plain(text):
    return re.sub(r"[^a-z]+", " ", text.lower()).strip()


class Transcribe(harness.Case):
    has_weights = True
    models = ("whisper-base", "silero-vad")

    def transcribe(self, *arguments, **options):
        result = self.run_hearsay("transcribe", *arguments, **options)
        self.assert_works(result)
        return result.stdout

    def assert_heard(self, text):
        self.assertRegex(plain(text), plain("ask not what your country can do for you ask what you "
                                            "can do for your country"))


class Forms(Transcribe):
    def test_all_say_the_same(self):
        txt = self.transcribe(harness.SAMPLE)
        self.assert_heard(txt)
        spoken = plain(txt)
        for name in ("srt", "vtt", "md"):
            text = self.transcribe(harness.SAMPLE, "--format", name)
            lines = [line for line in text.splitlines() if re.search("[a-z]", line)
                     and not line.startswith(("#", "WEBVTT", "Length"))]
            self.assertEqual(plain(" ".join(lines)), spoken, name)
        self.check_json(self.transcribe(harness.SAMPLE, "--json"), spoken)

    def check_json(self, text, spoken):
        data = json.loads(text)
        self.assert_documented("transcribe", data)
        self.assertEqual(data["language"], "en")
        self.assertAlmostEqual(data["seconds"], 11.0, delta=0.01)
        self.assertEqual(plain(" ".join(s["text"] for s in data["segments"])), spoken)
        last = 0.0
        for segment in data["segments"]:
            self.assertLessEqual(last, segment["start"])
            self.assertLess(segment["start"], segment["end"])
            self.assertLessEqual(segment["end"], data["seconds"] + 0.01)
            last = segment["end"]
            self.assertEqual(plain(" ".join(w["word"] for w in segment["words"])),
                             plain(segment["text"]))
            for word in segment["words"]:
                self.assertLessEqual(word["start"], word["end"])
                self.assertTrue(0.0 < word["probability"] <= 1.0)

    def test_into_files(self):
        out = self.path("out.vtt")
        self.assertEqual(self.transcribe(harness.SAMPLE, "-f", "vtt", "-o", out), "")
        with open(out, encoding="utf-8") as file:
            self.assertTrue(file.read().startswith("WEBVTT\n"))
        folder = self.path("notes")
        os.mkdir(folder)
        copy = harness.write_wav(self.path("inaugural.wav"), harness.read_sample())
        result = self.run_hearsay("transcribe", harness.SAMPLE, self.path("none.wav"), copy, "-o",
                                  folder)
        self.assert_fails(result, r"none\.wav")
        self.assertEqual(sorted(os.listdir(folder)), ["inaugural.txt", "inaugural.wav.txt"])

    def test_streams_on_a_terminal(self):
        master, terminal = pty.openpty()
        process = self.start("transcribe", harness.SAMPLE, stdout=terminal)
        os.close(terminal)
        shown = b""
        try:
            while data := os.read(master, 4096):
                shown += data
        except OSError:
            pass
        os.close(master)
        self.assertEqual(self.finish(process).status, 0)
        self.assert_heard(shown.decode())

    def test_language(self):
        text = self.transcribe(harness.SAMPLE, "--language", "en", "--json")
        self.assertEqual(json.loads(text)["language"], "en")
        result = self.run_hearsay("transcribe", harness.SAMPLE, "--language", "qqq")
        self.assert_fails(result, "qqq")

    def test_beam(self):
        self.assert_heard(self.transcribe(harness.SAMPLE, "--beam", "3"))

    def test_threads_say_the_same(self):
        one = json.loads(self.transcribe(harness.SAMPLE, "--json", "--threads", "1"))
        three = json.loads(self.transcribe(harness.SAMPLE, "--json", "--threads", "3"))
        self.assertEqual(one["segments"], three["segments"])


class Strange(Transcribe):
    def test_silence_and_noise(self):
        noise = random.Random(1)
        cases = {
            "silence.wav": [0] * 80000,
            "faint.wav": [noise.randint(-3, 3) for _ in range(80000)],
            "noise.wav": [noise.randint(-8000, 8000) for _ in range(80000)],
        }
        for name, samples in cases.items():
            path = harness.write_wav(self.path(name), samples)
            for arguments in ((), ("--json",), ("--format", "srt")):
                with self.subTest(name + " ".join(arguments)):
                    result = self.run_hearsay("transcribe", path, *arguments)
                    self.assert_fails(result, name + ": no speech was found")

    def test_rates_and_channels(self):
        samples = harness.read_sample()
        cases = {
            "8k.wav": (harness.resample(samples, 8000), 8000, 1),
            "192k.wav": (harness.resample(samples, 192000), 192000, 1),
            "eight.wav": (array.array("h", (s for s in samples for _ in range(8))), 16000, 8),
        }
        for name, (data, rate, channels) in cases.items():
            with self.subTest(name):
                path = harness.write_wav(self.path(name), data, rate, channels)
                self.assert_heard(self.transcribe(path))

    def test_not_a_number(self):
        samples = [s / 32768.0 for s in harness.read_sample()]
        for i in range(1000, 1200):
            samples[i] = float("nan")
        samples[1300] = float("inf")
        data = array.array("f", samples).tobytes()
        header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 3,
                             1, 16000, 64000, 4, 32, b"data", len(data))
        result = self.run_hearsay("transcribe", self.write("nan.wav", header + data))
        self.assert_works(result)
        self.assert_heard(result.stdout)
        self.assertIn("201 samples are no numbers", result.stderr)

    def test_truncated(self):
        mp3 = self.path("whole.mp3")
        tool = os.environ["HEARSAY_MAKE_RECORDING"]
        if subprocess.run([tool, harness.SAMPLE, mp3], check=False).returncode != 0:
            mp3 = None
        for name, source in (("cut.wav", harness.SAMPLE), ("cut.mp3", mp3)):
            if source is None:
                continue
            with self.subTest(name), open(source, "rb") as file:
                data = file.read()
                path = self.write(name, data[:len(data) * 3 // 4])
                result = self.run_hearsay("transcribe", path)
                self.assert_works(result)
                self.assertIn("what your country can do for you", plain(result.stdout))
                self.assertNotIn("for your country", plain(result.stdout))

    def test_kinds(self):
        tool = os.environ["HEARSAY_MAKE_RECORDING"]
        for kind in ("flac", "ogg", "opus", "mp3", "aiff"):
            path = self.path("sample." + kind)
            if subprocess.run([tool, harness.SAMPLE, path], check=False).returncode == 0:
                with self.subTest(kind):
                    self.assert_heard(self.transcribe(path))


class Broken(Transcribe):
    def test_models(self):
        store = self.env["HEARSAY_MODELS"]
        with open(os.path.join(store, "whisper-base.gguf"), "rb") as file:
            data = file.read()
        cut = self.write("cut.gguf", data[:len(data) // 2])
        self.assert_fails(self.run_hearsay("transcribe", harness.SAMPLE, "--model", cut),
                          r"cut\.gguf")
        vad = os.path.join(store, "silero-vad.gguf")
        self.assert_fails(self.run_hearsay("transcribe", harness.SAMPLE, "--model", vad), "silero")

    def test_full_disk(self):
        with open("/dev/full", "wb") as full:
            result = self.run_hearsay("transcribe", harness.SAMPLE, stdout=full)
        self.assert_fails(result, "standard output: No space left")
        self.assert_fails(self.run_hearsay("transcribe", harness.SAMPLE, "-o", "/dev/full"),
                          "/dev/full: No space left")

    def test_limit_on_files(self):
        folder = self.path("out")
        os.mkdir(folder)
        out = os.path.join(folder, "out.txt")
        result = self.run_hearsay("transcribe", harness.SAMPLE, "-o", out,
                                  preexec_fn=harness.limit_files(16))
        self.assert_fails(result, r"out\.txt: File too large")
        self.assertEqual(os.listdir(folder), [])

    def test_closed_pipe(self):
        reader, writer = os.pipe()
        os.close(reader)
        result = self.run_hearsay("transcribe", harness.SAMPLE, stdout=writer)
        os.close(writer)
        self.assert_fails(result, "standard output: Broken pipe")

    def test_home_is_not_there(self):
        self.env["HOME"] = "/nonexistent"
        self.assert_heard(self.transcribe(harness.SAMPLE))

    def test_two_at_once(self):
        first = self.start("transcribe", harness.SAMPLE)
        second = self.start("transcribe", harness.SAMPLE)
        results = [self.finish(first), self.finish(second)]
        for result in results:
            self.assert_works(result)
        self.assertEqual(results[0].stdout, results[1].stdout)


class Interrupt(Transcribe):
    def test_stops_at_once(self):
        """At any moment of the work; the quickest of a few, since the machine may be busy."""
        sample = harness.read_sample()
        path = harness.write_wav(self.path("long.wav"), sample * 40)
        out = self.path("out.txt")
        for cpu in (0.3, 1.0, 3.0):
            times = []
            for _ in range(4):
                process = self.start("transcribe", path, "-o", out)
                self.let_work(process, cpu)
                times.append(harness.seconds_to_stop(process))
                result = self.finish(process)
                self.assert_fails(result, "^hearsay: stopped\n$")
                self.assertFalse(os.path.exists(out))
                if times[-1][0] < STOP_S:
                    break
            print("# stopped after %.1f s of processor time within %s ms (and of processor time)"
                  % (cpu, ", ".join("%.0f (%.0f)" % (1000 * t, 1000 * c) for t, c in times)))
            self.assertLess(min(min(pair) for pair in times), STOP_S)

    def test_term(self):
        path = harness.write_wav(self.path("long.wav"), harness.read_sample() * 20)
        process = self.start("transcribe", path)
        self.let_work(process, 0.3)
        harness.seconds_to_stop(process, signal.SIGTERM)
        self.assert_fails(self.finish(process), "stopped")


if __name__ == "__main__":
    harness.main()
