#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A microphone that says what a file holds: record and ask, hold a key to talk, and a window that
is killed while it records."""

import os
import signal
import subprocess
import wave

import harness
import microphone

harness.ensure_session()
try:
    import pyatspi  # noqa: F401
except ImportError:
    harness.skip("python3-pyatspi is not installed")
harness.need_models("qwen2.5-coder-1.5b-instruct-q4_k_m", "whisper-base", "silero-vad",
                    "ge2e-speaker")

RATE_HZ = microphone.RATE_HZ
SLOW = 150


def recordings(home):
    return sorted((home.folder / "data/hearsay/recordings").glob("*.wav"))


def wait_for_speech(window, home, seconds):
    window.wait_for(lambda: recordings(home) and
                    recordings(home)[-1].stat().st_size > seconds * RATE_HZ * 2,
                    f"{seconds} s of recording", 60)


def record_and_ask(home):
    mouth = microphone.Microphone(home)
    window = harness.Window(home, **mouth.environment)
    window.point(640, 700)
    window.find("push button", "Record")
    window.key("ctrl+r")
    wait_for_speech(window, home, mouth.seconds + 0.5)
    window.press("Finish Recording")
    window.see(recordings(home)[0].name)
    window.key("ctrl+l")
    window.type("What does the speaker ask people to do?")
    window.key("Return")
    window.see("tokens/s", SLOW)
    window.press("Transcript")
    window.see("fellow Americans")
    window.close()
    mouth.stop()
    assert not (home.folder / "data/hearsay/recordings/.recording").exists()
    assert not window.complaints(), window.complaints()


def hold_to_talk(home):
    mouth = microphone.Microphone(home)
    window = harness.Window(home, **mouth.environment)
    window.point(640, 700)
    window.find("push button", "Record")
    subprocess.run(["xdotool", "keydown", "F9"], check=True)
    wait_for_speech(window, home, mouth.seconds + 0.5)
    subprocess.run(["xdotool", "keyup", "F9"], check=True)
    window.see("fellow Americans", SLOW)
    window.see("tokens/s", SLOW)
    window.close()
    mouth.stop()
    assert not window.complaints(), window.complaints()


def killed_while_recording(home):
    mouth = microphone.Microphone(home)
    window = harness.Window(home, **mouth.environment)
    window.point(640, 700)
    window.find("push button", "Record")
    window.key("ctrl+r")
    wait_for_speech(window, home, 3)
    os.kill(window.process.pid, signal.SIGKILL)
    window.process.wait()
    with wave.open(str(recordings(home)[0])) as file:
        assert file.getnframes() > 2 * RATE_HZ, file.getnframes()
    window = harness.Window(home, **mouth.environment)
    window.see("A recording that was cut off was kept")
    window.press("Open")
    window.see(recordings(home)[0].name)
    window.close()
    mouth.stop()


harness.main([record_and_ask, hold_to_talk, killed_while_recording])
