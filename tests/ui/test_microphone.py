#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A microphone that fails while it records, without models: it goes away, or the disk is full. What
was recorded is kept, becomes a file of the message, and the window says what happened. A sound
system that has no configuration ends nothing."""

import os
import resource
import wave

import harness
import microphone

harness.ensure_session()
try:
    import pyatspi  # noqa: F401
except ImportError:
    harness.skip("python3-pyatspi is not installed")


def recordings(home):
    return sorted((home.folder / "data/hearsay/recordings").glob("*.wav"))


def start_recording(home, mouth, seconds):
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder), **mouth.environment)
    window.point(640, 700)
    window.find("push button", "Record")
    window.key("ctrl+l")
    window.type("Who speaks?")
    window.key("ctrl+r")
    n_bytes = seconds * microphone.RATE_HZ * 2
    window.wait_for(lambda: recordings(home) and recordings(home)[0].stat().st_size > n_bytes,
                    f"{seconds} s of recording", 60)
    return window


def check_kept(home, window, seconds):
    """As a file of the message, which is as it was written."""
    path, = recordings(home)
    window.find("push button", "Remove")
    window.see(path.name)
    text = window.find("text", "Message").queryText()
    assert text.getText(0, -1) == "Who speaks?", text.getText(0, -1)
    with wave.open(str(path)) as file:
        assert file.getnframes() > seconds * microphone.RATE_HZ, file.getnframes()
    assert not (path.parent / ".recording").exists()
    window.close()
    assert not window.complaints(), window.complaints()


def a_microphone_that_goes_away(home):
    mouth = microphone.Microphone(home)
    window = start_recording(home, mouth, 3)
    mouth.stop()
    window.see("the microphone went away", 20)
    check_kept(home, window, 2)


def a_disk_that_is_full(home):
    mouth = microphone.Microphone(home)
    program = home.folder / "program"
    program.write_text(f"#!/bin/sh\ntrap '' XFSZ\nexec '{os.environ['HEARSAY_DESKTOP']}' \"$@\"\n")
    program.chmod(0o755)
    os.environ["HEARSAY_DESKTOP"] = str(program)
    window = start_recording(home, mouth, 3)
    size = recordings(home)[0].stat().st_size
    resource.prlimit(window.process.pid, resource.RLIMIT_FSIZE, (size + 8192, -1))
    window.see("Is the disk full?", 30)
    mouth.stop()
    check_kept(home, window, 2)


def no_configuration_of_sound(home):
    (home.folder / "asound.conf").write_text("")
    window = harness.Window(home, HEARSAY_MODELS=str(home.folder),
                            ALSA_CONFIG_PATH=str(home.folder / "asound.conf"))
    window.point(640, 700)
    window.press("Record")
    window.see("names no default device")
    window.press("Discard")
    window.wait_for_focus("text", "Message")
    window.find("push button", "Open a Recording")
    window.close()
    assert not window.complaints(), window.complaints()


harness.main([a_microphone_that_goes_away, a_disk_that_is_full, no_configuration_of_sound])
