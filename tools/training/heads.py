# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains, measures and writes the heads (audio/HEADS.md)."""

import math
import pathlib
import sys

import numpy as np

from gguf_writer import F16, F32, GgufWriter

from . import card, measure
from .corpora import CLASSES, EMOTION_OF, Extractor, read
from .network import Basis, Directed, Logistic, softmax

BLOCKS = [2, 3]
N_MELS, N_STATE = 80, 512
N_VOICE = len(BLOCKS) * 2 * N_STATE
N_COPIES = 3          # augmented, besides the recordings themselves
N_SPEAKER_COPIES = 2  # the first ones, which the gender is learned from
N_FOLDS = 8
N_DIRECTIONS = 1000
EMOTION_DECAY = 3e-5
GENDER_DECAY = 1e-3
UNUSUAL_DIRECTIONS = 64
UNUSUAL_SHARE = 0.995  # of the speech learned from is not unusual
LEAST_SPEECH_S = 0.5
PRECISION = 0.85       # wanted of "certain" on speakers not seen; unseen corpora have less
GENDER_CERTAIN = 0.85


def say(*words):
    print(*words, file=sys.stderr, flush=True)


class Data:
    """Clips, and features of the recordings and of each copy. Only some of the copies hold speaker
    embeddings, and only those hold clips without an emotion."""

    def __init__(self, options):
        self.clips = read(options.data, options.librispeech)
        self.masks = self.clips.masks()
        self.fold = self.clips.folds(N_FOLDS)
        self.spoken = np.flatnonzero(self.clips.label >= 0)
        self.emotional = sorted(set(self.clips.corpus[self.spoken]))
        extract = Extractor(options.features, options.whisper, options.speaker, options.cache,
                            BLOCKS)
        self.copies = []
        for copy in range(1 + N_COPIES):
            say("features, copy %d of %d" % (copy, N_COPIES))
            if copy < N_SPEAKER_COPIES:
                self.copies.append(extract(list(self.clips.path), copy, True))
            else:
                rows = extract(list(self.clips.path[self.spoken]), copy, False)
                self.copies.append(np.zeros((len(self.clips), rows.shape[1]), np.float32))
                self.copies[-1][self.spoken] = rows

    def voice(self, copy, rows):
        return self.copies[copy][rows, 1:1 + N_VOICE]

    def speakers(self, copy, rows):
        return self.copies[copy][rows, 1 + N_VOICE:]


def train_emotion(data, rows):
    n = len(data.copies)
    voice = np.concatenate([data.voice(copy, rows) for copy in range(n)])
    targets = np.eye(len(CLASSES), dtype=np.float32)[np.tile(data.clips.label[rows], n)]
    return Directed(voice, N_DIRECTIONS, targets, np.tile(data.masks[rows], (n, 1)), EMOTION_DECAY)


def held_out_emotion(data):
    """Logits of each clip by networks that never heard its speaker, and by networks that
    never heard its corpus."""
    by_speaker = np.zeros((len(data.clips), len(CLASSES)))
    by_corpus = np.zeros_like(by_speaker)
    fold, corpus = data.fold[data.spoken], data.clips.corpus[data.spoken]
    for i in range(N_FOLDS):
        say("emotion, fold %d of %d" % (i + 1, N_FOLDS))
        model = train_emotion(data, data.spoken[fold != i])
        by_speaker[data.spoken[fold == i]] = model(data.voice(0, data.spoken[fold == i]))
    for name in data.emotional:
        say("emotion, without", name)
        model = train_emotion(data, data.spoken[corpus != name])
        by_corpus[data.spoken[corpus == name]] = model(data.voice(0, data.spoken[corpus == name]))
    return by_speaker, by_corpus


def find_temperature(logits, labels):
    """The one of the least cross entropy over the shown emotions."""
    shown = measure.shown_labels(labels)
    rows = np.arange(len(logits))
    return min((-np.mean(np.log(measure.emotions(softmax(logits / t))[rows, shown] + 1e-9)), t)
               for t in np.arange(0.4, 2.5, 0.05))[1]


def find_certain(p, labels):
    """The least probability of the likeliest emotion from which on it is right often enough."""
    shown = measure.emotions(p)
    top, right = shown.max(1), shown.argmax(1) == measure.shown_labels(labels)
    for limit in np.arange(0.3, 0.99, 0.01):
        if right[top >= limit].mean() >= PRECISION:
            return float(limit)
    return 0.99


