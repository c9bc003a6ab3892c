#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every page and dialogue by keyboard alone: Tab comes round, reaches all controls, in the order
of reading; what has the focus shows it, and has a role, a name and a value in AT-SPI; Escape closes
what was opened, and the focus is in the window again."""

import contextlib
import json
import os
import sqlite3
import subprocess

import harness

harness.ensure_session()
try:
    import pyatspi  # noqa: F401
except ImportError:
    harness.skip("python3-pyatspi is not installed")

import keyboard  # noqa: E402
import microphone  # noqa: E402

HEARING = {
    "file": "inaugural.wav", "seconds": 11, "language": "en",
    "speakers": [{"name": "A", "seconds": 9}, {"name": "B", "seconds": 4}],
    "segments": [
        {"start": 0, "end": 4, "text": "Ask not what", "speaker": "A", "words": [
            {"start": 0, "end": 1, "word": "Ask", "probability": 1},
            {"start": 1, "end": 2, "word": " not", "probability": 1},
            {"start": 2, "end": 4, "word": " what", "probability": 1}]},
        {"start": 5, "end": 9, "text": "your country", "speaker": "B"}]}
# GTK reaches these by the window manager's keys.
OF_THE_FRAME = {"Minimize", "Maximize", "Close"}
RECORDER = ("Discard", "Choose a Microphone", "Pause", "Finish Recording")
# Of an empty page, of the recorder, of a notice.
ELSEWHERE = {"Dismiss", *RECORDER, "Open _Models Open Models",
             "_Choose Recordings… Choose Recordings…", "_Make a Voice… Make a Voice…"}


def prepare(home):
    """Something on every page."""
    subprocess.run([os.environ["HEARSAY_FILL_STORE"], harness.ROOT / "tests/ui/demo.md"],
                   env=home.environment, check=True)
    subprocess.run([os.environ["HEARSAY_FILL_VOICE"], "mine"], env=home.environment, check=True)
    store = home.folder / "data/hearsay/conversations.db"
    with contextlib.closing(sqlite3.connect(store)) as database:
        database.execute("INSERT INTO recording (message, path, sha256, seconds, hearing)"
                         " VALUES (3, ?, ?, 11, ?)",
                         (str(harness.SAMPLE), "0" * 64, json.dumps(HEARING)))
        database.execute("UPDATE message SET details = ? WHERE id = 2",
                         (json.dumps({"thought": "Two ways come to mind."}),))
        database.commit()
    folder = home.folder / "data/hearsay/batch"
    folder.mkdir(parents=True)
    rows = [("lecture.flac", "done", ""), ("notes.txt", "failed", "not a recording")]
    (folder / "list.json").write_text(json.dumps(
        [{"file": f"file://{home.folder}/{name}", "state": state, "seconds": 3.0, "voices": 1,
          "problem": problem} for name, state, problem in rows]))


def open_window(home, **environment):
    """With a caret that does not blink: it is what shows the focus in a text."""
    settings = home.folder / "config/gtk-4.0"
    settings.mkdir(parents=True)
    (settings / "settings.ini").write_text("[Settings]\ngtk-cursor-blink=0\n")
    models = harness.models_folder()
    if not (models / "kokoro-voices.gguf").exists():
        models = home.folder
    environment.setdefault("HEARSAY_MODELS", str(models))
    window = harness.Window(home, **environment)
    # Where there is no window manager the keys go to what is under it: also to dialogues.
    window.point(60, 40)
    window.find("push button", "Record")
    return window, keyboard.Keyboard(window)


# GtkExpander's own, when the focus goes through it into a list.
OF_GTK = "gtk_window_get_focus: assertion"


def finish(window, keys):
    window.close()
    assert not keys.faults, "\n".join(keys.faults)
    complaints = [line for line in window.complaints() if OF_GTK not in line]
    assert not complaints, complaints


def open_page(window, keys, key, what):
    window.key(key)
    window.see(what)
    keys.listen(0.5)


# What has the focus when a page is opened, and where one was when it is opened again.
OPENED = (("alt+2", "text", "Paragraph 1"), ("alt+3", "list item", "Memory"),
          ("alt+4", "push button", "Add…"), ("alt+5", "list item", "lecture.flac"),
          ("ctrl+1", "text", "Message"), ("alt+2", "text", "Paragraph 1"),
          ("ctrl+n", "text", "Message"))


def opening(home):
    """A page that a key opens is where one goes on, not its header bar."""
    prepare(home)
    window, keys = open_window(home)
    window.wait_for_focus("text", "Message")
    for key, role, name in OPENED:
        window.key(key)
        window.wait_for_focus(role, name)
    # The way through the sidebar leaves what is shown selected there.
    window.key("alt+5")
    keys.go_to("Main Menu")
    keys.go_to("Watch a Folder")
    chosen = [node.name for node in window.walk() if node.getRoleName() == "list item"
              and node.parent.name in ("Pages", "Conversations")
              and node.getState().contains(pyatspi.STATE_SELECTED)]
    assert chosen == ["Many Recordings"], chosen
    finish(window, keys)


def pages(home):
    prepare(home)
    window, keys = open_window(home)
    wanted = keys.controls()
    keys.walk("a new conversation")
    for key, page, what in (("alt+2", "narration", "Narrat"), ("alt+3", "models", "Memory"),
                            ("alt+4", "voices", "mine"), ("alt+5", "batch", "lecture.flac"),
                            ("ctrl+1", "a conversation", "Transcript")):
        open_page(window, keys, key, what)
        if page == "batch":
            keys.go_to("Watch a Folder")
            keys.press("space")
            keys.last = None
        wanted |= keys.controls()
        keys.walk(page)
    keys.go_to("Transcript")
    keys.press("space")
    window.see("Ask not what")
    wanted |= keys.controls()
    keys.walk("a transcript")
    # Segments are rows of one list: one stop, and the arrows go from one to the next.
    keys.go_to("Correct the text")
    keys.press("Down")
    keys.go_to("B", "shift+Tab")
    window.key("ctrl+f")
    window.wait_for_focus("entry", "Search conversations")
    keys.walk("the search")
    missed = wanted - keys.seen
    for role, name in sorted(missed):
        if name not in OF_THE_FRAME | ELSEWHERE:
            keys.fault("all pages", f"{role} “{name}” is not reached")
    finish(window, keys)


# Of a page: what opens a menu or another popover there, and how many stops it has at the least.
MENUS = (("ctrl+1", "a conversation", (("This Conversation", 7), ("Main Menu", 6), ("Speed", 6),
                                       ("More", 7))),
         ("alt+2", "narration", (("Voice: Narrator", 10), ("Narrator", 10))),
         ("alt+3", "models", (("Add…", 2),)),
         ("alt+4", "voices", (("More", 3),)),
         ("alt+5", "batch", (("Export All", 5),)))


def menus(home):
    """Every open menu: each of its items is reached, and Escape goes back to what opened it."""
    prepare(home)
    window, keys = open_window(home)
    for key, page, openers in MENUS:
        window.key(key)
        keys.listen(0.5)
        for name, n_least in openers:
            keys.walk_menu(page, keys.go_to(name), n_least)
    finish(window, keys)


def menus_of_rows(home):
    """In the sidebar by the keys that other programs have for it, beside the mouse's button."""
    prepare(home)
    store = home.folder / "data/hearsay/conversations.db"
    with contextlib.closing(sqlite3.connect(store)) as database:
        database.execute("INSERT INTO talk (title, folder, created, changed)"
                         " VALUES ('In it', 'Studies', 1, 1)")
        database.commit()
    window, keys = open_window(home)
    window.key("ctrl+2")
    window.find("push button", "Answer Again")
    row = keys.go_to("Sorting a list in Python")
    for key in ("Menu", "shift+F10"):
        keys.walk_menu("the sidebar", row, 5, key)
    # A folder's is that of its button.
    while keys.press("Up").name != "Studies":
        pass
    row = keys.last
    stop = keys.press("Menu")
    if stop is None or "Rename Folder" not in stop.name:
        keys.fault("the sidebar", f"Menu opens {stop} on a folder")
    keys.press("Escape")
    finish(window, keys)


