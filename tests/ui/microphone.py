# SPDX-License-Identifier: GPL-3.0-or-later
"""A microphone for tests of the window: an ALSA device that says what a file holds."""

import array
import os
import threading
import time
import wave

import harness

CONFIG = """
pcm.!default { type plug slave.pcm "test-microphone" }
pcm.test-microphone {
  type file slave.pcm { type null } format "raw"
  file "%s" infile "%s"
}
"""
RATE_HZ = 16000
BLOCK = RATE_HZ // 100


class Microphone:
    """Says a file four times as fast as people do, then nothing, for ever. A path to which what is
    played is written may stand in for the loudspeaker."""

    def __init__(self, home, path=harness.SAMPLE, played="/dev/null", is_waiting=False):
        self.is_waiting = is_waiting
        self.set_speech(path)
        fifo = home.folder / "microphone"
        config = home.folder / "asound.conf"
        config.write_text(CONFIG % (played, fifo))
        os.mkfifo(fifo)
        self.fd = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
        self.environment = {"ALSA_CONFIG_PATH": str(config)}
        self.is_over = False
        self.thread = threading.Thread(target=self.speak, daemon=True)
        self.thread.start()

    def set_speech(self, path):
        with wave.open(str(path)) as file:
            assert file.getframerate() == RATE_HZ and file.getnchannels() == 1
            whole = array.array("h", file.readframes(file.getnframes()))
        self.samples = array.array("f", (sample / 32768 for sample in whole))
        self.seconds = len(whole) / RATE_HZ

    def speak(self):
        silence = array.array("f", [0.0] * BLOCK).tobytes()
        number = 0
        while not self.is_over:
            n_blocks = 0 if self.is_waiting else len(self.samples) // BLOCK
            block = (self.samples[number * BLOCK:(number + 1) * BLOCK].tobytes()
                     if number < n_blocks else silence)
            try:
                os.write(self.fd, block)
                number += not self.is_waiting
                time.sleep(0.0025)
            except BlockingIOError:
                time.sleep(0.001)

    def stop(self):
        self.is_over = True
        self.thread.join()
