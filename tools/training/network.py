# SPDX-License-Identifier: GPL-3.0-or-later
"""Small classifiers over pooled features, learned with numpy.

Corpora label different sets of emotions, so each row has a mask of the classes that it could have
been given: the loss is the cross entropy among those, and a row says nothing of the others.

To be quick, features are standardised and turned to their main directions first; as both are
linear, they are folded into the weights that the program gets.
"""

import math

import numpy as np

NEVER = -30.0


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


class Basis:
    """Mean and deviation of each feature, and the directions in which rows differ most."""

    def __init__(self, rows, n_directions):
        rows = rows.astype(np.float64)
        self.mean = rows.mean(axis=0)
        self.deviation = rows.std(axis=0) + 1e-6
        standard = (rows - self.mean) / self.deviation
        values, vectors = np.linalg.eigh(standard.T @ standard / len(rows))
        order = np.argsort(values)[::-1][:n_directions]
        self.values = np.maximum(values[order], 1e-6)
        # A standardised row has length 1 on average.
        self.directions = vectors[:, order] / math.sqrt(rows.shape[1])

    def __call__(self, rows):
        standard = (rows - self.mean) / self.deviation
        return (standard @ self.directions).astype(np.float32)


def minimise(function, x, n_steps=200, n_kept=10):
    """L-BFGS (Nocedal & Wright 2006, algorithm 7.5) with steps halved until they descend enough.
    function: gives value and gradient."""
    value, gradient = function(x)
    kept = []
    for _ in range(n_steps):
        direction = -gradient
        alphas = []
        for s, y in reversed(kept):
            alphas.append(s @ direction / (s @ y))
            direction = direction - alphas[-1] * y
        if kept:
            s, y = kept[-1]
            direction = direction * (s @ y) / (y @ y)
        for (s, y), alpha in zip(kept, reversed(alphas)):
            direction = direction + (alpha - y @ direction / (s @ y)) * s
        slope, step = gradient @ direction, 1.0 if kept else 1 / np.abs(gradient).sum()
        for _ in range(30):
            new_value, new_gradient = function(x + step * direction)
            if new_value <= value + 1e-4 * step * slope:
                break
            step /= 2
        else:
            return x
        s, y = step * direction, new_gradient - gradient
        if s @ y > 1e-10:
            kept = kept[1 - n_kept:] + [(s, y)]
        done = value - new_value < 1e-7 * abs(value)
        x, value, gradient = x + s, new_value, new_gradient
        if done:
            break
    return x


class Logistic:
    """Multinomial logistic regression, with a penalty of decay times the squares of the weights."""

    def __init__(self, rows, targets, masks, weights, decay):
        n, d = rows.shape
        k = targets.shape[1]
        weights = (weights / weights.sum())[:, None].astype(np.float32)
        never = (1 - masks) * NEVER

        def loss(flat):
            w, b = flat[:d * k].reshape(d, k), flat[d * k:]
            logits = rows @ w.astype(np.float32) + b.astype(np.float32) + never
            p = softmax(logits)
            g = (p - targets) * weights
            value = -np.sum(weights * targets * np.log(p + 1e-12)) + decay * np.sum(w * w)
            return float(value), np.concatenate([(rows.T @ g + 2 * decay * w).ravel(), g.sum(0)])

        flat = minimise(loss, np.zeros(d * k + k))
        self.weight, self.bias = flat[:d * k].reshape(d, k), flat[d * k:]

    def __call__(self, rows):
        return rows @ self.weight + self.bias


class Directed:
    """A logistic regression along the main directions."""

    def __init__(self, rows, n_directions, targets, masks, decay):
        self.basis = Basis(rows, n_directions)
        self.logistic = Logistic(self.basis(rows), targets, masks, np.ones(len(rows)), decay)

    def __call__(self, rows):
        return self.logistic(self.basis(rows))

    def weight(self):
        """[n_out, n_in], of standardised features."""
        return (self.basis.directions @ self.logistic.weight).T
