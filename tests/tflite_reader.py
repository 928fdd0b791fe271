# tflite_reader.py: reads a TensorFlow Lite file and runs it with numpy, slowly, for test-exports.py.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Written after the schema and the operators' descriptions, and from nothing that writes such files here."""

import math
import struct

import numpy as np

TYPES = {0: np.float32, 2: np.int32, 3: np.uint8, 9: np.int8}
SAME, VALID = 0, 1


class Table:
    """A table of a FlatBuffer: fields by their slots."""

    def __init__(self, data, at):
        self.data, self.at = data, at
        self.places = at - self.read('<i', at)
        self.n_places = self.read('<H', self.places)

    def read(self, form, at):
        assert at % struct.calcsize(form) == 0, 'numbers lie at multiples of their size'
        return struct.unpack_from(form, self.data, at)[0]

    def place(self, slot):
        at = 4 + 2 * slot
        offset = self.read('<H', self.places + at) if at < self.n_places else 0
        return self.at + offset if offset else None

    def scalar(self, slot, form, fallback=0):
        at = self.place(slot)
        return fallback if at is None else self.read(form, at)

    def follow(self, slot):
        at = self.place(slot)
        return None if at is None else at + self.read('<I', at)

    def table(self, slot):
        at = self.follow(slot)
        return None if at is None else Table(self.data, at)

    def tables(self, slot):
        at = self.follow(slot)
        if at is None:
            return []
        links = [at + 4 + 4 * i for i in range(self.read('<I', at))]
        return [Table(self.data, link + self.read('<I', link)) for link in links]

    def bytes(self, slot, size=1):
        at = self.follow(slot)
        return b'' if at is None else self.data[at + 4:at + 4 + size * self.read('<I', at)]

    def ints(self, slot):
        return np.frombuffer(self.bytes(slot, 4), '<i4').tolist()

    def text(self, slot):
        return self.bytes(slot).decode()


class Graph:
    """The one graph of a file. `shape_of_input` and `ask` are for any number of samples."""

    def __init__(self, path):
        data = path.read_bytes()
        assert data[4:8] == b'TFL3'
        root = Table(data, struct.unpack_from('<I', data)[0])
        assert root.scalar(0, '<I') == 3
        self.codes = [self.code(table) for table in root.tables(1)]
        graph, = root.tables(2)
        buffers = root.tables(4)
        self.tensors = graph.tables(0)
        (self.input,), (self.output,) = graph.ints(1), graph.ints(2)
        self.operators = graph.tables(3)
        self.constants = {}
        for i, tensor in enumerate(self.tensors):
            if content := buffers[tensor.scalar(2, '<I')].bytes(0):
                self.constants[i] = np.frombuffer(content, TYPES[tensor.scalar(1, '<b')]).reshape(tensor.ints(0))
        assert not buffers[0].bytes(0), 'the first buffer is empty'
        self.scales = [self.scale(tensor) for tensor in self.tensors]
        self.metadata = {entry.text(0): buffers[entry.scalar(1, '<I')].bytes(0).decode() for entry in root.tables(6)}

    @staticmethod
    def code(table):
        code = table.scalar(3, '<i')
        assert table.scalar(0, '<b') == min(code, 127)
        return code

    @staticmethod
    def scale(tensor):
        """What whole numbers stand for: scales, zeros, and the axis along which there are several; or nothing."""
        if (table := tensor.table(4)) is None:
            return None
        scales = np.frombuffer(table.bytes(2, 4), '<f4')
        zeros = np.frombuffer(table.bytes(3, 8), '<i8')
        assert len(scales) == len(zeros) and (scales > 0).all()
        shape = [1] * len(tensor.ints(0))
        if len(scales) > 1:
            shape[table.scalar(6, '<i')] = len(scales)
        return scales.reshape(shape), zeros.reshape(shape)

    def real(self, index, value):
        if self.scales[index] is None:
            return value
        scales, zeros = self.scales[index]
        return (value.astype(float) - zeros) * scales

    def ask(self, images):
        """Whole numbers are what they stand for here, and what an operator gives is rounded to what is nearest."""
        values = {index: self.real(index, value) for index, value in self.constants.items()}
        values[self.input] = images.astype(TYPES[self.tensors[self.input].scalar(1, '<b')])
        for operator in self.operators:
            inputs = [None if i < 0 else values[i] for i in operator.ints(1)]
            output, = operator.ints(2)
            assert output not in values, 'each tensor is made once'
            result = OPERATORS[self.codes[operator.scalar(0, '<I')]](operator.table(4), *inputs)
            values[output] = self.checked(output, np.asarray(result), len(images))
        return values[self.output]

    def checked(self, index, value, n):
        """The result, which must be what the file says that it is."""
        tensor = self.tensors[index]
        if self.scales[index] is not None:
            scales, zeros = self.scales[index]
            rounded = np.clip(np.rint(value / scales) + zeros, -128, 127)
            value = self.real(index, rounded)
        else:
            value = value.astype(TYPES[tensor.scalar(1, '<b')])
        shape, signature = tensor.ints(0), tensor.ints(7)
        assert not signature or (signature[0] == -1 and [1, *signature[1:]] == shape)
        assert list(value.shape) == ([n, *shape[1:]] if signature else shape), (value.shape, shape)
        return value


def fused(options, slot, x):
    return {0: lambda: x, 1: lambda: np.maximum(x, 0), 3: lambda: np.clip(x, 0, 6)}[options.scalar(slot, '<b')]()


def margins(padding, size, window, stride):
    out = math.ceil(size / stride)
    rest = max((out - 1) * stride + window - size, 0) if padding == SAME else 0
    return rest // 2, rest - rest // 2


