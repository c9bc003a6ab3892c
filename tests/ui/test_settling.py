#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages and dialogues die when they are left: memory settles while each comes and goes.

usage: tests/ui/test_settling.py [--times N]
"""

import os
import pathlib
import subprocess
import sys

import harness

if "--times" in sys.argv:
    os.environ["HEARSAY_TEST_TIMES"] = sys.argv[sys.argv.index("--times") + 1]
    del sys.argv[1:]
TIMES = int(os.environ.get("HEARSAY_TEST_TIMES", "8"))
harness.ensure_session()

PAUSE_S = 0.15
# A leaked dialogue has 300 kB and more, some of it in memory that was free before.
MAX_KB_EACH = 60
FIRST = 4  # until all that stays has been loaded


def command(words):
    return ["ctrl+k", words, "Return", "Escape"]


# Those that need most memory come last: what they leave free would hide what others leak.
SETS = {
    "preferences": ["ctrl+comma", "Escape"],
    "shortcuts": ["ctrl+question", "Escape"],
    "commands": ["ctrl+k", "Escape"],
    "about": command("About"),
    "instructions": command("Instructions"),
    "renaming": ["ctrl+1", *command("Rename Conversation")],
    "menu": ["F10", "Escape"],
    "conversations": ["ctrl+1", "ctrl+n"],
    "pages": ["alt+2", "alt+3", "alt+4", "alt+5", "alt+1"],
}


def memory_kb(process):
    for line in pathlib.Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1])
    return 0


def do(window, steps):
    for step in steps:
        verb = "type" if step[0].isupper() and step not in ("Escape", "Return", "F10") else "key"
        subprocess.run(["xdotool", verb, step], check=True)
        harness.wait_for_quiet(window, PAUSE_S)


def memory_settles(home):
    """Nothing is asked over AT-SPI: GTK remembers what was asked about."""
    subprocess.run([os.environ["HEARSAY_FILL_STORE"], harness.ROOT / "tests/ui/demo.md"],
                   env=home.environment, check=True)
    with open(home.folder / "log", "a", encoding="utf-8") as log:
        window = subprocess.Popen(
            [os.environ["HEARSAY_DESKTOP"]], stdout=log, stderr=log,
            env=dict(home.environment, GTK_A11Y="none", HEARSAY_MODELS=str(home.folder)))
    harness.wait_for_window()
    harness.wait_for_quiet(window, 1.5)
    subprocess.run(["xdotool", "mousemove", "640", "650"], check=True)
    grown = {}
    for name, steps in SETS.items():
        for _ in range(FIRST):
            do(window, steps)
        before = memory_kb(window)
        for _ in range(TIMES):
            do(window, steps)
        grown[name] = round((memory_kb(window) - before) / TIMES)
    window.terminate()
    window.wait(20)
    print(f"# kB each time: {grown}", flush=True)
    log = (home.folder / "log").read_text(encoding="utf-8")
    assert "CRITICAL" not in log, log
    assert max(grown.values()) < MAX_KB_EACH, grown


harness.main([memory_settles])
