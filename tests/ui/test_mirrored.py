#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window from right to left: what the picture shows of it that no widget can tell."""

import harness

harness.ensure_session()
try:
    import pyatspi  # noqa: F401
except ImportError:
    harness.skip("python3-pyatspi is not installed")

import keyboard  # noqa: E402


def columns_that_differ(screen, box, before, after):
    """Places in a box, from its left edge, in two pictures of the screen."""
    left, right = screen.cut(before, box, (0, 0)), screen.cut(after, box, (0, 0))
    return {place // 4 for one, other in zip(left, right) if one != other
            for place in range(0, len(one), 4) if one[place:place + 4] != other[place:place + 4]}


def find_caret(home, side, **environment):
    """Where the caret of an empty message is: it comes with the focus."""
    settings = home.folder / "config/gtk-4.0"
    settings.mkdir(parents=True)
    (settings / "settings.ini").write_text("[Settings]\ngtk-cursor-blink=0\n")
    window = harness.Window(home, **environment)
    window.point(60, 40)
    keys = keyboard.Keyboard(window)
    screen = keyboard.Screen()
    message = window.find("text", "Message")
    window.key("ctrl+l")
    window.wait_for_focus("text", "Message")
    keys.listen(0.5)
    box = keyboard.extents(message)
    # What held a text before has no second caret.
    window.type("a")
    window.key("BackSpace")
    keys.listen(0.5)
    with_caret = screen.take()
    window.key("Tab")
    keys.listen(0.5)
    places = columns_that_differ(screen, box, with_caret, screen.take())
    assert places, "there is no caret"
    middle = box[2] / 2
    assert all((place > middle) == (side == "right") for place in places), \
        f"the caret is at {sorted(places)} of {box[2]}"
    window.close()
    assert not window.complaints(), window.complaints()


def caret_at_the_right(home):
    find_caret(home, "right", **home.make_mirrored())


def caret_at_the_left(home):
    find_caret(home, "left")


harness.main([caret_at_the_right, caret_at_the_left])
