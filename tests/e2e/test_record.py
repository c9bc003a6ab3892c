#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""hearsay record with a pipe for a microphone: ALSA's `file` device reads what a test writes."""

import array
import json
import math
import os
import pty
import signal
import threading
import time
import wave

import harness

CONFIG = """
pcm.!default { type plug slave.pcm "test-microphone" }
pcm.test-microphone {
  type file slave.pcm { type null } format "raw"
  file "/dev/null" infile "%s"
}
"""
TONE = [0.5 * math.sin(2 * math.pi * 400 * i / harness.RATE_HZ) for i in range(harness.RATE_HZ)]
BLOCK = harness.RATE_HZ // 100
WAIT_S = 60


class Microphone:
    """Says the samples once, then what comes after over and over, ten times as fast as people do.
    It never stops before the program has: that would leave it waiting in the pipe."""

    def __init__(self, fifo, samples, after):
        os.mkfifo(fifo)
        self.fd = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
        self.samples = array.array("f", samples)
        self.after = array.array("f", after)
        self.is_over = False
        self.thread = threading.Thread(target=self.speak)
        self.thread.start()

    def blocks(self):
        for i in range(0, len(self.samples) - BLOCK + 1, BLOCK):
            yield self.samples[i:i + BLOCK].tobytes()
        while True:
            for i in range(0, len(self.after) - BLOCK + 1, BLOCK):
                yield self.after[i:i + BLOCK].tobytes()

    def speak(self):
        for block in self.blocks():
            while not self.is_over:
                try:
                    os.write(self.fd, block)  # less than PIPE_BUF: all or nothing
                    break
                except BlockingIOError:
                    time.sleep(0.001)
            if self.is_over:
                return
            time.sleep(0.001)

    def stop(self):
        self.is_over = True
        self.thread.join()
        os.close(self.fd)


