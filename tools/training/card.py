# SPDX-License-Identifier: GPL-3.0-or-later
"""Every score beside its goal and its baseline, as lines of a table in Markdown."""

import pathlib

import numpy as np

from . import measure
from .corpora import CLASSES, N_SHOWN

HEAD = "\n".join(["| what | accuracy % | UAR % | goal % | most frequent class % | clips |",
                  "|---|---|---|---|---|---|"])


def row(name, scores, goal, n):
    accuracy, uar, baseline = scores
    return "| %s | %.1f | %.1f | %s | %.1f | %d |" % (name, accuracy, uar, goal, baseline, n)


class Report:
    """by_speaker, by_corpus: probabilities of the clips, and from which probability on a clip is
    certain, by networks that had not heard its speaker, or nothing of its corpus; gender:
    probability of a woman, speaker not heard."""

    def __init__(self, data, numbers, by_speaker, by_corpus, gender):
        self.clips, self.spoken, self.numbers = data.clips, data.spoken, numbers
        (self.by_speaker, self.certain_speaker), self.gender = by_speaker, gender
        self.by_corpus, self.certain_corpus = by_corpus
        self.labels = data.clips.emotion
        self.shown = self.spoken[self.labels[self.spoken] < N_SHOWN]

    def of_corpus(self, corpus):
        return self.spoken[self.clips.corpus[self.spoken] == corpus]

    def of_classes(self, rows, classes):
        return rows[np.isin(self.labels[rows], classes)]

    def score(self, name, p, rows, classes, goal):
        rows = self.of_classes(rows, classes)
        scores = measure.accuracy(measure.among(p[rows], classes), self.labels[rows])
        return row(name, scores, goal, len(rows)), scores[:2]

    def known(self):
        lines = []
        for corpus, (name, goal) in measure.TASKS.items():
            rows = self.of_corpus(corpus)
            if len(rows):
                classes = sorted(set(self.labels[rows]))
                lines.append(self.score(name, self.by_speaker, rows, classes, "%.0f" % goal)[0])
        lines.append(self.score("all corpora, 5 classes", self.by_speaker, self.spoken,
                                measure.POOLED, "74")[0])
        return lines

    def unseen(self):
        lines, both = [], []
        for corpus in sorted(set(self.clips.corpus[self.spoken])):
            line, scores = self.score("%s, 4 classes" % corpus, self.by_corpus,
                                      self.of_corpus(corpus), measure.UNSEEN, "")
            lines.append(line)
            both.append(scores)
        mean = np.mean(both, axis=0)
        lines.append("| mean | %.1f | %.1f | 62 | | |" % tuple(mean))
        rows = self.of_classes(self.shown, measure.UNSEEN)
        free = measure.emotions(self.by_corpus[rows]).argmax(1)
        return lines + ["| these clips, seven emotions to choose from | %.1f | %.1f | | | %d |"
                        % (*measure.accuracy(free, self.labels[rows])[:2], len(rows))]

    def calibration(self, p, least_certain, rows):
        shown = measure.emotions(p[rows])
        right = shown.argmax(1) == self.labels[rows]
        top = shown.max(1)
        certain = top >= least_certain[rows]
        return (measure.calibration_error(top, right), 100 * right.mean(),
                100 * certain.mean(), 100 * right[certain].mean())

    def calibrations(self):
        lines = []
        for name, p, certain in (("speakers not heard", self.by_speaker, self.certain_speaker),
                                 ("corpora not heard", self.by_corpus, self.certain_corpus)):
            lines.append("| %s | %.3f | %.1f | %.1f | %.1f |"
                         % (name, *self.calibration(p, certain, self.shown)))
        return lines

    def genders(self):
        lines = []
        known = ~np.isnan(self.gender)
        truth = self.clips.gender
        for corpus in [*sorted(set(self.clips.corpus[known])), ""]:
            rows = np.flatnonzero(known & ((self.clips.corpus == corpus) | (corpus == "")))
            scores = measure.accuracy((self.gender[rows] > 0.5).astype(int), truth[rows])
            goal = "97" if corpus == "librispeech" else "98"
            lines.append(row("gender, " + (corpus or "all"), scores, goal, len(rows)))
        return lines + [self.speakers_gender(np.flatnonzero(known))]

    def speakers_gender(self, rows):
        """What comes out if all clips of a speaker are taken together."""
        speakers, first = np.unique(self.clips.speaker[rows], return_index=True)
        means = [self.gender[rows][self.clips.speaker[rows] == s].mean() for s in speakers]
        scores = measure.accuracy((np.array(means) > 0.5).astype(int),
                                  self.clips.gender[rows][first])
        return row("gender of speakers, by all their clips", scores, "98", len(speakers))

    def confusions(self):
        rows = self.shown
        shown = measure.emotions(self.by_speaker[rows]).argmax(1)
        labels = self.labels[rows]
        names = CLASSES[:N_SHOWN]
        lines = ["| said \\ judged | " + " | ".join(names) + " |", "|---" * 8 + "|"]
        for name, counts in zip(names, measure.confusion(shown, labels, range(7))):
            lines.append("| %s | %s |" % (name, " | ".join(map(str, counts))))
        return lines

    def card(self):
        """The file that stands beside the weights."""
        return (pathlib.Path(__file__).with_name("card.md").read_text()
                .replace("@SCORES@\n", self.text()))

    def text(self):
        parts = ["### Emotion, speakers not heard in training", HEAD, *self.known(), "",
                 "### Emotion, corpora not heard in training", HEAD, *self.unseen(), "",
                 "### Gender, speakers not heard", HEAD, *self.genders(), "",
                 "### Calibration over seven emotions",
                 "| | calibration error (goal 0.05) | right % | certain % | of which right % |",
                 "|---|---|---|---|---|", *self.calibrations(), "",
                 "temperature %.2f, certain from %.2f on" % (
                     self.numbers["temperature"], self.numbers["least_certain"]), "",
                 "### Confusions, speakers not heard", *self.confusions()]
        return "\n".join(parts) + "\n"
