#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""hearsay listen with the default models: the whole Hearing; recordings that allow no verdict."""

import json
import math
import random

import harness

EMOTIONS = {"neutral", "happy", "sad", "angry", "fearful", "surprised", "disgusted"}
# Why the emotion may be left open.
DOUBTS = {"flat", "short", "noise", "clipped", "narrow", "unvoiced", "unusual", "no-speech"}


def clip(values):
    return [max(-32768, min(32767, int(value))) for value in values]


def add_noise(samples, db):
    noise = random.Random(3)
    power = sum(s * s for s in samples) / len(samples)
    deviation = math.sqrt(power / 10 ** (db / 10))
    return clip(s + noise.gauss(0, deviation) for s in samples)


def play_music(seconds):
    """A minor chord after the other, with four partials."""
    roots = (220.0, 174.6, 261.6, 196.0)
    out = []
    for i in range(int(seconds * harness.RATE_HZ)):
        t = i / harness.RATE_HZ
        root = roots[int(t) % len(roots)]
        fade = math.exp(-3 * (t % 1))
        value = sum(math.sin(2 * math.pi * root * interval * partial * t) / partial
                    for interval in (1, 1.189, 1.498) for partial in (1, 2, 3, 4))
        out.append(4000 * fade * value)
    return clip(out)


def narrow_band(samples):
    """A telephone: 8 kHz, and nothing below 300 Hz."""
    low = harness.resample(samples, 8000)
    out, before, kept = [], 0.0, 0.0
    for sample in low:
        kept = 0.79 * (kept + sample - before)
        before = sample
        out.append(kept)
    return clip(out)


def predict(frame, order):
    """Linear prediction by Levinson and Durbin: the filter and the error's power."""
    products = [sum(frame[i] * frame[i + k] for i in range(len(frame) - k))
                for k in range(order + 1)]
    filter_, error = [1.0], products[0] * 1.001 + 1
    for k in range(1, order + 1):
        reflection = -sum(filter_[j] * products[k - j] for j in range(k)) / error
        filter_ = [(filter_[j] if j < k else 0) + reflection * (filter_[k - j] if j > 0 else 0)
                   for j in range(k)] + [reflection]
        error *= 1 - reflection * reflection
    return filter_, error / len(frame)


def whisper(samples):
    """The same mouth, and breath in place of a voice."""
    noise = random.Random(5)
    out = [0.0] * 16
    for first in range(0, len(samples) - 320, 320):
        filter_, power = predict(samples[first:first + 320], 10)
        for _ in range(320):
            value = noise.gauss(0, math.sqrt(power))
            value -= sum(filter_[k] * out[-k] for k in range(1, 11))
            out.append(value)
    return clip(out)


def laugh(seconds):
    """Bursts of voiced sound, five a second."""
    out = []
    for i in range(int(seconds * harness.RATE_HZ)):
        t = i / harness.RATE_HZ
        burst = max(0.0, math.sin(2 * math.pi * 5 * t)) ** 2
        out.append(6000 * burst * sum(math.sin(2 * math.pi * 280 * k * t) / k for k in range(1, 9)))
    return clip(out)


class Listening(harness.Case):
    has_weights = True
    models = ("whisper-base", "silero-vad", "ge2e-speaker")

    def make(self, name, samples, rate_hz=harness.RATE_HZ):
        return harness.write_wav(self.path(name + ".wav"), samples, rate_hz)

    def listen(self, *arguments, status=0, **options):
        result = self.run_hearsay("listen", "--json", *arguments, **options)
        self.assertEqual(result.status, status, result.stderr)
        self.assertNotRegex(result.stderr, harness.FAULTS)
        return json.loads(result.stdout)


