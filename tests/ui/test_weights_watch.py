#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder is watched: what comes into it is written down and finds its place beside it, also when
the window is opened another time, and no longer when it is switched off."""

import shutil
import time

import harness

harness.ensure_session()
try:
    import pyatspi  # noqa: F401
except ImportError:
    harness.skip("python3-pyatspi is not installed")
harness.need_models("whisper-base", "silero-vad")

import keyboard  # noqa: E402


# That a recording is left alone is seen by waiting: longer than the window takes for one to settle.
PATIENCE_S = 4


def put(folder, name):
    shutil.copy(harness.SAMPLE, folder / "copying")
    (folder / "copying").rename(folder / name)


def open_page(home):
    window = harness.Window(home)
    window.key("alt+5")
    window.see("Many Recordings")
    return window


def wait_for_file(window, path):
    window.wait_for(path.exists, str(path), 90)


def flip(window):
    window.press("Watch a Folder", "check box")


def choose(home):
    inbox = home.folder / "inbox"
    inbox.mkdir()
    put(inbox, "one.wav")
    (inbox / "broken.mp3").write_text("This is no recording.")
    window = open_page(home)
    window.see("New recordings in it are written down by themselves")
    flip(window)
    window.see("Folder to Watch")
    # GTK's own chooser opens a line for the path when a slash is typed.
    window.type(str(inbox) + "/")
    window.key("Return")
    window.see("while this window is open", 15)
    wait_for_file(window, inbox / "one.txt")
    assert "country" in (inbox / "one.txt").read_text()
    window.see("1 written down · 1 could not be read · last: one.wav", 30)
    put(inbox, "two.wav")
    wait_for_file(window, inbox / "two.txt")
    window.see("2 written down")
    window.find("push button", "Ask About It: two.wav")
    window.find("push button", "Choose the Folder to Watch")
    window.find("push button", "Choose the Folder for Transcripts")
    (inbox / "monday").mkdir()
    put(inbox / "monday", "five.wav")
    time.sleep(PATIENCE_S)
    assert not (inbox / "monday/five.txt").exists()
    # A switch that is folded away does not move.
    keys = keyboard.Keyboard(window)
    keys.go_to("Watch a Folder")
    keys.press("space")
    window.press("Include Subfolders", "check box")
    wait_for_file(window, inbox / "monday/five.txt")


def go_on(home):
    inbox = home.folder / "inbox"
    put(inbox, "three.wav")
    (inbox / "two.txt").write_text("mine")
    window = open_page(home)
    window.see("Watching")
    wait_for_file(window, inbox / "three.txt")
    window.see("last: three.wav")
    away = home.folder / "away"
    inbox.rename(away)
    window.see("cannot be read now", 40)
    away.rename(inbox)
    window.see("Watching", 20)
    assert (inbox / "two.txt").read_text() == "mine"
    flip(window)
    window.see("New recordings in it are written down by themselves")
    put(inbox, "four.wav")
    time.sleep(PATIENCE_S)
    assert not (inbox / "four.txt").exists()
    assert sorted(path.name for path in inbox.glob("*.txt")) == ["one.txt", "three.txt", "two.txt"]
    assert not window.complaints(), window.complaints()


harness.main([(choose, go_on)])
