#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""hearsay chat --speak with real weights, into a loudspeaker that is a program: it takes samples as
fast as they would be played, and notes when there was sound."""

import json
import os
import pty
import re
import signal
import sys
import time

import harness

# Two channels of 32 bits at this rate: what the pipe holds is then only 43 ms.
RATE_HZ = 192000
BYTES_PER_20_MS = RATE_HZ // 50 * 8
# Writes a line, the time and the loudest of some samples, for each 20 ms.
SINK = """
import array, sys, time
log = open(%r, "a")
start, n = time.monotonic(), 0
while True:
    data = sys.stdin.buffer.read(%d)
    if len(data) < %d:
        break
    n += 1
    print(time.monotonic(), max(map(abs, array.array("i", data)[::32])), file=log, flush=True)
    start = max(start, time.monotonic() - 0.02 * n - 0.1)
    time.sleep(max(0, start + 0.02 * n - time.monotonic()))
"""
LOUD = 300 << 16


class Speak(harness.Case):
    has_weights = True
    models = ("kokoro-82m-v1.0", "kokoro-voices", "english-pronunciations",
              "qwen2.5-coder-1.5b-instruct-q4_k_m")

    def setUp(self):
        super().setUp()
        sink = self.write("sink.py", (SINK % (self.path("heard.log"), BYTES_PER_20_MS,
                                               BYTES_PER_20_MS)).encode())
        config = self.write("alsa.conf", (
            'pcm.!default { type plug slave { pcm "sink" format S32_LE channels 2 rate %d } }\n'
            'pcm.sink { type file slave.pcm { type null } format "raw" file "|%s %s" }\n'
            % (RATE_HZ, sys.executable, sink)).encode())
        self.env["ALSA_CONFIG_PATH"] = config

    def heard(self):
        """Times at which there was sound."""
        if not os.path.exists(self.path("heard.log")):
            return []
        with open(self.path("heard.log"), encoding="utf-8") as file:
            pairs = [line.split() for line in file if line.endswith("\n")]
        return [float(t) for t, level in pairs if int(level) > LOUD]

    def wait_for_sound(self):
        for _ in range(1200):
            if self.heard():
                return
            time.sleep(0.1)
        self.fail("nothing is heard")

    def chat(self, text, *arguments):
        with open(self.write("questions", text.encode()), "rb") as file:
            result = self.run_hearsay("chat", "--speak", "--json", *arguments, stdin=file)
        self.assert_works(result)
        return json.loads(result.stdout)


class Say(Speak):
    models = Speak.models[:3]
    TEXT = ("When the rain finally stopped late in the afternoon, the children ran out of the old "
            "house and down to the river, where they built a small dam of stones and branches.")

    def test_begins_soon(self):
        """From the start of the program to the first sound: 0.5 s is the aim, on a quiet machine.
        """
        # The quickest of a few, since the machine may be busy.
        for _ in range(3):
            if self.heard():
                os.remove(self.path("heard.log"))
            begin = time.monotonic()
            result = self.run_hearsay("say", "--json", self.TEXT)
            self.assert_works(result)
            data = json.loads(result.stdout)
            if data["timing"]["first_sound_s"] < 4 and self.heard()[0] - begin < 5:
                break
        self.assert_documented("say", data)
        # The first clause is a piece of its own.
        self.assertEqual([s["text"] for s in data["sentences"]],
                         [self.TEXT[:52], self.TEXT[52:]])
        self.assertLess(data["timing"]["first_sound_s"], data["timing"]["speak_s"] + 2)
        self.assertLess(data["timing"]["first_sound_s"], 4)
        self.assertLess(self.heard()[0] - begin, 5)
        self.assertGreater(len(self.heard()) * 0.02, 0.5 * data["seconds"])


class Answers(Speak):
    def test_is_spoken(self):
        data = self.chat("Say in one sentence what the sea is.\n")
        self.assert_documented("chat", data)
        self.assertGreaterEqual(data["speech"]["sentences"], 1)
        self.assertEqual(data["speech"]["skipped"], 0)
        self.assertGreater(data["speech"]["first_sound_s"], 0)
        # The sound is all there: 20 ms a line; pauses do not count.
        self.assertGreater(len(self.heard()) * 0.02, 0.5 * data["speech"]["seconds"])

    def test_read_out(self):
        saved = self.path("rain.mp3")
        data = self.chat("Write a 10-second talk on rain and read it out.\n/save %s\n" % saved,
                         "--speed", "1.5")
        self.assert_documented("chat", data)
        call = re.fullmatch(r"<tool_call>\n(.*)\n</tool_call>", data["tool_call"])
        call = json.loads(call.group(1))
        self.assertEqual((call["name"], call["arguments"]["seconds"]), ("speak", 10))
        self.assertTrue(call["arguments"]["text"].startswith(data["answer"][:40]))
        self.assertTrue(7 < data["speech"]["seconds"] < 14, data["speech"])
        self.assertGreater(len(self.heard()) * 0.02, 0.5 * data["speech"]["seconds"])
        # The narration pipeline has made it: each sentence heard is a take beside the file.
        with open(self.path("rain.hearsay/report.json"), encoding="utf-8") as file:
            report = json.load(file)
        self.assertEqual(len(report["sentences"]), data["speech"]["sentences"])
        self.assertEqual(len([name for name in os.listdir(self.path("rain.hearsay/takes"))
                              if name.endswith(".flac")]), len(report["sentences"]))
        self.assertGreater(os.path.getsize(saved), 10000)

    def test_nothing_to_save(self):
        with open(self.write("questions", b"/save rain.mp3\n"), "rb") as file:
            result = self.run_hearsay("chat", "--speak", stdin=file)
        self.assertEqual(result.status, 1)
        self.assertIn("nothing was read out yet", result.stderr)


class Stops(Speak):
    def end_of_sound(self, stop):
        """Seconds from what `stop` does until the last sound."""
        self.wait_for_sound()
        time.sleep(0.5)
        begin = time.monotonic()
        stop()
        time.sleep(3)
        return max(self.heard()) - begin

    def start_long(self, **options):
        return self.start("chat", "--speak", "-q", "--max-tokens", "120", **options)

    def test_interrupt(self):
        with open(self.write("q", b"Tell me at length about rivers.\n"), "rb") as file:
            process = self.start_long(stdin=file)
        late = self.end_of_sound(lambda: process.send_signal(signal.SIGINT))
        self.assertLess(late, 0.6)
        self.assertEqual(self.finish(process, 60).status, 1)

    def test_enter(self):
        main, other = pty.openpty()
        self.addCleanup(os.close, main)
        process = self.start_long(stdin=other, stderr=other)
        os.close(other)
        os.write(main, b"Tell me at length about rivers.\n")
        late = self.end_of_sound(lambda: os.write(main, b"\n"))
        self.assertLess(late, 0.6)
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGTERM)


class Failures(Speak):
    def test_no_loudspeaker(self):
        self.env["ALSA_CONFIG_PATH"] = self.write(
            "none.conf", b"pcm.!default { type hw card 99 }\nctl.!default { type hw card 99 }\n")
        result = self.run_hearsay("chat", "--speak")
        self.assert_fails(result, "loudspeaker")

    def test_voice(self):
        self.env["ALSA_CONFIG_PATH"] = self.write("null.conf", b"pcm.!default { type null }\n")
        self.assert_fails(self.run_hearsay("chat", "--speak", "--voice", "none"), "voice none")

    def test_a_model_is_missing(self):
        self.env["HEARSAY_MODELS"] = self.path("store")
        os.mkdir(self.path("store"))
        self.assert_fails(self.run_hearsay("chat", "--speak"),
                          "hearsay models install kokoro-82m-v1.0")


if __name__ == "__main__":
    harness.main()
