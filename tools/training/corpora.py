# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings with labels, and their features.

A corpus folder has a manifest.tsv with the columns path, seconds, text, emotion, gender, speaker,
lang, licence; the first folder of a path is the name of its corpus. LibriSpeech has its own layout:
SPEAKERS.TXT, and files that begin with the speaker's number.
"""

import csv
import hashlib
import pathlib
import subprocess

import numpy as np

# What is learned: the first seven as AudioEmotion has them; the calm are shown as neutral, too, the
# bored not at all.
CLASSES = ["neutral", "happy", "sad", "angry", "fearful", "surprised", "disgusted", "calm", "bored"]
NEUTRAL, CALM, BORED = 0, 7, 8
N_SHOWN = 7
EMOTION_OF = [0, 1, 2, 3, 4, 5, 6, NEUTRAL]
LABELS = {"fear": "fearful", "surprise": "surprised", "disgust": "disgusted", "boredom": "bored"}


class Clips:
    """Columns over all clips, as arrays: path, corpus, speaker, gender (1 female, 0 male, -1
    unknown), label (index of CLASSES, -1 for none), emotion (the same, the calm being neutral)."""

    def __init__(self, rows):
        self.path = np.array([r[0] for r in rows])
        self.corpus = np.array([r[1] for r in rows])
        self.speaker = np.array([r[1] + "/" + r[2] for r in rows])
        self.gender = np.array([{"female": 1, "male": 0}.get(r[3], -1) for r in rows])
        emotions = [LABELS.get(r[4], r[4]) for r in rows]
        self.label = np.array([CLASSES.index(e) if e in CLASSES else -1 for e in emotions])
        self.emotion = np.where(self.label == CALM, NEUTRAL, self.label)

    def __len__(self):
        return len(self.path)

    def masks(self):
        """Rows by classes: 1 for those that a clip could have been. All are told apart from all,
        except that what is neutral may be calm where no label says so, and that nobody is asked
        about the bored where the corpus has none."""
        masks = np.ones((len(self), len(CLASSES)), np.float32)
        for corpus in set(self.corpus):
            here = self.corpus == corpus
            labels = set(self.label[here])
            if CALM not in labels:
                masks[here & (self.label == NEUTRAL), CALM] = 0
            if BORED not in labels:
                masks[here, BORED] = 0
        return masks

    def folds(self, n_folds):
        """The fold of each clip; all clips of a speaker are in one."""
        fold = np.zeros(len(self), int)
        for corpus in set(self.corpus):
            speakers = sorted(set(self.speaker[self.corpus == corpus]))
            for i, speaker in enumerate(speakers):
                fold[self.speaker == speaker] = i % n_folds
        return fold


def read_manifest(folder):
    with open(folder / "manifest.tsv", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            corpus = row["path"].split("/")[0]
            # Nothing is learned from a recording of which nobody says that one may.
            known = not row["licence"].startswith("unstated")
            yield (str(folder / row["path"]), corpus, row["speaker"],
                   row["gender"] if known else "", row["emotion"] if known else "")


def read_librispeech(folder):
    sexes = {}
    for line in (folder / "SPEAKERS.TXT").read_text().splitlines():
        if not line.startswith(";"):
            number, sex = [word.strip() for word in line.split("|")[:2]]
            sexes[number] = {"F": "female", "M": "male"}[sex]
    for path in sorted(folder.rglob("*.flac")):
        speaker = path.name.split("-")[0]
        yield str(path), "librispeech", "LS" + speaker, sexes[speaker], ""


def read(folders, librispeech):
    rows = []
    for folder in folders:
        rows += read_manifest(pathlib.Path(folder))
    known = {row[2] for row in rows}
    for folder in librispeech:
        rows += [r for r in read_librispeech(pathlib.Path(folder)) if r[2] not in known]
    return Clips(rows)


class Extractor:
    """Runs tools/features.c, which computes what the program itself computes; keeps the results."""

    def __init__(self, program, whisper, speaker, cache, blocks):
        self.program, self.whisper, self.speaker = str(program), str(whisper), str(speaker)
        self.blocks = ",".join(map(str, blocks))
        self.cache = pathlib.Path(cache)
        self.cache.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(self.blocks.encode())
        for file in (program, whisper, speaker):
            digest.update(hashlib.sha256(pathlib.Path(file).read_bytes()).digest())
        self.key = digest

    def __call__(self, paths, copy, with_speaker):
        """Rows of the given copy: seconds of speech, features, and the speaker embedding if
        wanted."""
        text = "".join(path + "\n" for path in paths)
        key = self.key.copy()
        key.update(b"%d %d\n" % (copy, with_speaker) + text.encode())
        file = self.cache / (key.hexdigest()[:24] + ".f32")
        if not file.exists():
            part = file.with_suffix(".part")
            speaker = self.speaker if with_speaker else "-"
            subprocess.run([self.program, self.whisper, speaker, self.blocks, str(copy), str(part)],
                           input=text.encode(), check=True)
            part.rename(file)
        return np.fromfile(file, np.float32).reshape(len(paths), -1)
