#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs into a folder and runs what came of it, away from the source tree."""

import configparser
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

BUILD = os.environ.get("HEARSAY_BUILD_ROOT", "")
PREFIX = os.environ.get("HEARSAY_PREFIX", "/usr/local")
HAS_DESKTOP = os.environ.get("HEARSAY_HAS_DESKTOP") == "1"
ID = "io.github.hearsay_app.Hearsay"

FILES = """
bin/hearsay
share/man/man1/hearsay.1
share/bash-completion/completions/hearsay
share/hearsay/data/models.json
share/hearsay/data/licences/whisper.txt
share/hearsay/data/weights/LICENCE
share/hearsay/data/weights/heads.gguf
share/hearsay/tools/models
share/hearsay/tools/gguf_writer.py
""".split()
DESKTOP_FILES = f"""
bin/hearsay-desktop
share/man/man1/hearsay-desktop.1
share/applications/{ID}.desktop
share/metainfo/{ID}.metainfo.xml
share/glib-2.0/schemas/{ID}.gschema.xml
share/icons/hicolor/scalable/apps/{ID}.svg
share/icons/hicolor/symbolic/apps/{ID}-symbolic.svg
share/dbus-1/services/{ID}.service
share/gnome-shell/search-providers/{ID}.search-provider.ini
share/locale/zh_TW/LC_MESSAGES/hearsay.mo
share/locale/zh_CN/LC_MESSAGES/hearsay.mo
""".split()


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hearsay-install-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.tree = cls.folder / PREFIX.lstrip("/")
        subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", cls.folder],
                       check=True, capture_output=True)
        cls.environment = {
            "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(cls.folder / "home"),
            "XDG_DATA_DIRS": "/usr/local/share:/usr/share"}

    def run_installed(self, program, *arguments, expected=0, **environment):
        result = subprocess.run([self.tree / "bin" / program, *arguments], text=True, cwd="/",
                                capture_output=True, env={**self.environment, **environment},
                                check=False, timeout=60)
        self.assertEqual(result.returncode, expected, result.stdout + result.stderr)
        return result.stdout + result.stderr

    def validate(self, *command):
        if shutil.which(command[0]) is None:
            self.skipTest(f"{command[0]} is not installed")
        result = subprocess.run(command, text=True, capture_output=True, check=False, timeout=60)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def need_desktop(self):
        if not HAS_DESKTOP:
            self.skipTest("the window is not built")

    def test_files_are_there(self):
        wanted = FILES + (DESKTOP_FILES if HAS_DESKTOP else [])
        self.assertEqual([f for f in wanted if not (self.tree / f).is_file()], [])

    def test_nothing_of_the_build_is_there(self):
        names = [str(p.relative_to(self.tree)) for p in self.tree.rglob("*")]
        self.assertEqual([n for n in names if re.search(
            r"__pycache__|\.pyc$|\.a$|\.h$|/test|\.in$|\.po$", n)], [])

    def test_hearsay_runs(self):
        self.assertRegex(self.run_installed("hearsay", "--version"), r"^hearsay \d+\.\d+\.\d+\n$")
        self.assertIn("whisper-base", self.run_installed("hearsay", "models"))

    def test_it_is_this_catalogue_that_is_read(self):
        if pathlib.Path(PREFIX, "share/hearsay").exists():
            self.skipTest("it is installed on this system, too")
        catalogue = self.tree / "share/hearsay/data/models.json"
        away = catalogue.with_suffix(".away")
        catalogue.rename(away)
        try:
            self.assertIn("models.json is missing",
                          self.run_installed("hearsay", "models", expected=1))
        finally:
            away.rename(catalogue)

    def test_the_tool_that_installs_models_runs(self):
        result = subprocess.run([self.tree / "share/hearsay/tools/models", "--help"], text=True,
                                capture_output=True, check=False,
                                env={**self.environment, "PYTHONDONTWRITEBYTECODE": "1"})
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_the_window_says_its_version(self):
        self.need_desktop()
        self.assertRegex(self.run_installed("hearsay-desktop", "--version"),
                         r"^hearsay-desktop \d+\.\d+\.\d+\n$")
        self.assertIn("--version", self.run_installed("hearsay-desktop", "--help"))

    def test_translations_are_found(self):
        self.need_desktop()
        self.assertIn("版本", self.run_installed("hearsay-desktop", "--help", LANGUAGE="zh_TW"))

    def test_the_window_opens(self):
        self.need_desktop()
        if not all(map(shutil.which, ("xvfb-run", "dbus-run-session", "gdbus"))):
            self.skipTest("without an X server or a bus")
        subprocess.run(["glib-compile-schemas", "--strict", self.tree / "share/glib-2.0/schemas"],
                       check=True)
        script = (f"'{self.tree}/bin/hearsay-desktop' & gdbus wait --session --timeout 60 {ID}; "
                  f"gdbus call --session --dest {ID} --object-path /io/github/hearsay_app/Hearsay "
                  "--method org.freedesktop.Application.ActivateAction quit '[]' '{}' && wait %1")
        result = subprocess.run(["xvfb-run", "-a", "dbus-run-session", "--", "bash", "-c", script],
                                env={**self.environment, "GSETTINGS_BACKEND": "memory",
                                     "GSK_RENDERER": "cairo", "ADW_DISABLE_PORTAL": "1",
                                     "GTK_A11Y": "none"},
                                text=True, capture_output=True, check=False, timeout=120)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertNotIn("CRITICAL", result.stderr)

    def test_desktop_file(self):
        self.need_desktop()
        path = self.tree / f"share/applications/{ID}.desktop"
        entry = configparser.RawConfigParser(delimiters="=", comment_prefixes="#",
                                             interpolation=None)
        entry.optionxform = str
        entry.read(path, encoding="utf-8")
        entry = entry["Desktop Entry"]
        self.assertEqual(entry["Icon"], ID)
        self.assertTrue((self.tree / "bin" / entry["Exec"].split()[0]).is_file())
        self.assertIn("Comment[zh_TW]", entry)
        self.assertIn("Comment[zh_CN]", entry)
        self.validate("desktop-file-validate", path)

    def test_metainfo(self):
        self.need_desktop()
        path = self.tree / f"share/metainfo/{ID}.metainfo.xml"
        component = xml.etree.ElementTree.parse(path).getroot()
        self.assertEqual(component.findtext("id"), ID)
        for binary in component.iterfind("provides/binary"):
            self.assertTrue((self.tree / "bin" / binary.text).is_file(), binary.text)
        released = component.find("releases/release").get("version")
        self.assertIn(released, self.run_installed("hearsay", "--version"))
        self.validate("appstreamcli", "validate", "--no-net", path)

    def test_schema(self):
        self.need_desktop()
        self.validate("glib-compile-schemas", "--strict", "--dry-run",
                      self.tree / "share/glib-2.0/schemas")

    def test_icons(self):
        self.need_desktop()
        for path in (self.tree / "share/icons").rglob("*.svg"):
            self.validate("xmllint", "--noout", "--nonet", path)

    def test_manual(self):
        for path in (self.tree / "share/man/man1").iterdir():
            self.validate("mandoc", "-T", "lint", "-W", "warning", path)

    def test_bus_and_search(self):
        self.need_desktop()
        service = (self.tree / f"share/dbus-1/services/{ID}.service").read_text(encoding="utf-8")
        self.assertIn(f"Name={ID}\n", service)
        program = re.search(r"^Exec=(\S+) --gapplication-service$", service, re.MULTILINE)[1]
        self.assertTrue((self.folder / program.lstrip("/")).is_file(), program)
        provider = configparser.ConfigParser()
        provider.read(self.tree / f"share/gnome-shell/search-providers/{ID}.search-provider.ini")
        provider = provider["Shell Search Provider"]
        self.assertEqual(provider["BusName"], ID)
        self.assertEqual(provider["ObjectPath"], "/io/github/hearsay_app/Hearsay/SearchProvider")
        self.assertTrue((self.tree / "share/applications" / provider["DesktopId"]).is_file())


if __name__ == "__main__":
    if not BUILD or shutil.which("meson") is None:
        print("without a build folder, or meson")
        sys.exit(77)
    unittest.main()
