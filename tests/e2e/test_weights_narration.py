#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""hearsay say --script with real weights: takes, resuming, retakes, chapters, subtitles, playback,
and what can be wrong."""

import glob
import json
import os
import re
import signal
import struct
import time
import wave

import harness

SCRIPT = """# The talk

Good morning, everybody. This is [a link](https://example.org) and nothing else.

```
code is not spoken
```

## The guest

@guest = am_michael
@guest: I am glad to be here. [pause 0.5s]

@narrator: Goodbye.
"""
SENTENCES = ["The talk", "Good morning, everybody.", "This is a link and nothing else.",
             "The guest", "I am glad to be here.", "Goodbye."]
LOUDSPEAKER = """pcm.!default { type plug slave { pcm "test" format S16_LE channels 1 rate 24000 } }
pcm.test { type file slave.pcm { type null } format "raw" file "%s" }
"""


class Narration(harness.Case):
    has_weights = True
    models = ("kokoro-82m-v1.0", "kokoro-voices", "english-pronunciations", "whisper-base",
              "silero-vad")

    def setUp(self):
        super().setUp()
        self.script = self.write("talk.md", SCRIPT.encode())

    def narrate(self, output="talk.wav", *arguments, **options):
        path = self.path(output)
        result = self.run_hearsay("say", "--script", self.script, "-o", path, "--json", *arguments,
                                  **options)
        self.assert_works(result)
        data = json.loads(result.stdout)
        self.assert_documented("say", data)
        return data

    def takes(self):
        return {name: os.stat(name).st_mtime_ns
                for name in glob.glob(self.path("talk.hearsay/takes/*.flac"))}

    def seconds(self, name):
        with wave.open(self.path(name)) as file:
            self.assertEqual((file.getframerate(), file.getnchannels()), (24000, 1))
            return file.getnframes() / file.getframerate()


class Whole(Narration):
    def test_whole(self):
        data = self.narrate("talk.wav", "--check", "--subtitles", self.path("talk.vtt"))
        self.assertEqual([s["text"] for s in data["sentences"]], SENTENCES)
        self.assertEqual([s["voice"] for s in data["sentences"]],
                         ["af_heart"] * 4 + ["am_michael", "af_heart"])
        self.assertEqual(data["title"], "The talk")
        self.assertEqual(data["check"]["sentences"], 6)
        self.assertGreater(data["check"]["score"], 0.9)
        self.assertAlmostEqual(data["lufs"], -16, delta=0.5)
        self.assertLess(data["true_peak_dbtp"], -1)
        self.assertAlmostEqual(self.seconds("talk.wav"), data["seconds"], places=3)
        ends = [s["end"] for s in data["sentences"]]
        starts = [s["start"] for s in data["sentences"]]
        self.assertTrue(all(end < start for end, start in zip(ends, starts[1:])))
        # The pause that is asked for, besides the one after a paragraph.
        self.assertGreater(starts[5] - ends[4], 1.0)
        with open(self.path("talk.hearsay/report.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["sentences"], data["sentences"])
        with open(self.path("talk.vtt"), encoding="utf-8") as file:
            subtitles = file.read()
        self.assertIn("Good <00:00:0", subtitles)
        self.assertEqual(re.sub("<[^>]*>", "", subtitles).count("-->"), 6)
        heard = self.run_hearsay("transcribe", self.path("talk.wav"))
        self.assertRegex(heard.stdout.lower(), "good morning,? everybody")
        self.assertNotRegex(heard.stdout.lower(), "code|example")
        # All of it again takes nothing anew, and another kind of file neither.
        before = self.takes()
        self.narrate("talk.mp3", "--subtitles", self.path("talk.srt"))
        self.assertEqual(self.takes(), before)
        with open(self.path("talk.mp3"), "rb") as file:
            head = file.read(4096)
        self.assertEqual(head[:3], b"ID3")
        for text in (b"CHAP", b"The guest", b"made by Hearsay", b"SYNTHESISED\0yes"):
            self.assertIn(text, head)

    def test_cues(self):
        self.narrate("talk.wav", "--no-check")
        with open(self.path("talk.wav"), "rb") as file:
            data = file.read()
        at = data.index(b"cue ")
        self.assertEqual(struct.unpack_from("<I", data, at + 8)[0], 2)
        self.assertIn(b"labl", data[at:])
        self.assertIn(b"INAM", data)


class Again(Narration):
    def test_retake_and_change(self):
        self.narrate("talk.wav", "--no-check")
        before = self.takes()
        self.narrate("talk.wav", "--no-check", "--retake", "2")
        after = self.takes()
        # The take that was there stays beside the new one, until one is chosen.
        earlier, = set(after) - set(before)
        retaken = re.sub(r"\.1\.flac$", ".flac", earlier)
        self.assertEqual(after[earlier], before[retaken])
        self.assertEqual([name for name in before if before[name] != after[name]], [retaken])
        # Only what is new is spoken.
        self.write("talk.md", SCRIPT.replace("Goodbye.", "Farewell.").encode())
        data = self.narrate("talk.wav", "--no-check")
        self.assertEqual(data["sentences"][5]["text"], "Farewell.")
        self.assertEqual(len(set(self.takes()) - set(after)), 1)
        self.assertTrue(all(self.takes()[name] == after[name] for name in after))

    def test_interrupt_and_resume(self):
        self.write("talk.md", " ".join("This is sentence number %d of many." % i
                                       for i in range(40)).encode())
        process = self.start("say", "--script", self.script, "-o", self.path("talk.wav"),
                             "--no-check", "--subtitles", self.path("talk.srt"))
        for _ in range(1200):
            if len(self.takes()) >= 3:
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        result = self.finish(process, 60)
        self.assertEqual(result.status, 1)
        self.assertRegex(result.stderr, "has the first ([0-9]+) of 40 sentences(.|\n)*stopped")
        self.assertGreater(self.seconds("talk.wav"), 3)
        with open(self.path("talk.srt"), encoding="utf-8") as file:
            self.assertIn("This is sentence number 1 of many.", file.read())
        before = self.takes()
        self.write("talk.md", " ".join("This is sentence number %d of many." % i
                                       for i in range(len(before) + 1)).encode())
        data = self.narrate("talk.wav", "--no-check")
        self.assertEqual(len(data["sentences"]), len(before) + 1)
        self.assertTrue(all(self.takes()[name] == before[name] for name in before))


class Aloud(Narration):
    def loudspeaker(self, text):
        config = self.write("alsa.conf", text.encode())
        return dict(self.env, ALSA_CONFIG_PATH=config)

    def test_playback(self):
        heard = self.path("heard.raw")
        result = self.run_hearsay("say", "Hello there.", env=self.loudspeaker(LOUDSPEAKER % heard))
        self.assert_works(result)
        with open(heard, "rb") as file:
            data = file.read()
        self.assertGreater(len(data), 24000)
        self.assertGreater(max(struct.unpack("<%dh" % (len(data) // 2), data)), 3000)

    def test_no_device(self):
        env = self.loudspeaker("pcm.default { type hw card 31 }\n")
        self.assert_fails(self.run_hearsay("say", "Hello.", env=env), "no loudspeaker")

    def test_standard_output(self):
        with open(self.path("out.wav"), "wb") as file:
            result = self.run_hearsay("say", "Hello there.", "-o", "-", stdout=file)
        self.assert_works(result)
        with open(self.path("out.wav"), "rb") as file:
            data = file.read()
        self.assertEqual(data[:4], b"RIFF")
        self.assertGreater(len(data), 24000)


class Wrong(Narration):
    def fails(self, text, *patterns, arguments=(), status=1):
        self.write("talk.md", text)
        result = self.run_hearsay("say", "--script", self.script, "-o", self.path("talk.wav"),
                                  "--no-check", *arguments)
        self.assert_fails(result, *patterns, status=status)
        self.assertFalse(os.path.exists(self.path("talk.wav")))

    def test_scripts(self):
        self.fails(b"", "nothing in the script")
        self.fails("🙂 🎉\n\n```\ncode\n```\n".encode(), "nothing in the script")
        self.fails(b"@nobody: Hello.", "no voice nobody")
        self.fails(b"@narrator (backwards): Hello.", "a manner is", "backwards")
        self.fails("Hello.\n\nПривет, мир.".encode(), "Привет")
        self.fails(b"Hello.", "no sentence 5", arguments=("--retake", "5"))

    def test_arguments(self):
        for arguments, pattern in (
                (("--script", self.script, "text"), "either a text or"),
                (("text", "--subtitles", "a.srt"), "are for a script"),
                (("--script", self.script, "-o", "a.wav", "--check", "--no-check"), "exclude"),
                (("--script", self.script, "-o", "a.wav", "--subtitles", "a.txt"), "srt or .vtt"),
                ((), "say what")):
            self.assert_fails(self.run_hearsay("say", *arguments), pattern, status=2)
        self.assert_fails(self.run_hearsay("say", "--script", self.path("none.md"), "-o", "a.wav"),
                          "none.md")
        self.assert_fails(self.run_hearsay("say", "--script", self.script, "-o", "no/a.wav"),
                          "no/a.wav")

    def test_disk_full(self):
        self.write("talk.md", SCRIPT.encode())
        result = self.run_hearsay("say", "--script", self.script, "-o", self.path("talk.wav"),
                                  "--no-check", preexec_fn=harness.limit_files(60000))
        self.assertEqual(result.status, 1)
        self.assertRegex(result.stderr, "writing failed")
        # What was spoken is there, and is gone on with.
        n = len(self.takes())
        self.narrate("talk.wav", "--no-check")
        self.assertGreaterEqual(len(self.takes()), max(n, 6))

    def test_without_the_recogniser(self):
        env = dict(self.env, HEARSAY_MODELS=self.link_store("whisper-base"))
        self.write("talk.md", b"Hello.")
        data = self.narrate("talk.wav", env=env)
        self.assertIn("whisper-base", data["check"]["unchecked"])
        result = self.run_hearsay("say", "--script", self.script, "-o", self.path("b.wav"),
                                  "--check", env=env)
        self.assert_fails(result, "models install whisper-base")

    def test_strange_texts(self):
        self.write("talk.md", ("🙂 yes \x07 \u200b no.\n\n" + "word " * 100).encode())
        data = self.narrate("talk.wav", "--no-check")
        self.assertGreater(data["seconds"], 15)


if __name__ == "__main__":
    harness.main()
