#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""hearsay say with real weights: what it says is understood by our own listener; files, stops."""

import glob
import json
import os
import re
import signal
import time
import wave

import harness

TEXT = "On March 3rd, Dr. Smith paid $5 for 1,024 apples. The cat didn't read the U.S. record!"
HEARD = ("on march 3rd dr smith paid 5 for 1024 apples the cat didn t read the us record")


def plain(text):
    text = re.sub(r"(?<=\d),(?=\d)", "", text.lower())
    text = text.replace("u.s.", "us").replace("march 3,", "march 3rd,")
    return re.sub(r"[^a-z0-9]+", " ", text).strip()


class Say(harness.Case):
    has_weights = True
    models = ("kokoro-82m-v1.0", "kokoro-voices", "english-pronunciations")

    def say(self, *arguments, **options):
        result = self.run_hearsay("say", *arguments, **options)
        self.assert_works(result)
        return result.stdout

    def samples(self, path):
        with wave.open(path) as file:
            self.assertEqual((file.getframerate(), file.getnchannels()), (24000, 1))
            return file.getnframes()


class Speech(Say):
    models = Say.models + ("whisper-base", "silero-vad")

    def test_is_understood(self):
        for voice in ("af_heart", "am_michael"):
            path = self.path(voice + ".wav")
            self.assertEqual(self.say(TEXT, "-o", path, "--voice", voice), "")
            heard = self.run_hearsay("transcribe", path)
            self.assert_works(heard)
            self.assertEqual(plain(heard.stdout), HEARD, voice)

    def test_chinese_is_understood(self):
        path = self.path("zh.wav")
        text = "今天天气很好，我们一起去公园散步吧。"
        data = json.loads(self.say(text, "-o", path, "--json"))
        self.assertEqual(data["voice"], "zf_xiaobei")
        heard = self.run_hearsay("transcribe", path, "--language=zh", "--script=simplified")
        self.assert_works(heard)
        self.assertEqual(re.sub(r"\W", "", heard.stdout), re.sub(r"\W", "", text))

    def test_what_cannot_be_spoken_is_quoted(self):
        result = self.run_hearsay("say", "One. Привет, мир! Two.", "-o", self.path("a.wav"))
        self.assert_fails(result, "Cyrillic script .*Привет, мир!")


class Files(Say):
    def test_json(self):
        path = self.path("a.wav")
        data = json.loads(self.say("One. Two, three.", "-o", path, "--json", "--speed=1.5"))
        self.assert_documented("say", data)
        self.assertEqual([s["text"] for s in data["sentences"]], ["One.", "Two, three."])
        self.assertEqual(data["sentences"][0]["phonemes"], "wˈʌn.")
        self.assertEqual(data["sentences"][0]["end"], data["sentences"][1]["start"])
        self.assertAlmostEqual(self.samples(path) / 24000, data["seconds"], places=3)

    def test_same_words_same_samples(self):
        files = []
        for threads in ("1", "2"):
            self.say("Hello there.", "-o", self.path("a.wav"), "--threads", threads)
            with open(self.path("a.wav"), "rb") as file:
                files.append(file.read())
        self.assertEqual(files[0], files[1])

    def test_standard_input_and_flac(self):
        path = self.path("a.flac")
        text = self.write("a.txt", "Hello there. ".encode() * 3)
        with open(text, "rb") as file:
            self.say("-", "-o", path, stdin=file)
        with open(path, "rb") as file:
            self.assertEqual(file.read(4), b"fLaC")

    def test_speed(self):
        lengths = []
        for speed in ("0.5", "1", "2"):
            self.say("This is how fast I speak.", "-o", self.path("a.wav"), "--speed", speed)
            lengths.append(self.samples(self.path("a.wav")))
        self.assertGreater(lengths[0], 1.5 * lengths[1])
        self.assertGreater(lengths[1], 1.5 * lengths[2])

    def test_long_and_strange_texts(self):
        path = self.path("a.wav")
        for text in ("a" * 700, "🙂 yes \x07 \u200b 你好 no", "word " * 120):
            self.say(text, "-o", path)
            self.assertGreater(self.samples(path), 6000)


    def test_is_marked(self):
        for name in ("a.flac", "a.opus", "a.mp3"):
            path = self.path(name)
            self.say("This sentence was never spoken by anybody, and whoever hears it can find out "
                     "that it was made.", "-o", path)
            result = self.run_hearsay("verify", path, "--json")
            self.assert_works(result)
            data = json.loads(result.stdout)
            self.assert_documented("verify", data)
            self.assertTrue(data[0]["made_by_hearsay"])
            self.assertTrue(data[0]["metadata"]["says_made_by_hearsay"])
            self.assertEqual(data[0]["voice"], "stock")
            self.assertLess(data[0]["by_chance"], 1e-6)
            self.assertEqual(len(data[0]["spans"]), 1)


class Failures(Say):
    def test_nothing_to_say(self):
        for text in ("", " \n ", "🙂", "?!"):
            result = self.run_hearsay("say", text, "-o", self.path("a.wav"))
            self.assert_fails(result, "nothing in the text")
            self.assertFalse(os.path.exists(self.path("a.wav")))

    def test_voice(self):
        result = self.run_hearsay("say", "Yes.", "--voice", "none", "-o", self.path("a.wav"))
        self.assert_fails(result, "no voice none; there are .*af_heart")
        self.assertFalse(os.path.exists(self.path("a.wav")))

    def test_output(self):
        self.assert_fails(self.run_hearsay("say", "Yes.", "-o", self.path("a.m4a")), "wav, .flac")
        self.assert_fails(self.run_hearsay("say", "Yes.", "-o", self.path("no/a.wav")), "a.wav")
        limit = harness.limit_files(20000)
        result = self.run_hearsay("say", "Yes, this is long enough.", "-o", self.path("a.wav"),
                                  preexec_fn=limit)
        self.assertEqual(result.status, 1)
        self.assertRegex(result.stderr, "a.wav: writing failed")

    def test_a_model_is_missing(self):
        for model in self.models:
            env = dict(self.env, HEARSAY_MODELS=self.path("store"))
            store = self.link_store(model)
            result = self.run_hearsay("say", "Yes.", "-o", self.path("a.wav"), env=env)
            self.assert_fails(result, "hearsay models install " + model)
            os.rename(store, self.path("store-" + model))

    def test_interrupt(self):
        path = self.path("a.wav")
        process = self.start("say", "This is a sentence of some length. " * 40, "-o", path)
        for _ in range(600):
            if any(os.path.getsize(name) > 20000 for name in glob.glob(self.path(".a.wav.*"))):
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        result = self.finish(process, 30)
        self.assertEqual(result.status, 1)
        self.assertRegex(result.stderr, "are kept\n.*stopped")
        self.assertGreater(self.samples(path), 10000)


if __name__ == "__main__":
    harness.main()
