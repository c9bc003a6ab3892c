# SPDX-License-Identifier: GPL-3.0-or-later
"""A loudspeaker for tests of the window: an ALSA device that plays in real time and remembers when
something was to be heard."""

import array
import fcntl
import os
import threading
import time

RATE_HZ = 48000
CONFIG = """
pcm.!default { type asym playback.pcm "loudspeaker" capture.pcm "null" }
pcm.loudspeaker {
  type plug
  slave { pcm "test-loudspeaker" format S16_LE channels 1 rate %d }
}
pcm.test-loudspeaker { type file slave.pcm { type null } format "raw" file "%s" }
"""
# What has been written and is not yet heard is heard even after the program has dropped it: what
# this pipe takes, and a buffer of the program's latency, which ALSA's file device writes when it is
# dropped. No real device does that.
PIPE_BYTES = 4096
LATE_S = PIPE_BYTES / 2 / RATE_HZ + 0.1
TICK_S = 0.005
LOUD = 300  # of 32768


class Loudspeaker:
    def __init__(self, home):
        fifo = home.folder / "loudspeaker"
        config = home.folder / "asound.conf"
        config.write_text(CONFIG % (RATE_HZ, fifo))
        os.mkfifo(fifo)
        self.environment = {"ALSA_CONFIG_PATH": str(config)}
        self.fd = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
        fcntl.fcntl(self.fd, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self.heard_s = 0  # how long something was to be heard, since it was set to 0
        threading.Thread(target=self.play, daemon=True).start()

    def play(self):
        before, rest = time.monotonic(), b""
        while True:
            time.sleep(TICK_S)
            now = time.monotonic()
            # Time that this thread did not get is lost, as if the sound had been late.
            wanted = int(min(now - before, 4 * TICK_S) * RATE_HZ) * 2
            before = now
            try:
                rest += os.read(self.fd, wanted)
            except BlockingIOError:
                continue
            samples = array.array("h", rest[:len(rest) // 2 * 2])
            rest = rest[len(samples) * 2:]
            if any(abs(sample) > LOUD for sample in samples):
                self.heard_s += len(samples) / RATE_HZ
