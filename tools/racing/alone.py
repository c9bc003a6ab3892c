# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of our program against itself: what a second thread gives, what another program takes."""

import subprocess
import sys

from racing.chat import N_WRITTEN, QWEN, SMOL, need
from racing.runner import Pair, Row

ONE_THREAD, ALONE = "one thread", "alone"
PROMPT = 256
# A core taken by another program costs at most 1.6 times.
BUSY_GOAL = 1 / 1.6


class Occupied:
    """A program that wants a core and does nothing, for as long as this is entered."""

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, "-c", "while True: pass"])

    def __exit__(self, *error):
        self.process.kill()
        self.process.wait()


def beside_one_thread(race, *arguments):
    return Pair(race.ours(*arguments), race.ours(*arguments, threads=1))


def threads(race, limits, clips):
    """All threads, and one: turns of two processes of ours."""
    for title, model in (("SmolLM2 135M Q4_1", SMOL), ("Qwen2.5 1.5B Q4_K_M", QWEN)):
        with beside_one_thread(race, "chat", need(race, model)) as pair:
            times, _, _ = pair.race(lambda i: "prompt %d %d" % (PROMPT, i + 1), race.rounds)
            yield Row("%s, %s, prompt of %d" % (title, race.thread_words(), PROMPT), ONE_THREAD,
                      1.9, times, "tokens/s", PROMPT)
            times, _, _ = pair.race("generate 1 %d" % N_WRITTEN, race.rounds)
            # The large model is as fast as memory with fewer threads than that.
            yield Row("%s, %s, writing" % (title, race.thread_words()), ONE_THREAD,
                      1.5 if model == SMOL else None, times, "tokens/s", N_WRITTEN)
    path, _, _ = clips.get(60)
    with beside_one_thread(race, "listen", need(race, "whisper-base"),
                           need(race, "silero-vad")) as pair:
        pair.both("load " + path)
        pair.both("mel")
        times, _, _ = pair.race("encode", race.rounds)
        yield Row("Whisper base encoder, %s" % race.thread_words(), ONE_THREAD, 1.9, times)


def turns_beside_another(worker, command, rounds):
    """Pairs of times: while another program wants a core, and alone."""
    worker.do(command)
    times = []
    for _ in range(rounds):
        with Occupied():
            busy, _ = worker.do(command)
        times.append((busy, worker.do(command)[0]))
    return times


def busy(race, limits):
    worker = race.ours("chat", need(race, SMOL))
    times = turns_beside_another(worker, "prompt 512 1", race.rounds)
    yield Row("SmolLM2 135M, prompt of 512, a core taken", ALONE, BUSY_GOAL, times, "tokens/s", 512)
    times = turns_beside_another(worker, "generate 1 %d" % N_WRITTEN, race.rounds)
    yield Row("SmolLM2 135M, writing, a core taken", ALONE, BUSY_GOAL, times, "tokens/s", N_WRITTEN)
    worker.close()
