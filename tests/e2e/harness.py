# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the real program, bounded in time, in a home of its own; and unittest as TAP.

    class Transcribe(harness.Case):
        def test_missing(self):
            self.assert_fails(self.run_hearsay("transcribe", "none.wav"), "none.wav")

    harness.main()
"""

import array
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import unittest
import wave

BINARY = os.environ["HEARSAY_BINARY"]
SOURCE_ROOT = os.environ["HEARSAY_SOURCE_ROOT"]
SAMPLE = os.path.join(SOURCE_ROOT, "data", "samples", "inaugural.wav")
TIMEOUT_S = 240
RATE_HZ = 16000

# What a program says when it has a fault of its own.
FAULTS = re.compile(r"assert|critical|warning \*\*|sanitizer|core dumped|backtrace|stack smash",
                    re.IGNORECASE)


class Result:
    def __init__(self, status, stdout, stderr):
        self.status = status
        self.stdout = stdout
        self.stderr = stderr


class Case(unittest.TestCase):
    """A folder per test, removed afterwards; a model store that is empty unless has_weights."""

    has_weights = False
    models = ()  # that has_weights needs

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="hearsay-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.home = os.path.join(self.folder, "home")
        os.mkdir(self.home)
        self.env = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": self.home,
            "LC_ALL": "C.UTF-8",
            "HEARSAY_SOURCE_ROOT": SOURCE_ROOT,
            "HEARSAY_MODELS": os.path.join(self.folder, "models"),
            "G_DEBUG": "fatal-criticals",
            "TERM": "xterm",
        }
        for name in ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "LD_LIBRARY_PATH"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        if self.has_weights:
            store = find_store()
            for model in self.models:
                if not os.path.exists(os.path.join(store, model + ".gguf")):
                    self.skipTest("%s is not installed: hearsay models install %s" % (model, model))
            self.env["HEARSAY_MODELS"] = store

    def link_store(self, without):
        """A store that lacks a model."""
        store = self.path("store")
        os.mkdir(store)
        for name in os.listdir(self.env["HEARSAY_MODELS"]):
            if name.endswith(".gguf") and name != without + ".gguf":
                os.symlink(os.path.join(self.env["HEARSAY_MODELS"], name),
                           os.path.join(store, name))
        return store

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def start(self, *arguments, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        options.setdefault("env", self.env)
        options.setdefault("cwd", self.folder)
        process = subprocess.Popen([BINARY, *arguments], **options)
        self.addCleanup(end, process)
        return process

    def finish(self, process, timeout=TIMEOUT_S):
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            self.fail("did not end within %d s" % timeout)
        return Result(process.returncode, decode(out), decode(err))

    def run_hearsay(self, *arguments, timeout=TIMEOUT_S, **options):
        return self.finish(self.start(*arguments, **options), timeout)

    def let_work(self, process, cpu_s):
        """Until it has used so much processor time: then it is as far on every machine."""
        while cpu_seconds(process.pid) < cpu_s:
            self.assertIsNone(process.poll(), "too quick to be stopped")
            time.sleep(0.002)
        self.assertIsNone(process.poll(), "too quick to be stopped")

    def assert_works(self, result):
        self.assertEqual(result.status, 0, result.stderr)
        self.assertNotRegex(result.stderr, FAULTS)

    def assert_fails(self, result, *patterns, status=1, stdout=""):
        """One line that says what is wrong, the exit status, nothing made up."""
        self.assertEqual(result.status, status, result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertTrue(result.stderr.startswith("hearsay: "), result.stderr)
        self.assertNotRegex(result.stderr, FAULTS)
        for pattern in patterns:
            self.assertRegex(result.stderr, pattern)
        if stdout is not None:
            self.assertEqual(result.stdout, stdout)

    def assert_documented(self, section, value, *refers_to):
        """Every member of the JSON stands in its section of docs/json.md, or in one that this
        refers to."""
        with open(os.path.join(SOURCE_ROOT, "docs", "json.md"), encoding="utf-8") as file:
            whole = file.read()
        text = "".join(whole.split("\n## " + name + "\n")[1].split("\n## ")[0]
                       for name in (section, *refers_to))
        named = set(re.findall(r"\w+", " ".join(re.findall(r"`[^`]*`", text))))
        self.assertLessEqual(names_in(value), named, section)


def end(process):
    if process.poll() is None:
        process.kill()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    process.wait()


def decode(data):
    return "" if data is None else data.decode("utf-8", "backslashreplace")


def find_store():
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return os.environ.get("HEARSAY_MODELS") or os.path.join(data, "hearsay", "models")


def read_sample():
    """The sample's 16 kHz samples."""
    with wave.open(SAMPLE) as file:
        return array.array("h", file.readframes(file.getnframes()))


def write_wav(path, samples, rate_hz=RATE_HZ, n_channels=1):
    """samples: 16-bit, interleaved."""
    with wave.open(path, "wb") as file:
        file.setnchannels(n_channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(array.array("h", samples).tobytes())
    return path


def resample(samples, rate_hz):
    """By straight lines between samples: good enough to be understood."""
    n = len(samples) * rate_hz // RATE_HZ
    out = array.array("h", bytes(2 * n))
    for i in range(n):
        position = i * RATE_HZ / rate_hz
        k = int(position)
        after = samples[min(k + 1, len(samples) - 1)]
        out[i] = int(samples[k] + (after - samples[k]) * (position - k))
    return out


def limit_files(n_bytes):
    """For preexec_fn: a disk that is full after so much."""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))
    return limit


def cpu_seconds(pid):
    with open("/proc/%d/stat" % pid, encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def seconds_to_stop(process, number=signal.SIGINT):
    """Sends the signal and waits for the end: seconds by the clock, and of processor time. Where
    other programs crowd the machine, the clock tells more about them."""
    cpu = cpu_seconds(process.pid)
    start = time.monotonic()
    process.send_signal(number)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime - cpu


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


class TapResult(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.n = 0

    def say(self, test, ok, directive=""):
        self.n += 1
        print("%s %d - %s%s" % ("ok" if ok else "not ok", self.n, name_of(test), directive),
              flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.say(test, True)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.say(test, True, " # SKIP " + reason)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.explain(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self.explain(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.explain(subtest, err)

    def explain(self, test, err):
        self.say(test, False)
        for line in "".join(traceback.format_exception(*err)).splitlines():
            print("# " + line)


def name_of(test):
    return test.id().split(".", 1)[-1].replace("#", "")


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    if len(sys.argv) > 1:
        suite = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:],
                                                              sys.modules["__main__"])
    result = TapResult()
    suite.run(result)
    print("1..%d" % result.n)
    sys.exit(0 if result.wasSuccessful() else 1)