def microphones(home):
    """While it records: all that it has, and the list of what there is to record from."""
    mouth = microphone.Microphone(home)
    window, keys = open_window(home, **mouth.environment)
    window.key("ctrl+r")
    window.wait_for_focus("push button", "Finish Recording")
    keys.walk("the recorder")
    missed = set(RECORDER) - {name for _, name in keys.seen}
    if missed:
        keys.fault("the recorder", f"{missed} are not reached")
    keys.walk_menu("the recorder", keys.go_to("Choose a Microphone"), 2)
    chosen = keys.press("space")
    if chosen is None or chosen.name != "The system’s choice" \
            or not chosen.node.getState().contains(pyatspi.STATE_SELECTED):
        keys.fault("the recorder", f"the list begins at {chosen}, not at what is chosen")
    keys.press("Escape")
    window.close()
    mouth.stop()
    finish(window, keys)


def recorder(home):
    """Also where there is no microphone, and with the message of a store that was set aside."""
    (home.folder / "asound.conf").write_text("pcm.!default { type hw card 31 }\n")
    store = home.folder / "data/hearsay/conversations.db"
    store.parent.mkdir(parents=True)
    store.write_bytes(b"no database, but long enough to be taken for one" * 100)
    window, keys = open_window(home, ALSA_CONFIG_PATH=str(home.folder / "asound.conf"))
    window.see("It is kept as")
    keys.go_to("Dismiss")
    window.key("ctrl+r")
    window.see("The microphone or the loudspeaker cannot be used.")
    window.wait_for_focus("push button", "Discard")
    keys.walk("the recorder")
    keys.go_to("Discard")
    for name in RECORDER[:2]:
        if ("push button", name) not in keys.seen:
            keys.fault("the recorder", f"“{name}” is not reached")
    window.key("Escape")
    window.wait_for_focus("text", "Message")
    finish(window, keys)


