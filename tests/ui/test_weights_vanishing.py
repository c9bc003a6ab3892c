#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model that vanishes while the window is open: between two questions, and while it answers. No
question is lost, and the window says what happened and what helps."""

import os
import shutil

import harness

harness.ensure_session()
try:
    import pyatspi
except ImportError:
    harness.skip("python3-pyatspi is not installed")
MODEL = "smollm2-135m-instruct-q4_1"
harness.need_models(MODEL)

SLOW = 150


def own_model(home):
    """A store of one model."""
    folder = home.folder / "models"
    folder.mkdir()
    shutil.copy(harness.models_folder() / f"{MODEL}.gguf", folder)
    (folder / "default").write_text(MODEL)
    return folder / f"{MODEL}.gguf"


def ask(window, question):
    window.key("ctrl+l")
    window.type(question)
    window.key("Return")


def open_window(home, path):
    window = harness.Window(home, HEARSAY_MODELS=str(path.parent))
    window.point(640, 700)
    window.find("push button", "Record")
    return window


def offers_models(window):
    """At the message; the page of narration has such a button, too, with a mnemonic."""
    return any(node.name == "Open Models" and node.getRoleName() == "push button"
               and node.getState().contains(pyatspi.STATE_VISIBLE) for node in window.walk())


def finish(window, *questions):
    """Each question is still there."""
    for question in questions:
        window.see(question)
    window.close()
    assert not window.complaints(), window.complaints()


def deleted_between_two_questions(home):
    path = own_model(home)
    window = open_window(home, path)
    ask(window, "What is a lighthouse?")
    window.see("tokens/s", SLOW)
    path.unlink()
    for pid in window.children():
        os.kill(pid, 9)
    ask(window, "What is a harbour?")
    window.see("not installed", SLOW)
    window.wait_for(lambda: offers_models(window), "a way to the models")
    finish(window, "What is a lighthouse?", "What is a harbour?")


def broken_between_two_questions(home):
    path = own_model(home)
    window = open_window(home, path)
    ask(window, "What is a lighthouse?")
    window.see("tokens/s", SLOW)
    os.truncate(path, 100000)
    ask(window, "What is a harbour?")
    window.see(path.name, SLOW)
    window.wait_for(lambda: offers_models(window), "a way to the models")
    finish(window, "What is a lighthouse?", "What is a harbour?")


def broken_while_it_answers(home):
    path = own_model(home)
    window = open_window(home, path)
    question = "Write a very long story about a lighthouse, with many chapters."
    ask(window, question)
    window.wait_for(window.children, "the engine", 30)
    os.truncate(path, 100000)
    window.see(path.name, SLOW)
    window.wait_for(lambda: offers_models(window), "a way to the models")
    finish(window, question)


harness.main([deleted_between_two_questions, broken_between_two_questions,
              broken_while_it_answers])
