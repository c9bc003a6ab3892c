#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage, exit codes, streams that are closed or full, interrupts: without any model."""

import os
import pty
import subprocess

import harness

COMMON = ("--json", "--threads", "--seed", "--model", "--max-tokens", "--no-cache",
          "--quiet", "--help")


def list_commands(case):
    text = case.run_hearsay("--help").stdout
    block = text.split("Commands:\n")[1].split("\n\n")[0]
    return [line.split()[0] for line in block.splitlines()]


class Usage(harness.Case):
    def test_version(self):
        result = self.run_hearsay("--version")
        self.assert_works(result)
        self.assertRegex(result.stdout, r"^hearsay \d+\.\d+\.\d+\n$")

    def test_help(self):
        for arguments in (("--help",), ("-h",), ("help",)):
            result = self.run_hearsay(*arguments)
            self.assert_works(result)
            self.assertIn("transcribe", result.stdout)
            self.assertEqual(result.stderr, "")

    def test_help_of_each_command(self):
        commands = list_commands(self)
        self.assertIn("transcribe", commands)
        for command in commands:
            result = self.run_hearsay(command, "--help")
            self.assert_works(result)
            self.assertIn("hearsay " + command, result.stdout)
            self.assertEqual(self.run_hearsay("help", command).stdout, result.stdout)
            for option in COMMON:
                self.assertIn(option, result.stdout, command)

    def test_no_command(self):
        self.assert_fails(self.run_hearsay(), "hearsay --help", status=2)

    def test_unknown_command(self):
        self.assert_fails(self.run_hearsay("trancsribe"), "did you mean “transcribe”", status=2)
        self.assert_fails(self.run_hearsay("trans"), "did you mean “transcribe”", status=2)
        self.assert_fails(self.run_hearsay("zzzzzz"), "no command “zzzzzz”", status=2)
        self.assert_fails(self.run_hearsay("--frobnicate"), "--frobnicate", status=2)
        self.assert_fails(self.run_hearsay(b"\xff\n\x1b[2J"), "no command", status=2)

    def test_unknown_option_of_each_command(self):
        for command in list_commands(self):
            result = self.run_hearsay(command, "--frobnicate")
            self.assert_fails(result, "--frobnicate", status=2)

    def test_slips_of_options(self):
        for option, meant in (("--jsn", "json"), ("--jsn=3", "json"), ("-json", "json"),
                              ("--langauge", "language"), ("--no-speaker", "no-speakers")):
            with self.subTest(option):
                self.assert_fails(self.run_hearsay("ask", option),
                                  "ask has no option %s; did you mean --%s" % (option, meant),
                                  status=2)
        self.assert_fails(self.run_hearsay("ask", "-j"), "no option -j .see hearsay ask --help",
                          status=2)
        self.assert_fails(self.run_hearsay("ask", "--seed"), "--seed", status=2)

    def test_languages(self):
        for command in ("transcribe", "listen", "tokens"):
            for language in ("auto", "EN", "zh"):
                self.assert_fails(self.run_hearsay(command, "-l", language, "none.wav"),
                                  "none.wav: No such file")
            self.assert_fails(self.run_hearsay(command, "-l", "klingon", "none.wav"),
                              "--language", status=2)

    def test_watch(self):
        inbox = self.path("inbox")
        os.mkdir(inbox)
        for arguments, status, said in (
                (("--watch", "none"), 1, "none: there is no such folder"),
                (("--watch", inbox, "--into", "none"), 1, "none: there is no such folder"),
                (("--watch", inbox, "a.wav"), 2, "no others"),
                (("--watch", inbox, "--over-time"), 2, "--over-time"),
                (("--watch", inbox, "--format", "doc"), 2, "not “doc”"),
                (("--into", inbox, "a.wav"), 2, "--watch FOLDER"),
                (("--format", "srt", "a.wav"), 2, "--watch FOLDER"),
                (("--watch", inbox), 1, "whisper-base is not installed")):
            with self.subTest(arguments):
                self.assert_fails(self.run_hearsay("listen", *arguments), said, status=status)
        for arguments, status, said in (
                (("--watch", "none"), 1, "none: there is no such folder"),
                (("--watch", inbox, "-o", "none"), 1, "none: there is no such folder"),
                (("--watch", inbox, "a.wav"), 2, "no others"),
                (("--recursive", "a.wav"), 2, "--watch FOLDER"),
                (("--watch", inbox, "--json"), 1, "whisper-base is not installed")):
            with self.subTest(arguments):
                self.assert_fails(self.run_hearsay("transcribe", *arguments), said, status=status)

    def test_settings_that_cannot_be_read(self):
        folder = os.path.join(self.home, ".config", "hearsay")
        os.makedirs(folder)
        path = self.write(os.path.join(folder, "settings.ini"), b"[listening]\nspeakers\n")
        self.assert_fails(self.run_hearsay("settings", "--json"), r"settings\.ini: .*speakers")
        self.assert_fails(self.run_hearsay("settings", "cache", "off"), r"settings\.ini")
        with open(path, "rb") as file:
            self.assertEqual(file.read(), b"[listening]\nspeakers\n")
        result = self.run_hearsay("listen", "none.wav")
        self.assertRegex(result.stderr, "the settings are not known: .*\n.*none.wav")

    def test_numbers(self):
        for option, value in (("--threads", "many"), ("--threads", "-1"), ("--threads", "100000"),
                              ("--threads", ""), ("--threads", "99999999999999999999"),
                              ("--seed", "x"), ("--seed", "-5"), ("--max-tokens", "-2"),
                              ("--max-tokens", "1.5"), ("--beam", "0"), ("--beam", "17")):
            with self.subTest(option + " " + value):
                result = self.run_hearsay("transcribe", "a.wav", option, value)
                self.assert_fails(result, option, status=2)

    def test_choices(self):
        for arguments in (("--format", "docx"), ("--script", "klingon"), ("--language", "e!"),
                          ("--language", "english"), ("--json", "--format", "srt")):
            with self.subTest(" ".join(arguments)):
                result = self.run_hearsay("transcribe", "a.wav", *arguments)
                self.assert_fails(result, arguments[0], status=2)

    def test_forget(self):
        for arguments in ((), ("--all", "a.wav"), ("--all", "--list")):
            self.assert_fails(self.run_hearsay("forget", *arguments), "forget what", status=2)
        self.assert_works(self.run_hearsay("forget", "--all"))
        self.assertEqual(self.run_hearsay("forget", "--list", "--json").stdout, "[]\n")
        self.assert_fails(self.run_hearsay("forget", "a.wav"), "a.wav", status=1)

    def test_no_file(self):
        self.assert_fails(self.run_hearsay("transcribe"), "which recording", status=2)

    def test_several_need_a_folder(self):
        self.assert_fails(self.run_hearsay("transcribe", "a", "b", "-o", "c"), "folder", status=2)
        self.assert_fails(self.run_hearsay("transcribe", "a", "b", "--format", "srt"), "FOLDER",
                          status=2)

    def test_output_is_not_the_recording(self):
        path = self.write("a.wav", b"precious")
        self.assert_fails(self.run_hearsay("transcribe", path, "-o", path), "overwrite", status=2)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), b"precious")


