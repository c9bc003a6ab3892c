#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window without models: what it shows, that each control has a name, and its pages."""

import contextlib
import fcntl
import json
import os
import resource
import sqlite3
import struct
import subprocess

import harness

harness.ensure_session()
try:
    import pyatspi  # noqa: F401
except ImportError:
    harness.skip("python3-pyatspi is not installed")


def first_start(home):
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.see("What Would You Like to Hear About?")
    window.find("push button", "Record")
    window.find("push button", "Open a Recording")
    window.close()
    assert not window.complaints(), window.complaints()


CONTROLS = ("push button", "toggle button", "text", "entry", "slider", "combo box", "check box",
            "spin button", "switch")


def every_control_has_a_name(home):
    window = harness.Window(home, harness.SAMPLE, HEARSAY_MODELS=str(home.folder))
    window.see("inaugural.wav")
    for key, page in (("alt+2", "Narration"), ("alt+3", "Models"),
                      ("alt+4", "No Voice of Your Own")):
        window.key(key)
        window.see(page)
    window.press("Make a Voice…")
    window.see("Whose voice it is, and that they agreed")
    nameless = []
    for node in window.walk():
        role = node.getRoleName()
        if role in CONTROLS and (not node.name or node.name.startswith(("Gtk", "Adw", "Hs"))):
            nameless.append(f"{role} “{node.name}” in {node.parent.getRoleName()} "
                            f"“{node.parent.name}”")
    window.close()
    assert not nameless, nameless
    assert not window.complaints(), window.complaints()


def models_are_offered(home):
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.point(640, 400)
    window.key("alt+3")
    window.see("Install What Is Needed")
    window.see("Whisper")
    window.close()
    assert not window.complaints(), window.complaints()


def a_question_without_models_says_what_helps(home):
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.point(640, 700)
    window.find("push button", "Record")
    window.key("ctrl+l")
    window.type("Is anybody there?")
    window.key("Return")
    window.see("not installed", 30)
    window.find("push button", "Open Models")
    window.close()
    assert not window.complaints(), window.complaints()


def fill(home):
    subprocess.run([os.environ["HEARSAY_FILL_STORE"], harness.ROOT / "tests/ui/demo.md"],
                   env=home.environment, check=True)


def select(home, sql):
    """All rows of the store, as another program sees them."""
    store = home.folder / "data/hearsay/conversations.db"
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as database:
        return database.execute(sql).fetchall()


def run_command(window, words):
    window.key("ctrl+k")
    window.see("Pin or Unpin Conversation")
    window.type(words)
    window.key("Return")


def instructions_belong_to_a_conversation(home):
    fill(home)
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.point(640, 700)
    window.key("ctrl+1")
    window.find("push button", "Answer Again")
    run_command(window, "Instructions")
    window.find("spin button", "Temperature").queryValue().currentValue = 0.7
    window.find("spin button", "Longest Answer").queryValue().currentValue = 200
    window.find("spin button", "Thinking Budget").queryValue().currentValue = 128
    window.type("Be brief.")
    window.press("Keep as Preset")
    window.wait_for_focus("text", "Name of the preset")
    window.type("Terse")
    window.key("Return")
    window.wait_for(lambda: select(home, "SELECT name FROM preset") == [("Terse",)], "the preset")
    window.press("Save")
    wanted = {"system": "Be brief.", "temperature": 0.7, "max_tokens": 200, "thinking": 128,
              "preset": "Terse"}
    window.wait_for(lambda: json.loads(select(home, "SELECT settings FROM talk")[0][0]) == wanted,
                    "what is wanted in the store")
    window.close()
    assert not window.complaints(), window.complaints()


HEARING = {
    "file": "inaugural.wav", "seconds": 11, "language": "en",
    "speakers": [{"name": "A", "seconds": 9}],
    "segments": [
        {"start": 0, "end": 4, "text": "Ask nut what", "speaker": "A", "words": [
            {"start": 0, "end": 1, "word": "Ask", "probability": 1},
            {"start": 1, "end": 2, "word": " nut", "probability": 1},
            {"start": 2, "end": 4, "word": " what", "probability": 1}]},
        {"start": 5, "end": 9, "text": "your country", "speaker": "A"}]}


def add_recording(home, path):
    """To the last question of the first conversation."""
    store = home.folder / "data/hearsay/conversations.db"
    with contextlib.closing(sqlite3.connect(store)) as database:
        database.execute("INSERT INTO recording (message, path, sha256, seconds, hearing)"
                         " VALUES (3, ?, ?, 11, ?)", (str(path), "0" * 64, json.dumps(HEARING)))
        database.commit()


def heard(home):
    hearing = json.loads(select(home, "SELECT hearing FROM recording")[0][0])
    return [segment["text"] for segment in hearing["segments"]]


