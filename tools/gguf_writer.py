# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes GGUF version 3 files.

The directory is collected first, the tensors' data is streamed after it, so that memory holds one
tensor at a time. The same calls give the same bytes: a converted file has one sha256.

  writer = GgufWriter()
  writer.string("general.architecture", "whisper")
  writer.tensor("a.weight", (512, 80), F16, lambda: chunks)
  writer.write(file)

Source: the GGUF specification (github.com/ggml-org/ggml, docs/gguf.md).
"""

import struct

ALIGNMENT = 32

F32 = 0
F16 = 1
Q8_0 = 8
# Values and bytes of a block.
BLOCKS = {F32: (1, 4), F16: (1, 2), Q8_0: (32, 34)}

_UINT32 = 4
_INT32 = 5
_FLOAT32 = 6
_BOOL = 7
_STRING = 8
_ARRAY = 9


def _string(text):
    data = text.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


def _padding(n_bytes):
    return -n_bytes % ALIGNMENT


class GgufWriter:
    def __init__(self):
        self._keys = []
        self._tensors = []

    def _key(self, key, kind, value):
        self._keys.append(_string(key) + struct.pack("<I", kind) + value)

    def string(self, key, value):
        self._key(key, _STRING, _string(value))

    def uint32(self, key, value):
        self._key(key, _UINT32, struct.pack("<I", value))

    def float32(self, key, value):
        self._key(key, _FLOAT32, struct.pack("<f", value))

    def boolean(self, key, value):
        self._key(key, _BOOL, struct.pack("<?", value))

    def strings(self, key, values):
        head = struct.pack("<IQ", _STRING, len(values))
        self._key(key, _ARRAY, head + b"".join(_string(v) for v in values))

    def int32s(self, key, values):
        head = struct.pack("<IQ", _INT32, len(values))
        self._key(key, _ARRAY, head + struct.pack("<%di" % len(values), *values))

    def tensor(self, name, dims, kind, data):
        """dims: contiguous one first. data: a function without arguments that gives the bytes."""
        n = 1
        for dim in dims:
            n *= dim
        values, n_bytes = BLOCKS[kind]
        if dims[0] % values:
            raise ValueError("%s: rows of %d values, in blocks of %d" % (name, dims[0], values))
        n = n // values * n_bytes
        self._tensors.append((name, tuple(dims), kind, n, data))

    def write(self, file):
        """file: opened for binary writing, at its start."""
        directory = [struct.pack("<4sIQQ", b"GGUF", 3, len(self._tensors), len(self._keys))]
        directory += self._keys
        offset = 0
        for name, dims, kind, n_bytes, _ in self._tensors:
            directory.append(_string(name) + struct.pack("<I", len(dims)))
            directory.append(struct.pack("<%dQ" % len(dims), *dims))
            directory.append(struct.pack("<IQ", kind, offset))
            offset += n_bytes + _padding(n_bytes)
        head = b"".join(directory)
        file.write(head)
        file.write(bytes(_padding(len(head))))
        for name, _, _, n_bytes, data in self._tensors:
            chunk = data()
            if len(chunk) != n_bytes:
                raise ValueError("%s: %d bytes, expected %d" % (name, len(chunk), n_bytes))
            file.write(chunk)
            file.write(bytes(_padding(n_bytes)))
