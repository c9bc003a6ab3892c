#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window in each language of po/LINGUAS: it says what the catalogue says, and all pages fit in
the narrowest width."""

import gettext
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/ui"))
import harness  # noqa: E402

for program in ("msgfmt", "xdotool"):
    if shutil.which(program) is None:
        harness.skip(f"{program} is not installed")
# The session is started with sys.argv, from any folder.
sys.argv[0] = str(pathlib.Path(__file__).resolve())
harness.ensure_session()
try:
    import pyatspi  # noqa: F401
except ImportError:
    harness.skip("python3-pyatspi is not installed")

NARROW = 360
# The frame that GTK draws where there is no window manager.
FRAME = 10
PAGES = {"alt+1": None, "alt+2": "Narration", "alt+3": "Models", "alt+4": "Voices"}


def load(home, language):
    """Compiles a catalogue, for the program and for this test."""
    folder = home.folder / "locale" / language / "LC_MESSAGES"
    folder.mkdir(parents=True)
    subprocess.run(["msgfmt", "-o", folder / "hearsay.mo", ROOT / "po" / f"{language}.po"],
                   check=True)
    with open(folder / "hearsay.mo", "rb") as file:
        return gettext.GNUTranslations(file)


def width_of_window():
    listed = subprocess.run(["xdotool", "search", "--onlyvisible", "--class", "hearsay-desktop",
                             "getwindowgeometry", "%@"],
                            capture_output=True, text=True, check=False).stdout
    widths = [int(width) for width in re.findall(r"Geometry: (\d+)x", listed)]
    return max(widths, default=0)


def untranslated(window, catalogue):
    """Texts that the catalogue has another text for."""
    return [text for text in window.texts() if catalogue.gettext(text) != text]


def speaks(home, language):
    catalogue = load(home, language)
    folder = home.folder / "config/glib-2.0/settings"
    folder.mkdir(parents=True)
    (folder / "keyfile").write_text("[io/github/hearsay_app/Hearsay]\n"
                                    f"window-width={NARROW}\nwindow-height=700\n",
                                    encoding="utf-8")
    window = harness.Window(home, harness.SAMPLE, HEARSAY_MODELS=str(home.folder),
                            LANGUAGE=language, HEARSAY_LOCALEDIR=str(home.folder / "locale"))
    window.see("inaugural.wav")
    window.wait_for(width_of_window, "the window on the screen")
    window.point(200, 690)
    for key, title in PAGES.items():
        window.key(key)
        if title is not None:
            window.see(catalogue.gettext(title))
        time.sleep(0.5)
        assert 0 < width_of_window() <= NARROW + FRAME, f"{key}: {width_of_window()} wide"
    assert not untranslated(window, catalogue), untranslated(window, catalogue)
    window.close()
    assert not window.complaints(), window.complaints()


def zh_tw(home):
    speaks(home, "zh_TW")


def zh_cn(home):
    speaks(home, "zh_CN")


harness.main([zh_tw, zh_cn])
