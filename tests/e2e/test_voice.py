#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""hearsay voice without models: names, attestations, the ledger, files that are no voices."""

import json
import os

import harness


class Voice(harness.Case):
    def voice(self, *arguments, **options):
        return self.run_hearsay("voice", *arguments, **options)

    def test_nothing_yet(self):
        result = self.voice()
        self.assert_works(result)
        self.assertEqual(result.stdout, "")
        self.assertRegex(result.stderr, "no voice yet")
        self.assertEqual(json.loads(self.voice("list", "--json").stdout), [])
        self.assertEqual(json.loads(self.voice("ledger", "--json").stdout), [])

    def test_unknown(self):
        for arguments in (("show", "mine"), ("revoke", "mine"), ("remove", "mine"),
                          ("export", "mine", self.path("out"))):
            self.assert_fails(self.voice(*arguments), "there is no voice mine")
        self.assertFalse(os.path.exists(self.path("out")))

    def test_wrong_usage(self):
        for arguments in (("sing",), ("add",), ("add", "mine"), ("show",), ("remove", "a", "b"),
                          ("compare", "a"), ("export", "a"), ("import", "a")):
            self.assert_fails(self.voice(*arguments), "voice", status=2)

    def test_without_attestation(self):
        clip = self.write("a.wav", b"")
        for attestation in ((), ("--attest", ""), ("--attest", "mine"), ("--attest", " \n\t     ")):
            self.assert_fails(self.voice("add", "mine", clip, *attestation), "--attest", status=2)
            self.assert_fails(self.voice("import", clip, "mine", *attestation), "--attest",
                              status=2)

    def test_names(self):
        for name in ("a/b", "..", "af_mine", "a b", "x" * 65):
            self.assert_fails(self.voice("add", name, "a.wav", "--attest", "my own voice"),
                              "name")

    def test_no_voice_to_import(self):
        with open(harness.SAMPLE, "rb") as file:
            sample = file.read(5000)
        for data in (b"", b"no voice", b"GGUF" + bytes(60), sample):
            path = self.write("a.voice", data)
            self.assert_fails(self.voice("import", path, "mine", "--attest", "my own voice"))
        self.assert_fails(self.voice("import", self.path("none"), "mine", "--attest",
                                     "my own voice"), "none")
        self.assertEqual(json.loads(self.voice("ledger", "--json").stdout), [])

    def test_a_model_is_missing(self):
        self.assert_fails(self.voice("add", "mine", harness.SAMPLE, "--attest", "my own voice"),
                          "hearsay models install")

    def test_damaged_ledger(self):
        folder = os.path.join(self.home, ".local", "share", "hearsay")
        os.makedirs(folder)
        with open(os.path.join(folder, "voices.db"), "wb") as file:
            file.write(b"no database at all" * 100)
        self.assert_fails(self.voice("ledger"), "voices.db")


if __name__ == "__main__":
    harness.main()