class Record(harness.Case):
    def plug_in(self, samples=(), after=TONE):
        fifo = self.path("microphone")
        config = self.write("asound.conf", (CONFIG % fifo).encode())
        self.env["ALSA_CONFIG_PATH"] = config
        self.addCleanup(Microphone(fifo, samples, after).stop)

    def wait_for(self, path, n_bytes):
        for _ in range(WAIT_S * 100):
            if os.path.exists(path) and os.path.getsize(path) >= n_bytes:
                return
            time.sleep(0.01)
        self.fail("nothing was recorded")

    def assert_plays(self, path, at_least_s):
        """Returns the length in seconds."""
        with wave.open(path) as file:
            n = file.getnframes()
            samples = array.array("h", file.readframes(n))
            self.assertEqual(len(samples), n * file.getnchannels())
            self.assertGreaterEqual(n / file.getframerate(), at_least_s)
            return n / file.getframerate()

    def test_so_long(self):
        self.plug_in()
        path = self.path("a.wav")
        result = self.run_hearsay("record", path, "--seconds", "1.5", "--json")
        self.assert_works(result)
        self.assertEqual(result.stderr, "")
        data = json.loads(result.stdout)
        self.assert_documented("record", data)
        self.assertEqual((data["path"], data["stopped_by"], data["lost_samples"]),
                         (path, "seconds", 0))
        self.assertAlmostEqual(self.assert_plays(path, 1.5), data["seconds"], delta=0.001)

    def test_text(self):
        self.plug_in()
        result = self.run_hearsay("record", "b.flac", "--seconds", "1")
        self.assert_works(result)
        self.assertRegex(result.stdout, r"^b\.flac: \d+\.\d s\n$")

    def test_interrupt_ends_it_well(self):
        self.plug_in()
        for number in (signal.SIGINT, signal.SIGTERM):
            path = self.path("%d-c.wav" % number)
            process = self.start("record", path)
            self.wait_for(path, 2 * harness.RATE_HZ)
            harness.seconds_to_stop(process, number)
            result = self.finish(process)
            self.assert_works(result)
            self.assertRegex(result.stdout, r"-c\.wav: \d+\.\d s\n$")
            self.assert_plays(path, 0.9)

    def test_killed(self):
        self.plug_in()
        path = self.path("d.wav")
        process = self.start("record", path)
        self.wait_for(path, 8 * harness.RATE_HZ)
        process.kill()
        process.wait()
        self.assert_plays(path, 2.0)

    def test_stops_on_silence(self):
        speech = [s / 32768.0 for s in harness.read_sample()[:harness.RATE_HZ * 2]]
        self.plug_in([0.0] * harness.RATE_HZ + speech, [0.0] * harness.RATE_HZ)
        path = self.path("e.wav")
        result = self.run_hearsay("record", path, "--stop-on-silence", "1", "--json")
        self.assert_works(result)
        self.assertEqual(json.loads(result.stdout)["stopped_by"], "silence")
        self.assertLess(self.assert_plays(path, 2.0), 20.0)

    def test_keeps_what_is_there(self):
        self.plug_in()
        path = self.write("f.wav", b"precious")
        self.assert_fails(self.run_hearsay("record", path), r"f\.wav")
        with open(path, "rb") as file:
            self.assertEqual(file.read(), b"precious")
        self.assert_works(self.run_hearsay("record", path, "--overwrite", "--seconds", "0.5"))
        self.assert_plays(path, 0.5)

    def test_cannot_be_written(self):
        self.plug_in()
        self.assert_fails(self.run_hearsay("record", self.path("none/a.wav")), r"none/a\.wav")
        self.assert_fails(self.run_hearsay("record", self.path("a.txt")), r"a\.txt")

    def test_full_disk(self):
        self.plug_in()
        path = self.path("g.wav")
        result = self.run_hearsay("record", path, preexec_fn=harness.limit_files(100000))
        self.assert_fails(result, r"g\.wav")
        self.assert_plays(path, 1.0)

    def test_no_microphone(self):
        self.env["ALSA_CONFIG_PATH"] = self.write("a.conf", b"pcm.default { type hw card 31 }\n")
        path = self.path("h.wav")
        self.assert_fails(self.run_hearsay("record", path), "no microphone")
        self.assertFalse(os.path.exists(path))
        result = self.run_hearsay("record", "--list-devices", "--json")
        self.assert_works(result)
        self.assertEqual(json.loads(result.stdout), {"devices": []})

    def test_no_configuration(self):
        """PortAudio alone would end the program in an assert of its own."""
        for text in (b"", b"pcm.mine { type null }\n"):
            self.env["ALSA_CONFIG_PATH"] = self.write("a.conf", text)
            path = self.path("k.wav")
            self.assert_fails(self.run_hearsay("record", path), "names no default device")
            self.assertFalse(os.path.exists(path))

    def test_devices(self):
        self.plug_in()
        result = self.run_hearsay("record", "--list-devices", "--json")
        self.assert_works(result)
        devices = json.loads(result.stdout)["devices"]
        self.assertEqual([d["default"] for d in devices].count(True), 1)
        self.assertIn("test-microphone", [d["name"] for d in devices])
        result = self.run_hearsay("record", "x.wav", "--device", "no such thing")
        self.assert_fails(result, "no such thing")
        result = self.run_hearsay("record", "x.wav", "--device", "test-micro", "--seconds", "0.5")
        self.assert_works(result)

    def test_meter(self):
        self.plug_in()
        master, terminal = pty.openpty()
        process = self.start("record", "i.wav", "--seconds", "8", stderr=terminal)
        os.close(terminal)
        shown = b""
        try:
            while data := os.read(master, 4096):
                shown += data
        except OSError:
            pass
        os.close(master)
        self.assert_works(self.finish(process))
        self.assertRegex(shown.decode(), r"0:0\d  ━+╸? *  +-\d+ dB")
        self.assertTrue(shown.endswith(b"\r\x1b[K"))

    def test_usage(self):
        for arguments in ((), ("a.wav", "b.wav"), ("a.wav", "--seconds", "-1"),
                          ("a.wav", "--seconds", "nan"), ("a.wav", "--stop-on-silence", "x")):
            with self.subTest(arguments):
                self.assert_fails(self.run_hearsay("record", *arguments), status=2)


if __name__ == "__main__":
    harness.main()
