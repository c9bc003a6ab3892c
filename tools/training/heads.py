# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains, measures and writes the heads (audio/heads/HEADS.md)."""

import math
import pathlib
import sys

import numpy as np

from gguf_writer import F16, F32, GgufWriter

from . import card, measure
from .corpora import CLASSES, EMOTION_OF, N_SHOWN, Extractor, read
from .network import Logistic, Ridge, Standard, learn_network, softmax

BLOCKS = [2, 3]
N_MELS, N_STATE = 80, 512
N_VOICE = len(BLOCKS) * 2 * N_STATE
N_COPIES = 2          # augmented, besides the recordings themselves
N_SPEAKER_COPIES = 2  # the first ones, which the gender is learned from
N_FOLDS = 10
EMOTION_DECAY = 3e-5
RIDGE_DECAY = 1.0
RIDGE_FACTOR = 5.0    # what the linear regression counts beside the logits
NETWORK = {"hidden": 128, "epochs": 5, "batch": 64, "rate": 1e-3, "decay": 0.03, "drop_in": 0.5,
           "drop": 0.5, "smoothing": 0.1}
N_NETWORKS = 2
GENDER_VOICE_DECAY = 1e-5
GENDER_SPEAKER_DECAY = 1e-4
UNUSUAL_DIRECTIONS = 64
UNUSUAL_SHARE = 0.995  # of the speech learned from is not unusual,
UNUSUAL_MARGIN = 1.25  # nor what is this much further out
LEAST_SPEECH_S = 0.5
MOST_ERROR = 0.04      # of calibration, on speakers not heard
PRECISION = 0.88       # wanted of "certain" on speakers not heard; corpora not heard have less
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


class Emotion:
    """The logits of a logistic regression, what a linear regression gives times a factor, and the
    mean of the logits of networks, added, over the standardised features of recordings and copies.
    Each class of each corpus counts the same, with however many clips."""

    def __init__(self, data, rows):
        n = len(data.copies)
        voice = np.concatenate([data.voice(copy, rows) for copy in range(n)])
        targets = np.eye(len(CLASSES), dtype=np.float32)[np.tile(data.clips.label[rows], n)]
        masks = np.tile(data.masks[rows], (n, 1))
        groups = np.char.add(data.clips.corpus[rows], data.clips.label[rows].astype(str))
        _, group, counts = np.unique(groups, return_inverse=True, return_counts=True)
        weights = np.tile(1 / counts[group], n)
        self.standard = Standard(voice)
        x = self.standard(voice)
        logistic = Logistic(x, targets, masks, weights, EMOTION_DECAY)
        ridge = Ridge(x, targets, weights, RIDGE_DECAY)
        self.weight = logistic.weight + RIDGE_FACTOR * ridge.weight
        self.bias = logistic.bias + RIDGE_FACTOR * ridge.bias
        x *= np.float32(math.sqrt(N_VOICE))
        self.networks = [learn_network(x, targets, masks, weights, NETWORK, seed)
                         for seed in range(N_NETWORKS)]

    def __call__(self, voice):
        x = self.standard(voice)
        z = x * np.float32(math.sqrt(N_VOICE))
        return x @ self.weight + self.bias + sum(net(z) for net in self.networks) / N_NETWORKS


def held_out_emotion(data):
    """Logits of each clip by networks that never heard its speaker, and by networks that
    never heard its corpus."""
    by_speaker = np.zeros((len(data.clips), len(CLASSES)))
    by_corpus = np.zeros_like(by_speaker)
    fold, corpus = data.fold[data.spoken], data.clips.corpus[data.spoken]
    for i in range(N_FOLDS):
        say("emotion, fold %d of %d" % (i + 1, N_FOLDS))
        model = Emotion(data, data.spoken[fold != i])
        by_speaker[data.spoken[fold == i]] = model(data.voice(0, data.spoken[fold == i]))
    for name in data.emotional:
        say("emotion, without", name)
        model = Emotion(data, data.spoken[corpus != name])
        by_corpus[data.spoken[corpus == name]] = model(data.voice(0, data.spoken[corpus == name]))
    return by_speaker, by_corpus


def find_temperature(logits, labels):
    """The highest that keeps the calibration error small on speakers not heard: new corpora are
    less certain than those, so the probabilities shall be as soft as they honestly can be."""
    best = 0.5
    for t in np.arange(0.5, 5.0, 0.05):
        p = measure.emotions(softmax(logits / t))
        if measure.calibration_error(p.max(1), p.argmax(1) == labels) <= MOST_ERROR:
            best = t
    return float(best)


def find_certain(p, labels):
    """The least probability of the likeliest emotion from which on it is right often enough."""
    shown = measure.emotions(p)
    top, right = shown.max(1), shown.argmax(1) == labels
    for limit in np.arange(0.3, 0.99, 0.01):
        if right[top >= limit].mean() >= PRECISION:
            return float(limit)
    return 0.99


def find_numbers(logits, labels):
    temperature = find_temperature(logits, labels)
    return temperature, find_certain(softmax(logits / temperature), labels)


def judge(logits, by_speaker, groups, data):
    """Probabilities of each clip, and how likely its likeliest emotion must be to be certain: both
    as chosen on the clips of all other groups (folds or corpora), by_speaker being the logits by
    which that is chosen."""
    labels = data.clips.emotion
    shown = data.spoken[labels[data.spoken] < N_SHOWN]
    p, least_certain = np.zeros_like(logits), np.zeros(len(logits))
    for group in set(groups[shown]):
        others = shown[groups[shown] != group]
        temperature, least = find_numbers(by_speaker[others], labels[others])
        p[groups == group] = softmax(logits[groups == group] / temperature)
        least_certain[groups == group] = least
    return p, least_certain


