#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept between two runs: what was heard, what speakers are called, and forgetting both."""

import glob
import json
import os
import shutil
import sqlite3
import time

import harness


class Archive(harness.Case):
    has_weights = True
    models = ("whisper-base", "silero-vad")

    def listen(self, path, *options):
        start = time.monotonic()
        result = self.run_hearsay("listen", "--json", *options, path)
        self.assert_works(result)
        return json.loads(result.stdout), time.monotonic() - start

    def kept(self):
        result = self.run_hearsay("forget", "--list", "--json")
        self.assert_works(result)
        return [entry["file"] for entry in json.loads(result.stdout)]

    def test_second_time_is_quick_and_the_same(self):
        clip = self.path("clip.wav")
        shutil.copy(harness.SAMPLE, clip)
        first, slow = self.listen(clip)
        self.assertEqual(self.kept(), ["clip.wav"])
        os.rename(clip, self.path("renamed.wav"))
        second, quick = self.listen(self.path("renamed.wav"))
        self.assertEqual(second.pop("file"), "renamed.wav")
        self.assertEqual(first.pop("file"), "clip.wav")
        self.assertEqual(first, second)
        # Nor does what is shown tell whether it was kept: no digit is rounded twice.
        anew = self.run_hearsay("listen", "--no-cache", self.path("renamed.wav"))
        kept = self.run_hearsay("listen", self.path("renamed.wav"))
        self.assertEqual(anew.stdout, kept.stdout)
        # Another program may hold the processors for once.
        for _ in range(2):
            quick = min(quick, self.listen(self.path("renamed.wav"))[1])
        self.assertLess(quick, slow)
        self.assert_works(self.run_hearsay("forget", self.path("renamed.wav")))
        self.assertEqual(self.kept(), [])

    def test_nothing_is_kept_if_so_wanted(self):
        self.listen(harness.SAMPLE, "--no-cache")
        self.assertEqual(self.kept(), [])
        self.assert_works(self.run_hearsay("settings", "cache", "off"))
        self.listen(harness.SAMPLE)
        self.assertEqual(self.kept(), [])

    def test_damage_is_a_miss(self):
        first, _ = self.listen(harness.SAMPLE)
        for path in glob.glob(os.path.join(self.home, ".cache", "hearsay", "hearings.db*")):
            with open(path, "wb") as file:
                file.write(b"damage" * 1000)
        second, _ = self.listen(harness.SAMPLE)
        self.assertEqual(first, second)
        self.assertEqual(self.kept(), ["inaugural.wav"])

    def test_names_of_speakers(self):
        result = self.run_hearsay("speakers", "--json", harness.SAMPLE)
        self.assert_works(result)
        names = [speaker["name"] for speaker in json.loads(result.stdout)["speakers"]]
        if not names:
            self.skipTest("voices are not told apart: ge2e is not installed")
        self.assert_works(self.run_hearsay("speakers", harness.SAMPLE, "--rename",
                                           names[0] + "=Jack"))
        for option in ((), ("--no-cache",)):
            heard, _ = self.listen(harness.SAMPLE, *option)
            self.assertEqual(heard["speakers"][0]["name"], "Jack")
        self.assert_fails(self.run_hearsay("speakers", harness.SAMPLE, "--rename", "Z=Jill"), "Z")
        self.assert_works(self.run_hearsay("forget", harness.SAMPLE))
        heard, _ = self.listen(harness.SAMPLE)
        self.assertEqual(heard["speakers"][0]["name"], names[0])

    def make_sad(self):
        """The first line that is kept is sad for certain, so its words could disagree with that."""
        with sqlite3.connect(os.path.join(self.home, ".cache", "hearsay", "hearings.db")) as db:
            ((text,),) = db.execute("SELECT json FROM hearing").fetchall()
            heard = json.loads(text)
            line = heard["segments"][0]
            line.update(certain=True, text="I have won, and everybody loves my work.")
            line["emotion"] = {name: float(name == "sad") for name in line["emotion"]}
            db.execute("UPDATE hearing SET json = ?", (json.dumps(heard),))

    def test_words_and_tone_once_there_is_a_chat_model(self):
        store = self.env["HEARSAY_MODELS"]
        chat = "qwen2.5-coder-1.5b-instruct-q4_k_m"
        if not os.path.exists(os.path.join(store, chat + ".gguf")):
            self.skipTest("%s is not installed: hearsay models install %s" % (chat, chat))
        self.env["HEARSAY_MODELS"] = self.link_store(chat)
        first, _ = self.listen(harness.SAMPLE)
        if "emotion" not in first["segments"][0]:
            self.skipTest("how things are said is not told: ge2e is not installed")
        self.make_sad()
        without, _ = self.listen(harness.SAMPLE)
        self.assertNotIn("words_against_tone", without["segments"][0])
        self.env["HEARSAY_MODELS"] = store
        for _ in range(2):
            heard, _ = self.listen(harness.SAMPLE)
            self.assertEqual(heard["segments"][0]["sentiment"], "positive")
            self.assertTrue(heard["segments"][0]["words_against_tone"])


harness.main()
