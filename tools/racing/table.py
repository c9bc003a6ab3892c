# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of a race, a line as soon as it is known."""

import os

FORMAT = "%-46s %9s %9s %-8s %6s %-13s %5s %-4s %6s %7s %7s  %s"


def read_limits(race, n_times=3):
    """The best of a few: what else runs only ever takes away."""
    worker = race.ours("limits")
    answers = [worker.do("measure")[1].split() for _ in range(n_times)]
    worker.close()
    best = [max(float(answer[i]) for answer in answers) for i in range(4)]
    return dict(zip(("read", "fp32", "bf16", "int8"), best), kernels=answers[0][4])


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else "unknown processor"


def print_head(race, limits):
    print("%s, %d threads, %s kernels, %d rounds, load %.1f%s" % (
        processor(), race.threads, limits["kernels"], race.rounds, os.getloadavg()[0],
        ", time of the processor" if race.options.cpu_clock else ""))
    print("limits: %.1f GB/s read; %.0f fp32, %.0f bf16, %.0f int8 Gop/s" % tuple(
        limits[name] / 1e9 for name in ("read", "fp32", "bf16", "int8")))
    print(FORMAT % ("row", "ours", "theirs", "", "ratio", "(least, most)", "goal", "", "limit",
                    "MiB", "theirs", "peer; output"))


def as_markdown(rows):
    out = ["| row | peer | ours | theirs | | ratio (least to most) | goal | of the limit | MiB, "
           "ours and theirs |", "|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        spread = "" if row.ratio is None else "**%.2f** (%.2f to %.2f)" % (
            row.ratio, row.least, row.most)
        share, (ours, theirs) = row.share(), row.peaks or (None, None)
        out.append("| %s | %s | %s | %s | %s | %s | %s | %s | %s, %s |" % (
            row.name, row.peer, number(row.ours), number(row.theirs), row.unit, spread,
            number(row.goal, "%.1f"), number(share and 100 * share, "%.0f %%"),
            number(ours, "%.0f"), number(theirs, "%.0f")))
    return "\n".join(out) + "\n"


def number(value, pattern="%.2f"):
    return "" if value is None else pattern % value


def print_row(row):
    share, verdict = row.share(), {True: "yes", False: "no", None: ""}[row.holds()]
    spread = "" if row.ratio is None else "(%.2f, %.2f)" % (row.least, row.most)
    ours, theirs = row.peaks or (None, None)
    print(FORMAT % (
        row.name, number(row.ours), number(row.theirs), row.unit, number(row.ratio), spread,
        number(row.goal, "%.1f"), verdict, number(share and 100 * share, "%.0f %%"),
        number(ours, "%.0f"), number(theirs, "%.0f"),
        row.peer + ("; " + row.output if row.output else "")), flush=True)
