# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the tensors out of a file that torch.save() wrote in its old form (before version 1.6).

The file is five pickles, then the storages. A pickle is a program for a stack machine that may call
any function; here it is not run by Python's own machine. Ours knows the few instructions that plain
data need; a name of a class or function is only a text to it, and of all calls it understands two:
an empty OrderedDict, and a view of a storage as a tensor. Anything else is an error.

The pickles: a magic number, the protocol's version, facts about the machine, the object, and the
keys of the storages in the order in which these follow: each a count (int64) and its values.

Source: the modules pickle and pickletools of Python; torch/serialization.py (`_legacy_save`).
"""

import struct

from errors import ModelError

_MAGIC = 0x1950A86A20F9469CFC6C
_VERSION = 1001
_ITEM_BYTES = {
    "torch FloatStorage": 4,
    "torch LongStorage": 8,
    "torch IntStorage": 4,
    "torch DoubleStorage": 8,
    "torch HalfStorage": 2,
}


class Tensor:
    """A view of a storage; dims in torch's order."""

    def __init__(self, storage, first, dims, strides):
        self.key, self.kind = storage
        self.first = first
        self.dims = dims
        self.strides = strides

    def is_contiguous(self):
        n = 1
        for dim, stride in zip(reversed(self.dims), reversed(self.strides)):
            if dim != 1 and stride != n:
                return False
            n *= dim
        return True


class _Mark:
    pass


class _Global(str):
    """The name of a class or a function: never looked up."""


_PLAIN = {  # instruction: (struct code of its argument, value of it)
    b"K": ("B", lambda v: v),
    b"M": ("<H", lambda v: v),
    b"J": ("<i", lambda v: v),
    b"G": (">d", lambda v: v),
}
_CONSTANTS = {
    b"N": lambda: None,
    b"\x88": lambda: True,
    b"\x89": lambda: False,
    b"}": dict,
    b"]": list,
    b")": tuple,
    b"(": _Mark,
}
_TUPLES = {b"\x85": 1, b"\x86": 2, b"\x87": 3}


