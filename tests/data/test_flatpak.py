#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Flatpak manifest names this program, asks for no more than it may, and pins its sources."""

import copy
import pathlib
import re
import sys

try:
    import yaml
except ImportError:
    print("python3-yaml is not installed")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
ID = "io.github.hearsay_app.Hearsay"
MANIFEST = ROOT / f"flatpak/{ID}.yml"
ALLOWED = {"--socket=wayland", "--socket=fallback-x11", "--share=ipc", "--device=dri",
           "--socket=pulseaudio", "--share=network"}
# The dependencies of meson.build that the runtime does not have.
MODULES = {"openblas": "openblas", "fftw": "fftw3f", "soxr": "soxr", "libebur128": "libebur128",
           "portaudio": "portaudio-2.0", "espeak-ng": "espeak-ng", "md4c": "md4c",
           "opencc": "opencc"}
RUNTIME = {"glib-2.0", "gio-2.0", "gio-unix-2.0", "sndfile", "zlib", "json-glib-1.0",
           "libsoup-3.0", "sqlite3", "gtk4", "libadwaita-1", "gtksourceview-5", "threads"}
FIRST_RUNTIME = 47


def walk(modules):
    for module in modules:
        yield from walk(module.get("modules", []))
        yield module


def check_source(module, source):
    name = module["name"]
    if name == "hearsay":
        if source.get("type") != "dir" or source.get("path") != "..":
            yield "hearsay: not the tree that the manifest is in"
        return
    if source.get("type") != "archive":
        yield f"{name}: a source of type {source.get('type')}"
    if not str(source.get("url", "")).startswith("https://"):
        yield f"{name}: a source that is not fetched over https"
    if not re.fullmatch(r"[0-9a-f]{64}", str(source.get("sha256", ""))):
        yield f"{name}: a source without a sum"


def check(manifest):
    """What is wrong with it."""
    for key, wanted in (("id", ID), ("command", "hearsay-desktop"),
                        ("runtime", "org.gnome.Platform"), ("sdk", "org.gnome.Sdk")):
        if manifest.get(key) != wanted:
            yield f"{key} is {manifest.get(key)}, not {wanted}"
    if int(manifest.get("runtime-version", 0)) < FIRST_RUNTIME:
        yield f"the runtime is older than {FIRST_RUNTIME}"
    asked = manifest.get("finish-args", [])
    yield from (f"asks for {a}" for a in sorted(set(asked) - ALLOWED))
    if len(asked) != len(set(asked)):
        yield "asks for something twice"
    modules = list(walk(manifest["modules"]))
    names = [module["name"] for module in modules]
    yield from (f"{n} is there twice" for n in {n for n in names if names.count(n) > 1})
    if names[-1:] != ["hearsay"]:
        yield "hearsay is not the last module"
    for module in modules:
        if not module.get("sources"):
            yield f"{module['name']}: no source"
        for source in module.get("sources", []):
            yield from check_source(module, source)
        if "build-args" in str(module.get("build-options", "")):
            yield f"{module['name']}: is built with a permission"
    build = (ROOT / "meson.build").read_text(encoding="utf-8")
    for needed in re.findall(r"dependency\('([^']+)'", build):
        if needed not in RUNTIME and needed not in {MODULES.get(name) for name in names}:
            yield f"{needed}, which meson.build needs, is in no module"


def self_test(manifest):
    """Each of these mistakes is seen."""
    def mistake(change):
        wrong = copy.deepcopy(manifest)
        change(wrong)
        assert list(check(wrong)), change
    mistake(lambda m: m.update(id="org.example.Other"))
    mistake(lambda m: m["finish-args"].append("--filesystem=home"))
    mistake(lambda m: m["finish-args"].append("--share=ipc"))
    mistake(lambda m: m["modules"].pop(0))
    mistake(lambda m: m["modules"][0]["sources"][0].pop("sha256"))
    mistake(lambda m: m["modules"][0]["sources"][0].update(url="http://example.org/a.tar"))
    mistake(lambda m: m["modules"][0]["sources"].append({"type": "git", "url": "https://a"}))
    mistake(lambda m: m.update({"runtime-version": "42"}))


def main():
    manifest = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    problems = list(check(manifest))
    readme = (ROOT / "flatpak/README.md").read_text(encoding="utf-8")
    problems += [f"{a}: README.md does not say what for" for a in manifest["finish-args"]
                 if f"`{a}`" not in readme]
    self_test(manifest)
    print("\n".join(problems) or f"{len(list(walk(manifest['modules'])))} modules")
    sys.exit(bool(problems))


main()