class Whole(Listening):
    def test_everything_at_once(self):
        data = self.listen(harness.SAMPLE)
        self.assert_documented("listen", data)
        self.assertEqual(data["language"], "en")
        self.assertEqual([speaker["name"] for speaker in data["speakers"]], ["A"])
        self.assertGreater(data["speakers"][0]["gender"]["male"], 0.7)
        for segment in data["segments"]:
            self.assertEqual(segment["speaker"], "A")
            self.assertEqual(set(segment["emotion"]), EMOTIONS)
            self.assertAlmostEqual(sum(segment["emotion"].values()), 1, delta=0.01)
            self.assertEqual(segment["certain"], not DOUBTS & set(segment["doubts"]))
            self.assertTrue(80 < segment["pitch_hz"] < 250, segment["pitch_hz"])
            self.assertTrue(-40 < segment["loudness_lufs"] < -5, segment["loudness_lufs"])
            self.assertTrue(1 < segment["rate_sps"] < 9, segment["rate_sps"])
            words = "".join(word["word"] for word in segment["words"]).strip()
            self.assertEqual(words, segment["text"])

    def test_switched_off(self):
        self.assert_works(self.run_hearsay("settings", "attributes", "off"))
        by_setting = self.listen(harness.SAMPLE)
        self.assert_works(self.run_hearsay("settings", "attributes", "on"))
        by_option = self.listen("--no-attributes", harness.SAMPLE)
        self.assertEqual(by_setting, by_option)
        for name in ("emotion", "gender", "certain", "doubts"):
            self.assertNotIn('"%s"' % name, json.dumps(by_option))
        for command in ("tokens", "listen"):
            text = self.run_hearsay(command, "--no-attributes", harness.SAMPLE).stdout
            self.assertNotRegex(text, r"(?i)\b(female|male|neutral|happy|sad|angry|uncertain)\b")
        self.assertRegex(self.run_hearsay("listen", harness.SAMPLE).stdout, r"\bmale 0\.\d\d")

    def test_nine_of_ten(self):
        data = self.listen(*[harness.SAMPLE] * 4, self.write("broken.wav", b"RIFF no more"),
                           *[harness.SAMPLE] * 5, status=1)
        self.assertEqual(len(data), 10)
        self.assertIn("broken.wav", data[4]["error"])
        for i in (0, 1, 2, 3, 5, 6, 7, 8, 9):
            self.assertEqual(data[i]["segments"], data[0]["segments"])
            self.assertGreaterEqual(len(data[i]["segments"]), 1)

    def test_without_the_speaker_model(self):
        """The rest is told, and what is missing is said, with what helps."""
        store = self.link_store(without="ge2e-speaker")
        data = self.listen(harness.SAMPLE, env=dict(self.env, HEARSAY_MODELS=store))
        self.assertIn("hearsay models install ge2e-speaker", data["missing"])
        self.assertGreaterEqual(len(data["segments"]), 1)
        self.assertEqual(data["speakers"], [])


class NoVerdict(Listening):
    def setUp(self):
        super().setUp()
        self.sample = list(harness.read_sample())

    def test_uncertain_instead(self):
        """Nothing crashes; where there is a doubt there is no verdict, and JSON says which."""
        second = harness.resample(self.sample, 18400)
        delayed = [0] * 8000 + list(second)
        both = clip(a + b for a, b in zip(self.sample, delayed))
        paths = {
            "noise": self.make("noise", add_noise(self.sample, 0)),
            "music": self.make("music", play_music(8)),
            "clipped": self.make("clipped", clip(20 * s for s in self.sample)),
            "phone": self.make("phone", narrow_band(self.sample), 8000),
            "whispering": self.make("whispering", whisper(self.sample)),
            "child": self.make("child", harness.resample(self.sample, 11400)),
            "together": self.make("together", both),
            "word": self.make("word", self.sample[int(1.1 * 16000):int(1.6 * 16000)]),
            "backwards": self.make("backwards", self.sample[::-1]),
            "laughter": self.make("laughter", laugh(4)),
        }
        data = dict(zip(paths, json.loads(
            self.run_hearsay("listen", "--json", *paths.values()).stdout)))
        for name, heard in data.items():
            with self.subTest(name):
                if "error" in heard:
                    self.assertIn("no speech was found", heard["error"])
                for segment in heard.get("segments", []):
                    self.assertEqual(segment["certain"], not DOUBTS & set(segment["doubts"]))
                    if name not in ("child", "together"):
                        self.assertFalse(segment["certain"], segment)
        reasons = {"noise": "noise", "clipped": "clipped", "phone": "narrow",
                   "whispering": "unvoiced", "word": "short"}
        for name, reason in reasons.items():
            with self.subTest(name):
                for segment in data[name].get("segments", []):
                    self.assertIn(reason, segment["doubts"])


if __name__ == "__main__":
    harness.main()