def text_is_corrected(home):
    fill(home)
    add_recording(home, harness.SAMPLE)
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.point(640, 700)
    window.key("ctrl+1")
    window.press("Transcript")
    window.see("Ask nut what")
    window.press("Correct the text")
    window.wait_for_focus("text", "Text of the segment")
    window.key("ctrl+a")
    window.type("Ask not what")
    window.press("Save")
    window.wait_for(lambda: heard(home) == ["Ask not what", "your country"], "the correction")
    words = json.loads(select(home, "SELECT hearing FROM recording")[0][0])["segments"][0]["words"]
    assert [word["start"] for word in words] == [0, 1, 2], words
    window.press("Undo")
    window.wait_for(lambda: heard(home) == ["Ask nut what", "your country"], "what was heard")
    window.see("Ask nut what")
    window.close()
    assert not window.complaints(), window.complaints()


def a_recording_that_is_gone_is_said(home):
    fill(home)
    add_recording(home, home.folder / "gone.wav")
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.point(640, 700)
    window.key("ctrl+1")
    window.see("The recording cannot be read.")
    window.press("Transcript")
    window.see("Ask nut what")
    window.close()
    assert not window.complaints(), window.complaints()


def three_hours_are_taken(home):
    long = home.folder / "long.wav"
    n_bytes = 3 * 3600 * 16000 * 2
    with open(long, "wb") as file:
        file.write(struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", n_bytes + 36, b"WAVE", b"fmt ", 16, 1,
                               1, 16000, 32000, 2, 16, b"data", n_bytes))
        file.truncate(n_bytes + 44)
    window = harness.Window(home, long, HEARSAY_MODELS=str(home.folder))
    window.point(640, 700)
    window.see("long.wav")
    window.key("ctrl+l")
    window.type("Who speaks?")
    window.key("Return")
    window.see("not installed", 30)
    window.see("3:00:00", 60)
    window.close()
    assert not window.complaints(), window.complaints()


def no_microphone_is_said(home):
    (home.folder / "asound.conf").write_text("pcm.!default { type hw card 31 }\n")
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder),
                            ALSA_CONFIG_PATH=str(home.folder / "asound.conf"))
    window.point(640, 700)
    window.press("Record")
    window.see("The microphone or the loudspeaker cannot be used.")
    window.press("Discard")
    window.wait_for_focus("text", "Message")
    window.type("Hello")
    text = window.find("text", "Message").queryText()
    window.wait_for(lambda: text.getText(0, -1) == "Hello", "what was written")
    window.close()
    assert not window.complaints(), window.complaints()


def pasted_megabytes_are_an_attachment(home):
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.point(640, 700)
    window.find("push button", "Record")
    text = "word " * 600000
    window.find("text", "Message").queryEditableText().insertText(0, text, len(text))
    window.see("Pasted text, 3.0", 30)
    window.key("ctrl+l")
    window.type("Count them.")
    window.key("Return")
    window.see("not installed", 60)
    kept, = select(home, "SELECT text FROM message WHERE role = 0")
    assert kept[0].startswith("Count them.") and len(kept[0]) > 2999000, len(kept[0])
    window.close()
    assert not window.complaints(), window.complaints()


def a_full_disk_loses_no_question(home):
    """No file of the program grows any more, as if there were no room."""
    fill(home)
    program = home.folder / "program"
    program.write_text(f"#!/bin/sh\ntrap '' XFSZ\nexec '{os.environ['HEARSAY_DESKTOP']}' \"$@\"\n")
    program.chmod(0o755)
    os.environ["HEARSAY_DESKTOP"] = str(program)
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.point(640, 700)
    window.key("ctrl+1")
    window.find("push button", "Answer Again")
    before = resource.prlimit(window.process.pid, resource.RLIMIT_FSIZE, (100, -1))
    window.key("ctrl+l")
    window.type("Is this kept?")
    window.key("Return")
    window.see("Is the disk full?")
    text = window.find("text", "Message").queryText()
    window.wait_for(lambda: text.getText(0, -1) == "Is this kept?", "what was written")
    resource.prlimit(window.process.pid, resource.RLIMIT_FSIZE, before)
    window.key("ctrl+l")
    window.key("Return")
    window.wait_for(lambda: select(home, "SELECT 1 FROM message WHERE text = 'Is this kept?'"),
                    "the question in the store")
    window.close()
    assert not window.complaints(), window.complaints()


def check_notice(home, words):
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.see("The file of conversations cannot be used as it is.")
    window.see(words)
    window.find("push button", "Dismiss")
    window.close()
    assert not window.complaints(), window.complaints()


def a_damaged_store_is_said(home):
    store = home.folder / "data/hearsay/conversations.db"
    store.parent.mkdir(parents=True)
    store.write_bytes(b"this is no database, but long enough to be taken for one" * 100)
    check_notice(home, "It is kept as")


