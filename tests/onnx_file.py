# onnx_file.py: ONNX files written by hand, as other programs would: sound ones, and damaged ones.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages are bytes here; the numbers of their fields are those of ONNX's public schema."""

import struct

import numpy

TYPES = {'float32': 1, 'uint8': 2, 'int8': 3, 'uint16': 4, 'int32': 6, 'int64': 7, 'bool': 9, 'float16': 10, 'float64': 11}


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out + bytes([number]))


def field(number, value):
    """A whole number, a float, or bytes or text."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack('<f', value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def tensor(name, array, dims=None, external=None, offset=0, listed=False):
    """Its numbers are bytes, or lie in an external file, or are a list of floats."""
    array = numpy.asarray(array)
    dims = array.shape if dims is None else dims
    data = b''.join(field(1, int(dim)) for dim in dims) + field(2, TYPES[array.dtype.name]) + field(8, name)
    if external is not None:
        entries = {'location': external, 'offset': str(offset), 'length': str(array.nbytes)}
        return data + b''.join(field(13, field(1, key) + field(2, each)) for key, each in entries.items()) + field(14, 1)
    return data + field(4 if listed else 9, array.tobytes())


def attribute(name, value):
    data = field(1, name)
    if isinstance(value, float):
        return data + field(2, value) + field(20, 1)
    if isinstance(value, int):
        return data + field(3, value) + field(20, 2)
    if isinstance(value, str):
        return data + field(4, value) + field(20, 3)
    if isinstance(value, numpy.ndarray):
        return data + field(5, tensor('', value)) + field(20, 4)
    return data + b''.join(field(8, number) for number in value) + field(20, 7)


def node(operator, inputs, output, name='', domain='', **attributes):
    data = b''.join(field(1, each) for each in inputs) + field(2, output) + field(3, name or output)
    data += field(4, operator) + b''.join(field(5, attribute(*each)) for each in attributes.items())
    return data + (field(7, domain) if domain else b'')


def info(name, shape, kind='float32'):
    dims = b''.join(field(1, field(1, dim) if isinstance(dim, int) else field(2, dim)) for dim in shape)
    return field(1, name) + field(2, field(1, field(1, TYPES[kind]) + field(2, dims)))


def graph_file(nodes, constants, shape, output='y', opset=13, kind='float32', metadata=(), shape_of_output=('n', 'm')):
    """A model that takes “x”; constants are arrays by name, or messages of tensor()."""
    graph = b''.join(field(1, each) for each in nodes) + field(2, 'graph')
    graph += b''.join(field(5, each if isinstance(each, bytes) else tensor(name, each))
                      for name, each in constants.items())
    graph += field(11, info('x', shape, kind)) + field(12, info(output, shape_of_output))
    entries = b''.join(field(14, field(1, key) + field(2, value)) for key, value in metadata)
    return field(1, 7) + field(7, graph) + field(8, field(2, opset)) + entries
