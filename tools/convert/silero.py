# SPDX-License-Identifier: GPL-3.0-or-later
"""The silero voice activity network from its ONNX file to GGUF, the 16 kHz branch alone.

The file holds one graph for 16 kHz and one for 8 kHz, as the branches of an If. The 16 kHz branch
is known by its transform: 258 filters (real and imaginary parts of 129 bins) of 256 samples.
"""

import gguf_writer
from convert import onnx
from errors import ModelError

# What the ONNX name ends with, our name, our dims (the contiguous one first).
TENSORS = (
    ("stft.forward_basis_buffer", "stft.basis", (256, 1, 258)),
    ("encoder.0.reparam_conv.weight", "encoder.0.weight", (3, 129, 128)),
    ("encoder.0.reparam_conv.bias", "encoder.0.bias", (128,)),
    ("encoder.1.reparam_conv.weight", "encoder.1.weight", (3, 128, 64)),
    ("encoder.1.reparam_conv.bias", "encoder.1.bias", (64,)),
    ("encoder.2.reparam_conv.weight", "encoder.2.weight", (3, 64, 64)),
    ("encoder.2.reparam_conv.bias", "encoder.2.bias", (64,)),
    ("encoder.3.reparam_conv.weight", "encoder.3.weight", (3, 64, 128)),
    ("encoder.3.reparam_conv.bias", "encoder.3.bias", (128,)),
    ("decoder.rnn.weight_ih", "decoder.rnn.weight_ih", (128, 512)),
    ("decoder.rnn.weight_hh", "decoder.rnn.weight_hh", (128, 512)),
    ("decoder.rnn.bias_ih", "decoder.rnn.bias_ih", (512,)),
    ("decoder.rnn.bias_hh", "decoder.rnn.bias_hh", (512,)),
    ("decoder.decoder.2.weight", "decoder.out.weight", (128,)),
    ("decoder.decoder.2.bias", "decoder.out.bias", (1,)),
)


def _branch(tensors):
    basis = TENSORS[0][0]
    for name, (dims, _) in tensors.items():
        if name.endswith(basis) and dims == TENSORS[0][2][::-1]:
            return name[: -len(basis)]
    raise ModelError("the ONNX file has no 16 kHz voice activity network")


def convert(model, name, out):
    """model: the ONNX file's bytes; out: a binary file."""
    tensors = onnx.read(model)
    prefix = _branch(tensors)
    writer = gguf_writer.GgufWriter()
    writer.string("general.architecture", "silero-vad")
    writer.string("general.name", name)
    writer.string("general.license", "mit")
    for source, target, dims in TENSORS:
        if prefix + source not in tensors:
            raise ModelError("the ONNX file has no tensor %s" % (prefix + source))
        found, content = tensors[prefix + source]
        squeezed = tuple(d for d in found[::-1] if d != 1)
        if squeezed != tuple(d for d in dims if d != 1):
            raise ModelError("%s: dims %s, expected %s" % (source, found[::-1], dims))
        writer.tensor(target, dims, gguf_writer.F32, lambda content=content: content)
    writer.write(out)
