#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Chinese is read aloud, as the preference says, is told to the engine."""

import json
import os
import subprocess

import harness

harness.ensure_session()
try:
    import pyatspi  # noqa: F401
except ImportError:
    harness.skip("python3-pyatspi is not installed")


def read_aloud(home, accent):
    """What the engine is asked when an answer is read."""
    log = home.folder / f"request-{accent}"
    folder = home.folder / "config/glib-2.0/settings"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "keyfile").write_text(f"[io/github/hearsay_app/Hearsay]\naccent='{accent}'\n")
    window = harness.Window(home, HEARSAY_PROGRAM=os.environ["HEARSAY_FAKE_SERVICE"],
                            HEARSAY_FAKE_LOG=str(log))
    window.see("Sorting a list")
    window.key("ctrl+1")
    window.press("Read Aloud")
    window.wait_for(lambda: log.exists() and "\n" in log.read_text(), "a request")
    window.close()
    assert not window.complaints(), window.complaints()
    return json.loads(log.read_text().splitlines()[0])


def fill(home):
    subprocess.run([os.environ["HEARSAY_FILL_STORE"], harness.ROOT / "tests/ui/demo.md"],
                   env=home.environment, check=True)
    request = read_aloud(home, "taiwan")
    assert request["accent"] == "taiwan", request


def other(home):
    request = read_aloud(home, "mainland")
    assert request["accent"] == "mainland", request


def automatic(home):
    request = read_aloud(home, "automatic")
    assert "accent" not in request and request["text"], request


harness.main([(fill, other, automatic)])