def windows(x, options, kernel, dilation, with_number=0.0):
    """Images × rows × columns × channels × kernel's rows × kernel's columns."""
    padding, strides = options.scalar(0, '<b'), (options.scalar(2, '<i'), options.scalar(1, '<i'))
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation)]
    sides = [margins(padding, *rest) for rest in zip(x.shape[1:3], reach, strides)]
    x = np.pad(x, [(0, 0), *sides, (0, 0)], constant_values=with_number)
    view = np.lib.stride_tricks.sliding_window_view(x, reach, (1, 2))
    return view[:, ::strides[0], ::strides[1], :, ::dilation[0], ::dilation[1]]


def conv(options, x, filters, bias):
    dilation = options.scalar(5, '<i', 1), options.scalar(4, '<i', 1)
    seen = windows(x, options, filters.shape[1:3], dilation)
    groups = x.shape[3] // filters.shape[3]
    parts = [np.einsum('nyxckl,oklc->nyxo', part.astype(float), some.astype(float), optimize=True)
             for part, some in zip(np.split(seen, groups, 3), np.split(filters, groups, 0))]
    return fused(options, 3, np.concatenate(parts, 3) + bias)


def depthwise(options, x, filters, bias):
    dilation = options.scalar(6, '<i', 1), options.scalar(5, '<i', 1)
    seen = windows(x, options, filters.shape[1:3], dilation).astype(float)
    assert options.scalar(3, '<i') == filters.shape[3] // x.shape[3]
    each = filters[0].reshape(*filters.shape[1:3], x.shape[3], -1)
    y = np.einsum('nyxckl,klcm->nyxcm', seen, each, optimize=True)
    return fused(options, 4, y.reshape(*y.shape[:3], -1) + bias)


def transposed(options, size, filters, x):
    y = np.zeros(size)
    strides = options.scalar(2, '<i'), options.scalar(1, '<i')
    assert options.scalar(0, '<b') == VALID
    for row in range(x.shape[1]):
        for column in range(x.shape[2]):
            top, left = row * strides[0], column * strides[1]
            y[:, top:top + filters.shape[1], left:left + filters.shape[2]] += np.einsum(
                'nc,oklc->nklo', x[:, row, column], filters)
    return y


def pool(options, x, of, number):
    kernel = options.scalar(4, '<i'), options.scalar(3, '<i')
    return of(windows(x.astype(float), options, kernel, (1, 1), number), axis=(4, 5))


def dense(options, x, rows, bias):
    y = x.astype(float) @ rows.T
    return fused(options, 0, y if bias is None else y + bias)


def resize(options, x, size):
    """Between pixels, whose centres are laid on each other."""
    assert options.scalar(3, '<?') and not options.scalar(2, '<?')
    for axis, new in enumerate(size, 1):
        old = x.shape[axis]
        at = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
        low = np.floor(at).astype(int)
        share = (at - low).reshape([-1 if i == axis else 1 for i in range(4)])
        x = np.take(x, low, axis) * (1 - share) + np.take(x, np.minimum(low + 1, old - 1), axis) * share
    return x


def nearest(options, x, size):
    for axis, new in enumerate(size, 1):
        x = np.take(x, np.arange(new) * x.shape[axis] // new, axis)
    return x


def softmax(options, x):
    assert options.scalar(0, '<f') == 1
    powers = np.exp(x.astype(float) - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def gelu(options, x):
    x = x.astype(float)
    if options.scalar(0, '<?'):
        return x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))
    return x / 2 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def binary(of):
    return lambda options, x, y: of(x, y)


def along(of):
    return lambda options, x, axes: of(x.astype(float), axis=tuple(axes), keepdims=options.scalar(0, '<?'))


OPERATORS = {
    0: binary(np.add), 18: binary(np.multiply), 41: binary(np.subtract), 42: binary(np.divide),
    55: binary(np.maximum), 57: binary(np.minimum), 99: binary(lambda x, y: (x - y) ** 2),
    1: lambda o, x: pool(o, x, np.nanmean, np.nan), 17: lambda o, x: pool(o, x, np.max, -np.inf),
    2: lambda o, *parts: np.concatenate(parts, o.scalar(0, '<i')),
    3: conv, 4: depthwise, 9: dense, 67: transposed, 23: resize, 97: nearest, 25: softmax, 150: gelu,
    14: lambda o, x: 1 / (1 + np.exp(-x.astype(float))), 28: lambda o, x: np.tanh(x),
    19: lambda o, x: np.maximum(x, 0), 21: lambda o, x: np.clip(x, 0, 6),
    47: lambda o, x: np.exp(x), 73: lambda o, x: np.log(x), 76: lambda o, x: 1 / np.sqrt(x),
    22: lambda o, x, shape: x.reshape(shape), 39: lambda o, x, order: x.transpose(order),
    34: lambda o, x, sides: np.pad(x, sides), 60: lambda o, x, sides, c: np.pad(x, sides, constant_values=c),
    36: lambda o, table, words: table[words], 53: lambda o, x: x, 77: lambda o, x: x.shape,
    40: along(np.mean), 82: along(np.max),
    45: lambda o, x, first, behind, step: x[first[0]:behind[0]:step[0]],
    65: lambda o, x, first, size: x[tuple(slice(f, None if n < 0 else f + n) for f, n in zip(first, size))],
    54: lambda o, x, slope: np.where(x < 0, x * slope, x),
    98: lambda o, x: np.where(x < 0, x * np.float32(o.scalar(0, '<f')), x),
    114: lambda o, x: x, 6: lambda o, x: x,
    117: lambda o, x: x * np.clip(x + 3, 0, 6) / 6,
}
