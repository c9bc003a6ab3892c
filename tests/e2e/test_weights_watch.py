#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""hearsay listen --watch and transcribe --watch: recordings that are there and that come, results
that stay, and the end."""

import json
import os
import shutil
import signal
import time

import harness


class Watch(harness.Case):
    has_weights = True
    models = ("whisper-base", "silero-vad")

    def setUp(self):
        super().setUp()
        self.inbox = self.path("inbox")
        os.mkdir(self.inbox)

    def put(self, name):
        """As a browser does it: whole, from one moment to the next."""
        shutil.copy(harness.SAMPLE, os.path.join(self.folder, "new"))
        os.rename(os.path.join(self.folder, "new"), os.path.join(self.inbox, name))

    def read(self, name):
        with open(os.path.join(self.inbox, name), encoding="utf-8") as file:
            return file.read()

    def wait_for(self, name, seconds=90):
        end = time.monotonic() + seconds
        while not os.path.exists(os.path.join(self.inbox, name)):
            self.assertLess(time.monotonic(), end, f"{name} in {os.listdir(self.inbox)}")
            time.sleep(0.1)

    def watch(self, *arguments, **options):
        return self.start("listen", "--watch", self.inbox, *arguments, **options)

    def wait_for_note(self, text, seconds=90):
        end = time.monotonic() + seconds
        while True:
            with open(self.path("stderr"), encoding="utf-8") as file:
                told = file.read()
            if text in told:
                return
            self.assertLess(time.monotonic(), end, told)
            time.sleep(0.05)

    def stop(self, process, number=signal.SIGINT):
        process.send_signal(number)
        result = self.finish(process, 20)
        self.assertEqual(result.status, 0, result.stderr)
        self.assertNotRegex(result.stderr, harness.FAULTS)
        return result

    def test_what_is_there_and_what_comes(self):
        self.put("one.wav")
        with open(os.path.join(self.inbox, "broken.mp3"), "w", encoding="utf-8") as file:
            file.write("This is no recording.")
        self.put("two.wav.part")
        process = self.watch("--json")
        self.wait_for("one.txt")
        self.assertIn("country", self.read("one.txt"))
        self.put("two.wav")
        os.remove(os.path.join(self.inbox, "two.wav.part"))
        self.wait_for("two.txt")
        result = self.stop(process)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        self.assert_documented("listen", lines)
        self.assertEqual(sorted(line["file"] for line in lines),
                         ["broken.mp3", "one.wav", "two.wav"])
        self.assertEqual(sum("error" in line for line in lines), 1)
        self.assertEqual(result.stderr.count("broken.mp3"), 1, result.stderr)
        self.assertEqual(sorted(os.listdir(self.inbox)),
                         ["broken.mp3", "one.txt", "one.wav", "two.txt", "two.wav"])

    def test_what_is_said_is_written_down(self):
        """transcribe: in a form and a folder of their own, also from folders inside."""
        out = self.path("out")
        os.mkdir(out)
        os.mkdir(os.path.join(self.inbox, "monday"))
        self.put("monday/one.wav")
        process = self.start("transcribe", "--watch", self.inbox, "-o", out, "--format", "srt",
                             "--recursive", "--json", "--beam", "1")
        self.wait_for("../out/monday/one.srt")
        self.assertRegex(self.read("../out/monday/one.srt"), r"(?s)-->.*country")
        result = self.stop(process)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        self.assert_documented("listen", lines)
        self.assertEqual([line["file"] for line in lines], ["monday/one.wav"])
        self.assertEqual(os.listdir(os.path.join(self.inbox, "monday")), ["one.wav"])

    def test_nothing_is_done_twice_or_lost(self):
        self.put("talk.wav")
        self.stop_when(self.watch("--format", "srt"), "talk.srt")
        with open(os.path.join(self.inbox, "talk.srt"), "w", encoding="utf-8") as file:
            file.write("mine")
        self.put("second.wav")
        result = self.stop_when(self.watch("--format", "srt"), "second.srt")
        self.assertIn("1 done before", result.stderr)
        self.assertNotIn("talk", result.stdout)
        # A new recording of the same name.
        os.utime(os.path.join(self.inbox, "talk.wav"))
        self.stop_when(self.watch("--format", "srt"), "talk (2).srt")
        self.assertEqual(self.read("talk.srt"), "mine")
        self.assertIn("-->", self.read("talk (2).srt"))

    def stop_when(self, process, name):
        self.wait_for(name)
        # The line about it comes a moment later.
        time.sleep(0.3)
        return self.stop(process, signal.SIGTERM)

    def test_folder_that_goes_away(self):
        with open(self.path("stderr"), "wb") as file:
            process = self.watch("--into", self.folder, stderr=file)
        self.wait_for_note("watching ")
        os.rename(self.inbox, self.path("away"))
        self.wait_for_note("waiting for it")
        os.rename(self.path("away"), self.inbox)
        self.put("late.wav")
        self.wait_for_note("is there again")
        self.stop_when(process, "../late.txt")
        with open(self.path("stderr"), encoding="utf-8") as file:
            self.assertNotRegex(file.read(), harness.FAULTS)

    def test_stops_while_it_listens(self):
        samples = harness.read_sample() * 20
        harness.write_wav(os.path.join(self.inbox, "long.wav"), samples)
        process = self.watch()
        # More than it takes to be ready and to wait until the file has settled.
        self.let_work(process, 2.0)
        self.assertEqual(self.stop(process).stdout, "")
        self.assertEqual(os.listdir(self.inbox), ["long.wav"])


harness.main()
