#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The man page, the completion and docs/json.md against what the program says itself."""

import json
import os
import re
import shutil
import subprocess

import harness

DATA = os.path.join(harness.SOURCE_ROOT, "data")
COMPLETION = os.path.join(DATA, "completions", "hearsay")

COMPLETE = r"""
source "$1"
shift
hearsay () { "$HEARSAY_BINARY" "$@"; }
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_hearsay "$HEARSAY_BINARY"
printf '%s\n' "${COMPREPLY[@]}"
"""


def read(*names):
    with open(os.path.join(harness.SOURCE_ROOT, *names), encoding="utf-8") as file:
        return file.read()


class Documents(harness.Case):
    def commands(self):
        text = self.run_hearsay("--help").stdout
        return re.findall(r"^  ([a-z]+) ", text.split("Commands:")[1].split("\n\n")[0], re.M)

    def options(self, command):
        return re.findall(r"^  (?:-\w, )?(--[a-z-]+)", self.run_hearsay(command, "--help").stdout,
                          re.M)


class ManPage(Documents):
    def test_lint(self):
        if shutil.which("mandoc") is None:
            self.skipTest("mandoc is not installed")
        result = subprocess.run(["mandoc", "-Tlint", os.path.join(DATA, "hearsay.1")],
                                capture_output=True, text=True, check=False)
        self.assertEqual((result.returncode, result.stdout), (0, ""))

    def test_is_complete(self):
        text = read("data", "hearsay.1")
        for command in self.commands():
            self.assertRegex(text, r"\n\.It Cm %s\b" % command)
            for option in self.options(command):
                with self.subTest(command + " " + option):
                    self.assertRegex(text, r"\n\.It .*Fl -%s\b" % option[2:])


class Completion(Documents):
    def complete(self, *words):
        env = dict(self.env, HEARSAY_BINARY=harness.BINARY)
        result = subprocess.run(["bash", "--norc", "-c", COMPLETE, "bash", COMPLETION, *words],
                                env=env, cwd=self.folder, capture_output=True, text=True,
                                timeout=harness.TIMEOUT_S, check=False)
        self.assertEqual(result.stderr, "")
        return result.stdout.split()

    def test_commands(self):
        self.assertEqual(set(self.complete("hearsay", "")),
                         set(self.commands()) | {"--help", "--version"})
        self.assertEqual(self.complete("hearsay", "trans"), ["transcribe"])
        self.assertEqual(self.complete("hearsay", "help", "trans"), ["transcribe"])

    def test_options(self):
        for command in self.commands():
            got = self.complete("hearsay", command, "--")
            self.assertEqual(got, self.options(command), command)
        self.assertIn("-o", self.complete("hearsay", "transcribe", "-"))

    def test_values(self):
        formats = ["txt", "srt", "vtt", "md", "json"]
        for words in (("--format", ""), ("-f", ""), ("--format", "="), ("--format", "=", "")):
            with self.subTest(words):
                self.assertEqual(self.complete("hearsay", "transcribe", *words), formats)
        self.assertEqual(self.complete("hearsay", "transcribe", "--format", "=", "v"), ["vtt"])
        self.assertEqual(self.complete("hearsay", "transcribe", "--threads", ""), [])

    def test_files(self):
        self.write("a-talk.wav", b"")
        self.assertEqual(self.complete("hearsay", "transcribe", "a-"), ["a-talk.wav"])
        # An option without a value does not eat what follows.
        self.assertEqual(self.complete("hearsay", "transcribe", "--json", "a-"), ["a-talk.wav"])
        self.assertEqual(self.complete("hearsay", "transcribe", "-o", "a-"), ["a-talk.wav"])

    def test_models(self):
        ids = self.complete("hearsay", "transcribe", "--model", "")
        self.assertIn("whisper-base", ids)
        self.assertEqual(self.complete("hearsay", "models", "verify", "whisper"), ["whisper-base"])
        self.assertIn("install", self.complete("hearsay", "models", ""))
        self.write("own.gguf", b"")
        self.assertEqual(self.complete("hearsay", "transcribe", "--model", "own"), ["own.gguf"])


class Json(Documents):
    def check(self, section, value):
        text = read("docs", "json.md").split("\n## " + section + "\n")[1].split("\n## ")[0]
        named = set(re.findall(r"\w+", " ".join(re.findall(r"`[^`]*`", text))))
        for name in names_in(value):
            self.assertIn(name, named, section)

    def test_models(self):
        self.check("models", json.loads(self.run_hearsay("models", "list", "--json").stdout))


def names_in(value):
    """Of all objects inside, but for those whose members are data."""
    if isinstance(value, list):
        return {name for entry in value for name in names_in(entry)}
    if not isinstance(value, dict):
        return set()
    names = set(value)
    for name, entry in value.items():
        if name != "libraries":
            names |= names_in(entry)
    return names


if __name__ == "__main__":
    harness.main()
