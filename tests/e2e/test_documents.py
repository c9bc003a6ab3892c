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

    def sections(self):
        """The commands and what the page says of each."""
        lists, command, found = 0, None, {}
        text = read("data", "hearsay.1").split("The commands are as follows:")[1]
        for line in text.split("\n.Pp\n.Cm ask ,\n")[0].splitlines():
            lists += line.startswith(".Bl") - line.startswith(".El")
            match = re.match(r"\.It Cm ([a-z]+)", line)
            if match and lists == 1:
                command = match[1]
            elif command:
                found.setdefault(command, []).append(line)
        return found

    def test_says_nothing_else(self):
        sections = self.sections()
        self.assertEqual(set(sections), set(self.commands()) | {"help"})
        for command in self.commands():
            options = self.options(command)
            for line in sections[command]:
                for option in re.findall(r"^\.It .*?Fl -([a-z-]+)", line):
                    self.assertIn("--" + option, options, command)


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
    def test_models(self):
        result = self.run_hearsay("models", "list", "--json")
        self.assert_documented("models", json.loads(result.stdout))

    def test_doctor(self):
        result = self.run_hearsay("doctor", "--json")
        self.assert_works(result)
        data = json.loads(result.stdout)
        self.assert_documented("doctor", data)
        self.assertEqual(data["store"], self.env["HEARSAY_MODELS"])
        self.assertIn("whisper-base", [model["id"] for model in data["models"]])
        self.assertFalse(any(model["installed"] for model in data["models"]))
        self.assertGreater(data["memory_bytes"], data["memory_free_bytes"])
        self.assertGreaterEqual(data["threads"], 1)
        self.assert_fails(self.run_hearsay("doctor", "--threads", "1000"), r"0 and 256", status=2)
        many = json.loads(self.run_hearsay("doctor", "--json", "--threads", "200").stdout)
        self.assertIn("threads", [advice["id"] for advice in many["advice"]])
        text = self.run_hearsay("doctor", "--threads", "200").stdout
        self.assertRegex(text, r"(?m)^(faster)?  +\d+ threads are more than")
        self.assertIn("hearsay models install whisper-base", text)
        for kernels in ("reference", "avx2"):
            self.env["HEARSAY_KERNELS"] = kernels
            data = json.loads(self.run_hearsay("doctor", "--json", "--threads", "3").stdout)
            if kernels in ["reference"] + data["features"]:
                self.assertEqual((data["kernels"], data["threads"]), (kernels, 3))

    def test_bench(self):
        result = self.run_hearsay("bench", "--json", "--runs", "2", "--threads", "1")
        self.assert_works(result)
        data = json.loads(result.stdout)
        self.assert_documented("bench", data)
        self.assertEqual((data["runs"], data["threads"]), (2, 1))
        self.assertEqual(list(data["results"]), ["mel_ms"])
        mel = data["results"]["mel_ms"]
        self.assertTrue(0 < mel["min"] <= mel["median"] <= mel["max"])
        self.assertEqual([a["part"] for a in data["absent"]], ["vad", "listen", "chat"])
        self.assertGreater(data["limits"]["read_bytes_per_s"], 1e8)
        self.assertGreater(data["limits"]["fp32_ops_per_s"], 1e8)
        self.assertLess(data["peak_rss_bytes"], 150e6)
        self.assertIn("log-mel", self.run_hearsay("bench", "--runs", "1").stdout)
        self.assert_fails(self.run_hearsay("bench", "--model", "none.gguf"), r"none\.gguf")


if __name__ == "__main__":
    harness.main()
