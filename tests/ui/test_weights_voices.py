#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A voice of one's own, with real weights: made by reading the sentence of consent into a
microphone, which a stock voice does here; tried out, renamed, revoked."""

import array
import contextlib
import os
import subprocess
import wave

import harness
import microphone

harness.ensure_session()
try:
    import pyatspi  # noqa: F401
except ImportError:
    harness.skip("python3-pyatspi is not installed")
harness.need_models("kokoro-82m-v1.0", "kokoro-voices", "english-pronunciations", "whisper-base",
                    "silero-vad", "ge2e-speaker")

HEARSAY = os.environ["HEARSAY_PROGRAM_FOR_TESTS"]
# Made with all cores of a crowded machine.
SLOW = 500


def speak(home, text):
    """A file of 16 kHz with the text, said by somebody."""
    said = home.folder / "said.wav"
    path = home.folder / "read.wav"
    subprocess.run([HEARSAY, "say", text, "--voice", "am_michael", "-o", str(said)],
                   env=home.environment, check=True, capture_output=True)
    with wave.open(str(said)) as file:
        assert file.getparams()[:3] == (1, 2, 24000)
        samples = array.array("h", file.readframes(file.getnframes()))
    # Two of every three, between neighbours: good enough for a recogniser.
    pairs = ((samples[i], (samples[i + 1] + samples[i + 2]) // 2)
             for i in range(0, len(samples) - 2, 3))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", None))
        file.writeframes(array.array("h", [sample for pair in pairs for sample in pair]).tobytes())
    return path


def open_menu(window):
    for node in window.walk():
        if node.name == "More" and node.queryAction().nActions > 0:
            node.queryAction().doAction(0)


def choose(window, item):
    open_menu(window)
    window.press(item, "menu item")


def switch_on(window, name):
    """AT-SPI of GTK 4.8 knows no switches."""
    for node in window.walk():
        with contextlib.suppress(NotImplementedError):
            if node.getRoleName() == "check box" and name in node.name and \
                    node.queryAction().nActions > 0:
                node.queryAction().doAction(0)
                return


def find_sentence(window):
    return window.wait_for(lambda: next((text for text in window.texts()
                                         if text.startswith("I agree that this computer")), None),
                           "the sentence")


def make_and_use(home):
    played = home.folder / "played"
    mouth = microphone.Microphone(home, played=played, is_waiting=True)
    window = harness.Window(home, **mouth.environment)
    window.point(640, 20)
    window.key("alt+4")
    window.press("Make a Voice…")
    window.see("Only somebody who agreed")
    # The dialogue stands in the corner: there is no window manager.
    window.click(200, 150)
    window.type("michael")
    window.click(200, 200)
    window.type("a stock voice, for a test")
    switch_on(window, "Microphone")
    sentence = find_sentence(window)
    mouth.set_speech(speak(home, sentence))
    window.press("Make")
    window.see("Read This Aloud, Then Wait", 60)
    mouth.is_waiting = False
    window.find("push button", "Preview", SLOW)
    window.see("michael")
    assert (home.folder / "data/hearsay/voices").is_dir()

    window.press("Preview")
    window.wait_for(lambda: played.exists() and played.stat().st_size > 0, "the preview", 120)
    choose(window, "Rename…")
    window.see("Rename This Voice")
    window.key("ctrl+a")
    window.type("mike")
    window.key("Return")
    window.wait_for(lambda: any(path.stem == "mike" for path in
                                (home.folder / "data/hearsay/voices").iterdir()), "the new name")
    window.see("mike")
    choose(window, "Revoke…")
    window.see("Revoke This Voice?")
    window.press("Revoke")
    window.see("Revoked: it does not speak any more", 20)
    window.close()
    mouth.stop()
    assert not window.complaints(), window.complaints()


harness.main([make_and_use])