class Locale(harness.Case):
    def test_names_that_are_not_utf8(self):
        for locale in ("C.UTF-8", "C", "POSIX", "xx_YY.nothing"):
            self.env["LC_ALL"] = locale
            with self.subTest(locale):
                result = self.run_hearsay("transcribe", b"\xff\xfe\xe8\x81.wav")
                self.assert_fails(result, r"\.wav: No such file")

    def test_utf8_without_a_locale(self):
        del self.env["LC_ALL"]
        result = self.run_hearsay("transcribe", "聽說.wav")
        self.assert_fails(result, "聽說.wav")

    def test_no_escape_reaches_the_terminal(self):
        result = self.run_hearsay("transcribe", "\x1b[31m\nred\x7f.wav")
        self.assert_fails(result, "red")
        self.assertNotIn("\x1b", result.stderr)


class Streams(harness.Case):
    def test_full_disk(self):
        with open("/dev/full", "wb") as full:
            result = self.run_hearsay("--help", stdout=full)
        self.assert_fails(result, "standard output: No space left")

    def test_closed_pipe(self):
        reader, writer = os.pipe()
        os.close(reader)
        try:
            result = self.run_hearsay("--help", stdout=writer)
        finally:
            os.close(writer)
        self.assert_fails(result, "standard output: Broken pipe")

    def test_closed_streams(self):
        for redirect, status in ((">&-", 1), ("<&-", 0), ("2>&-", 0), ("<&- 2>&-", 0)):
            with self.subTest(redirect):
                line = '"$0" --version ' + redirect
                process = subprocess.run(["sh", "-c", line, harness.BINARY], env=self.env,
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                         timeout=harness.TIMEOUT_S, check=False)
                self.assertEqual(process.returncode, status)

    def test_nothing_is_drawn_in_a_pipe(self):
        result = self.run_hearsay("transcribe", harness.SAMPLE)
        self.assertNotIn("\r", result.stderr)
        self.assertNotIn("\x1b", result.stderr)

    def test_progress_leaves_no_trace(self):
        master, terminal = pty.openpty()
        process = self.start("transcribe", harness.SAMPLE, stderr=terminal)
        os.close(terminal)
        shown = b""
        while True:
            try:
                data = os.read(master, 4096)
            except OSError:  # how a terminal says that nobody holds it any more
                break
            if not data:
                break
            shown += data
        os.close(master)
        self.finish(process)
        # Every line that was drawn was erased before the message.
        self.assertIn(b"Reading audio", shown)
        last = shown.decode("utf-8").rsplit("\x1b[K", 1)[-1]
        self.assertRegex(last, r"^hearsay: [^\r]*\r\n$")


class Home(harness.Case):
    def test_no_home(self):
        for home in ("/dev/null/home", "/nonexistent/home", "/proc"):
            self.env["HOME"] = home
            del self.env["HEARSAY_MODELS"]
            with self.subTest(home):
                self.assert_works(self.run_hearsay("--version"))
                result = self.run_hearsay("transcribe", harness.SAMPLE)
                self.assert_fails(result, "hearsay models install")
                self.env["HEARSAY_MODELS"] = ""

    def test_model_is_missing(self):
        result = self.run_hearsay("transcribe", harness.SAMPLE)
        self.assert_fails(result, "hearsay models install whisper-base")
        result = self.run_hearsay("transcribe", "--json", harness.SAMPLE, harness.SAMPLE)
        self.assert_fails(result, "hearsay models install whisper-base")
        self.assertEqual(os.listdir(self.home), [])
        # All at once: whoever begins need not ask again and again.
        self.assert_fails(self.run_hearsay("ask", harness.SAMPLE, "why?"),
                          "install whisper-base silero-vad qwen2.5-coder-1.5b-instruct-q4_k_m$")
        self.assert_fails(self.run_hearsay("say", "Hello.", "-o", self.path("a.wav")),
                          "install kokoro-82m-v1.0 kokoro-voices english-pronunciations$")


if __name__ == "__main__":
    harness.main()
