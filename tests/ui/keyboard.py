# SPDX-License-Identifier: GPL-3.0-or-later
"""A walk through a window with the Tab key: where the focus goes, what AT-SPI says of it there, and
what the screen shows. What is found wrong is collected, not asserted, so that one walk tells all.

The picture is read from the memory of the X server, which harness.ensure_session() asks it to keep
in a file."""

import contextlib
import os
import struct
import subprocess
import time

import pyatspi
from gi.repository import GLib

# GTK draws the focus within a tenth of a second; a machine that is busy takes longer to tell.
SETTLE_S = 0.12
PATIENCE_S = 2
MAX_STOPS = 160
# Of a list of voices the rest is like the first.
MAX_CHOICES = 10
# A box is what a control holds; its padding and its ring lie around it.
NEAR, FAR = (6, 6), (40, 18)
# Roles whose state can be told: what tells it.
WITH_VALUE = ("slider", "spin button")
WITH_CHECK = ("check box", "switch", "toggle button", "radio button")
WITH_TEXT = ("text", "entry")
# The button of GTK's own window of shortcuts.
OF_GTK = [("shortcuts", "GtkImage")]
CHOICES = ("menu item", "check menu item", "radio menu item", "list item")
CONTROLS = ("push button", "toggle button", "text", "entry", "slider", "combo box", "check box",
            "spin button", "switch", "radio button", "link")


def label_of(node):
    """GTK 4.8 gives the rows of a list no name; screen readers read what is in them."""
    for child in node:
        name = child.name if child.getRoleName() == "label" else label_of(child)
        if name:
            return name
    return ""


class Screen:
    """The X server's picture, as it is in an XWD file."""

    def __init__(self):
        folder = os.environ["HEARSAY_TEST_SCREEN"]
        self.path = f"{folder}/Xvfb_screen0"

    def take(self):
        with open(self.path, "rb") as file:
            data = file.read()
        header = struct.unpack(">25I", data[:100])
        self.width, self.height, self.stride = header[4], header[5], header[12]
        self.start = header[0] + header[19] * 12
        return data

    def cut(self, data, box, margin):
        x, y, width, height = box
        left, right = max(x - margin[0], 0), min(x + width + margin[0], self.width)
        return [data[self.start + row * self.stride + left * 4:
                     self.start + row * self.stride + right * 4]
                for row in range(max(y - margin[1], 0), min(y + height + margin[1], self.height))]


class Stop:
    """A control that had the focus."""

    def __init__(self, node):
        self.node = node
        self.role = node.getRoleName()
        self.name = node.name or ""
        self.box = extents(node)

    def __str__(self):
        return f"{self.role} “{self.name}” at {self.box}"


def extents(node):
    box = node.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
    return box.x, box.y, box.width, box.height


def is_above(box, other):
    """Whether reading goes back from `other` to `box`."""
    return box[1] + box[3] <= other[1] + 2 and box[0] < other[0] + other[2]


def is_near(box, other):
    return box[0] - FAR[0] < other[0] + other[2] and other[0] < box[0] + box[2] + FAR[0] \
        and box[1] - FAR[1] < other[1] + other[3] and other[1] < box[1] + box[3] + FAR[1]