def a_store_of_a_later_version_is_said(home):
    fill(home)
    with contextlib.closing(sqlite3.connect(home.folder / "data/hearsay/conversations.db")) as file:
        file.execute("PRAGMA user_version = 99")
        file.commit()
    check_notice(home, "is of version 99")


def a_store_in_use_is_said(home):
    fill(home)
    with open(home.folder / "data/hearsay/conversations.db.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        check_notice(home, "is in use by another program")


def a_preset_fills_the_instructions(home):
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.point(640, 700)
    window.find("push button", "Record")
    run_command(window, "Instructions")
    window.find("spin button", "Temperature")
    window.key("shift+Tab")
    window.key("space")
    window.wait_for_focus("list item")
    window.key("Down", "Down", "Return")
    length = window.find("spin button", "Longest Answer").queryValue()
    window.wait_for(lambda: length.currentValue == 400, "the preset’s length")
    window.press("Save")
    window.wait_for(lambda: select(home, "SELECT 1 FROM talk"), "the conversation")
    settings = json.loads(select(home, "SELECT settings FROM talk")[0][0])
    assert settings["preset"] == "Summary" and settings["max_tokens"] == 400, settings
    assert settings["system"].startswith("Sum up what was said"), settings
    window.close()
    assert not window.complaints(), window.complaints()


def type_path(window, path):
    """Into GTK's own chooser, which opens a line for it when a slash is typed."""
    window.type(str(path))
    window.key("Return")


def conversations_go_to_files_and_back(home):
    fill(home)
    out = home.folder / "kept.json"
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.point(640, 700)
    window.key("ctrl+1")
    window.find("push button", "Answer Again")
    run_command(window, "Conversation as JSON")
    window.find("push button", "_Export Export")
    window.wait_for_focus("text")
    window.key("ctrl+a")
    type_path(window, out)
    window.see("Exported")
    messages = json.loads(out.read_text())["conversations"][0]["messages"]
    assert [m["text"] for m in messages] == [m[0] for m in select(home, "SELECT text FROM message")]
    run_command(window, "Import")
    window.find("push button", "_Import Import")
    type_path(window, out)
    window.see("1 conversation imported")
    assert select(home, "SELECT count (*) FROM talk WHERE deleted IS NULL") == [(2,)]
    bad = home.folder / "bad.json"
    bad.write_text('{"format": "another"}')
    window.wait_for(lambda: not window.look("push button", "_Import Import"), "no dialogue")
    run_command(window, "Import")
    window.find("push button", "_Import Import")
    type_path(window, bad)
    window.see("A file does not hold what it should.")
    assert select(home, "SELECT count (*) FROM talk") == [(2,)]
    window.close()
    assert not window.complaints(), window.complaints()


def the_palette_reaches_every_page(home):
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.point(640, 700)
    window.find("push button", "Record")
    run_command(window, "Make a Voice")
    window.see("Whose voice it is, and that they agreed")
    window.key("Escape")
    window.wait_for(lambda: not window.look("push button", "_Make Make"), "no dialogue")
    run_command(window, "Export the Narration")
    window.see("There is no narration yet")
    run_command(window, "Copy the Answer")
    window.see("There is no answer yet")
    run_command(window, "Transcript as SRT")
    window.see("There is no transcript yet")
    window.close()
    assert not window.complaints(), window.complaints()


def conversations_stand_in_folders(home):
    fill(home)
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder))
    window.point(640, 700)
    window.key("ctrl+1")
    window.find("push button", "Answer Again")
    run_command(window, "Move Conversation")
    window.see("New Folder")
    window.type("Studies")
    window.key("Return")
    window.find("push button", "Folder “Studies”")
    assert select(home, "SELECT folder FROM talk") == [("Studies",)]
    window.press("Folder “Studies”")
    window.press("Rename Folder…", "menu item")
    window.find("text", "Name of the folder")
    window.key("ctrl+a")
    window.type("Python")
    window.key("Return")
    window.find("push button", "Folder “Python”")
    assert select(home, "SELECT folder FROM talk") == [("Python",)]
    window.press("Folder “Python”")
    window.press("Remove Folder", "menu item")
    window.press("Undo")
    window.wait_for(lambda: select(home, "SELECT folder FROM talk") == [("Python",)], "undone")
    window.close()
    assert not window.complaints(), window.complaints()


harness.main([first_start, models_are_offered, a_question_without_models_says_what_helps,
              every_control_has_a_name, instructions_belong_to_a_conversation,
              a_preset_fills_the_instructions, conversations_stand_in_folders,
              conversations_go_to_files_and_back,
              the_palette_reaches_every_page, text_is_corrected,
              a_recording_that_is_gone_is_said, three_hours_are_taken,
              no_microphone_is_said, pasted_megabytes_are_an_attachment,
              a_full_disk_loses_no_question, a_damaged_store_is_said,
              a_store_of_a_later_version_is_said, a_store_in_use_is_said])
