#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""hearsay verify on recordings of people, and on what is no recording."""

import json
import os

import harness


class Verify(harness.Case):
    def test_human(self):
        result = self.run_hearsay("verify", harness.SAMPLE)
        self.assertEqual((result.status, result.stderr), (3, ""))
        self.assertRegex(result.stdout, r"^inaugural.wav: no mark found\n  score \d+\.\d, thresh")

    def test_json(self):
        result = self.run_hearsay("verify", "--json", harness.SAMPLE, "none.wav")
        self.assertEqual(result.status, 1)
        data = json.loads(result.stdout)
        self.assert_documented("verify", data)
        self.assertFalse(data[0]["made_by_hearsay"])
        self.assertIsNone(data[0]["voice"])
        self.assertEqual(data[0]["spans"], [])
        self.assertLess(data[0]["score"], data[0]["threshold"])
        self.assertIn("none.wav", data[1]["error"])

    def test_usage(self):
        self.assert_fails(self.run_hearsay("verify"), "hearsay verify FILE", status=2)

    def test_bad_input(self):
        text = self.write("a.wav", b"no sound at all\n" * 10)
        os.mkfifo(self.path("pipe"))
        for path, message in ((text, "a.wav"), ("none.wav", "none.wav"), ("/dev/zero", "zero"),
                              (self.path("pipe"), "pipe"), (self.folder, "directory|folder")):
            self.assert_fails(self.run_hearsay("verify", path), message)

    def test_one_of_several_fails(self):
        result = self.run_hearsay("verify", "none.wav", harness.SAMPLE)
        self.assert_fails(result, "none.wav", stdout=None)
        self.assertIn("no mark found", result.stdout)

    def test_silence_and_short(self):
        silence = harness.write_wav(self.path("silence.wav"), [0] * harness.RATE_HZ * 6)
        short = harness.write_wav(self.path("short.wav"), [1000, -1000] * 2000)
        for path in (silence, short):
            result = self.run_hearsay("verify", path)
            self.assertEqual((result.status, result.stderr), (3, ""))


if __name__ == "__main__":
    harness.main()