class Keyboard:
    def __init__(self, window):
        self.window = window
        self.screen = Screen()
        self.focused = self.last = None
        self.faults = []
        self.seen = set()      # role and name of what had the focus
        self.backward = {}     # where: steps against the order of reading
        self.context = GLib.MainContext.default()
        pyatspi.Registry.registerEventListener(self.heard, "object:state-changed:focused")

    def heard(self, event):
        if event.detail1:
            self.focused = event.source

    def listen(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            while self.context.iteration(False):
                pass
            time.sleep(0.005)

    def press(self, key):
        """(nullable) what has the focus then, if it moved."""
        self.focused = None
        subprocess.run(["xdotool", "key", key], check=True)
        end = time.monotonic() + PATIENCE_S
        while self.focused is None and time.monotonic() < end:
            self.listen(0.02)
        self.listen(SETTLE_S)
        if self.focused is None:
            self.focused = self.look()
        if self.focused is None or self.last is not None and self.focused == self.last.node:
            return None
        with contextlib.suppress(Exception):
            self.last = Stop(self.focused)
            self.seen.add((self.last.role, self.last.name))
            return self.last
        return None

    def look(self):
        """(nullable) what has the focus now. Not every control of GTK 4.8 says that it got it."""
        for node in self.window.walk():
            with contextlib.suppress(Exception):
                if node.getState().contains(pyatspi.STATE_FOCUSED):
                    return node
        return None

    def fault(self, where, what):
        self.faults.append(f"{where}: {what}")

    def check_stop(self, where, stop):
        if not stop.name or stop.name.startswith(("Gtk", "Adw", "Hs")) \
                and (where, stop.name) not in OF_GTK:
            self.fault(where, f"{stop} has no name")
        if stop.role in ("unknown", "invalid", "filler", "panel"):
            self.fault(where, f"{stop} has no role")
        if stop.box[2] <= 0 or stop.box[3] <= 0:
            self.fault(where, f"{stop} is nowhere")
        with contextlib.suppress(Exception):
            # What GTK 4.8 tells of no value in numbers tells it in words.
            if stop.role in WITH_VALUE and not stop.node.description:
                value = stop.node.queryValue()
                if not value.minimumValue <= value.currentValue <= value.maximumValue:
                    self.fault(where, f"{stop} has the value {value.currentValue}")
            if stop.role in WITH_TEXT:
                stop.node.queryText()
            return
        self.fault(where, f"{stop} has no value")

    def shows(self, stop, with_focus, without, others):
        """Whether the picture around a control is another without the focus."""
        for margin in (NEAR, FAR):
            if self.screen.cut(with_focus, stop.box, margin) \
                    != self.screen.cut(without, stop.box, margin):
                return margin == NEAR or not any(is_near(stop.box, other.box) for other in others)
        return False

    def walk(self, where, key="Tab"):
        """Until it comes round. Returns the stops."""
        stops, pictures = [], []
        while len(stops) < MAX_STOPS:
            stop = self.press(key)
            if stop is None:
                if len(stops) != 1:
                    self.fault(where, f"{key} does not leave {stops[-1] if stops else 'it'}")
                break
            if any(stop.node == other.node for other in stops):
                break
            self.check_stop(where, stop)
            # The page may have moved meanwhile.
            if stops and is_above(stop.box, extents(stops[-1].node)):
                self.backward.setdefault(where, []).append(f"{stops[-1]} -> {stop}")
            stops.append(stop)
            pictures.append(self.screen.take())
        else:
            self.fault(where, f"{key} does not come round in {MAX_STOPS} stops")
        pictures.append(self.screen.take())
        for number, stop in enumerate(stops[:-1]):
            if not self.shows(stop, pictures[number], pictures[number + 1], [stops[number + 1]]):
                self.fault(where, f"{stop} does not show that it has the focus")
        # Once it begins anew.
        if len(self.backward.get(where, [])) > 1:
            self.fault(where, f"goes up and down: {self.backward[where]}")
        return stops

    def go_to(self, name, key="Tab"):
        """Until a control has the focus."""
        for _ in range(MAX_STOPS):
            stop = self.press(key)
            if stop is not None and self.window.is_called(stop.name, name):
                return stop
        raise AssertionError(f"{key} does not reach “{name}”")

    def choices(self):
        """What menus and lists hold: those of popovers are there while these are open."""
        found = []
        for node in self.window.walk():
            with contextlib.suppress(Exception):
                if node.getRoleName() in CHOICES \
                        and node.getState().contains(pyatspi.STATE_SENSITIVE):
                    found.append(node)
        return found

    def walk_menu(self, where, opener, n_least, key="space"):
        """Opens the menu of the control that has the focus, goes through it, and closes it. Where
        the popup goes is not told by AT-SPI, so any change of the picture shows the focus."""
        where = f"{where}, {opener.name}, {key}"
        before = self.choices()
        stop = self.press(key)
        choices = [node for node in self.choices() if node not in before]
        stops, pictures = [], []
        while stop is not None and len(stops) < MAX_CHOICES \
                and not any(stop.node == other.node for other in stops):
            if not stop.name and not label_of(stop.node):
                self.fault(where, f"{stop} has no name")
            stops.append(stop)
            pictures.append(self.screen.take())
            if len(pictures) > 1 and pictures[-1] == pictures[-2]:
                self.fault(where, f"{stop} does not show that it has the focus")
            stop = self.press("Down" if stop.role in CHOICES else "Tab")
        for node in choices:
            if len(stops) < MAX_CHOICES and not any(node == stop.node for stop in stops):
                self.fault(where, f"“{node.name or label_of(node)}” is not reached")
        if len(stops) < n_least:
            self.fault(where, f"only {len(stops)} choices: {[str(stop) for stop in stops]}")
        self.press("Escape")
        self.listen(SETTLE_S)
        after = self.look()
        if after is None or after != opener.node:
            self.fault(where, f"Escape leaves the focus at {after and Stop(after)}")
        self.last = None

    def controls(self):
        """Those that act now, of all that the program has."""
        found = set()
        for node in self.window.walk():
            with contextlib.suppress(Exception):
                if node.getRoleName() in CONTROLS \
                        and node.getState().contains(pyatspi.STATE_SENSITIVE) \
                        and node.getState().contains(pyatspi.STATE_FOCUSABLE):
                    found.add((node.getRoleName(), node.name or ""))
        return found

    @staticmethod
    def n_windows():
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "."],
                               capture_output=True, text=True, check=False)
        return len(found.stdout.split())
