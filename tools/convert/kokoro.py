# SPDX-License-Identifier: GPL-3.0-or-later
"""Kokoro from its dynamically quantised ONNX file, and its voices, to GGUF; see
audio/kokoro/KOKORO.md.

A quantised weight is known by the node that uses it, as its own name may be of another module. Its
8-bit codes are kept as they are: with the zero point taken off they lie in -127 .. 127, so that
they are the codes of Q8_0, and the scale (one per tensor, direction or output) becomes the scale of
each block, rounded to half precision. What the file holds as float stays F32, but for the large
weights (upsampling and the last convolution), which are F16.

Rows are what a product reads: all inputs of one output, in a convolution tap by tap, the channels
of a tap padded with zeros to whole blocks.
"""

import json
import struct

import gguf_writer
from convert import onnx
from errors import ModelError
from gguf_writer import F16, F32, Q8_0

BLOCK = 32
ENCODER = "/encoder/"
DECODER = "/decoder/decoder/"
GENERATOR = DECODER + "generator/"
ALBERT = "bert/encoder/albert_layer_groups.0/albert_layers.0/"

N_EMBEDDING = 128
N_BERT = 768
N_BERT_WIDE = 2048
N_HEADS = 12
N_LAYERS = 12
N_HIDDEN = 512
N_STYLE = 128
N_DECODER = 1024
N_RESIDUAL = 64
N_SYMBOLS = 178
N_POSITIONS = 512
N_DURATIONS = 50
KERNELS = (3, 7, 11)
CHANNELS = (256, 128)
UPSAMPLE_KERNELS = (20, 12)
N_BINS = 11
VOICE_ROWS = 510


