#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do, with real weights: open a recording, ask, see the answer, follow its evidence,
start again and find everything; an engine that is killed while it answers."""

import os
import signal

import harness

harness.ensure_session()
try:
    import pyatspi  # noqa: F401
except ImportError:
    harness.skip("python3-pyatspi is not installed")
harness.need_models("qwen2.5-coder-1.5b-instruct-q4_k_m", "whisper-base", "silero-vad",
                    "ge2e-speaker")

QUESTION = "What does the speaker ask people to do?"
SLOW = 150


def ask(window, question):
    window.point(640, 700)
    window.find("push button", "Record")
    window.key("ctrl+l")
    window.type(question)
    window.key("Return")


def ask_and_find_again(home):
    window = harness.Window(home, harness.SAMPLE)
    window.see("inaugural.wav")
    ask(window, QUESTION)
    window.see("their country", SLOW)
    window.find("push button", "Play from 0:00", SLOW)
    window.see("tokens/s", SLOW)
    window.press("Play from 0:00…")
    window.close()
    assert not window.complaints(), window.complaints()

    window = harness.Window(home)
    window.find("list item", QUESTION)
    window.point(640, 700)
    window.key("ctrl+f")
    window.type("fellow americans")
    window.wait_for(lambda: window.look("list item", QUESTION), "what was searched")
    window.close()
    assert not window.complaints(), window.complaints()


def engine_is_killed(home):
    window = harness.Window(home, harness.SAMPLE)
    window.see("inaugural.wav")
    ask(window, QUESTION)
    window.wait_for(window.children, "the engine", 30)
    window.see("…", 30)
    os.kill(window.children()[0], signal.SIGKILL)
    window.see("The engine stopped", 30)
    window.see("their country", SLOW)
    window.see("tokens/s", SLOW)
    window.close()
    assert not window.complaints(), window.complaints()


harness.main([ask_and_find_again, engine_is_killed])
