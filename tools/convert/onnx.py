# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the weights out of an ONNX file, with as much of protobuf as that takes.

A message is a run of fields: a varint key (field number << 3 | wire type), then a varint (0), 8
bytes (1), a length and that many bytes (2) or 4 bytes (5). Weights are the initialisers of a graph
and the values of its Constant nodes; an If or Loop node has graphs of its own as attributes.

Source: onnx.proto3 (github.com/onnx/onnx) and the protobuf encoding guide.
"""

from errors import ModelError

_MODEL_GRAPH = 7
_GRAPH_NODE = 1
_GRAPH_INITIALIZER = 5
_NODE_OUTPUT = 2
_NODE_OP_TYPE = 4
_NODE_ATTRIBUTE = 5
_ATTRIBUTE_TENSOR = 5
_ATTRIBUTE_GRAPH = 6
_TENSOR_DIMS = 1
_TENSOR_DATA_TYPE = 2
_TENSOR_FLOAT_DATA = 4
_TENSOR_NAME = 8
_TENSOR_RAW_DATA = 9

_FLOAT = 1


def _varint(data, offset):
    value = shift = 0
    while True:
        if offset >= len(data) or shift > 63:
            raise ModelError("the ONNX file is damaged: a number has no end")
        byte = data[offset]
        offset += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, offset
        shift += 7


def _fields(data):
    """Yields (field number, value): an int for wire type 0, else a memoryview."""
    offset = 0
    while offset < len(data):
        key, offset = _varint(data, offset)
        wire = key & 7
        if wire == 0:
            value, offset = _varint(data, offset)
            yield key >> 3, value
            continue
        if wire == 2:
            length, offset = _varint(data, offset)
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
        else:
            raise ModelError("the ONNX file is damaged: wire type %d" % wire)
        if offset + length > len(data):
            raise ModelError("the ONNX file is truncated")
        yield key >> 3, data[offset : offset + length]
        offset += length


def _tensor(data):
    """Returns (name, dims, float32 bytes), or None for a tensor of another type."""
    dims, name, kind, floats, raw = [], "", 0, [], None
    for field, value in _fields(data):
        if field == _TENSOR_DIMS and isinstance(value, int):
            dims.append(value)
        elif field == _TENSOR_DIMS:
            offset = 0
            while offset < len(value):
                dim, offset = _varint(value, offset)
                dims.append(dim)
        elif field == _TENSOR_DATA_TYPE:
            kind = value
        elif field == _TENSOR_NAME:
            name = bytes(value).decode("utf-8")
        elif field == _TENSOR_RAW_DATA:
            raw = value
        elif field == _TENSOR_FLOAT_DATA:
            floats.append(bytes(value))
    if kind != _FLOAT:
        return None
    content = bytes(raw) if raw is not None else b"".join(floats)
    n = 4
    for dim in dims:
        n *= dim
    if len(content) != n:
        raise ModelError("ONNX tensor %s: %d bytes, expected %d" % (name, len(content), n))
    return name, tuple(dims), content


def _walk_node(data, tensors):
    outputs, op_type, attributes = [], "", []
    for field, value in _fields(data):
        if field == _NODE_OUTPUT:
            outputs.append(bytes(value).decode("utf-8"))
        elif field == _NODE_OP_TYPE:
            op_type = bytes(value).decode("utf-8")
        elif field == _NODE_ATTRIBUTE:
            attributes.append(value)
    for attribute in attributes:
        for field, value in _fields(attribute):
            if field == _ATTRIBUTE_GRAPH:
                _walk_graph(value, tensors)
            elif field == _ATTRIBUTE_TENSOR and op_type == "Constant" and outputs:
                tensor = _tensor(value)
                if tensor:
                    tensors[outputs[0]] = tensor[1:]


def _walk_graph(data, tensors):
    for field, value in _fields(data):
        if field == _GRAPH_NODE:
            _walk_node(value, tensors)
        elif field == _GRAPH_INITIALIZER:
            tensor = _tensor(value)
            if tensor:
                tensors[tensor[0]] = tensor[1:]


def read(data):
    """data: the file's bytes. Returns {name: (dims, float32 bytes)} of all its graphs."""
    tensors = {}
    found = False
    for field, value in _fields(memoryview(data)):
        if field == _MODEL_GRAPH and not isinstance(value, int):
            _walk_graph(value, tensors)
            found = True
    if not found:
        raise ModelError("not an ONNX file: it has no graph")
    return tensors

