#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model thinks before it answers is seen as it is written, in a fold that stays closed until
somebody opens it; what was thought until a stop is kept; the answer comes below it."""

import contextlib
import json
import os
import sqlite3

import harness

harness.ensure_session()
try:
    import pyatspi  # noqa: F401
except ImportError:
    harness.skip("python3-pyatspi is not installed")


def select(home, sql):
    store = home.folder / "data/hearsay/conversations.db"
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as database:
        return database.execute(sql).fetchall()


def open_window(home):
    window = harness.Window(home, HEARSAY_PROGRAM=os.environ["HEARSAY_FAKE_SERVICE"])
    window.point(640, 700)
    window.find("push button", "Record")
    return window


def ask(window, text):
    window.key("ctrl+l")
    window.type(text)
    window.key("Return")


def sees(window, text):
    return any(text in shown for shown in window.texts())


def thoughts_come_as_they_are_written(home):
    window = open_window(home)
    ask(window, "think on")
    window.find("push button", "Thoughts")
    assert not sees(window, "Step "), window.texts()
    window.press("Thoughts")
    window.see("Step 5.")
    # Closed again it costs nothing; opened it has what came meanwhile.
    window.press("Thoughts")
    window.wait_for(lambda: not sees(window, "Step "), "a closed fold")
    window.press("Thoughts")
    window.see("Step 25.", 20)
    window.see("Thinking…")
    window.press("Stop")
    window.see("Stopped")
    window.see("Step 25.")
    (details, text), = select(home, "SELECT details, text FROM message WHERE role = 1")
    assert text == "" and "\n\nStep 25." in json.loads(details)["thought"], (details, text)
    window.close()
    assert not window.complaints(), window.complaints()


def the_next_answer_is_below_its_thought(home):
    """After a restart what was thought is there, and another question is answered."""
    window = open_window(home)
    window.key("ctrl+1")
    window.see("Stopped")
    ask(window, "think")
    window.see("Done thinking.")
    window.wait_for(lambda: select(home, "SELECT 1 FROM message WHERE role = 1 AND state = 1"),
                    "the answer in the store")
    details, = select(home, "SELECT details FROM message WHERE role = 1 AND state = 1")[0]
    assert json.loads(details)["thought"] == "Step 1.\n\nStep 2.", details
    folds = [node for node in window.walk()
             if node.getRoleName() == "push button" and node.name == "Thoughts"]
    assert len(folds) == 2, window.texts()
    folds[1].queryAction().doAction(0)
    window.see("Step 2.")
    assert not sees(window, "Step 25."), window.texts()
    window.close()
    assert not window.complaints(), window.complaints()


harness.main([(thoughts_come_as_they_are_written, the_next_answer_is_below_its_thought)])