class Gender:
    """The log odds of two logistic regressions, added: over the standardised features, and over the
    speaker embedding as it is. Each speaker counts the same, with however many clips. One
    regression over both does as well on the corpora, but is led astray by an old recording."""

    def __init__(self, data, rows):
        n = N_SPEAKER_COPIES
        _, index, counts = np.unique(data.clips.speaker[rows], return_inverse=True,
                                     return_counts=True)
        targets = np.eye(2, dtype=np.float32)[np.tile(data.clips.gender[rows], n)]
        weights = np.tile(1 / counts[index], n)

        def regress(x, decay):
            model = Logistic(x, targets, np.ones_like(targets), weights, decay)
            return model.weight[:, 1] - model.weight[:, 0], model.bias[1] - model.bias[0]

        voice = np.concatenate([data.voice(copy, rows) for copy in range(n)])
        speakers = np.concatenate([data.speakers(copy, rows) for copy in range(n)])
        standard = Standard(voice)
        weight, bias = regress(standard(voice), GENDER_VOICE_DECAY)
        # Of the features as they are.
        self.voice = weight / (standard.deviation * math.sqrt(N_VOICE))
        self.voice_bias = bias - self.voice @ standard.mean
        self.speaker, self.speaker_bias = regress(speakers, GENDER_SPEAKER_DECAY)

    def __call__(self, voice, speakers):
        odds = voice @ self.voice + self.voice_bias + speakers @ self.speaker + self.speaker_bias
        return 1 / (1 + np.exp(-odds))

    def over(self, standard):
        """Weights and bias of the part of the features once they are standardised."""
        return (self.voice * standard.deviation, self.voice_bias + self.voice @ standard.mean)


def held_out_gender(data):
    p = np.full(len(data.clips), np.nan)
    known = data.clips.gender >= 0
    for i in range(N_FOLDS):
        model = Gender(data, np.flatnonzero(known & (data.fold != i)))
        rows = np.flatnonzero(known & (data.fold == i))
        p[rows] = model(data.voice(0, rows), data.speakers(0, rows))
    return p


def unusual(data, standard):
    """Main directions of the standardised training features, each scaled to deviation 1, and how
    far out is unusual."""
    rows = np.concatenate([data.voice(copy, data.spoken) for copy in range(len(data.copies))])
    rows = standard(rows) * np.float32(math.sqrt(N_VOICE))
    values, vectors = np.linalg.eigh(rows.T @ rows / len(rows))
    weight = (vectors[:, -UNUSUAL_DIRECTIONS:] / np.sqrt(values[-UNUSUAL_DIRECTIONS:])).T
    distance = np.mean((rows @ weight.T) ** 2, axis=1)
    return weight, float(np.quantile(distance, UNUSUAL_SHARE) * UNUSUAL_MARGIN)


def write_weights(path, data, emotion, gender, numbers):
    writer = GgufWriter()
    weight, most_unusual = unusual(data, emotion.standard)
    writer.string("general.architecture", "hearsay-heads")
    writer.string("general.license", "CC-BY-NC-SA-4.0")
    writer.uint32("heads.version", 2)
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

    tensor("inputs.mean", emotion.standard.mean, F32)
    tensor("inputs.scale", 1 / emotion.standard.deviation, F32)
    sharper, n = 1 / numbers["temperature"], len(EMOTION_OF)
    tensor("direct.weight", emotion.weight.T[:n] * (sharper / math.sqrt(N_VOICE)), F32)
    tensor("direct.bias", emotion.bias[:n] * sharper, F32)
    nets = emotion.networks
    tensor("hidden.weight", np.concatenate([net.w1 for net in nets], 1).T, F16)
    tensor("hidden.bias", np.concatenate([net.b1 for net in nets]), F32)
    tensor("classes.weight", np.concatenate([net.w2 for net in nets]).T[:n] * (sharper / len(nets)),
           F32)
    tensor("classes.bias", sum(net.b2 for net in nets)[:n] * (sharper / len(nets)), F32)
    tensor("unusual.weight", weight, F16)
    tensor("unusual.bias", np.zeros(len(weight)), F32)
    voice_weight, voice_bias = gender.over(emotion.standard)
    tensor("gender_voice.weight", voice_weight[None, :], F32)
    tensor("gender_voice.bias", [voice_bias], F32)
    tensor("gender_speaker.weight", gender.speaker[None, :], F32)
    tensor("gender_speaker.bias", [gender.speaker_bias], F32)
    with open(path, "wb") as file:
        writer.write(file)


def run(options):
    data = Data(options)
    by_speaker, by_corpus = held_out_emotion(data)
    labels = data.clips.emotion
    shown = data.spoken[labels[data.spoken] < N_SHOWN]
    temperature, least_certain = find_numbers(by_speaker[shown], labels[shown])
    numbers = {"temperature": temperature, "least_certain": least_certain}
    report = card.Report(data, numbers, judge(by_speaker, by_speaker, data.fold, data),
                         judge(by_corpus, by_speaker, data.clips.corpus, data),
                         held_out_gender(data))
    print(report.text())
    if options.eval:
        return
    out = pathlib.Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    say("final weights")
    write_weights(out / "heads.gguf", data, Emotion(data, data.spoken),
                  Gender(data, np.flatnonzero(data.clips.gender >= 0)), numbers)
    (out / "heads.md").write_text(report.card())
