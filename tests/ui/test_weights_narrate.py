#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A script is narrated in the window, with real weights, and goes on from its takes after a
restart."""

import harness

harness.ensure_session()
try:
    import pyatspi  # noqa: F401
except ImportError:
    harness.skip("python3-pyatspi is not installed")
harness.need_models("kokoro-82m-v1.0", "kokoro-voices", "english-pronunciations")


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


harness.main([narrate])
