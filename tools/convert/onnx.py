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
_NODE_INPUT = 1
_NODE_OUTPUT = 2
_NODE_NAME = 3
_NODE_OP_TYPE = 4
_NODE_ATTRIBUTE = 5
_ATTRIBUTE_TENSOR = 5
_ATTRIBUTE_GRAPH = 6
_TENSOR_DIMS = 1
_TENSOR_DATA_TYPE = 2
_TENSOR_FLOAT_DATA = 4
_TENSOR_INT32_DATA = 5
_TENSOR_NAME = 8
_TENSOR_RAW_DATA = 9

FLOAT = 1
UINT8 = 2
INT8 = 3
_ITEM_BYTES = {FLOAT: 4, UINT8: 1, INT8: 1}


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


def _varints(data):
    offset = 0
    while offset < len(data):
        value, offset = _varint(data, offset)
        yield value


def _tensor(data):
    """Returns (name, dims, type, bytes), or None for a tensor of a type that no weight has."""
    dims, name, kind, floats, bytes_of, raw = [], "", 0, [], bytearray(), None
    for field, value in _fields(data):
        if field == _TENSOR_DIMS:
            dims.extend([value] if isinstance(value, int) else _varints(value))
        elif field == _TENSOR_DATA_TYPE:
            kind = value
        elif field == _TENSOR_NAME:
            name = bytes(value).decode("utf-8")
        elif field == _TENSOR_RAW_DATA:
            raw = value
        elif field == _TENSOR_FLOAT_DATA:
            floats.append(bytes(value))
        elif field == _TENSOR_INT32_DATA:
            values = [value] if isinstance(value, int) else _varints(value)
            bytes_of.extend(v & 0xFF for v in values)
    if kind not in _ITEM_BYTES:
        return None
    content = bytes(bytes_of) if kind != FLOAT else b"".join(floats)
    content = bytes(raw) if raw is not None else content
    n = _ITEM_BYTES[kind]
    for dim in dims:
        n *= dim
    if len(content) != n:
        raise ModelError("ONNX tensor %s: %d bytes, expected %d" % (name, len(content), n))
    return name, tuple(dims), kind, content


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
                if tensor and tensor[2] == FLOAT:
                    tensors[outputs[0]] = (tensor[1], tensor[3])


def _walk_graph(data, tensors):
    for field, value in _fields(data):
        if field == _GRAPH_NODE:
            _walk_node(value, tensors)
        elif field == _GRAPH_INITIALIZER:
            tensor = _tensor(value)
            if tensor and tensor[2] == FLOAT:
                tensors[tensor[0]] = (tensor[1], tensor[3])


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



def _node(data):
    inputs, op_type, name = [], "", ""
    for field, value in _fields(data):
        if field == _NODE_INPUT:
            inputs.append(bytes(value).decode("utf-8"))
        elif field == _NODE_NAME:
            name = bytes(value).decode("utf-8")
        elif field == _NODE_OP_TYPE:
            op_type = bytes(value).decode("utf-8")
    return name, op_type, inputs


def read_graph(data):
    """data: the file's bytes. Returns of its main graph {tensor name: (dims, type, bytes)} and
    {node name: (operator, names of inputs)}: what quantised weights take, whose names are those of
    the nodes that use them."""
    tensors, nodes = {}, {}
    for field, graph in _fields(memoryview(data)):
        if field != _MODEL_GRAPH or isinstance(graph, int):
            continue
        for part, value in _fields(graph):
            if part == _GRAPH_NODE:
                name, op_type, inputs = _node(value)
                nodes[name] = (op_type, inputs)
            elif part == _GRAPH_INITIALIZER:
                tensor = _tensor(value)
                if tensor:
                    tensors[tensor[0]] = tensor[1:]
    if not nodes:
        raise ModelError("not an ONNX file: it has no graph")
    return tensors, nodes