def _padded(n):
    return -(-n // BLOCK) * BLOCK


def _floats(content):
    return struct.unpack("<%df" % (len(content) // 4), content)


def _halves(values):
    return struct.pack("<%de" % len(values), *values)


def _blocks(row, scale):
    """A row of int8 codes as Q8_0."""
    head = struct.pack("<e", scale)
    return b"".join(head + row[i : i + BLOCK] for i in range(0, len(row), BLOCK))


class _File:
    def __init__(self, model, writer):
        self._tensors, self._nodes = onnx.read_graph(model)
        self._writer = writer

    def _find(self, name, dims, kinds):
        if name not in self._tensors:
            raise ModelError("the ONNX file has no tensor %s" % name)
        found, kind, content = self._tensors[name]
        if tuple(d for d in found if d != 1) != tuple(d for d in dims if d != 1):
            raise ModelError("%s: dims %s, expected %s" % (name, found, dims))
        if kind not in kinds:
            raise ModelError("%s: ONNX type %d, expected one of %s" % (name, kind, kinds))
        return kind, content

    def _input(self, node, index):
        if node not in self._nodes:
            raise ModelError("the ONNX file has no node %s" % node)
        return self._nodes[node][1][index]

    def _codes(self, name, zero_point, dims):
        """The int8 codes of a quantised weight."""
        kind, content = self._find(name, dims, (onnx.INT8, onnx.UINT8))
        zeros = self._tensors[zero_point][2]
        if len(set(zeros)) > 1:
            raise ModelError("%s: more than one zero point" % name)
        sign = 0x80 if kind == onnx.INT8 else 0
        zero = (zeros[0] ^ sign) - sign
        table = bytearray(256)
        for code in set(content):
            value = (code ^ sign) - sign - zero
            if not -128 <= value <= 127:
                raise ModelError("%s: a code of %d" % (name, value))
            table[code] = value & 0xFF
        return content.translate(bytes(table))

    def _scales(self, name, n):
        scales = _floats(self._tensors[name][2])
        return scales * n if len(scales) == 1 else scales

    def _rows(self, target, node, dims, row_of):
        """A quantised weight of a node as a matrix; row_of (codes, o) gives the row of output o."""
        weight, zero_point = self._input(node, 1), self._input(node, 3)
        n_out = dims[-1] if len(dims) == 2 else dims[0]
        scales = self._scales(weight.removesuffix("_quantized") + "_scale", n_out)

        def data():
            codes = self._codes(weight, zero_point, dims)
            return b"".join(_blocks(row_of(codes, o), scales[o]) for o in range(n_out))

        n_in = dims[0] if len(dims) == 2 else dims[2] * _padded(dims[1])
        self._writer.tensor(target, (n_in, n_out), Q8_0, data)

    def floats(self, target, name, dims):
        _, content = self._find(name, dims, (onnx.FLOAT,))
        self._writer.tensor(target, dims[::-1], F32, lambda: content)

    def linear(self, target, node, n_in, n_out, bias=None):
        self._rows(
            target + ".weight", node, (n_in, n_out), lambda codes, o: codes[o::n_out]
        )
        if bias:
            self.floats(target + ".bias", bias, (n_out,))

    def conv(self, target, node, n_out, n_in, n_taps, bias=None):
        padding = bytes(_padded(n_in) - n_in)

        def row_of(codes, o):
            row = codes[o * n_in * n_taps : (o + 1) * n_in * n_taps]
            return b"".join(row[tap::n_taps] + padding for tap in range(n_taps))

        self._rows(target + ".weight", node, (n_out, n_in, n_taps), row_of)
        if bias:
            self.floats(target + ".bias", bias, (n_out,))

    def small_conv(self, target, node, n_out, n_in, n_taps, bias):
        """A quantised convolution whose rows are no whole blocks, as floats."""
        weight, zero_point = self._input(node, 1), self._input(node, 3)
        codes = self._codes(weight, zero_point, (n_out, n_in, n_taps))
        scale = self._scales(weight.removesuffix("_quantized") + "_scale", 1)[0]
        values = [scale * v for v in struct.unpack("%db" % len(codes), codes)]
        rows = []
        for o in range(n_out):
            row = values[o * n_in * n_taps : (o + 1) * n_in * n_taps]
            for tap in range(n_taps):
                rows.extend(row[tap::n_taps])
        content = struct.pack("<%df" % len(rows), *rows)
        self._writer.tensor(target + ".weight", (n_in * n_taps, n_out), F32, lambda: content)
        self.floats(target + ".bias", bias, (n_out,))

    def float_conv(self, target, node, n_out, n_in, n_taps, bias):
        _, content = self._find(self._input(node, 1), (n_out, n_in, n_taps), (onnx.FLOAT,))
        values, rows = _floats(content), []
        for o in range(n_out):
            row = values[o * n_in * n_taps : (o + 1) * n_in * n_taps]
            for tap in range(n_taps):
                rows.extend(row[tap::n_taps])
        self._writer.tensor(
            target + ".weight", (n_in * n_taps, n_out), F16, lambda: _halves(rows)
        )
        self.floats(target + ".bias", bias, (n_out,))

    def upsample(self, target, node, n_in, n_out, n_taps, bias):
        """A transposed convolution: row tap * n_out + o holds what each input adds there."""
        _, content = self._find(self._input(node, 1), (n_in, n_out, n_taps), (onnx.FLOAT,))
        values, rows = _floats(content), []
        for tap in range(n_taps):
            for o in range(n_out):
                rows.extend(values[o * n_taps + tap :: n_out * n_taps])
        self._writer.tensor(
            target + ".weight", (n_in, n_taps * n_out), F16, lambda: _halves(rows)
        )
        self.floats(target + ".bias", bias, (n_out,))

    def pool(self, target, node, n, bias):
        """A transposed convolution of each channel alone, tap by tap."""
        _, content = self._find(self._input(node, 1), (n, 1, 3), (onnx.FLOAT,))
        values = _floats(content)
        taps = [v for tap in range(3) for v in values[tap::3]]
        content = struct.pack("<%df" % len(taps), *taps)
        self._writer.tensor(target + ".weight", (n, 3), F32, lambda: content)
        self.floats(target + ".bias", bias, (n,))

    def lstm(self, target, node, n_in, n_hidden):
        """Gates from the file's order (input, output, forget, cell) to input, forget, cell,
        output; both biases are one."""
        order = (0, 2, 3, 1)
        n_gates = 4 * n_hidden
        inputs = self._nodes[node][1]
        biases = _floats(self._find(inputs[3], (2, 2 * n_gates), (onnx.FLOAT,))[1])
        for part, name, scales, zeros, width in (
            ("input", inputs[1], inputs[8], inputs[9], n_in),
            ("state", inputs[2], inputs[10], inputs[11], n_hidden),
        ):
            for index, direction in enumerate(("forward", "backward")):

                def data(name=name, scales=scales, zeros=zeros, width=width, index=index):
                    codes = self._codes(name, zeros, (2, width, n_gates))
                    codes = codes[index * width * n_gates : (index + 1) * width * n_gates]
                    scale = self._scales(scales, 2)[index]
                    rows = []
                    for gate in order:
                        for o in range(gate * n_hidden, (gate + 1) * n_hidden):
                            rows.append(_blocks(codes[o::n_gates], scale))
                    return b"".join(rows)

                self._writer.tensor(
                    "%s.%s.%s.weight" % (target, direction, part), (width, n_gates), Q8_0, data
                )
        for index, direction in enumerate(("forward", "backward")):
            both = biases[index * 2 * n_gates : (index + 1) * 2 * n_gates]
            sums = []
            for gate in order:
                for o in range(gate * n_hidden, (gate + 1) * n_hidden):
                    sums.append(both[o] + both[n_gates + o])
            content = struct.pack("<%df" % n_gates, *sums)
            self._writer.tensor(
                "%s.%s.bias" % (target, direction), (n_gates,), F32, lambda content=content: content
            )

    def _embedding(self, name, n, width):
        codes = self._codes(name + "_quantized", _ZERO, (n, width))
        scale = self._scales(name + "_scale", 1)[0]
        return [scale * v for v in struct.unpack("%db" % len(codes), codes)]

    def embedding(self, target, name, n, width, added=None):
        """added: a table whose first row is added to each row."""
        values = self._embedding(name, n, width)
        if added:
            more = self._embedding(added, 2, width)[:width]
            values = [v + more[i % width] for i, v in enumerate(values)]
        content = struct.pack("<%df" % len(values), *values)
        self._writer.tensor(target, (width, n), F32, lambda: content)


_ZERO = "encoder.bert.embeddings.word_embeddings.weight_zero_point"


def _norm(file, target, module, n):
    """An adaptive norm's linear layer from the style."""
    node = _node_of(module) + "/fc/Gemm_MatMul_quant"
    file.linear(target, node, N_STYLE, 2 * n, module + ".fc.bias")


def _node_of(module):
    """The path of a module in the names of nodes."""
    path = []
    for part in module.split("."):
        if part.isdigit():
            path[-1] += "." + part
        else:
            path.append(part)
    if path[:2] == ["encoder", "predictor"] and path[2][0] in "FN":
        del path[1]
    return "/" + "/".join(path)


def _bert(file):
    name = "encoder.bert.embeddings."
    file.embedding("bert.embedding", name + "word_embeddings.weight", N_SYMBOLS, N_EMBEDDING)
    file.embedding(
        "bert.position",
        name + "position_embeddings.weight",
        N_POSITIONS,
        N_EMBEDDING,
        name + "token_type_embeddings.weight",
    )
    for part in ("weight", "bias"):
        file.floats("bert.embedding_norm." + part, name + "LayerNorm." + part, (N_EMBEDDING,))
    file.linear(
        "bert.projection",
        ENCODER + "bert/encoder/embedding_hidden_mapping_in/MatMul_quant",
        N_EMBEDDING,
        N_BERT,
        "encoder.bert.encoder.embedding_hidden_mapping_in.bias",
    )
    layer = "encoder.bert.encoder.albert_layer_groups.0.albert_layers.0."
    for ours, theirs, n_in, n_out in (
        ("query", "attention/query", N_BERT, N_BERT),
        ("key", "attention/key", N_BERT, N_BERT),
        ("value", "attention/value", N_BERT, N_BERT),
        ("dense", "attention/dense", N_BERT, N_BERT),
        ("wide", "ffn", N_BERT, N_BERT_WIDE),
        ("narrow", "ffn_output", N_BERT_WIDE, N_BERT),
    ):
        bias = layer + theirs.replace("/", ".") + ".bias"
        file.linear("bert." + ours, ENCODER + ALBERT + theirs + "/MatMul_quant", n_in, n_out, bias)
    for part in ("weight", "bias"):
        file.floats("bert.attention_norm." + part, layer + "attention.LayerNorm." + part, (N_BERT,))
        file.floats("bert.output_norm." + part, layer + "full_layer_layer_norm." + part, (N_BERT,))
    node = ENCODER + "bert_encoder/MatMul_quant"
    file.linear("bert.output", node, N_BERT, N_HIDDEN, "encoder.bert_encoder.bias")


def _text(file):
    name = "encoder.text_encoder."
    file.embedding("text.embedding", name + "embedding.weight", N_SYMBOLS, N_HIDDEN)
    for i in range(3):
        node = ENCODER + "text_encoder/cnn.%d/cnn.%d.0/Conv_quant" % (i, i)
        file.conv("text.conv.%d" % i, node, N_HIDDEN, N_HIDDEN, 5, name + "cnn.%d.0.bias" % i)
        file.floats("text.norm.%d.weight" % i, name + "cnn.%d.1.gamma" % i, (N_HIDDEN,))
        file.floats("text.norm.%d.bias" % i, name + "cnn.%d.1.beta" % i, (N_HIDDEN,))
    file.lstm("text.lstm", ENCODER + "text_encoder/lstm/LSTM_quant", N_HIDDEN, N_HIDDEN // 2)


def _block(file, target, module, n_in, n_out, upsamples=False):
    """A residual block with adaptive norms."""
    node = _node_of(module)
    _norm(file, target + ".norm1", module + ".norm1", n_in)
    _norm(file, target + ".norm2", module + ".norm2", n_out)
    for part, width in ((".conv1", n_in), (".conv2", n_out)):
        conv = node + part.replace(".", "/") + "/Conv_quant"
        file.conv(target + part, conv, n_out, width, 3, module + part + ".bias")
    if n_in != n_out:
        file.conv(target + ".shortcut", node + "/conv1x1/Conv_quant", n_out, n_in, 1)
    if upsamples:
        file.pool(target + ".pool", node + "/pool/ConvTranspose", n_in, module + ".pool.bias")


def _prosody(file):
    name, node = "encoder.predictor.", ENCODER + "predictor/"
    for i in range(3):
        lstm = node + "text_encoder/lstms.%d/LSTM_quant" % (2 * i)
        file.lstm("prosody.text.%d.lstm" % i, lstm, N_HIDDEN + N_STYLE, N_HIDDEN // 2)
        module = name + "text_encoder.lstms.%d" % (2 * i + 1)
        _norm(file, "prosody.text.%d.norm" % i, module, N_HIDDEN)
    file.lstm("prosody.lstm", node + "lstm/LSTM_quant", N_HIDDEN + N_STYLE, N_HIDDEN // 2)
    file.linear(
        "prosody.duration",
        node + "duration_proj/linear_layer/MatMul_quant",
        N_HIDDEN,
        N_DURATIONS,
        name + "duration_proj.linear_layer.bias",
    )
    shared = ENCODER + "shared/LSTM_quant"
    file.lstm("prosody.shared", shared, N_HIDDEN + N_STYLE, N_HIDDEN // 2)
    for curve, letters in (("f0", "F0"), ("energy", "N")):
        half = N_HIDDEN // 2
        for i, (n_in, n_out) in enumerate(((N_HIDDEN, N_HIDDEN), (N_HIDDEN, half), (half, half))):
            target, module = "prosody.%s.%d" % (curve, i), name + "%s.%d" % (letters, i)
            _block(file, target, module, n_in, n_out, i == 1)
        projection = ENCODER + letters + "_proj/Conv_quant"
        bias = name + letters + "_proj.bias"
        file.conv("prosody.%s.output" % curve, projection, 1, half, 1, bias)


def _decoder(file):
    name = "decoder.decoder."
    file.small_conv("decoder.f0", DECODER + "F0_conv/Conv_quant", 1, 1, 3, name + "F0_conv.bias")
    file.small_conv("decoder.energy", DECODER + "N_conv/Conv_quant", 1, 1, 3, name + "N_conv.bias")
    residual = DECODER + "asr_res/asr_res.0/Conv_quant"
    file.conv("decoder.residual", residual, N_RESIDUAL, N_HIDDEN, 1, name + "asr_res.0.bias")
    _block(file, "decoder.encode", name + "encode", N_HIDDEN + 2, N_DECODER)
    n_in = N_DECODER + 2 + N_RESIDUAL
    for i, n_out in enumerate((N_DECODER, N_DECODER, N_DECODER, N_HIDDEN)):
        _block(file, "decoder.decode.%d" % i, name + "decode.%d" % i, n_in, n_out, i == 3)


def _wave_block(file, target, module, n, n_taps):
    """A residual block of the generator: three pairs of convolutions, each after an adaptive norm
    and a snake."""
    node = _node_of(module)
    for i in range(3):
        for part in ("1", "2"):
            names = (part, i)
            _norm(file, target + ".norm%s.%d" % names, module + ".adain%s.%d" % names, n)
            file.floats(target + ".alpha%s.%d" % names, module + ".alpha%s.%d" % names, (n,))
            conv = node + "/convs%s.%d/Conv_quant" % names
            bias = module + ".convs%s.%d.bias" % names
            file.conv(target + ".conv%s.%d" % names, conv, n, n, n_taps, bias)


def _generator(file):
    name = "decoder.decoder.generator."
    file.floats("generator.source.weight", "onnx::MatMul_6993", (9,))
    file.floats("generator.source.bias", name + "m_source.l_linear.bias", (1,))
    for i, n in enumerate(CHANNELS):
        n_taps = (12, 1)[i]
        node = GENERATOR + "noise_convs.%d/Conv_quant" % i
        bias = name + "noise_convs.%d.bias" % i
        file.small_conv("generator.noise.%d" % i, node, n, 2 * N_BINS, n_taps, bias)
        module = name + "noise_res.%d" % i
        _wave_block(file, "generator.noise_block.%d" % i, module, n, (7, 11)[i])
        node, bias = GENERATOR + "ups.%d/ConvTranspose" % i, name + "ups.%d.bias" % i
        file.upsample("generator.upsample.%d" % i, node, 2 * n, n, UPSAMPLE_KERNELS[i], bias)
        for k, n_taps in enumerate(KERNELS):
            module = name + "resblocks.%d" % (i * len(KERNELS) + k)
            _wave_block(file, "generator.block.%d" % (i * len(KERNELS) + k), module, n, n_taps)
    node, bias = GENERATOR + "conv_post/Conv", name + "conv_post.bias"
    file.float_conv("generator.output", node, 2 * N_BINS, CHANNELS[1], 7, bias)


def _symbols(vocabulary):
    symbols = [""] * N_SYMBOLS
    for symbol, number in json.loads(vocabulary)["vocab"].items():
        symbols[number] = symbol
    return symbols


def convert(model, vocabulary, name, out):
    """model: the ONNX file's bytes; vocabulary: JSON, {"vocab": {symbol: id}}; out: a binary
    file."""
    writer = gguf_writer.GgufWriter()
    writer.string("general.architecture", "kokoro")
    writer.string("general.name", name)
    writer.string("general.license", "apache-2.0")
    writer.strings("kokoro.symbols", _symbols(vocabulary))
    for key, value in (
        ("embedding_length", N_EMBEDDING),
        ("bert_length", N_BERT),
        ("bert_wide_length", N_BERT_WIDE),
        ("bert_heads", N_HEADS),
        ("bert_layers", N_LAYERS),
        ("positions", N_POSITIONS),
        ("hidden_length", N_HIDDEN),
        ("style_length", N_STYLE),
        ("durations", N_DURATIONS),
        ("decoder_length", N_DECODER),
        ("residual_length", N_RESIDUAL),
    ):
        writer.uint32("kokoro." + key, value)
    file = _File(model, writer)
    _bert(file)
    _text(file)
    _prosody(file)
    _decoder(file)
    _generator(file)
    writer.write(out)


def convert_voices(voices, name, out):
    """voices: {name: bytes of VOICE_ROWS rows of 2 * N_STYLE floats}; out: a binary file."""
    writer = gguf_writer.GgufWriter()
    writer.string("general.architecture", "kokoro-voices")
    writer.string("general.name", name)
    writer.string("general.license", "apache-2.0")
    for voice, content in sorted(voices.items()):
        values = _floats(content)
        data = _halves(values)
        writer.tensor("voice." + voice, (2 * N_STYLE, VOICE_ROWS), F16, lambda data=data: data)
    writer.write(out)
