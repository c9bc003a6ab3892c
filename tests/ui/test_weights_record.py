#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A microphone that says what a file holds: record and ask, hold a key to talk, and a window that
is killed while it records."""

import array
import os
import signal
import subprocess
import threading
import time
import wave

import harness

harness.ensure_session()
try:
    import pyatspi  # noqa: F401
except ImportError:
    harness.skip("python3-pyatspi is not installed")
harness.need_models("qwen2.5-coder-1.5b-instruct-q4_k_m", "whisper-base", "silero-vad",
                    "ge2e-speaker")

CONFIG = """
pcm.!default { type plug slave.pcm "test-microphone" }
pcm.test-microphone {
  type file slave.pcm { type null } format "raw"
  file "/dev/null" infile "%s"
}
"""
RATE_HZ = 16000
BLOCK = RATE_HZ // 100
SLOW = 150


class Microphone:
    """Says the sample four times as fast as people do, then nothing, for ever."""

    def __init__(self, home):
        with wave.open(str(harness.SAMPLE)) as file:
            assert file.getframerate() == RATE_HZ and file.getnchannels() == 1
            whole = array.array("h", file.readframes(file.getnframes()))
        self.samples = array.array("f", (sample / 32768 for sample in whole))
        self.seconds = len(whole) / RATE_HZ
        fifo = home.folder / "microphone"
        config = home.folder / "asound.conf"
        config.write_text(CONFIG % fifo)
        os.mkfifo(fifo)
        self.fd = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
        self.environment = {"ALSA_CONFIG_PATH": str(config)}
        self.is_over = False
        self.thread = threading.Thread(target=self.speak, daemon=True)
        self.thread.start()

    def speak(self):
        silence = array.array("f", [0.0] * BLOCK).tobytes()
        n_blocks = len(self.samples) // BLOCK
        number = 0
        while not self.is_over:
            block = (self.samples[number * BLOCK:(number + 1) * BLOCK].tobytes()
                     if number < n_blocks else silence)
            try:
                os.write(self.fd, block)
                number += 1
                time.sleep(0.0025)
            except BlockingIOError:
                time.sleep(0.001)

    def stop(self):
        self.is_over = True
        self.thread.join()


def recordings(home):
    return sorted((home.folder / "data/hearsay/recordings").glob("*.wav"))


def wait_for_speech(window, home, seconds):
    window.wait_for(lambda: recordings(home) and
                    recordings(home)[-1].stat().st_size > seconds * RATE_HZ * 2,
                    f"{seconds} s of recording", 60)


def record_and_ask(home):
    microphone = Microphone(home)
    window = harness.Window(home, **microphone.environment)
    window.point(640, 700)
    window.find("push button", "Record")
    window.key("ctrl+r")
    wait_for_speech(window, home, microphone.seconds + 0.5)
    window.press("Finish Recording")
    window.see(recordings(home)[0].name)
    window.key("ctrl+l")
    window.type("What does the speaker ask people to do?")
    window.key("Return")
    window.see("tokens/s", SLOW)
    window.press("Transcript")
    window.see("fellow Americans")
    window.close()
    microphone.stop()
    assert not (home.folder / "data/hearsay/recordings/.recording").exists()
    assert not window.complaints(), window.complaints()


def hold_to_talk(home):
    microphone = Microphone(home)
    window = harness.Window(home, **microphone.environment)
    window.point(640, 700)
    window.find("push button", "Record")
    subprocess.run(["xdotool", "keydown", "F9"], check=True)
    wait_for_speech(window, home, microphone.seconds + 0.5)
    subprocess.run(["xdotool", "keyup", "F9"], check=True)
    window.see("fellow Americans", SLOW)
    window.see("tokens/s", SLOW)
    window.close()
    microphone.stop()
    assert not window.complaints(), window.complaints()


def killed_while_recording(home):
    microphone = Microphone(home)
    window = harness.Window(home, **microphone.environment)
    window.point(640, 700)
    window.find("push button", "Record")
    window.key("ctrl+r")
    wait_for_speech(window, home, 3)
    os.kill(window.process.pid, signal.SIGKILL)
    window.process.wait()
    with wave.open(str(recordings(home)[0])) as file:
        assert file.getnframes() > 2 * RATE_HZ, file.getnframes()
    window = harness.Window(home, **microphone.environment)
    window.see("A recording that was cut off was kept")
    window.press("Open")
    window.see(recordings(home)[0].name)
    window.close()
    microphone.stop()


harness.main([record_and_ask, hold_to_talk, killed_while_recording])
