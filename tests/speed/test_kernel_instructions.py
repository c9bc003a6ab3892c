# SPDX-License-Identifier: GPL-3.0-or-later
"""How many instructions the AVX2 kernels take, counted under valgrind's callgrind, so that a slower
version is noticed whatever else the machine does. valgrind knows no AVX-512, whose kernels have the
same structure in twice the width; they are timed by tools/bench-kernels. The ceilings are a fifth
above what gcc 12 makes; lower them when a kernel needs less."""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.environ["HEARSAY_SOURCE_ROOT"], "tests/e2e"))
import harness  # noqa: E402

# Instructions for 100 products, of a matrix with one token and with 48, or of attention; for 100
# values of the others.
CEILINGS = {
    "F32-1": 60, "F32-48": 32, "F16-1": 68, "F16-48": 32, "Q8_0-1": 58, "Q8_0-48": 40,
    "Q4_0-1": 42, "Q4_0-48": 42, "Q4_1-1": 45, "Q4_1-48": 45, "Q4_K-1": 31, "Q4_K-48": 28,
    "Q5_K-1": 44, "Q5_K-48": 33, "Q6_K-1": 118, "Q6_K-48": 56, "attention": 45, "gelu": 760,
    "log-mel": 10500,
}
# Far below means that the count has missed the work.
LEAST_SHARE = 0.25


def reason_to_skip():
    if shutil.which("valgrind") is None:
        return "valgrind is not installed: apt-get install valgrind"
    if os.environ["HEARSAY_COMPILER"] != "gcc":
        return "the ceilings are those of gcc"
    if os.environ["HEARSAY_OPTIMIZATION"] not in ("2", "3"):
        return "the build is not optimised"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        if not re.search(r"\bavx2\b", file.read()):
            return "this processor has no AVX2"
    return None


@unittest.skipIf(reason_to_skip(), reason_to_skip())
class KernelInstructions(unittest.TestCase):
    def count(self):
        """Name: instructions for 100."""
        with tempfile.TemporaryDirectory(prefix="hearsay-callgrind-") as folder:
            profile = os.path.join(folder, "profile")
            command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=" + profile,
                       "--collect-atstart=no", "--toggle-collect=run_case",
                       "--dump-after=run_case", os.environ["HEARSAY_RUN_KERNELS"]]
            done = subprocess.run(command, env=dict(os.environ, HEARSAY_KERNELS="avx2"),
                                  capture_output=True, text=True, timeout=170, check=False)
            self.assertEqual(done.returncode, 0, done.stderr[-1000:])
            first, *lines = done.stdout.splitlines()
            self.assertEqual(first, "kernels avx2")
            self.assertEqual(len(glob.glob(profile + ".*")), len(lines), "a dump for each case")
            counts = {}
            for number, line in enumerate(lines, 1):
                name, n = line.split()
                with open("%s.%d" % (profile, number), encoding="utf-8") as file:
                    total = re.search(r"^summary: (\d+)", file.read(), re.MULTILINE)
                counts[name] = 100 * int(total[1]) / int(n)
            return counts

    def test_ceilings(self):
        counts = self.count()
        self.assertEqual(set(counts), set(CEILINGS))
        for name, count in counts.items():
            print("# %-10s %8.1f instructions for 100, at most %d" % (name, count, CEILINGS[name]))
            with self.subTest(name):
                self.assertLessEqual(count, CEILINGS[name])
                self.assertGreater(count, LEAST_SHARE * CEILINGS[name])


if __name__ == "__main__":
    harness.main()
