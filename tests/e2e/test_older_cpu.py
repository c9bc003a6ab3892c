# SPDX-License-Identifier: GPL-3.0-or-later
"""On processors older than this one, emulated by qemu-user: no illegal instruction, the kernels
that each has, and the same results. Skipped where there is no qemu-x86_64 (package qemu-user)."""

import json
import os
import platform
import shutil
import subprocess
import unittest

import harness

QEMU = shutil.which("qemu-x86_64")
BUILD = os.environ.get("G_TEST_BUILDDIR", "")
# Of qemu: SSSE3, SSE4.2, AVX without AVX2, AVX2.
PROCESSORS = {"core2duo": "reference", "Nehalem": "reference", "SandyBridge": "reference",
              "Haswell": "avx2"}
# Quick ones of each layer, down to tiny models: kernels, matrices, a decoder, Whisper, log-mel.
PROGRAMS = ("nn/test-nn-ops", "nn/test-nn-linear", "nn/test-nn-attention", "nn/test-nn-conv",
            "llm/test-llm-decoder", "audio/test-audio-mel", "audio/test-audio-whisper")


@unittest.skipUnless(QEMU, "qemu-x86_64 is not installed: apt-get install qemu-user")
@unittest.skipUnless(platform.machine() == "x86_64", "the program is not built for x86-64")
class OlderProcessor(harness.Case):
    def emulate(self, processor, program, *arguments):
        # What this machine's kernels are forced to be does not hold for the other.
        environment = {k: v for k, v in os.environ.items() if k != "HEARSAY_KERNELS"}
        environment.update(self.env)
        done = subprocess.run([QEMU, "-cpu", processor, program, *arguments], env=environment,
                              cwd=self.folder, capture_output=True, text=True, timeout=300,
                              check=False)
        self.assertNotIn("Illegal instruction", done.stderr)
        self.assertEqual(done.returncode, 0, "%s on %s: %s" % (
            program, processor, done.stdout[-500:] + done.stderr[-500:]))
        return done.stdout

    def test_program(self):
        for processor, kernels in PROCESSORS.items():
            with self.subTest(processor):
                found = json.loads(self.emulate(processor, harness.BINARY, "doctor", "--json"))
                self.assertEqual(found["kernels"], kernels)
                advice = [advice["id"] for advice in found["advice"]]
                self.assertEqual("processor" in advice, kernels == "reference")

    def test_speed(self):
        """What is measured must not need more than the processor has."""
        found = json.loads(self.emulate("core2duo", harness.BINARY, "bench", "--json", "--runs",
                                        "1", "--threads", "1"))
        self.assertGreater(found["limits"]["fp32_ops_per_s"], 0)
        self.assertEqual(found["limits"]["int8_ops_per_s"], 0)

    def test_kernels_and_models(self):
        for processor, programs in (("core2duo", PROGRAMS), ("Haswell", PROGRAMS[:3])):
            for program in programs:
                with self.subTest(processor=processor, program=program):
                    out = self.emulate(processor, os.path.join(BUILD, program))
                    self.assertIn("\nok 1 ", out)


if __name__ == "__main__":
    harness.main()
