#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window without models: what it shows, that each control has a name, and its pages."""

import contextlib
import json
import os
import sqlite3
import subprocess

import harness

harness.ensure_session()
try:
    import pyatspi  # noqa: F401
except ImportError:
    harness.skip("python3-pyatspi is not installed")


def first_start(home):
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.see("What Would You Like to Hear About?")
    window.find("push button", "Record")
    window.find("push button", "Open a Recording")
    window.close()
    assert not window.complaints(), window.complaints()


CONTROLS = ("push button", "toggle button", "text", "entry", "slider", "combo box", "check box",
            "spin button", "switch")


def every_control_has_a_name(home):
    window = harness.Window(home, harness.SAMPLE, HEARSAY_MODELS=str(home.folder))
    window.see("inaugural.wav")
    for key, page in (("alt+2", "Narration"), ("alt+3", "Models"),
                      ("alt+4", "No Voice of Your Own")):
        window.key(key)
        window.see(page)
    window.press("Make a Voice…")
    window.see("Whose voice it is, and that they agreed")
    nameless = []
    for node in window.walk():
        role = node.getRoleName()
        if role in CONTROLS and (not node.name or node.name.startswith(("Gtk", "Adw", "Hs"))):
            nameless.append(f"{role} “{node.name}” in {node.parent.getRoleName()} "
                            f"“{node.parent.name}”")
    window.close()
    assert not nameless, nameless
    assert not window.complaints(), window.complaints()


def models_are_offered(home):
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.point(640, 400)
    window.key("alt+3")
    window.see("Install What Is Needed")
    window.see("Whisper")
    window.close()
    assert not window.complaints(), window.complaints()


def a_question_without_models_says_what_helps(home):
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.point(640, 700)
    window.find("push button", "Record")
    window.key("ctrl+l")
    window.type("Is anybody there?")
    window.key("Return")
    window.see("not installed", 30)
    window.find("push button", "Open Models")
    window.close()
    assert not window.complaints(), window.complaints()


def instructions_belong_to_a_conversation(home):
    subprocess.run([os.environ["HEARSAY_FILL_STORE"], harness.ROOT / "tests/ui/demo.md"],
                   env=home.environment, check=True)
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.point(640, 700)
    window.key("ctrl+1")
    window.find("push button", "Answer Again")
    window.key("ctrl+k")
    window.type("Instructions")
    window.key("Return")
    window.find("spin button", "Temperature").queryValue().currentValue = 0.7
    window.find("spin button", "Longest Answer").queryValue().currentValue = 200
    window.type("Be brief.")
    window.press("Save")
    store = home.folder / "data/hearsay/conversations.db"

    def kept():
        with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as database:
            (settings,), = database.execute("SELECT settings FROM talk")
        return json.loads(settings)
    wanted = {"system": "Be brief.", "temperature": 0.7, "max_tokens": 200}
    window.wait_for(lambda: kept() == wanted, f"not {kept()}")
    window.close()
    assert not window.complaints(), window.complaints()


harness.main([first_start, models_are_offered, a_question_without_models_says_what_helps,
              every_control_has_a_name, instructions_belong_to_a_conversation])
