# SPDX-License-Identifier: GPL-3.0-or-later
"""Whisper from a CTranslate2 package (model file, config.json, tokenizer.json) to GGUF.

CTranslate2 stacks what multiplies the same input: self-attention linear_0 is q, k, v, cross-
attention linear_1 is k, v. The stacks are kept, since one wide product is faster than three. It
stores no scales: queries are divided by sqrt(head size) when the model runs.
"""

import json

import gguf_writer
from convert import ct2
from errors import ModelError

TIMESTAMP_STEP_S = 0.02
NORMAL = 1
CONTROL = 3


class _Mapper:
    """Names, checks and adds one tensor after the other."""

    def __init__(self, writer, variables):
        self.writer = writer
        self.variables = variables

    def get(self, name):
        if name not in self.variables:
            raise ModelError("the model has no variable %s" % name)
        return self.variables[name]

    def add(self, name, source, kind):
        variable = self.get(source)
        data = variable.as_f16 if kind == gguf_writer.F16 else variable.as_f32
        self.writer.tensor(name, variable.dims[::-1], kind, data)

    def norm(self, name, source):
        self.add(name + ".weight", source + "/gamma", gguf_writer.F32)
        self.add(name + ".bias", source + "/beta", gguf_writer.F32)

    def linear(self, name, source):
        self.add(name + ".weight", source + "/weight", gguf_writer.F16)
        self.add(name + ".bias", source + "/bias", gguf_writer.F32)

    def self_attention(self, block, layer):
        self.norm(block + ".attn_ln", layer + "/self_attention/layer_norm")
        self.linear(block + ".attn.qkv", layer + "/self_attention/linear_0")
        self.linear(block + ".attn.out", layer + "/self_attention/linear_1")

    def cross_attention(self, block, layer):
        self.norm(block + ".cross_attn_ln", layer + "/attention/layer_norm")
        self.linear(block + ".cross_attn.q", layer + "/attention/linear_0")
        self.linear(block + ".cross_attn.kv", layer + "/attention/linear_1")
        self.linear(block + ".cross_attn.out", layer + "/attention/linear_2")

    def mlp(self, block, layer):
        self.norm(block + ".mlp_ln", layer + "/ffn/layer_norm")
        self.linear(block + ".mlp.0", layer + "/ffn/linear_0")
        self.linear(block + ".mlp.2", layer + "/ffn/linear_1")

    def n_layers(self, stack):
        n = 0
        while "%s/layer_%d/ffn/linear_0/weight" % (stack, n) in self.variables:
            n += 1
        return n


def _tokens(tokenizer, n_vocab):
    """Every id's string and type: the BPE vocabulary, the added tokens, then the timestamps."""
    tokens = [None] * n_vocab
    types = [NORMAL] * n_vocab
    for text, token in tokenizer["model"]["vocab"].items():
        tokens[token] = text
    for added in tokenizer["added_tokens"]:
        tokens[added["id"]] = added["content"]
        types[added["id"]] = CONTROL
    first = 1 + max(added["id"] for added in tokenizer["added_tokens"])
    for token in range(first, n_vocab):
        tokens[token] = "<|%.2f|>" % ((token - first) * TIMESTAMP_STEP_S)
        types[token] = CONTROL
    if None in tokens:
        raise ModelError("token %d has no text" % tokens.index(None))
    return tokens, types


def _write_keys(writer, mapper, config, tokenizer, name):
    n_vocab, n_state = mapper.get("decoder/embeddings/weight").dims
    tokens, types = _tokens(tokenizer, n_vocab)
    writer.string("general.architecture", "whisper")
    writer.string("general.name", name)
    writer.string("general.license", "mit")
    writer.uint32("whisper.n_mels", mapper.get("encoder/conv1/weight").dims[1])
    writer.uint32("whisper.n_audio_ctx", mapper.get("encoder/position_encodings/encodings").dims[0])
    writer.uint32("whisper.n_audio_state", n_state)
    writer.uint32("whisper.n_audio_head", mapper.get("encoder/num_heads").values()[0])
    writer.uint32("whisper.n_audio_layer", mapper.n_layers("encoder"))
    writer.uint32("whisper.n_text_ctx", mapper.get("decoder/position_encodings/encodings").dims[0])
    writer.uint32("whisper.n_text_state", n_state)
    writer.uint32("whisper.n_text_head", mapper.get("decoder/num_heads").values()[0])
    writer.uint32("whisper.n_text_layer", mapper.n_layers("decoder"))
    writer.uint32("whisper.n_vocab", n_vocab)
    heads = [n for pair in config["alignment_heads"] for n in pair]
    writer.int32s("whisper.alignment_heads", heads)
    writer.int32s("whisper.suppress_ids", config["suppress_ids"])
    writer.int32s("whisper.suppress_ids_begin", config["suppress_ids_begin"])
    writer.strings("whisper.languages", [tokens[i].strip("<|>") for i in config["lang_ids"]])
    writer.string("tokenizer.ggml.model", "gpt2")
    writer.string("tokenizer.ggml.pre", "gpt2")
    writer.strings("tokenizer.ggml.tokens", tokens)
    writer.int32s("tokenizer.ggml.token_type", types)
    merges = tokenizer["model"]["merges"]
    writer.strings(
        "tokenizer.ggml.merges", [m if isinstance(m, str) else " ".join(m) for m in merges]
    )


def convert(model, config_json, tokenizer_json, name, out):
    """model: the CTranslate2 file's bytes; config_json, tokenizer_json: bytes; out: binary file."""
    try:
        config = json.loads(config_json)
        tokenizer = json.loads(tokenizer_json)
    except ValueError as error:
        raise ModelError("the package's JSON cannot be read: %s" % error) from error
    spec, variables = ct2.read(model)
    if spec != "WhisperSpec":
        raise ModelError("a %s model, expected WhisperSpec" % spec)
    for switch in ("decoder/scale_embeddings", "decoder/alibi"):
        if switch in variables and variables[switch].values()[0] != 0:
            raise ModelError("%s is on, which Whisper does not have" % switch)
    writer = gguf_writer.GgufWriter()
    mapper = _Mapper(writer, variables)
    _write_keys(writer, mapper, config, tokenizer, name)
    mapper.linear("encoder.conv1", "encoder/conv1")
    mapper.linear("encoder.conv2", "encoder/conv2")
    mapper.add(
        "encoder.positional_embedding", "encoder/position_encodings/encodings", gguf_writer.F32
    )
    for i in range(mapper.n_layers("encoder")):
        block, layer = "encoder.blocks.%d" % i, "encoder/layer_%d" % i
        mapper.self_attention(block, layer)
        mapper.mlp(block, layer)
    mapper.norm("encoder.ln_post", "encoder/layer_norm")
    mapper.add("decoder.token_embedding.weight", "decoder/embeddings/weight", gguf_writer.F16)
    mapper.add(
        "decoder.positional_embedding", "decoder/position_encodings/encodings", gguf_writer.F32
    )
    for i in range(mapper.n_layers("decoder")):
        block, layer = "decoder.blocks.%d" % i, "decoder/layer_%d" % i
        mapper.self_attention(block, layer)
        mapper.cross_attention(block, layer)
        mapper.mlp(block, layer)
    mapper.norm("decoder.ln", "decoder/layer_norm")
    writer.write(out)
