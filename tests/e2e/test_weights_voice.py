#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""hearsay voice with real weights: a voice is made, speaks, is revoked; what none is made of."""

import array
import glob
import json
import math
import os
import random
import signal
import stat
import wave

import harness

SPEECH = sorted(glob.glob(os.path.join(harness.SOURCE_ROOT, "tests", "golden", "speech", "*.flac")))
ATTEST = ("--attest", "a public recording, for a test")


class Voices(harness.Case):
    has_weights = True
    models = ("kokoro-82m-v1.0", "kokoro-voices", "english-pronunciations", "whisper-base",
              "silero-vad", "ge2e-speaker")

    def voice(self, *arguments):
        return self.run_hearsay("voice", *arguments)

    def store(self):
        return os.path.join(self.home, ".local", "share", "hearsay")


class Made(Voices):
    def test_from_beginning_to_end(self):
        result = self.voice("add", "mine", harness.SAMPLE, *ATTEST, "--from", "am_michael",
                            "--json")
        self.assert_works(result)
        made = json.loads(result.stdout)
        self.assert_documented("voice", made)
        self.assertEqual((made["stock"], made["origin"], made["problem"]),
                         ("am_michael", "file", None))
        path = os.path.join(self.store(), "voices", "mine.voice")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertLess(os.path.getsize(path), 12e6)

        spoken = self.path("a.wav")
        text = "The visitors may read these letters on Thursday mornings."
        self.assert_works(self.run_hearsay("say", text, "--voice", "mine", "-o", spoken))
        heard = self.run_hearsay("transcribe", spoken).stdout
        self.assertIn("letters on thursday mornings", heard.lower())
        alike = json.loads(self.voice("compare", "mine", spoken, "--json").stdout)
        self.assert_documented("voice", alike)
        self.assert_works(self.run_hearsay("say", text, "--voice", "am_michael", "-o", spoken))
        before = json.loads(self.voice("compare", "mine", spoken, "--json").stdout)
        self.assertGreater(alike["similarity"], before["similarity"] + 0.05)
        shown = self.voice("compare", "mine", spoken).stdout
        self.assertIn("similarity", shown)
        self.assertNotIn("identical", shown)

        # Elsewhere it says where it came from, and needs an attestation again.
        copy = self.path("copy.voice")
        self.assert_works(self.voice("export", "mine", copy))
        result = self.voice("import", copy, "theirs", "--attest", "sent to me by the speaker",
                            "--json")
        self.assert_works(result)
        taken = json.loads(result.stdout)
        self.assertEqual(taken["made_with_attestation"], ATTEST[1])
        self.assert_works(self.voice("revoke", "mine"))
        result = self.run_hearsay("say", text, "--voice", "mine", "-o", spoken)
        self.assert_fails(result, "was revoked on")
        self.assert_works(self.voice("remove", "mine"))
        self.assert_fails(self.voice("import", copy, "again", *ATTEST), "was revoked on")

    def test_interrupt_leaves_nothing(self):
        process = self.start("voice", "add", "mine", harness.SAMPLE, *ATTEST)
        self.let_work(process, 0.5)
        process.send_signal(signal.SIGINT)
        result = self.finish(process, 60)
        self.assertEqual(result.status, 1)
        self.assertRegex(result.stderr, "stopped")
        self.assertEqual(glob.glob(os.path.join(self.store(), "voices", "*")), [])


class Refused(Voices):
    def refuse(self, pattern, *clips):
        self.assert_fails(self.voice("add", "mine", *clips, *ATTEST), pattern)
        self.assertFalse(os.path.exists(os.path.join(self.store(), "voices", "mine.voice")))

    def test_too_short(self):
        samples = harness.read_sample()[16000:24000]
        self.refuse("too little|no speech", harness.write_wav(self.path("a.wav"), samples))

    def test_silence(self):
        self.refuse("no speech", harness.write_wav(self.path("a.wav"), [0] * 160000))

    def test_music(self):
        notes = [262, 330, 392, 523, 392, 330]
        samples = []
        for i in range(16000 * 12):
            hz = notes[i // 8000 % len(notes)]
            fade = math.exp(-(i % 8000) / 4000)
            samples.append(int(9000 * fade * sum(math.sin(2 * math.pi * hz * h * i / 16000) / h
                                                 for h in (1, 2, 3, 4))))
        self.refuse("a.wav: ", harness.write_wav(self.path("a.wav"),
                                                 [max(-32768, min(32767, x)) for x in samples]))

    def test_noise(self):
        random.seed(1)
        samples = [random.randint(-8000, 8000) for _ in range(160000)]
        self.refuse("a.wav: ", harness.write_wav(self.path("a.wav"), samples))

    def test_other_people(self):
        if len(SPEECH) < 3:
            self.skipTest("no utterances")
        self.refuse("unlike that of the recordings before it", SPEECH[1], SPEECH[0])

    def test_two_people(self):
        text = ("The visitors may read these letters on Thursday mornings. A narrow path behind "
                "the church leads down to the water.")
        samples = array.array("h")
        for voice in ("am_michael", "af_heart"):
            path = self.path(voice + ".wav")
            self.assert_works(self.run_hearsay("say", text, "--voice", voice, "-o", path))
            with wave.open(path) as file:
                samples.frombytes(file.readframes(file.getnframes()))
        self.refuse("2 people speak", harness.write_wav(self.path("a.wav"), samples, 24000))

    def test_telephone(self):
        samples = harness.resample(harness.read_sample()[:16000 * 10], 8000)
        self.refuse("8000 Hz", harness.write_wav(self.path("a.wav"), samples, 8000))

    def test_no_such_stock_voice(self):
        result = self.voice("add", "mine", harness.SAMPLE, *ATTEST, "--from", "am_nobody")
        self.assert_fails(result, "no stock voice am_nobody")

    def test_missing_file(self):
        self.refuse("none.wav", "none.wav")


if __name__ == "__main__":
    harness.main()
