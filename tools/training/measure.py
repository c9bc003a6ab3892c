# SPDX-License-Identifier: GPL-3.0-or-later
"""Scores of predicted distributions over emotions."""

import numpy as np

from .corpora import CALM, CLASSES, N_SHOWN, NEUTRAL

# What each corpus is asked for, and the goal in percent.
TASKS = {
    "ravdess": ("RAVDESS, 7 classes (calm is neutral)", 80.0),
    "emodb": ("EmoDB, 7 classes", 92.0),
    "nemo": ("nEMO, 6 classes", 65.0),
}
POOLED = [CLASSES.index(name) for name in ("neutral", "happy", "sad", "angry", "fearful")]
UNSEEN = POOLED[:4]


def merge_calm(p):
    p = p.copy()
    p[:, NEUTRAL] += p[:, CALM]
    return p


def among(p, classes):
    """The likeliest of the classes."""
    p = merge_calm(p)
    return np.array(classes)[p[:, classes].argmax(axis=1)]


def accuracy(predicted, labels):
    """Accuracy, mean recall of the classes (UAR), share of the most frequent class; percent."""
    classes, counts = np.unique(labels, return_counts=True)
    recalls = [np.mean(predicted[labels == c] == c) for c in classes]
    return (100 * np.mean(predicted == labels), 100 * np.mean(recalls),
            100 * counts.max() / counts.sum())


def emotions(p):
    """Rows by the emotions that are shown."""
    shown = merge_calm(p)[:, :N_SHOWN]
    return shown / shown.sum(axis=1, keepdims=True)


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
