# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the tools of several parts one after the other, within a time, and sums up."""

import os
import pathlib
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHAT_MODEL = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"


def store():
    share = os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local/share"
    return pathlib.Path(os.environ.get("HEARSAY_MODELS") or pathlib.Path(share) / "hearsay/models")


class Runner:
    """parts: name: what it tells, the tool, its arguments, those of --quick (None: not run), and
    about how many minutes it takes on two cores. options: data, python, quick, minutes."""

    def __init__(self, parts, options):
        self.parts = parts
        self.options = options
        self.end = time.monotonic() + 60 * options.minutes
        self.report, self.missed = [], []

    def fill(self, arguments):
        data = pathlib.Path(self.options.data)
        filled = []
        for argument in arguments:
            if argument == "{librispeech}":
                for folder in self.options.librispeech:
                    filled += ["--librispeech", folder]
            else:
                manifest = data / "manifest.tsv"
                filled.append(argument.format(
                    data=data, manifest=manifest, store=store(), model=store() / CHAT_MODEL,
                    judge=getattr(self.options, "judge", None),
                    speakers=getattr(self.options, "speakers", None) or manifest))
        return filled

    def run(self, name):
        title, tool, full, quick, minutes = self.parts[name]
        arguments = quick if self.options.quick else full
        print("\n=== %s: %s" % (name, title), flush=True)
        if arguments is None:
            return self.note(name, "left out of --quick")
        if not (ROOT / tool).exists():
            return self.note(name, "missing: %s" % tool)
        start = time.monotonic()
        limit = min(3 * 60 * minutes, self.end - start)
        if limit <= 0:
            return self.note(name, "no time left")
        status = self.pass_on(name, [self.options.python, str(ROOT / tool), *self.fill(arguments)],
                              limit)
        return self.note(name, "%s, %.1f min" % (status, (time.monotonic() - start) / 60))

    def pass_on(self, name, command, limit):
        """Prints what the command prints; how it ended."""
        environment = dict(os.environ, PYTHONUNBUFFERED="1")
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", cwd=ROOT, env=environment,
                              start_new_session=True) as process:
            signal.signal(signal.SIGALRM, lambda *_: os.killpg(process.pid, signal.SIGTERM))
            signal.alarm(int(limit) + 1)
            last = ""
            for line in process.stdout:
                print(line, end="", flush=True)
                last = line.strip() or last
                if "MISSED" in line:
                    self.missed.append("%s: %s" % (name, " ".join(line.split())))
            status = process.wait()
            signal.alarm(0)
        if status == -signal.SIGTERM:
            return "failed: took more than %.0f min" % (limit / 60)
        if status == 0:
            return "done"
        # A library that is not there is nothing to fix in the tree.
        return ("missing: " if "No module named" in last else "failed: ") + last

    def note(self, name, text):
        print("%s: %s" % (name, text), flush=True)
        self.report.append((name, text))

    def run_all(self, names):
        """The status of the program: 1 if a part failed."""
        start = time.monotonic()
        for name in names:
            self.run(name)
        print("\n=== all, %.1f min" % ((time.monotonic() - start) / 60))
        for name, text in self.report:
            print("%-12s %s" % (name, text))
        for line in self.missed:
            print("goal missed: " + line)
        return any(text.startswith("failed") for _, text in self.report)
