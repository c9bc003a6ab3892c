#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window is closed while something stands over it, and what was said is asked where it was
said. Without models; the engine is one that hears what files are called."""

import contextlib
import os
import sqlite3
import subprocess

import harness
import microphone

harness.ensure_session()
try:
    import pyatspi  # noqa: F401
except ImportError:
    harness.skip("python3-pyatspi is not installed")


def windows_of(window):
    """The X server's, that can be seen."""
    found = subprocess.run(["xdotool", "search", "--onlyvisible", "--pid",
                            str(window.process.pid), "--name", "."],
                           check=False, capture_output=True, text=True)
    return found.stdout.split()


def close_over(home, key, what):
    """Nothing stays although it has not been answered, and the program goes on, for a search of the
    desktop."""
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.find("push button", "Record")
    window.point(640, 700)
    window.key(*key)
    window.see(what)
    subprocess.run(["gdbus", "call", "--session", "--dest", "io.github.hearsay_app.Hearsay",
                    "--object-path", "/io/github/hearsay_app/Hearsay/SearchProvider", "--method",
                    "org.gnome.Shell.SearchProvider2.GetInitialResultSet", "['nothing']"],
                   check=True, stdout=subprocess.DEVNULL)
    assert len(windows_of(window)) == 2, windows_of(window)
    frame = next(node for node in window.application if node.name == "Hearsay")
    # That of what is said at the top, too, which is not to be seen.
    for node in list(window.walk(frame)):
        with contextlib.suppress(Exception):
            if node.name == "Close" and node.getRoleName() == "push button":
                node.queryAction().doAction(0)
    window.wait_for(lambda: not windows_of(window), "the end of all windows")
    window.close()
    assert not window.complaints(), window.complaints()


def with_preferences(home):
    close_over(home, ["ctrl+comma"], "Emotion")


def with_commands(home):
    close_over(home, ["ctrl+k"], "Pin or Unpin Conversation")


def select(home, sql):
    store = home.folder / "data/hearsay/conversations.db"
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as database:
        return database.execute(sql).fetchall()


def what_was_said_is_asked_where_it_was_said(home):
    """Although another conversation is shown by the time that it is understood."""
    subprocess.run([os.environ["HEARSAY_FILL_STORE"], harness.ROOT / "tests/ui/demo.md"],
                   env=home.environment, check=True)
    before = select(home, "SELECT id, talk, text FROM message")
    mouth = microphone.Microphone(home)
    engine = home.folder / "engine"
    engine.write_text(f"#!/bin/sh\nwhile [ ! -e '{home.folder}/go' ]; do sleep 0.05; done\n"
                      f"exec '{os.environ['HEARSAY_FAKE_SERVICE']}' \"$@\"\n")
    engine.chmod(0o755)
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder), HEARSAY_PROGRAM=str(engine),
                            **mouth.environment)
    window.point(640, 700)
    window.find("push button", "Record")
    recordings = home.folder / "data/hearsay/recordings"
    subprocess.run(["xdotool", "keydown", "F9"], check=True)
    window.wait_for(lambda: any(path.stat().st_size > microphone.RATE_HZ
                                for path in recordings.glob("*.wav")), "a recording", 60)
    subprocess.run(["xdotool", "keyup", "F9"], check=True)
    window.wait_for(lambda: not (recordings / ".recording").exists(), "its end")
    # Whoever speaks is understood, and the message cannot be sent meanwhile.
    window.find("push button", "Stop")
    window.key("ctrl+1")
    window.find("push button", "Answer Again")
    (home.folder / "go").touch()
    name = next(recordings.glob("*.wav")).name
    window.wait_for(lambda: select(home, "SELECT * FROM message WHERE role = 1 AND "
                                   f"text LIKE '{name}%bytes'"), "the answer", 30)
    after = select(home, "SELECT id, talk, text FROM message")
    assert after[:len(before)] == before
    talks = {talk for _, talk, _ in before}
    assert not talks & {talk for _, talk, _ in after[len(before):]}, after
    window.close()
    mouth.stop()
    assert not window.complaints(), window.complaints()


harness.main([with_preferences, with_commands, what_was_said_is_asked_where_it_was_said])
