# SPDX-License-Identifier: GPL-3.0-or-later
"""Learns rows, or the control's soft prompt, with the decoder frozen.

A step takes a few recordings, each with several questions: the recording is computed once, the
questions branch off it (decoder.make_tree). The loss is that of the answers' tokens.
"""

import dataclasses
import math
import sys
import time

import torch
import torch.nn.functional as F

from rows import decoder as decoders

# Where an id that is usual, and so has no apt token, begins.
USUAL_TEXTS = {"<|pitch normal|>": " normal", "<|rate normal|>": " normal",
               "<|loudness normal|>": " normal", "<|no pauses|>": " no", "<|few pauses|>": " few"}
# Where the soft prompt begins, as often as it takes.
SOFT_TEXT = ("Each line of the recording tells who speaks, whether the voice is female or male, "
             "how certain the emotion is and which, the pitch, the speed, the loudness and the "
             "pauses. ")


class Rows(torch.nn.Module):
    """Each row is that of its apt token, and what is learned: for its block, and for itself."""

    def __init__(self, model, prompter):
        super().__init__()
        self.blocks = prompter.blocks()
        starts, index, self.places = [], [], {}
        for b, (block, entries) in enumerate(self.blocks.items()):
            for i, (name, apt) in enumerate(entries):
                if apt < 0:
                    apt = prompter.encode(USUAL_TEXTS[name])[0]
                self.places["%s %d" % (block, i)] = len(starts)
                starts.append(apt)
                index.append(b)
        self.start = model.embed(starts)
        self.block_index = torch.tensor(index)
        self.of_block = torch.nn.Parameter(torch.zeros(len(self.blocks), model.n_embd))
        self.of_entry = torch.nn.Parameter(torch.zeros_like(self.start))

    def vectors(self):
        return self.start + self.of_block[self.block_index] + self.of_entry

    def place(self, trunk):
        """The trunk as text ids (0 for a row), and (position, row) of each row."""
        rows = [(i, self.places[p]) for i, p in enumerate(trunk) if isinstance(p, str)]
        return [0 if isinstance(p, str) else p for p in trunk], rows


class SoftPrompt(torch.nn.Module):
    """n rows at the beginning of the user's turn."""

    def __init__(self, model, prompter, n, n_system):
        super().__init__()
        self.n, self.n_system = n, n_system
        ids = prompter.encode(SOFT_TEXT)
        self.start = model.embed((ids * (n // len(ids) + 1))[:n])
        self.learned = torch.nn.Parameter(torch.zeros_like(self.start))

    def vectors(self):
        return self.start + self.learned

    def place(self, trunk):
        ids = trunk[: self.n_system] + [0] * self.n + trunk[self.n_system :]
        return ids, [(self.n_system + i, i) for i in range(self.n)]


@dataclasses.dataclass
class Schedule:
    n_steps: int
    until: int  # the step after which to stop
    per_step: int  # recordings
    rate: float

    def rate_at(self, step):
        """Up in a tenth of the steps, then down along half a cosine to a tenth."""
        down = 0.55 + 0.45 * math.cos(math.pi * step / self.n_steps)
        return self.rate * min(1, (step + 1) / (0.1 * self.n_steps)) * down


class Trainer:
    def __init__(self, model, prompter, learned, system):
        """system: the ids with which every prompt begins, whatever is learned."""
        self.model, self.learned, self.system = model, learned, system
        self.past = model.prefill(model.embed(system))

    def losses(self, trunk, branches):
        """The loss of each branch: a weighted mean over the tokens of its answer."""
        n_system = len(self.system)
        ids, rows = self.learned.place(trunk)
        ids = ids[n_system:]
        n_trunk = len(ids)
        targets, spans, weights = [], [], []
        for rest, answer, weight in branches:
            start = len(ids) + len(rest) - 1
            ids = ids + rest + answer[:-1]
            spans.append(range(start, start + len(answer)))
            targets += answer
            weights += weight
        x = self.model.embed(ids)
        if rows:
            at = torch.tensor([position - n_system for position, _ in rows])
            x = x.index_copy(0, at, self.learned.vectors()[[row for _, row in rows]])
        positions, mask = decoders.make_tree(
            n_system, n_trunk, [len(rest) + len(answer) - 1 for rest, answer, _ in branches])
        h, _ = self.model.forward(x, positions, mask, self.past)
        logits = self.model.logits(h[[i for span in spans for i in span]])
        each = F.cross_entropy(logits, torch.tensor(targets), reduction="none")
        each = each * torch.tensor(weights)
        return torch.stack([part.sum() for part in each.split([len(span) for span in spans])])

    def train(self, examples, schedule, label, save):
        """save: called now and then, and at the end."""
        optimiser = torch.optim.Adam(self.learned.parameters(), betas=(0.9, 0.98))
        begin = time.monotonic()
        per_step = schedule.per_step
        for step in range(schedule.until):
            for group in optimiser.param_groups:
                group["lr"] = schedule.rate_at(step)
            optimiser.zero_grad()
            total = 0.0
            for trunk, branches, _ in examples[step * per_step : (step + 1) * per_step]:
                loss = self.losses(trunk, branches).mean() / per_step
                loss.backward()
                total += loss.item()
            torch.nn.utils.clip_grad_norm_(self.learned.parameters(), 1.0)
            optimiser.step()
            print("%s: step %d of %d, loss %.4f, %.0f s" % (label, step + 1, schedule.until, total,
                                                           time.monotonic() - begin),
                  file=sys.stderr, flush=True)
            if (step + 1) % 8 == 0 or step + 1 == schedule.until:
                save()

    def measure(self, examples):
        """(mean loss per answer, by kind)"""
        kinds = {}
        with torch.no_grad():
            for trunk, branches, items in examples:
                for item, loss in zip(items, self.losses(trunk, branches)):
                    kinds.setdefault(item["kind"], []).append(loss.item())
        everything = [loss for losses in kinds.values() for loss in losses]
        return (sum(everything) / len(everything),
                {kind: sum(losses) / len(losses) for kind, losses in kinds.items()})
