# SPDX-License-Identifier: GPL-3.0-or-later
"""The GE2E speaker encoder from its torch checkpoint to GGUF.

The checkpoint also holds the state of the optimiser, and the scale and bias of the training's
similarity; none of them is needed.
"""

import gguf_writer
from convert import torch_pickle
from errors import ModelError

N_BANDS = 40
N_WIDE = 256
N_LAYERS = 3


def tensors():
    """Yields the checkpoint's name, our name, our dims (the contiguous one first)."""
    for layer in range(N_LAYERS):
        n_in = N_BANDS if layer == 0 else N_WIDE
        dims = {"weight_ih": (n_in, 4 * N_WIDE), "weight_hh": (N_WIDE, 4 * N_WIDE)}
        dims |= {"bias_ih": (4 * N_WIDE,), "bias_hh": (4 * N_WIDE,)}
        for part, shape in dims.items():
            yield "model_state.lstm.%s_l%d" % (part, layer), "lstm.%d.%s" % (layer, part), shape
    yield "model_state.linear.weight", "linear.weight", (N_WIDE, N_WIDE)
    yield "model_state.linear.bias", "linear.bias", (N_WIDE,)


def convert(model, name, out):
    """model: the checkpoint's bytes; out: a binary file."""
    found = torch_pickle.read(model)
    writer = gguf_writer.GgufWriter()
    writer.string("general.architecture", "ge2e-speaker")
    writer.string("general.name", name)
    writer.string("general.license", "apache-2.0")
    for source, target, dims in tensors():
        if source not in found:
            raise ModelError("the torch file has no tensor %s" % source)
        shape, content = found[source]
        if tuple(shape)[::-1] != dims:
            raise ModelError("%s: dims %s, expected %s" % (source, tuple(shape)[::-1], dims))
        writer.tensor(target, dims, gguf_writer.F32, lambda content=content: content)
    writer.write(out)
