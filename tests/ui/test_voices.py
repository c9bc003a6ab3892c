#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of the user's own voices, without models.

One window only: libatspi crashes when it clears its cache after a dialog was closed, which looking
for another window needs."""

import os
import subprocess

import harness

harness.ensure_session()
try:
    import pyatspi
except ImportError:
    harness.skip("python3-pyatspi is not installed")


def open_menu(window):
    """The button in a menu button has its name, too, and it is that one which can be pressed."""
    for node in window.walk():
        if node.name == "More" and node.queryAction().nActions > 0:
            node.queryAction().doAction(0)


def nothing_is_made_without_consent(window):
    window.see("No Voice of Your Own")
    window.press("Make a Voice…")
    window.see("Only somebody who agreed")
    make = window.find("push button", "_Make Make")
    assert not make.getState().contains(pyatspi.STATE_SENSITIVE)
    window.press("Cancel")
    window.wait_for(lambda: window.look("push button", "_Make Make") is None, "the end of it")


def a_voice_says_where_it_comes_from(window):
    for text in ("mine", "12.5 s of speech from 2 recordings", "my own voice",
                 "Heart (American, female)", "0.80", "never proof of identity"):
        window.see(text)
    window.find("push button", "Preview")


def a_voice_is_deleted_when_that_is_confirmed(window, folder):
    assert len(list(folder.iterdir())) == 1
    open_menu(window)
    window.press("Delete…", "menu item")
    window.see("Delete This Voice?")
    assert len(list(folder.iterdir())) == 1
    window.press("Delete")
    window.wait_for(lambda: not list(folder.iterdir()), "the voice to be gone")
    window.see("The voice was deleted")


def voices(home):
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.point(640, 700)
    window.key("alt+4")
    nothing_is_made_without_consent(window)
    subprocess.run([os.environ["HEARSAY_FILL_VOICE"], "mine"], env=home.environment, check=True)
    window.key("alt+1")
    window.key("alt+4")
    a_voice_says_where_it_comes_from(window)
    a_voice_is_deleted_when_that_is_confirmed(window, home.folder / "data/hearsay/voices")
    window.close()
    assert not window.complaints(), window.complaints()


harness.main([voices])