def train_gender(data, rows):
    """Each speaker counts the same, with however many clips."""
    n = N_SPEAKER_COPIES
    _, index, counts = np.unique(data.clips.speaker[rows], return_inverse=True, return_counts=True)
    x = np.concatenate([data.speakers(copy, rows) for copy in range(n)])
    targets = np.eye(2, dtype=np.float32)[np.tile(data.clips.gender[rows], n)]
    return Logistic(x, targets, np.ones_like(targets), np.tile(1 / counts[index], n), GENDER_DECAY)


def held_out_gender(data):
    p = np.full(len(data.clips), np.nan)
    known = data.clips.gender >= 0
    for i in range(N_FOLDS):
        model = train_gender(data, np.flatnonzero(known & (data.fold != i)))
        rows = np.flatnonzero(known & (data.fold == i))
        p[rows] = softmax(model(data.speakers(0, rows)))[:, 1]
    return p


def unusual(data):
    """Whitened main directions of the training features, and how far out is unusual."""
    rows = np.concatenate([data.voice(copy, data.spoken) for copy in range(len(data.copies))])
    basis = Basis(rows, UNUSUAL_DIRECTIONS)
    weight = (basis.directions * math.sqrt(N_VOICE) / np.sqrt(basis.values)).T
    distance = np.mean(((rows - basis.mean) / basis.deviation @ weight.T) ** 2, axis=1)
    return basis, weight, float(np.quantile(distance, UNUSUAL_SHARE) * 1.25)


def write_weights(path, data, emotion, gender, numbers):
    writer = GgufWriter()
    basis, weight, most_unusual = unusual(data)
    writer.string("general.architecture", "hearsay-heads")
    writer.string("general.license", "CC-BY-NC-SA-4.0")
    writer.uint32("heads.version", 1)
    writer.uint32("heads.n_mels", N_MELS)
    writer.uint32("heads.n_state", N_STATE)
    writer.boolean("heads.speaker", False)
    writer.boolean("heads.prosody", False)
    writer.int32s("heads.blocks", BLOCKS)
    writer.int32s("heads.emotions", EMOTION_OF)
    writer.float32("heads.least_speech", LEAST_SPEECH_S)
    writer.float32("heads.least_certain", numbers["least_certain"])
    writer.float32("heads.most_unusual", most_unusual)
    writer.float32("heads.least_gender", GENDER_CERTAIN)

    def tensor(name, values, kind):
        data_type = np.float16 if kind == F16 else np.float32
        values = np.ascontiguousarray(values, data_type)
        writer.tensor(name, values.shape[::-1], kind, values.tobytes)

    tensor("inputs.mean", emotion.basis.mean, F32)
    tensor("inputs.scale", 1 / emotion.basis.deviation, F32)
    sharper = 1 / numbers["temperature"]
    tensor("direct.weight", emotion.weight() * sharper, F32)
    tensor("direct.bias", emotion.logistic.bias * sharper, F32)
    # Over the inputs as the emotion head standardises them.
    ratio = emotion.basis.deviation / basis.deviation
    shift = (emotion.basis.mean - basis.mean) / basis.deviation
    tensor("unusual.weight", weight * ratio, F16)
    tensor("unusual.bias", weight @ shift, F32)
    tensor("gender.weight", (gender.weight[:, 1] - gender.weight[:, 0])[None, :], F32)
    tensor("gender.bias", [gender.bias[1] - gender.bias[0]], F32)
    with open(path, "wb") as file:
        writer.write(file)


def run(options):
    data = Data(options)
    by_speaker, by_corpus = held_out_emotion(data)
    rows, labels = data.spoken, data.clips.label
    numbers = {"temperature": find_temperature(by_speaker[rows], labels[rows])}
    by_speaker = softmax(by_speaker / numbers["temperature"])
    by_corpus = softmax(by_corpus / numbers["temperature"])
    numbers["least_certain"] = find_certain(by_speaker[rows], labels[rows])
    report = card.Report(data, numbers, by_speaker, by_corpus, held_out_gender(data))
    print(report.text())
    if options.eval:
        return
    out = pathlib.Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    say("final weights")
    write_weights(out / "heads.gguf", data, train_emotion(data, rows),
                  train_gender(data, np.flatnonzero(data.clips.gender >= 0)), numbers)
