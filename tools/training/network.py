# SPDX-License-Identifier: GPL-3.0-or-later
"""Small classifiers over pooled features, learned with numpy: a logistic and a
linear regression, and networks with one hidden layer whose logits are averaged.

Corpora label different sets of emotions, so each row has a mask of the classes that it could have
been given: the loss is the cross entropy among those, and a row says nothing of the others.

Features are standardised first: a row has length 1 on average.
"""

import math

import numpy as np

NEVER = -30.0


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


class Standard:
    """Mean and deviation of each feature over the rows that are learned from."""

    def __init__(self, rows):
        self.mean = rows.mean(axis=0, dtype=np.float64)
        self.deviation = rows.std(axis=0, dtype=np.float64) + 1e-6

    def __call__(self, rows):
        scale = 1 / (self.deviation * math.sqrt(rows.shape[1]))
        return rows * scale.astype(np.float32) - (self.mean * scale).astype(np.float32)


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


class Ridge:
    """Linear regression of the classes (1 for the right one, else 0), with a penalty of decay times
    the squares of the weights; all classes are told apart, whatever the masks say."""

    def __init__(self, rows, targets, weights, decay):
        weights = (weights / weights.mean()).astype(np.float32)[:, None]
        mean_x = (rows * weights).mean(axis=0)
        mean_y = (targets * weights).mean(axis=0)
        x, y = (rows - mean_x) * np.sqrt(weights), (targets - mean_y) * np.sqrt(weights)
        penalty = decay * np.eye(rows.shape[1], dtype=np.float32)
        self.weight = np.linalg.solve(x.T @ x + penalty, x.T @ y)
        self.bias = mean_y - mean_x @ self.weight

    def __call__(self, rows):
        return rows @ self.weight + self.bias


def erf(x):
    """Abramowitz & Stegun 7.1.26, to 1.5e-7."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (
        -1.453152027 + t * 1.061405429))))
    return np.sign(x) * (1 - series * np.exp(-x * x))


class Adam:
    """Kingma & Ba 2015 with the decoupled weight decay of Loshchilov & Hutter 2019."""

    def __init__(self, parameters, decay):
        self.parameters, self.decay, self.t = parameters, np.float32(decay), 0
        self.first = [np.zeros_like(p) for p in parameters]
        self.second = [np.zeros_like(p) for p in parameters]

    def step(self, gradients, rate):
        self.t += 1
        size = np.float32(rate * math.sqrt(1 - 0.999 ** self.t) / (1 - 0.9 ** self.t))
        for p, g, m, v in zip(self.parameters, gradients, self.first, self.second):
            m += np.float32(0.1) * (g - m)
            v += np.float32(0.001) * (g * g - v)
            p *= 1 - np.float32(rate) * self.decay
            p -= size * m / (np.sqrt(v) + np.float32(1e-8))


class Network:
    """Logits of x: w2 gelu (w1 x + b1) + b2."""

    def __init__(self, n_in, n_hidden, n_out, rng):
        def uniform(n, *shape):
            return (rng.random(shape, np.float32) * 2 - 1) / np.float32(math.sqrt(n))

        self.w1, self.b1 = uniform(n_in, n_in, n_hidden), uniform(n_in, n_hidden)
        self.w2, self.b2 = uniform(n_hidden, n_hidden, n_out), uniform(n_hidden, n_out)

    def __call__(self, x):
        z = x @ self.w1 + self.b1
        return (0.5 * z * (1 + erf(z / math.sqrt(2)))) @ self.w2 + self.b2

    def gradients(self, x, targets, never, weights, drop):
        z = x @ self.w1 + self.b1
        normal = 0.5 * (1 + erf(z / math.sqrt(2)))
        slope = (normal + z * np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)) * drop
        h = z * normal * drop
        g = (softmax(h @ self.w2 + self.b2 + never) - targets) * (weights / weights.sum())[:, None]
        gz = ((g @ self.w2.T) * slope).astype(np.float32)
        g, h = g.astype(np.float32), h.astype(np.float32)
        return [x.T @ gz, gz.sum(0), h.T @ g, g.sum(0)]


def learn_network(x, targets, masks, weights, options, seed):
    """x: rows by features; targets, masks: rows by classes; weights: of the rows."""
    rng = np.random.default_rng(seed)
    net = Network(x.shape[1], options["hidden"], targets.shape[1], rng)
    adam = Adam([net.w1, net.b1, net.w2, net.b2], options["decay"])
    keep_in, keep = (np.float32(1 - options[key]) for key in ("drop_in", "drop"))
    smooth = np.float32(options["smoothing"])
    targets = (1 - smooth) * targets + smooth * masks / masks.sum(1, keepdims=True)
    never = (1 - masks) * np.float32(NEVER)
    size, n = options["batch"], len(x)
    n_steps = options["epochs"] * (n // size)
    for step in range(n_steps):
        at = step % (n // size)
        if at == 0:
            order = rng.permutation(n)
        rows = order[at * size:(at + 1) * size]
        xb = x[rows] * ((rng.random((size, x.shape[1]), np.float32) < keep_in) / keep_in)
        drop = (rng.random((size, options["hidden"]), np.float32) < keep) / keep
        # Up for three tenths of the steps, then down.
        part = step / n_steps
        turn = part / 0.3 if part < 0.3 else 1 + (part - 0.3) / 0.7
        rate = options["rate"] * 0.5 * (1 - math.cos(math.pi * turn))
        adam.step(net.gradients(xb, targets[rows], never[rows], weights[rows], drop), rate)
    return net