class _Machine:
    """One pickle. After run() .result is its object and .offset where it ended."""

    def __init__(self, data, offset):
        self.data = data
        self.offset = offset
        self.stack = []
        self.memo = {}
        self.result = None

    def take(self, n):
        if n < 0 or self.offset + n > len(self.data):
            raise ModelError("the torch file is truncated")
        self.offset += n
        return bytes(self.data[self.offset - n : self.offset])

    def number(self, code):
        return struct.unpack(code, self.take(struct.calcsize(code)))[0]

    def line(self):
        text = b""
        while not text.endswith(b"\n"):
            text += self.take(1)
        return text[:-1].decode("utf-8")

    def pop_to_mark(self):
        items = []
        while not isinstance(self.stack[-1], _Mark):
            items.append(self.stack.pop())
        self.stack.pop()
        return items[::-1]

    def call(self, function, arguments):
        if function == "collections OrderedDict" and arguments == ():
            return {}
        if function == "torch._utils _rebuild_tensor_v2":
            storage, first, dims, strides = arguments[:4]
            return Tensor(storage, first, dims, strides)
        raise ModelError("the torch file calls %s, which is not plain data" % function)

    def storage(self, reference):
        """reference: ("storage", class, key, place, count, view)."""
        tag, kind, key = reference[:3]
        if tag != "storage" or kind not in _ITEM_BYTES:
            raise ModelError("the torch file has an unknown storage %s" % kind)
        return key, str(kind)

    def set_items(self, target, items):
        target.update(zip(items[::2], items[1::2], strict=True))

    def step(self, op):
        stack = self.stack
        if op in _PLAIN:
            code, value = _PLAIN[op]
            stack.append(value(self.number(code)))
        elif op in _CONSTANTS:
            stack.append(_CONSTANTS[op]())
        elif op in _TUPLES:
            n = _TUPLES[op]
            stack[-n:] = [tuple(stack[-n:])]
        elif op == b"\x80":  # the pickle protocol
            self.take(1)
        elif op == b"X":
            stack.append(self.take(self.number("<I")).decode("utf-8"))
        elif op == b"\x8a":
            stack.append(int.from_bytes(self.take(self.number("B")), "little", signed=True))
        elif op == b"c":
            module = self.line()
            stack.append(_Global(module + " " + self.line()))
        elif op in (b"q", b"r"):
            self.memo[self.number("B" if op == b"q" else "<I")] = stack[-1]
        elif op in (b"h", b"j"):
            stack.append(self.memo[self.number("B" if op == b"h" else "<I")])
        elif op == b"t":
            stack.append(tuple(self.pop_to_mark()))
        elif op in (b"s", b"u"):
            items = [stack.pop(-2), stack.pop()] if op == b"s" else self.pop_to_mark()
            self.set_items(stack[-1], items)
        elif op in (b"a", b"e"):
            items = [stack.pop()] if op == b"a" else self.pop_to_mark()
            stack[-1].extend(items)
        elif op == b"R":
            arguments = stack.pop()
            stack.append(self.call(stack.pop(), arguments))
        elif op == b"b":  # attributes of an object: of no use to us
            stack.pop()
        elif op == b"Q":
            stack.append(self.storage(stack.pop()))
        else:
            raise ModelError("the torch file has an instruction that is not read: %r" % op)

    def run(self):
        try:
            while (op := self.take(1)) != b".":
                self.step(op)
            self.result = self.stack.pop()
        except (IndexError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise ModelError("the torch file is damaged: %s" % error) from error
        return self.result


def _collect(value, prefix, tensors):
    for name, item in value.items():
        if isinstance(item, Tensor):
            tensors[prefix + str(name)] = item
        elif isinstance(item, dict):
            _collect(item, prefix + str(name) + ".", tensors)


def _read_storages(data, offset, keys, kinds):
    storages = {}
    for key in keys:
        if key not in kinds:
            raise ModelError("the torch file has a storage %s of no tensor" % key)
        if offset + 8 > len(data):
            raise ModelError("the torch file is truncated")
        (n,) = struct.unpack_from("<q", data, offset)
        n_bytes = n * _ITEM_BYTES[kinds[key]]
        if n < 0 or offset + 8 + n_bytes > len(data):
            raise ModelError("the torch file is truncated")
        storages[key] = data[offset + 8 : offset + 8 + n_bytes]
        offset += 8 + n_bytes
    return storages


def _content(name, tensor, storages):
    n = 1
    for dim in tensor.dims:
        n *= dim
    size = _ITEM_BYTES[tensor.kind]
    storage = storages.get(tensor.key, b"")
    if min(tensor.dims, default=1) < 0 or not 0 <= tensor.first * size <= len(storage) - n * size:
        raise ModelError("torch tensor %s lies outside its storage" % name)
    return bytes(storage[tensor.first * size : (tensor.first + n) * size])


def read(data):
    """data: the file's bytes. Returns {name: (dims, float32 bytes)} of its single-precision tensors
    that lie in one piece; the names of nested dictionaries are joined by dots."""
    data = memoryview(data)
    machine = _Machine(data, 0)
    results = []
    for _ in range(5):
        results.append(machine.run())
        machine = _Machine(data, machine.offset)
    magic, version, _, root, keys = results
    if magic != _MAGIC or version != _VERSION or not isinstance(root, dict):
        raise ModelError("not a torch file of the old form")
    tensors = {}
    try:
        _collect(root, "", tensors)
        kinds = {tensor.key: tensor.kind for tensor in tensors.values()}
        storages = _read_storages(data, machine.offset, keys, kinds)
        return {
            name: (tensor.dims, _content(name, tensor, storages))
            for name, tensor in tensors.items()
            if tensor.kind == "torch FloatStorage" and tensor.is_contiguous()
        }
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelError("the torch file is damaged: %s" % error) from error
