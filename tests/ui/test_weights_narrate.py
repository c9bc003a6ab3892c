#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A script is narrated in the window, with real weights, and goes on from its takes after a
restart; takes are compared; an answer is read aloud until it is stopped."""

import os
import subprocess
import time

import harness
from loudspeaker import LATE_S, Loudspeaker

harness.ensure_session()
try:
    import pyatspi  # noqa: F401
except ImportError:
    harness.skip("python3-pyatspi is not installed")
harness.need_models("kokoro-82m-v1.0", "kokoro-voices", "english-pronunciations")


# A loudspeaker that writes what it plays, as fast as it comes.
LOUDSPEAKER = """
pcm.!default { type plug slave.pcm "written" }
pcm.written { type file slave.pcm { type null } format "raw" file "%s" }
"""


def with_loudspeaker(home):
    config = home.folder / "asound.conf"
    played = home.folder / "played"
    config.write_text(LOUDSPEAKER % played)
    return played, {"ALSA_CONFIG_PATH": str(config)}


def narrate(home):
    window = harness.Window(home)
    window.point(640, 300)
    window.key("alt+2")
    window.see("Heart")
    window.click(640, 200)
    window.type("Hello. Nice to hear you.")
    window.press("Read Aloud")
    folder = home.folder / "data/hearsay/narrations"
    window.see("2 sentences", 150)
    window.see("0:0", 20)
    assert (folder / "narration.wav").stat().st_size > 24000
    assert "Nice to hear you." in (folder / "narration.srt").read_text()
    takes = {path: path.stat().st_mtime_ns for path in folder.glob("*/takes/*.flac")}
    assert len(takes) == 2, takes
    window.close()

    window = harness.Window(home)
    window.point(640, 300)
    window.key("alt+2")
    window.see("Heart")
    window.press("Read Aloud")
    window.see("2 sentences", 150)
    assert takes == {path: path.stat().st_mtime_ns for path in folder.glob("*/takes/*.flac")}
    window.close()
    assert not window.complaints(), window.complaints()


def write_paragraphs(window):
    window.point(640, 300)
    window.key("alt+2")
    window.see("Heart")
    window.click(640, 200)
    window.type("Hello. Nice to hear you.")
    window.key("Return", "Return")
    window.type("It rains.")
    window.see("Paragraph 2")


def compare_takes(home):
    """A paragraph in another voice, played before it was narrated; a sentence spoken again."""
    played, loudspeaker = with_loudspeaker(home)
    window = harness.Window(home, **loudspeaker)
    folder = home.folder / "data/hearsay/narrations"
    write_paragraphs(window)
    window.key("shift+Tab", "Tab", "Tab", "space")
    window.see("Alloy")
    window.key("Down", "Down", "Down", "Return")
    window.see("Voice: Bella")
    window.press("Play from Paragraph 2")
    window.wait_for(lambda: played.exists() and played.stat().st_size > 0, "the first sound", 60)
    window.find("push button", "Read Aloud", 30)
    window.press("Read Aloud")
    window.see("3 sentences, each", 150)
    assert "\n\n@af_bella: It rains." in (folder / "narration.md").read_text()
    takes = folder / "narration.hearsay/takes"
    before = {path.name: path.read_bytes() for path in takes.glob("*.flac")}
    window.press("2 sentences")
    window.press("Speak Again: Nice to hear you.")
    window.see("Take 1", 60)
    assert len(list(takes.glob("*.flac"))) == 4
    window.press("Play: Take 1")
    window.press("Use: Take 1")
    window.wait_for(lambda: not any("Take 1" in text for text in window.texts()), "one take", 30)
    assert before == {path.name: path.read_bytes() for path in takes.glob("*.flac")}
    window.press("Speak Again: Nice to hear you.")
    window.see("Take 1", 60)
    window.press("Use: New take")
    window.wait_for(lambda: not any("Take 1" in text for text in window.texts()), "one take", 30)
    after = {path.name: path.read_bytes() for path in takes.glob("*.flac")}
    assert sum(after[name] != sound for name, sound in before.items()) == 1
    window.close()
    assert not window.complaints(), window.complaints()


def stop_reading(window, loudspeaker, button, key):
    """How many seconds of sound come after somebody presses one of both."""
    window.press("Read Aloud")
    window.find("push button", "Stop Reading")
    loudspeaker.heard_s = 0
    window.wait_for(lambda: loudspeaker.heard_s > 0.2, "the first sound", 120)
    control = window.find("push button", button) if button else None
    loudspeaker.heard_s = 0
    if control:
        control.queryAction().doAction(0)
    else:
        window.key(key)
    window.wait_for(lambda: not window.look("push button", "Stop Reading"), "the button", 5)
    # What still comes is what is measured.
    time.sleep(1)
    return max(loudspeaker.heard_s - LATE_S, 0)


def read_an_answer_aloud(home):
    loudspeaker = Loudspeaker(home)
    subprocess.run([os.environ["HEARSAY_FILL_STORE"], harness.ROOT / "tests/ui/demo.md"],
                   env=home.environment, check=True)
    window = harness.Window(home, **loudspeaker.environment)
    window.point(640, 700)
    window.key("ctrl+1")
    window.find("push button", "Answer Again")
    window.key("ctrl+l")
    for button, key in (("Stop Reading", None), (None, "x"), (None, "Escape"), (None, "F9")):
        seconds = stop_reading(window, loudspeaker, button, key)
        print(f"# {button or key}: silent after {seconds * 1000:.0f} ms", flush=True)
        assert seconds < 0.2, (button or key, seconds)
    cache = home.folder / "cache/hearsay"
    window.wait_for(lambda: not list(cache.glob("*answer-*")), "no file that stays", 5)
    window.close()
    assert not window.complaints(), window.complaints()


harness.main([narrate, compare_takes, read_an_answer_aloud])
