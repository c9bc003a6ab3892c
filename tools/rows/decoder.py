# SPDX-License-Identifier: GPL-3.0-or-later
"""The Qwen2 decoder in PyTorch, frozen, from the GGUF file that the program runs.

Matrices are bfloat16, what is added up is float32; a gradient goes to the inputs only. Sequences
that begin alike are computed once: a tree of positions, each of which sees its ancestors.
llm/decoder/MODEL.md describes the forward pass.
"""

import math

import gguf
import numpy
import torch
import torch.nn.functional as F


class Decoder:
    def __init__(self, path):
        reader = gguf.GGUFReader(path)
        self._tensors = {tensor.name: tensor for tensor in reader.tensors}
        key = {name: field.contents() for name, field in reader.fields.items()
               if not name.startswith("tokenizer.")}
        if key["general.architecture"] != "qwen2":
            raise ValueError("%s: the architecture is %s, expected qwen2"
                             % (path, key["general.architecture"]))
        self.name = key["general.name"]
        self.n_layers = int(key["qwen2.block_count"])
        self.n_embd = int(key["qwen2.embedding_length"])
        self.n_heads = int(key["qwen2.attention.head_count"])
        self.n_kv_heads = int(key["qwen2.attention.head_count_kv"])
        self.head_dim = self.n_embd // self.n_heads
        self.eps = float(key["qwen2.attention.layer_norm_rms_epsilon"])
        self.rope_base = float(key["qwen2.rope.freq_base"])
        self.embedding = self._load("token_embd.weight", torch.bfloat16)
        self.output = (self._load("output.weight", torch.bfloat16)
                       if "output.weight" in self._tensors else self.embedding)
        self.output_norm = self._load("output_norm.weight", torch.float32)
        self.layers = [self._load_layer("blk.%d." % i) for i in range(self.n_layers)]
        del self._tensors

    def _load(self, name, dtype):
        tensor = self._tensors[name]
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        return torch.from_numpy(numpy.array(values, dtype=numpy.float32)).to(dtype)

    def _load_layer(self, prefix):
        qkv = ("attn_q", "attn_k", "attn_v")
        return {
            "qkv": torch.cat([self._load(prefix + n + ".weight", torch.bfloat16) for n in qkv]),
            "qkv_bias": torch.cat([self._load(prefix + n + ".bias", torch.float32) for n in qkv]),
            "out": self._load(prefix + "attn_output.weight", torch.bfloat16),
            "gate": self._load(prefix + "ffn_gate.weight", torch.bfloat16),
            "up": self._load(prefix + "ffn_up.weight", torch.bfloat16),
            "down": self._load(prefix + "ffn_down.weight", torch.bfloat16),
            "attn_norm": self._load(prefix + "attn_norm.weight", torch.float32),
            "ffn_norm": self._load(prefix + "ffn_norm.weight", torch.float32),
        }

    def _norm(self, x, weight):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * weight

    def _rope(self, positions):
        """[n, head_dim] each: cosines and sines, the two halves alike."""
        half = torch.arange(0, self.head_dim, 2, dtype=torch.float32) / self.head_dim
        angles = positions.float()[:, None] * self.rope_base ** -half
        angles = torch.cat([angles, angles], dim=-1)
        return angles.cos(), angles.sin()

    @staticmethod
    def _rotate(x, cos, sin):
        """x: [heads, n, head_dim]."""
        half = x.shape[-1] // 2
        return x * cos + torch.cat([-x[..., half:], x[..., :half]], dim=-1) * sin

    def forward(self, x, positions, mask, past=None):
        """x: [n, n_embd] float32, positions: [n], mask: [n, n_past + n], True where row sees
        column. past: what another call returned, of the positions before. Returns the normed
        outputs [n, n_embd] and the keys and values of these positions."""
        n = x.shape[0]
        cos, sin = self._rope(positions)
        bias = torch.zeros(mask.shape).masked_fill(~mask, -math.inf)
        n_q, n_kv = self.n_heads * self.head_dim, self.n_kv_heads * self.head_dim
        present = []
        for i, layer in enumerate(self.layers):
            h = self._norm(x, layer["attn_norm"]).bfloat16()
            qkv = F.linear(h, layer["qkv"]).float() + layer["qkv_bias"]
            q, k, v = qkv.split([n_q, n_kv, n_kv], dim=-1)
            q = self._rotate(q.view(n, -1, self.head_dim).transpose(0, 1), cos, sin).bfloat16()
            k = self._rotate(k.view(n, -1, self.head_dim).transpose(0, 1), cos, sin).bfloat16()
            v = v.view(n, -1, self.head_dim).transpose(0, 1).bfloat16()
            present.append((k, v))
            if past is not None:
                k, v = torch.cat([past[i][0], k], dim=1), torch.cat([past[i][1], v], dim=1)
            # The queries that share keys stand below one another.
            scores = q.reshape(self.n_kv_heads, -1, self.head_dim) @ k.transpose(1, 2)
            scores = scores.view(self.n_heads, n, -1).float() * self.head_dim ** -0.5 + bias
            scores = scores.softmax(-1).bfloat16().view(self.n_kv_heads, -1, k.shape[1])
            a = (scores @ v).view(self.n_heads, n, self.head_dim)
            x = x + F.linear(a.transpose(0, 1).reshape(n, n_q), layer["out"]).float()
            h = self._norm(x, layer["ffn_norm"]).bfloat16()
            h = F.silu(F.linear(h, layer["gate"])) * F.linear(h, layer["up"])
            x = x + F.linear(h, layer["down"]).float()
        return self._norm(x, self.output_norm), present

    def logits(self, h):
        return F.linear(h.bfloat16(), self.output).float()

    def embed(self, ids):
        return F.embedding(torch.as_tensor(ids), self.embedding).float()

    def prefill(self, x):
        """Keys and values of a prefix, [n, n_embd], without a gradient."""
        with torch.no_grad():
            n = x.shape[0]
            mask = torch.ones(n, n, dtype=torch.bool).tril()
            return self.forward(x, torch.arange(n), mask)[1]


def make_tree(n_past, n_trunk, branches):
    """Positions and mask of a trunk with branches of these lengths, after n_past others."""
    n = n_trunk + sum(branches)
    positions = torch.arange(n_past, n_past + n)
    sees = torch.zeros(n, n_past + n, dtype=torch.bool)
    sees[:, : n_past + n_trunk] = True
    sees[:n_trunk, n_past : n_past + n_trunk] = torch.ones(n_trunk, n_trunk).tril().bool()
    start = n_trunk
    for length in branches:
        end = start + length
        positions[start:end] = torch.arange(n_past + n_trunk, n_past + n_trunk + length)
        sees[start:end, n_past + start : n_past + end] = torch.ones(length, length).tril().bool()
        start = end
    return positions, sees
