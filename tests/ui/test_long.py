#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A conversation of 5,000 messages opens at once, at its end; evidence that points to its beginning
is fetched."""

import contextlib
import json
import os
import sqlite3
import subprocess
import time

import harness

harness.ensure_session()
try:
    import pyatspi  # noqa: F401
except ImportError:
    harness.skip("python3-pyatspi is not installed")

N_MESSAGES = 5000
# The window itself takes a tenth of a second; reading its controls over AT-SPI takes the rest.
OPEN_S = 20


def open_long_conversation(home):
    subprocess.run([os.environ["HEARSAY_FILL_STORE"], harness.ROOT / "tests/ui/demo.md",
                    str(N_MESSAGES)], env=home.environment, check=True)
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.find("list item", "Long")
    window.point(640, 700)
    start = time.monotonic()
    window.key("ctrl+1")
    window.wait_for(lambda: window.look("label", f"Message {N_MESSAGES - 1} of"), "its end", 30)
    seconds = time.monotonic() - start
    print(f"# opened in {seconds:.2f} s", flush=True)
    assert seconds < OPEN_S, f"it took {seconds:.2f} s"
    window.press("Show Earlier Messages")
    window.wait_for(lambda: window.look("label", f"Message {N_MESSAGES - 79} of"), "what is before")
    window.close()
    assert not window.complaints(), window.complaints()


def add_evidence(home):
    """The first message of many has a recording, and the last one points to it."""
    store = home.folder / "data/hearsay/conversations.db"
    passage = [{"recording": 0, "start": 1, "end": 2, "text": "your country"}]
    with contextlib.closing(sqlite3.connect(store)) as database:
        first, last = database.execute(
            "SELECT min (id), max (id) FROM message WHERE text LIKE 'Message %'").fetchone()
        database.execute("INSERT INTO recording (message, path, seconds) VALUES (?, ?, 11)",
                         (first, str(harness.SAMPLE)))
        database.execute("UPDATE message SET evidence = ? WHERE id = ?",
                         (json.dumps(passage), last))
        database.commit()


def evidence_of_long_ago_is_fetched(home):
    subprocess.run([os.environ["HEARSAY_FILL_STORE"], harness.ROOT / "tests/ui/demo.md", "90"],
                   env=home.environment, check=True)
    add_evidence(home)
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.find("list item", "Long")
    window.point(640, 700)
    window.key("ctrl+1")
    window.find("push button", "Play from 0:01")
    assert window.look("label", "Message 0 of") is None
    window.press("Play from 0:01…")
    window.wait_for_focus("slider")
    assert window.look("label", "Message 0 of") is not None
    window.close()
    assert not window.complaints(), window.complaints()


harness.main([open_long_conversation, evidence_of_long_ago_is_fetched])
