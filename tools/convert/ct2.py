# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a CTranslate2 model file, version 6.

Layout: u32 version, string spec, u32 revision, u32 number of variables; for each a string name, u8
rank, u32 dims, u8 type, u32 bytes, data; then u32 number of aliases, two strings each. A string is
u16 length, with the NUL that ends it. Everything is little-endian and row-major.
"""

import struct

from errors import ModelError

TYPES = {0: ("f", 4), 1: ("b", 1), 2: ("h", 2), 3: ("i", 4), 4: ("e", 2)}
F32 = 0
F16 = 4


class Variable:
    def __init__(self, name, dims, kind, data):
        self.name = name
        self.dims = dims
        self.kind = kind
        self.data = data

    def values(self):
        code, size = TYPES[self.kind]
        return struct.unpack("<%d%s" % (len(self.data) // size, code), self.data)

    def as_f32(self):
        if self.kind == F32:
            return self.data
        values = self.values()
        return struct.pack("<%df" % len(values), *values)

    def as_f16(self):
        if self.kind == F16:
            return self.data
        values = self.values()
        return struct.pack("<%de" % len(values), *values)


class _Reader:
    def __init__(self, data):
        self.data = data
        self.offset = 0

    def take(self, n_bytes):
        end = self.offset + n_bytes
        if end > len(self.data):
            raise ModelError("the CTranslate2 file is truncated at byte %d" % len(self.data))
        part = self.data[self.offset : end]
        self.offset = end
        return part

    def numbers(self, code):
        return struct.unpack("<" + code, self.take(struct.calcsize("<" + code)))

    def string(self):
        (length,) = self.numbers("H")
        return bytes(self.take(length)).rstrip(b"\0").decode("utf-8")


def read(data):
    """data: a bytes-like object. Returns (spec, {name: Variable}); the variables borrow from it."""
    reader = _Reader(data)
    (version,) = reader.numbers("I")
    if version != 6:
        raise ModelError("CTranslate2 file version %d, expected 6" % version)
    spec = reader.string()
    _, n_variables = reader.numbers("II")
    variables = {}
    for _ in range(n_variables):
        name = reader.string()
        (rank,) = reader.numbers("B")
        dims = reader.numbers("%dI" % rank)
        kind, n_bytes = reader.numbers("BI")
        if kind not in TYPES:
            raise ModelError("%s: unknown CTranslate2 type %d" % (name, kind))
        n = TYPES[kind][1]
        for dim in dims:
            n *= dim
        if n != n_bytes:
            raise ModelError("%s: %d bytes, expected %d" % (name, n_bytes, n))
        variables[name] = Variable(name, dims, kind, reader.take(n_bytes))
    (n_aliases,) = reader.numbers("I")
    for _ in range(n_aliases):
        alias = reader.string()
        target = reader.string()
        if target not in variables:
            raise ModelError("%s: alias of the absent %s" % (alias, target))
        variables[alias] = variables[target]
    return spec, variables
