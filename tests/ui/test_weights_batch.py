#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many recordings, one of them broken, are written down, paused, gone on with, and exported
together."""

import shutil

import harness

harness.ensure_session()
try:
    import pyatspi  # noqa: F401
except ImportError:
    harness.skip("python3-pyatspi is not installed")
harness.need_models("whisper-base", "silero-vad")


def list_recordings(home):
    folder = home.folder / "recordings"
    files = [folder / name / f"{name if name != 'four' else 'three'}.wav"
             for name in ("one", "two", "three", "four")]
    files.insert(1, folder / "broken.wav")
    return files


def write_down(home):
    files = list_recordings(home)
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(harness.SAMPLE, file)
    files[1].write_text("This is no recording.")
    (home.folder / "out").mkdir()
    window = harness.Window(home, *files)
    window.point(700, 20)
    window.see("Many Recordings")
    window.find("push button", "Pause All")
    window.see("three.wav")
    window.see("5 of 5 · 1 could not be read", 120)
    window.find("push button", "Ask About It: one.wav")
    window.press("Clear")
    window.see("Many Recordings at Once")


def choose_folder(window, folder):
    window.see("Folder for the Documents")
    # GTK's own chooser opens a line for the path when a slash is typed.
    window.type(str(folder) + "/")
    window.key("Return")
    window.see("4 documents were written", 15)


def export(home):
    """All that was heard is known now, so that a second time is quick."""
    out = home.folder / "out"
    window = harness.Window(home, *list_recordings(home))
    window.point(700, 20)
    window.see("5 of 5", 30)
    open_menu(window)
    window.press("As SRT…", "menu item")
    choose_folder(window, out)
    assert sorted(path.name for path in out.iterdir()) == ["one.srt", "three (2).srt", "three.srt",
                                                           "two.srt"]
    assert "-->" in (out / "two.srt").read_text()
    window.press("Remove: broken.wav")
    window.see("4 of 4")


def find_again(home):
    """The list and what was heard are there again, even if the recordings are not."""
    shutil.rmtree(home.folder / "recordings")
    window = harness.Window(home)
    window.key("alt+5")
    window.see("4 of 4")
    open_menu(window)
    window.press("As Text…", "menu item")
    choose_folder(window, home.folder / "out")
    assert "country" in (home.folder / "out" / "two.txt").read_text()
    assert not window.complaints(), window.complaints()


def open_menu(window):
    def look():
        for node in window.walk():
            # A menu button has a second self that does nothing.
            if "Export All" in (node.name or "") and node.getRoleName() == "push button" \
                    and node.queryAction().nActions > 0:
                return node
        return None
    window.wait_for(look, "button to export all").queryAction().doAction(0)


def pause(home):
    folder = home.folder / "recordings"
    folder.mkdir()
    files = [folder / f"{number}.wav" for number in range(6)]
    for file in files:
        shutil.copy(harness.SAMPLE, file)
    window = harness.Window(home, *files)
    window.point(700, 20)
    window.press("Pause All")
    window.see("paused", 5)
    before = [text for text in window.texts() if "of 6" in text]
    window.close()
    window = harness.Window(home)
    window.key("alt+5")
    window.see("paused", 15)
    window.see("0.wav")
    window.press("Resume All")
    window.see("6 of 6", 120)
    assert before and "6 of 6" not in before[0], before
    window.close()
    assert not window.complaints(), window.complaints()


harness.main([(write_down, export, find_again), pause])
