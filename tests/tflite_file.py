# tflite_file.py: writes TensorFlow Lite files, for test-tflite-files.py.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Written after the schema, and from nothing that reads or writes such files here."""

import struct

import numpy

TYPES = {'float32': 0, 'float16': 1, 'int32': 2, 'uint8': 3, 'int64': 4, 'int8': 9}
OPTIONS = 11  # which table of options it is said to be; readers go by the operator


class Byte(int):
    """A field of one byte."""


class Flat:
    """A FlatBuffer. A table is a dict of fields by their slots; what it links to lies behind it. What is in a list
    several times is there once, with so many links to it."""

    def __init__(self):
        self.out = bytearray(b'\0\0\0\0TFL3')

    def align(self, n, behind=0):
        while (len(self.out) + behind) % n:
            self.out.append(0)

    def link(self, at, value):
        struct.pack_into('<I', self.out, at, self.put(value) - at)

    def put(self, value):
        if isinstance(value, dict):
            return self.put_table(value)
        if isinstance(value, str):
            return self.put_bytes(value.encode() + b'\0', len(value.encode()), 4)
        if isinstance(value, bytes):
            return self.put_bytes(value, len(value), 16)
        if isinstance(value, numpy.ndarray):
            return self.put_bytes(value.tobytes(), len(value), value.itemsize)
        at = self.put_bytes(bytes(4 * len(value)), len(value), 4)
        places = {}
        for i, each in enumerate(value):
            if id(each) not in places:
                places[id(each)] = self.put(each)
            struct.pack_into('<I', self.out, at + 4 + 4 * i, places[id(each)] - (at + 4 + 4 * i))
        return at

    def put_bytes(self, data, n, size):
        self.align(max(4, size), 4)
        at = len(self.out)
        self.out += struct.pack('<I', n) + data
        return at

    def put_table(self, fields):
        n = max(fields, default=-1) + 1
        self.align(4, 2 * n)
        places = [4 + 4 * sorted(fields).index(slot) if slot in fields else 0 for slot in range(n)]
        self.out += struct.pack(f'<HH{n}H', 4 + 2 * n, 4 + 4 * len(fields), *places)
        at = len(self.out)
        self.out += struct.pack('<i', 4 + 2 * n)
        links = []
        for slot in sorted(fields):
            value = fields[slot]
            if isinstance(value, Byte):
                self.out += struct.pack('<I', value)
            elif isinstance(value, int):
                self.out += struct.pack('<i', value)
            elif isinstance(value, float):
                self.out += struct.pack('<f', value)
            else:
                links.append((len(self.out), value))
                self.out += bytes(4)
        for place, value in links:
            self.link(place, value)
        return at


class File:
    """A graph while it is put together. Tensors are numbers; that of the images is 0."""

    def __init__(self, *shape, numbers='float32', scale=None, zero=0):
        self.tensors, self.buffers, self.operators, self.codes = [], [{}], [], []
        self.output = self.tensor(shape, numbers, scale, zero)

    def tensor(self, shape, numbers='float32', scale=None, zero=0, axis=0, data=None):
        fields = {0: numpy.array(shape, '<i4'), 1: Byte(TYPES[numbers]), 3: f'model/t{len(self.tensors)}/x;more/y'}
        if data is not None:
            fields[2] = len(self.buffers)
            self.buffers.append({0: data})
        if scale is not None:
            scales = numpy.atleast_1d(numpy.array(scale, '<f4'))
            fields[4] = {2: scales, 3: numpy.full(len(scales), zero, '<i8'), 6: axis}
        self.tensors.append(fields)
        return len(self.tensors) - 1

    def constant(self, array, **more):
        array = numpy.array(array, order='C')
        return self.tensor(array.shape, str(array.dtype), data=array.tobytes(), **more)

    def add(self, code, inputs, shape, options=None, custom=None, **more):
        """An operator; returns the tensor that it gives."""
        entry = {0: Byte(min(code, 127)), 3: code} | ({1: custom} if custom else {})
        if entry not in self.codes:
            self.codes.append(entry)
        self.output = self.tensor(shape, **more)
        fields = {0: self.codes.index(entry), 1: numpy.array(inputs, '<i4'), 2: numpy.array([self.output], '<i4')}
        if options:
            fields |= {3: Byte(OPTIONS), 4: options}
        self.operators.append(fields)
        return self.output

    def bytes(self, version=3, inputs=(0,), outputs=None):
        flat = Flat()
        graph = {0: self.tensors, 1: numpy.array(inputs, '<i4'),
                 2: numpy.array([self.output] if outputs is None else outputs, '<i4'), 3: self.operators}
        flat.link(0, {0: version, 1: self.codes, 2: [graph], 4: self.buffers})
        return bytes(flat.out)
