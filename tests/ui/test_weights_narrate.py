#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A text is read aloud in the window, with real weights."""

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
    made = window.wait_for(lambda: list((home.folder / "cache/hearsay").glob("narration-*.wav")),
                           "the narration", 150)
    window.see("0:0", 20)
    assert made[0].stat().st_size > 24000, made[0].stat().st_size
    window.close()
    assert not window.complaints(), window.complaints()


harness.main([narrate])
