#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings and models that are none: without real weights."""

import json
import os
import struct

import harness


def gguf(architecture):
    """A well-formed GGUF file without tensors."""
    def string(text):
        return struct.pack("<Q", len(text)) + text.encode()
    return (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + string("general.architecture")
            + struct.pack("<I", 8) + string(architecture) + bytes(64))


class Recordings(harness.Case):
    def test_missing(self):
        result = self.run_hearsay("transcribe", self.path("none.wav"))
        self.assert_fails(result, r"none\.wav: No such file")

    def test_folder(self):
        self.assert_fails(self.run_hearsay("transcribe", self.folder), "folder")

    def test_empty_file(self):
        result = self.run_hearsay("transcribe", self.write("a.wav", b""))
        self.assert_fails(result, r"a\.wav")

    def test_not_audio(self):
        cases = {"a.wav": b"This is a text, not a recording.\n" * 100, "b.mp3": b"\0" * 4096,
                 "c.flac": b"fLaC" + os.urandom(2000), "d.ogg": b"OggS" + os.urandom(2000),
                 "e.wav": b"RIFF\xff\xff\xff\xffWAVEfmt ", "f.aiff": b"FORM\0\0\0\4AIFF"}
        for name, data in cases.items():
            with self.subTest(name):
                result = self.run_hearsay("transcribe", self.write(name, data))
                self.assert_fails(result, name)

    def test_device_and_pipe(self):
        os.mkfifo(self.path("fifo"))
        for path in ("/dev/zero", "/dev/null", self.path("fifo")):
            with self.subTest(path):
                self.assert_fails(self.run_hearsay("transcribe", path, timeout=30), "regular file")

    def test_too_short(self):
        path = harness.write_wav(self.path("short.wav"), harness.read_sample()[:800])
        self.assert_fails(self.run_hearsay("transcribe", path), r"0\.05")

    def test_header_without_samples(self):
        path = harness.write_wav(self.path("none.wav"), [])
        self.assert_fails(self.run_hearsay("transcribe", path), r"none\.wav")

    def test_header_that_lies(self):
        good = bytearray(open(harness.SAMPLE, "rb").read()[:4000])
        for offset, value in ((22, 0), (22, 0xFFFF), (24, 0), (24, 0xFFFF), (34, 0), (34, 3)):
            data = bytearray(good)
            struct.pack_into("<H", data, offset, value)
            with self.subTest("%d at %d" % (value, offset)):
                result = self.run_hearsay("transcribe", self.write("lie.wav", data))
                self.assertEqual(result.status, 1)
                self.assertNotRegex(result.stderr, harness.FAULTS)
                self.assertEqual(result.stdout, "")

    def test_each_is_tried(self):
        result = self.run_hearsay("transcribe", self.path("a"), self.path("b"))
        self.assertEqual(result.status, 1)
        self.assertRegex(result.stderr, r"/a: No such file.*\n.*/b: No such file")
        result = self.run_hearsay("transcribe", "--json", self.path("a"), self.path("b"))
        self.assertEqual([entry["file"] for entry in json.loads(result.stdout)], ["a", "b"])
        self.assertTrue(all("No such file" in entry["error"]
                            for entry in json.loads(result.stdout)))

    def test_output_folder_is_missing(self):
        result = self.run_hearsay("transcribe", harness.SAMPLE, "-o", self.path("none/out.txt"))
        self.assert_fails(result, r"none/out\.txt")


class Models(harness.Case):
    def setUp(self):
        super().setUp()
        os.mkdir(self.env["HEARSAY_MODELS"])
        # Of the two that are needed, the one under test is read first.
        with open(os.path.join(self.env["HEARSAY_MODELS"], "silero-vad.gguf"), "wb") as file:
            file.write(gguf("silero-vad"))

    def check(self, path, *patterns):
        result = self.run_hearsay("transcribe", harness.SAMPLE, "--model", path)
        self.assert_fails(result, *patterns)

    def test_missing(self):
        self.check(self.path("none.gguf"), r"none\.gguf")

    def test_unknown_id(self):
        self.check("whisper-gigantic", "whisper-gigantic")

    def test_folder(self):
        self.check(self.folder, ".")

    def test_not_gguf(self):
        self.check(self.write("text.gguf", b"not a model\n" * 100), r"text\.gguf")

    def test_empty(self):
        self.check(self.write("empty.gguf", b""), r"empty\.gguf")

    def test_truncated(self):
        whole = gguf("whisper")
        for n in (4, 8, 20, 30, 60):
            with self.subTest(n):
                self.check(self.write("cut.gguf", whole[:n]), r"cut\.gguf")

    def test_corrupt(self):
        data = bytearray(gguf("whisper"))
        data[8:16] = b"\xff" * 8  # so many tensors
        self.check(self.write("corrupt.gguf", data), r"corrupt\.gguf")

    def test_foreign(self):
        self.check(self.write("other.gguf", gguf("mamba")), r"other\.gguf")

    def test_without_tensors(self):
        self.check(self.write("hollow.gguf", gguf("whisper")), r"hollow\.gguf")


if __name__ == "__main__":
    harness.main()
