# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of language models, against llama.cpp on the same GGUF file."""

import time

from racing.runner import Pair, RaceError, Row

PEER = "llama.cpp"
QWEN = "qwen2.5-coder-1.5b-instruct-q4_k_m"
SMOL = "smollm2-135m-instruct-q4_1"
CONTEXT = 2560
N_WRITTEN = 48
DEPTHS = (1, 256, 512, 1024, 1536, 2048)
# Format, model, name of the format in llama.cpp. Rows of K-quants hold multiples of 256 values.
FORMATS = (("q8_0", SMOL, "Q8_0"), ("q4_0", SMOL, "Q4_0"), ("f16", SMOL, "F16"),
           ("q5_k", QWEN, "Q5_K_S"), ("q6_k", QWEN, "Q6_K"))


class Shape:
    """What a token costs, from the file's own tensors."""

    def __init__(self, text):
        self.values, self.output, self.n_bytes, self.layers, self.kv, self.queries = map(
            float, text.split())

    def prompt_ms(self, n, limits):
        """The products as int8, attention as bf16 (float where the processor has none)."""
        products = 2 * ((self.values - self.output) * n + self.output)
        attention = 4 * self.queries * self.layers * n * n / 2
        peak = limits["int8"] or limits["fp32"]
        return 1000 * (products / peak + attention / (limits["bf16"] or limits["fp32"]))

    def token_ms(self, depth, limits):
        """Every weight is read once, and every position of the cache as half floats."""
        return 1000 * (self.n_bytes + 2 * self.kv * self.layers * depth) / limits["read"]


def agreement(ours, theirs):
    a, b = ours.split(), theirs.split()
    same = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), len(a))
    return "first %d of %d tokens equal" % (same, len(a))


class ChatRows:
    def __init__(self, race, title, path, limits):
        self.race, self.title, self.limits = race, title, limits
        self.pair = Pair(race.ours("chat", path),
                         race.theirs("chat", path, CONTEXT))
        self.shape = Shape(self.pair.ours.do("shape")[1])

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.pair.__exit__(*error)

    def prompt(self, n, goal):
        times, _, _ = self.pair.race(lambda i: "prompt %d %d" % (n, i + 1), self.race.rounds)
        return Row("%s, prompt of %d" % (self.title, n), PEER, goal, times, "tokens/s", n,
                   self.shape.prompt_ms(n, self.limits), self.pair.peaks())

    def first(self, n, goal):
        times, _, _ = self.pair.race(lambda i: "first %d %d" % (n, i + 1), self.race.rounds)
        return Row("%s, first token after %d" % (self.title, n), PEER, goal, times, "ms", 1,
                   self.shape.prompt_ms(n, self.limits), self.pair.peaks())

    def generate(self, depth, goal):
        command = "generate %d %d" % (depth, N_WRITTEN)
        times, ours, theirs = self.pair.race(command, self.race.rounds)
        limit = N_WRITTEN * self.shape.token_ms(depth + N_WRITTEN / 2, self.limits)
        return Row("%s, writing at depth %d" % (self.title, depth), PEER, goal, times, "tokens/s",
                   N_WRITTEN, limit, self.pair.peaks(), agreement(ours, theirs))


def need(race, model):
    path = race.weights.ours(model)
    if path is None:
        raise RaceError("%s is not installed" % model)
    return path


def qwen(race, limits):
    with ChatRows(race, "Qwen2.5 1.5B Q4_K_M", need(race, QWEN), limits) as rows:
        yield rows.prompt(512, 3.0)
        yield rows.first(300, 2.5)
        yield rows.generate(1, 1.6)
        yield rows.generate(2048, 1.6)


def smol(race, limits):
    with ChatRows(race, "SmolLM2 135M Q4_1", need(race, SMOL), limits) as rows:
        yield rows.prompt(512, 6.0)
        yield rows.generate(1, 2.0)
        yield rows.generate(1536, 2.0)


def other_format(race, limits, name):
    name, model, ftype = next(f for f in FORMATS if f[0] == name)
    target = race.weights.cache / ("%s-%s.gguf" % (model.rsplit("-", 1)[0], name))
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".partial")
        quantiser = race.theirs("quantize")
        quantiser.do("to %s %s %s" % (need(race, model), partial, ftype))
        quantiser.close()
        partial.rename(target)
    title = "%s %s" % ("SmolLM2 135M" if model == SMOL else "Qwen2.5 1.5B", name.upper())
    with ChatRows(race, title, target, limits) as rows:
        yield rows.prompt(256, 1.2)
        yield rows.generate(1, 1.2)


def depth(race, limits):
    """What attention costs: a token at growing depths, as rows and as a plot."""
    points = {"Hearsay": [], PEER: []}
    with ChatRows(race, "SmolLM2 135M Q4_1", need(race, SMOL), limits) as rows:
        for positions in DEPTHS:
            row = rows.generate(positions, None)
            points["Hearsay"].append((positions, 1000 / row.ours))
            points[PEER].append((positions, 1000 / row.theirs))
            yield row
    race.plot("depth", "SmolLM2 135M Q4_1: a token at depth, %s" % race.thread_words(),
              "positions before it", "ms", points)


def start(race, limits):
    """From the start of our process; of the peer's, from when its libraries are loaded."""
    path, times, peaks = need(race, SMOL), [], (0, 0)
    for number in range(race.rounds + 1):
        worker = race.ours("chat", path)
        worker.do("start")
        ours = 1000 * (time.perf_counter() - worker.started)
        if race.options.cpu_clock:
            ours, _ = worker.do("clock")
        our_peak = worker.peak_mib()
        worker.close()
        worker = race.theirs("chat", path, CONTEXT)
        theirs, _ = worker.do("start")
        peaks = max(peaks[0], our_peak), max(peaks[1], worker.peak_mib())
        worker.close()
        if number > 0:
            times.append((ours, theirs))
    yield Row("SmolLM2 135M Q4_1, start to first token", PEER, 3.0, times, "ms", 1, None, peaks)
