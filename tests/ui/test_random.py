#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random actions of somebody with a keyboard, a mouse and a screen reader leave no crash, no
complaint of GLib, and no growth of memory.

usage: tests/ui/test_random.py [--minutes M] [--seed S] [--models]

Three quarters of a minute as a test; by hand as long as it should be, also with the installed
models. What was done is printed when it fails. Memory is measured from the end of a third of the
time, after all pages were seen, to the end.
"""

import argparse
import contextlib
import json
import os
import pathlib
import random
import subprocess
import sys
import time

import harness

PRESSES_PER_LOOK = 8
MAX_GROWTH_KB = 20 * 1024
# Nothing that ends the program, leaves the machine or fetches gigabytes.
FORBIDDEN = ("Quit", "Close", "Minimize", "Maximize", "Install", "Resume: ", "https", "Website",
             "Report an Issue", "Remove")
# GTK's own dialogue for files: while a folder is read, when its list is searched, and when its
# button is pressed while nothing in it has the focus. A popup whose spot is on no monitor, as
# without a window manager; we ask for no monitors.
OF_GTK = ("gtk_tree_sortable_get_sort_column_id", "gtk_css_node_insert_after",
          "gtk_widget_is_ancestor", "gdk_monitor_get_geometry")
TOLD = 60
KEYS = ["Tab", "shift+Tab", "Return", "space", "Escape", "Up", "Down", "Left", "Right", "Home",
        "End", "Page_Up", "Page_Down", "BackSpace", "Delete", "ctrl+n", "ctrl+k", "ctrl+f",
        "ctrl+l", "ctrl+z", "ctrl+a", "ctrl+c", "ctrl+v", "ctrl+comma", "ctrl+question", "alt+1",
        "alt+2", "alt+3", "alt+4", "alt+5", "ctrl+1", "ctrl+2", "F2", "F9", "F10", "Menu"]
TEXTS = ["Hello. Nice to hear you.", "# One", "1 < 2 & 3", "`code` *a*", "@af_bella: Hm.",
         "[pause 1s]", "x" * 60]


def arguments():
    """Those of the command line also reach the process of the test, which has others."""
    if "--part" in sys.argv:
        return argparse.Namespace(**json.loads(os.environ["HEARSAY_TEST_RANDOM"]))
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--minutes", type=float, default=0.75)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--models", action="store_true")
    found = parser.parse_args()
    os.environ["HEARSAY_TEST_RANDOM"] = json.dumps(vars(found))
    return found


options = arguments()
harness.ensure_session()
try:
    import pyatspi  # noqa: F401
except ImportError:
    harness.skip("python3-pyatspi is not installed")


class Player:
    """Presses what it finds."""

    def __init__(self, window):
        self.window = window
        self.random = random.Random(options.seed)
        self.done = []
        self.found = []
        self.n_presses = 0

    def note(self, what):
        self.done.append(f"{time.monotonic():.2f} {what}")

    def pressable(self):
        """Controls that act, of all windows that the program shows now."""
        import pyatspi
        found = []
        for node in self.window.walk():
            with contextlib.suppress(Exception):
                name = node.name or ""
                states = node.getState()
                if states.contains(pyatspi.STATE_SENSITIVE) \
                        and states.contains(pyatspi.STATE_SHOWING) \
                        and not any(word in name for word in FORBIDDEN) \
                        and node.queryAction().nActions > 0:
                    found.append((node, name))
        return found

    def press(self):
        # Looking is slow; what has gone meanwhile does not matter.
        if self.n_presses % PRESSES_PER_LOOK == 0:
            self.found = self.pressable()
        self.n_presses += 1
        if not self.found:
            return
        node, name = self.random.choice(self.found)
        self.note(f"press {name}")
        with contextlib.suppress(Exception):
            node.queryAction().doAction(0)

    def key(self):
        key = self.random.choice(KEYS)
        self.note(f"key {key}")
        subprocess.run(["xdotool", "key", key], check=False, stderr=subprocess.DEVNULL)

    def write(self):
        text = self.random.choice(TEXTS)
        self.note(f"type {text}")
        subprocess.run(["xdotool", "type", "--delay", "1", text], check=False,
                       stderr=subprocess.DEVNULL)

    def click(self):
        x, y = self.random.randrange(1080), self.random.randrange(55, 760)
        self.note(f"click {x} {y}")
        button = self.random.choice(["1", "1", "1", "3", "4", "5"])
        subprocess.run(["xdotool", "mousemove", str(x), str(y), "click", button], check=False)

    def step(self):
        self.random.choices([self.press, self.key, self.write, self.click], [3, 4, 1, 3])[0]()
        if self.random.random() < 0.05:
            self.note("escape")
            subprocess.run(["xdotool", "key", "Escape", "Escape"], check=False)


def memory_kb(process):
    """Resident and its own, without what is shared with others."""
    for line in pathlib.Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1])
    return 0


def prepare(home, is_filled=False):
    if not is_filled:
        subprocess.run([os.environ["HEARSAY_FILL_STORE"], harness.ROOT / "tests/ui/demo.md"],
                       env=home.environment, check=True)
    environment = {}
    if not options.models:
        environment["HEARSAY_MODELS"] = str(home.folder / "models")
    return harness.Window(home, **environment)


def complaints(window):
    return [line for line in window.complaints() if not any(known in line for known in OF_GTK)]


def is_alive(window):
    return window.process.poll() is None


def random_actions(home):
    window = prepare(home)
    window.see("New Conversation")
    player = Player(window)
    # Each page once, and each dialog that a key opens, so that what is loaded for ever is loaded.
    for key in ("alt+2", "alt+3", "alt+4", "alt+5", "ctrl+1", "ctrl+k", "Escape", "ctrl+comma",
                "Escape", "ctrl+question", "Escape"):
        subprocess.run(["xdotool", "key", key], check=False)
        harness.wait_for_quiet(window.process)
    begin = time.monotonic()
    end = begin + options.minutes * 60
    early = None
    while time.monotonic() < end:
        if window.process.poll() == 0:
            # Quit is a command like others. Memory is measured anew.
            player.window = window = prepare(home, True)
            player.found, early = [], None
            end = max(end, time.monotonic() + 20)
            begin = time.monotonic()
        # At once, so that what is printed is what came before it.
        if not is_alive(window) or complaints(window):
            break
        player.step()
        if early is None and time.monotonic() - begin > (end - begin) / 3:
            early = memory_kb(window.process)
    growth = memory_kb(window.process) - early if is_alive(window) and early is not None else 0
    problem = None
    if not is_alive(window):
        log = window.log.read_text(errors="replace")[-2000:]
        problem = f"the program ended with {window.process.returncode}: {log}"
    elif complaints(window):
        problem = str(complaints(window)[:5])
    elif growth > MAX_GROWTH_KB:
        problem = f"memory has grown by {growth} kB from {early} kB"
    if problem is not None:
        actions = "\n".join(player.done[-TOLD:])
        raise AssertionError(f"seed {options.seed}, {len(player.done)} actions; {problem}; at the "
                             f"end:\n{actions}")
    print(f"# {len(player.done)} actions, memory {early} kB and {growth:+d} kB", flush=True)
    window.close()


if "--part" not in sys.argv:
    del sys.argv[1:]
harness.main([random_actions])