def run_command(window, words):
    window.key("ctrl+k")
    window.see("Pin or Unpin Conversation")
    window.type(words)
    window.key("Return")


# Name, how it is opened, what is seen in it.
DIALOGUES = (
    ("preferences", "ctrl+comma", "Appearance"),
    ("shortcuts", "ctrl+question", "Conversation"),
    ("commands", "ctrl+k", "Pin or Unpin Conversation"),
    ("about", "About Hearsay", "Credits"),
    ("instructions", "Instructions for", "Temperature"),
    ("renaming", "Rename Conversation", "Title"),
    ("folders", "Move Conversation", "New Folder"),
)


def open_each(home, wanted):
    prepare(home)
    window, keys = open_window(home)
    window.key("ctrl+1")
    window.find("push button", "Answer Again")
    for name, how, what in wanted:
        before = keys.n_windows()
        keys.focused = None
        if "+" in how:
            window.key(how)
        else:
            run_command(window, how)
        window.wait_for(lambda: keys.n_windows() > before, name)
        window.see(what)
        keys.listen(0.5)
        stops = keys.walk(name)
        if not stops:
            keys.fault(name, "nothing can be reached")
        window.key("Escape")
        window.wait_for(lambda: keys.n_windows() == before, f"the end of {name}")
        stop = keys.press("Tab")
        if stop is None:
            keys.fault(name, "leaves no focus behind")
    finish(window, keys)


def dialogues(home):
    open_each(home, DIALOGUES)


def making_a_voice(home):
    open_each(home, [("a voice", "Make a Voice", "Whose voice it is, and that they agreed")])


# The page of narrations has its script only where there are voices.
opening.models = pages.models = menus.models = ("kokoro-82m-v1.0", "kokoro-voices")
harness.main([opening, pages, menus, menus_of_rows, microphones, recorder, dialogues,
              making_a_voice])
