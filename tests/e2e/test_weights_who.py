#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose voice it is: who and people, with the real weights."""

import json
import os
import stat

import harness

CONSENT = "He agreed to this in writing, 2026"


def faster(samples, factor):
    """Another voice: higher, and as of a smaller head."""
    return [samples[int(i * factor)] for i in range(int(len(samples) / factor))]


class Case(harness.Case):
    has_weights = True
    models = ("silero-vad", "ge2e-speaker")

    def setUp(self):
        super().setUp()
        samples = harness.read_sample()
        self.samples = samples
        self.first = harness.write_wav(self.path("first.wav"), samples[: len(samples) // 2])
        self.second = harness.write_wav(self.path("second.wav"), samples[len(samples) // 2 :])
        self.other = harness.write_wav(self.path("other.wav"), faster(samples, 1.5))
        self.short = harness.write_wav(self.path("short.wav"), samples[6000:10800])
        self.silence = harness.write_wav(self.path("silence.wav"), [0] * 48000)

    def who(self, *files):
        result = self.run_hearsay("who", "--json", *files)
        self.assert_works(result)
        document = json.loads(result.stdout)
        self.assert_documented("who", document)
        return document


class Who(Case):
    def test_same_and_different(self):
        (pair,) = self.who(self.first, self.second)["pairs"]
        self.assertEqual(pair["verdict"], "same")
        self.assertGreater(pair["score"], pair["threshold"])
        (pair,) = self.who(self.first, self.other)["pairs"]
        self.assertEqual(pair["verdict"], "different")
        self.assertLess(pair["score"], pair["threshold"])
        self.assertGreater(pair["confidence"], 0.5)
        text = self.run_hearsay("who", self.first, self.other)
        self.assert_works(text)
        self.assertRegex(text.stdout, r"^different speakers  score 0\.\d\d  threshold 0\.\d\d")

    def test_table(self):
        result = self.run_hearsay("who", self.first, self.second, self.other)
        self.assert_works(result)
        lines = result.stdout.splitlines()
        self.assertEqual(len(lines), 5)
        self.assertRegex(lines[1], r"^ 1  first\.wav +- +=0\.\d\d +0\.\d\d$")
        self.assertEqual(len(self.who(self.first, self.second, self.other)["pairs"]), 3)

    def test_same_file(self):
        (pair,) = self.who(self.first, self.first)["pairs"]
        self.assertEqual((pair["verdict"], pair["same_recording"]), ("same", True))
        result = self.run_hearsay("who", self.first, self.first)
        self.assertIn("the same recording", result.stderr)

    def test_too_short(self):
        document = self.who(self.first, self.short)
        (pair,) = document["pairs"]
        self.assertEqual((pair["verdict"], pair["confidence"]), ("uncertain", 0.5))
        self.assertTrue(document["files"][1]["too_short"])
        result = self.run_hearsay("who", self.first, self.short)
        self.assert_works(result)
        self.assertIn("too short", result.stderr)
        self.assertTrue(result.stdout.startswith("uncertain"))

    def test_bad_files(self):
        self.assert_fails(self.run_hearsay("who", self.first, self.path("none.wav")), r"none\.wav")
        self.assert_fails(self.run_hearsay("who", self.silence, self.first), r"silence.*no speech")
        self.assert_fails(self.run_hearsay("who"), "FILE", status=2)
        self.assert_fails(self.run_hearsay("who", self.first), "two", status=2)
        self.env["HEARSAY_MODELS"] = self.link_store("ge2e-speaker")
        self.assert_fails(self.run_hearsay("who", self.first, self.second), "models install")


class People(Case):
    models = ("silero-vad", "ge2e-speaker", "whisper-base")

    def people(self, *arguments):
        result = self.run_hearsay("people", *arguments, "--json")
        self.assert_works(result)
        document = json.loads(result.stdout)
        self.assert_documented("people", document)
        return document

    def speakers(self, file):
        result = self.run_hearsay("listen", "--json", file)
        self.assert_works(result)
        return [speaker["name"] for speaker in json.loads(result.stdout)["speakers"]]

    def test_enrol_and_find(self):
        self.assertEqual(self.people(), [])
        person = self.people("add", "Jack", harness.SAMPLE, self.first, "--consent", CONSENT)
        self.assertEqual((person["name"], person["consent"]), ("Jack", CONSENT))
        path = os.path.join(self.home, ".local/share/hearsay/people.db")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        (speaker,) = self.who(self.second)["files"][0]["speakers"]
        self.assertEqual(speaker["person"], "Jack")
        (speaker,) = self.who(self.other)["files"][0]["speakers"]
        self.assertIsNone(speaker["person"])
        self.assertIn("Jack", self.run_hearsay("who", self.second).stdout)
        self.assertEqual(self.speakers(self.second), ["Jack"])
        self.assertEqual([p["name"] for p in self.people("rename", "Jack", "John")], ["John"])
        self.assertEqual(self.speakers(self.second), ["John"])
        self.assertEqual(self.people("remove", "John"), [])
        self.assertEqual(self.speakers(self.second), ["A"])
        self.assert_fails(self.run_hearsay("people", "remove", "John"), "nobody called John")

    def test_refused(self):
        add = ("people", "add", "Jack")
        self.assert_fails(self.run_hearsay(*add, harness.SAMPLE), "consent", status=2)
        self.assert_fails(self.run_hearsay(*add, harness.SAMPLE, "--consent", " "), "consent",
                          status=2)
        self.assert_fails(self.run_hearsay(*add, "--consent", CONSENT), "recordings", status=2)
        self.assert_fails(self.run_hearsay(*add, self.first, "--consent", CONSENT), "too little")
        self.assert_fails(
            self.run_hearsay(*add, harness.SAMPLE, self.other, "--consent", CONSENT), "unlike")
        self.assert_fails(
            self.run_hearsay(*add, harness.SAMPLE, self.silence, "--consent", CONSENT), "no speech")
        self.assert_fails(self.run_hearsay("people", "enrol"), "enrol", status=2)
        self.assertEqual(self.people(), [])


harness.main()
