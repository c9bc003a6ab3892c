# SPDX-License-Identifier: GPL-3.0-or-later
"""Two processes that take turns: A B A B, so that what else the machine does meets both."""

import os
import pathlib
import select
import statistics
import subprocess
import time

from racing import plot

HERE = pathlib.Path(__file__).resolve().parent
TIMEOUT_S = 400


class RaceError(Exception):
    pass


def environment():
    """Without what would choose another form of a library for one of the two."""
    dropped = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "HEARSAY_KERNELS")
    return {k: v for k, v in os.environ.items() if k not in dropped}


class Worker:
    def __init__(self, name, command, says_ready):
        self.name = name
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env=environment())
        if says_ready and self._line() != "ready":
            raise RaceError("%s did not start" % name)

    def _line(self):
        ready, _, _ = select.select([self.process.stdout], [], [], TIMEOUT_S)
        line = self.process.stdout.readline() if ready else ""
        if not line:
            self.process.kill()
            raise RaceError("%s: %s" % (self.name, "ended" if ready else "takes too long"))
        return line.strip()

    def do(self, command):
        """Milliseconds and the rest of the answer."""
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        ms, _, rest = self._line().partition(" ")
        return float(ms), rest

    def peak_mib(self):
        return self.do("peak")[0] / 1024

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass  # it has ended with a line unread
        self.process.wait()
        self.process.stdout.close()


class Context:
    """What every row needs to know."""

    def __init__(self, options, peers, weights):
        if options.cpu_clock:
            os.environ["RACE_CLOCK"] = "cpu"
        self.options, self.peers, self.weights = options, peers, weights
        self.build = pathlib.Path(options.build)
        self.threads = options.threads
        self.rounds = options.rounds

    def ours(self, kind, *arguments, threads=None):
        command = [self.build / "tools/race", "--threads", threads or self.threads]
        clock = ["--cpu-clock"] if self.options.cpu_clock else []
        return Worker("ours", [*command, *clock, kind, *arguments], False)

    def theirs(self, kind, *arguments, threads=None):
        python = self.peers.python(kind)
        if python is None:
            raise RaceError("no environment has the peer of %s" % kind)
        command = [python, HERE / "peer.py", threads or self.threads, kind, *arguments]
        return Worker("theirs", command, True)


    def thread_words(self):
        return "one thread" if self.threads == 1 else "%d threads" % self.threads

    def plot(self, name, title, x_title, y_title, points):
        """Written only where --plots says so."""
        if self.options.plots is None:
            return
        path = self.options.plots / (name + ".svg")
        path.write_text(plot.lines(title, x_title, y_title, list(points.items())), encoding="utf-8")


class Pair:
    """Both sides of one model, for the rows that are measured with it."""

    def __init__(self, ours, theirs):
        self.ours, self.theirs = ours, theirs

    def both(self, command):
        return self.ours.do(command), self.theirs.do(command)

    def race(self, command, rounds):
        """command: what both are told, or a function of the round. The first round only warms."""
        times = []
        for number in range(rounds + 1):
            text = command(number) if callable(command) else command
            (ours, our_rest), (theirs, their_rest) = self.both(text)
            if number > 0:
                times.append((ours, theirs))
        return times, our_rest, their_rest

    def peaks(self):
        return self.ours.peak_mib(), self.theirs.peak_mib()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.ours.close()
        self.theirs.close()


class Row:
    """A line of the table. times: pairs of milliseconds of one turn each, ours and theirs."""

    def __init__(self, name, peer, goal, times, unit="ms", work=1.0, limit_ms=None, peaks=None,
                 output=""):
        self.name, self.peer, self.goal, self.unit = name, peer, goal, unit
        self.times, self.work, self.output = times, work, output
        self.limit_ms, self.peaks = limit_ms, peaks
        ratios = [theirs / ours for ours, theirs in times if theirs is not None]
        self.ratio = statistics.median(ratios) if ratios else None
        self.least, self.most = (min(ratios), max(ratios)) if ratios else (None, None)
        self.ours = self._figure(0)
        self.theirs = self._figure(1)

    def _figure(self, side):
        values = [pair[side] for pair in self.times if pair[side] is not None]
        if not values:
            return None
        ms = statistics.median(values)
        return 1000 * self.work / ms if self.unit.endswith("/s") else ms / self.work

    def share(self):
        """Of the physical limit."""
        if self.limit_ms is None:
            return None
        return self.limit_ms / statistics.median(ours for ours, _ in self.times)

    def holds(self):
        return None if self.ratio is None or self.goal is None else self.ratio >= self.goal

    def as_json(self):
        return {
            "row": self.name, "peer": self.peer, "unit": self.unit, "ours": self.ours,
            "theirs": self.theirs, "ratio": self.ratio, "ratio_min": self.least,
            "ratio_max": self.most, "goal": self.goal, "holds": self.holds(),
            "share_of_limit": self.share(), "ms": self.times, "output": self.output,
            "peak_mib": list(self.peaks) if self.peaks else None,
        }
