# SPDX-License-Identifier: GPL-3.0-or-later
"""Scores of predicted distributions over emotions."""

import numpy as np

from .corpora import CLASSES, EMOTION_OF

# What each corpus is asked for, and the goal in percent. A class counts as another one by MERGED.
TASKS = {
    "ravdess": ("RAVDESS, 7 classes (calm is neutral)", 80.0),
    "emodb": ("EmoDB, 7 classes", 92.0),
    "nemo": ("nEMO, 6 classes", 65.0),
}
POOLED = [CLASSES.index(name) for name in ("neutral", "happy", "sad", "angry", "fearful")]
UNSEEN = POOLED[:4]
CALM = CLASSES.index("calm")


def merge_calm(labels):
    return np.where(labels == CALM, 0, labels)


def among(p, classes):
    """The likeliest of the classes, calm counted as neutral."""
    p = p.copy()
    p[:, 0] += p[:, CALM]
    return np.array(classes)[p[:, classes].argmax(axis=1)]


def accuracy(predicted, labels):
    """Accuracy, mean recall of the classes (UAR), share of the most frequent class; percent."""
    classes, counts = np.unique(labels, return_counts=True)
    recalls = [np.mean(predicted[labels == c] == c) for c in classes]
    return (100 * np.mean(predicted == labels), 100 * np.mean(recalls),
            100 * counts.max() / counts.sum())


def emotions(p):
    """Rows by the seven emotions that are shown."""
    shown = np.zeros((len(p), 7))
    for i, emotion in enumerate(EMOTION_OF):
        shown[:, emotion] += p[:, i]
    return shown


def shown_labels(labels):
    return np.array(EMOTION_OF)[labels]


def calibration_error(confidence, right, n_bins=10):
    """Expected calibration error over bins of equal width."""
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    error = 0.0
    for b in range(n_bins):
        here = bins == b
        if here.any():
            error += here.mean() * abs(confidence[here].mean() - right[here].mean())
    return error


def confusion(predicted, labels, classes):
    return [[int(np.sum((labels == a) & (predicted == b))) for b in classes] for a in classes]
