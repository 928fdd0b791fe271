# onnx_operators.py: what each operator of ONNX is in layers of the engine.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""
A function for each operator takes a case and the engine, and returns the operator's outputs, None for one that the
layer does not give. It raises NotApplicable when no layers mean the same. ONNX has the channels of an image in front of
its pixels, the engine has them behind.
"""

import json
import math
import types

import numpy

from onnx_engine import Network

OPERATORS = {}


class NotApplicable(Exception):
    """Why the engine has nothing that means the same."""


def operator(*names):
    def register(function):
        for name in names:
            OPERATORS[name] = function
        return function
    return register


def require(condition, reason):
    if not condition:
        raise NotApplicable(reason)


# --- Images -------------------------------------------------------------------------------------------------------

def channels_last(x):
    """Samples × channels × whatever, as images; what lies beyond two sides of an image is part of its height."""
    x = numpy.moveaxis(x, 1, -1)
    rows = math.prod(x.shape[1:-2]) if x.ndim > 3 else 1
    return x.reshape(len(x), rows, -1, x.shape[-1])


def channels_first(y, shape):
    """What a network made of such images, in ONNX's order and of its shape."""
    n, channels, *sides = shape
    return numpy.moveaxis(numpy.reshape(y, (n, *sides, channels)), -1, 1)


def rows_of(x, columns):
    """One image for the whole array: its numbers in rows of so many."""
    return x.reshape(1, 1, -1, columns)


def elementwise(engine, x, *layers):
    """A chain of layers, each (kind, properties), that looks at every number by itself."""
    network = Network(engine, x.reshape(len(x), 1, -1, x.shape[-1]) if x.ndim > 1 else rows_of(x, len(x)))
    for kind, properties in layers:
        network.add(kind, **properties)
    return [network.run().reshape(x.shape)]


# --- Convolution and pooling --------------------------------------------------------------------------------------

def windows(case, kernel):
    """How windows move over an image, as the engine's properties; one row is the image of a line."""
    sides = case.inputs[0].shape[2:]
    require(len(sides) <= 2, 'images of three dimensions')
    strides, dilations = case.get('strides', [1] * len(sides)), case.get('dilations', [1] * len(sides))
    pads = case.get('pads', [0] * 2 * len(sides))
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
    auto = case.get('auto_pad', 'NOTSET')
    if auto.startswith('SAME'):
        missing = [max(0, (math.ceil(side / s) - 1) * s + r - side) for side, s, r in zip(sides, strides, reach)]
        shorter = [m // 2 for m in missing]
        longer = [m - m // 2 for m in missing]
        pads = shorter + longer if auto == 'SAME_UPPER' else longer + shorter
    if case.get('ceil_mode', 0):
        for i, side in enumerate(sides):
            room = side + pads[i] + pads[len(sides) + i] - reach[i]
            last = math.ceil(room / strides[i])
            if last * strides[i] >= side + pads[i]:  # the window would lie behind all pixels
                last -= 1
            pads[len(sides) + i] += max(0, last * strides[i] - room)
    line = [1] * (2 - len(sides))
    unpadded = [0] * (2 - len(sides))
    return types.SimpleNamespace(
        kernel=line + list(kernel), stride=line + strides, dilation=line + dilations,
        before=unpadded + pads[:len(sides)], after=unpadded + pads[len(sides):],
        same=auto == 'SAME_UPPER' and not case.get('ceil_mode', 0))


def padding(window):
    if window.same:
        return {'padding': 'same'}
    if not any(window.before + window.after):
        return {'padding': 'valid'}
    return {'padding': 'explicit', 'padding_top': window.before[0], 'padding_bottom': window.after[0],
            'padding_left': window.before[1], 'padding_right': window.after[1]}


def convolution(case, window, weight, bias):
    """The properties and weights of a convolution, either way; `weight` is in the engine's order."""
    return {'filters': weight.shape[3], 'kernel_height': window.kernel[0], 'kernel_width': window.kernel[1],
            'stride_height': window.stride[0], 'stride_width': window.stride[1],
            'dilation_height': window.dilation[0], 'dilation_width': window.dilation[1],
            'groups': case.get('group', 1), **padding(window), **with_bias(weight, bias)}


def with_bias(weight, bias):
    if bias is None:
        return {'bias': 'no', 'weights': {'weight': weight}}
    return {'bias': 'yes', 'weights': {'weight': weight, 'bias': bias}}


@operator('Conv')
def conv(case, engine):
    x, weight, bias = case.inputs[0], case.inputs[1], case.input(2)
    window = windows(case, weight.shape[2:])
    weight = weight.reshape(*weight.shape[:2], *window.kernel).transpose(2, 3, 1, 0)
    network = Network(engine, channels_last(x))
    network.add('conv2d', **convolution(case, window, weight, bias))
    return [channels_first(network.run(), case.shape)]


@operator('ConvTranspose')
def conv_transpose(case, engine):
    x, weight, bias = case.inputs[0], case.inputs[1], case.input(2)
    window, groups = windows(case, weight.shape[2:]), case.get('group', 1)
    more = [0] * (4 - x.ndim) + case.get('output_padding', [0] * (x.ndim - 2))
    require(case.get('auto_pad', 'NOTSET') in ('NOTSET', 'SAME_UPPER'), 'an odd padding that is longer in front')
    for i, wanted in enumerate(case.get('output_shape', [])):
        covered = (x.shape[2 + i] - 1) * window.stride[i] + (window.kernel[i] - 1) * window.dilation[i] + 1
        cut = max(0, covered + more[i] - wanted)
        more[i] += max(0, wanted - covered - more[i])
        window.before[i], window.after[i] = cut - cut // 2, cut // 2
    # From inputs × filters of a group to inputs of a group × filters.
    weight = weight.reshape(groups, len(weight) // groups, weight.shape[1], *window.kernel)
    weight = weight.transpose(3, 4, 1, 0, 2).reshape(*window.kernel, weight.shape[1], -1)
    network = Network(engine, channels_last(x))
    network.add('transposed-conv2d', **convolution(case, window, weight, bias),
                output_padding_height=more[0], output_padding_width=more[1])
    return [channels_first(network.run(), case.shape)]


@operator('MaxPool', 'AveragePool')
def pool(case, engine):
    window = windows(case, case.get('kernel_shape', None))
    require(window.dilation == [1, 1], 'windows of pooling that are dilated')
    require(not case.get('count_include_pad', 0) or not any(window.before + window.after),
            'a mean that counts the padding')
    network = Network(engine, channels_last(case.inputs[0]))
    network.add('max-pool' if case.operator == 'MaxPool' else 'average-pool',
                pool_height=window.kernel[0], pool_width=window.kernel[1], stride_height=window.stride[0],
                stride_width=window.stride[1], **padding(window))
    return [channels_first(network.run(), case.shape)] + [None] * (len(case.outputs) - 1)


@operator('GlobalAveragePool', 'GlobalMaxPool')
def global_pool(case, engine):
    network = Network(engine, channels_last(case.inputs[0]))
    network.add('global-average-pool' if case.operator == 'GlobalAveragePool' else 'global-max-pool')
    return [network.run().reshape(case.shape)]


@operator('Resize', 'Upsample')
def resize(case, engine):
    x, mode = case.inputs[0], case.get('mode', 'nearest')
    require(mode in ('nearest', 'linear') and not case.get('antialias', 0), 'resizing that is cubic or anti-aliased')
    way = case.get('coordinate_transformation_mode', 'half_pixel')
    require(way == 'half_pixel', 'resizing with other coordinates than half_pixel')
    require(case.get('nearest_mode', 'round_prefer_floor') == 'round_prefer_floor', 'resizing with another rounding')
    height, width = (large // small for large, small in zip(case.shape[2:], x.shape[2:]))
    require(case.shape[2:] == (height * x.shape[2], width * x.shape[3]), 'resizing by other than whole factors')
    network = Network(engine, channels_last(x))
    network.add('up-sampling', scale_height=height, scale_width=width,
                method='nearest' if mode == 'nearest' else 'bilinear')
    return [channels_first(network.run(), case.shape)]


# --- Norms and dropout --------------------------------------------------------------------------------------------

@operator('BatchNormalization')
def batch_norm(case, engine):
    x, scale, bias, mean, variance = case.inputs
    training, momentum = bool(case.get('training_mode', 0)), case.get('momentum', 0.9)
    network = Network(engine, channels_last(x))
    name = network.add('batch-norm', momentum=momentum, epsilon=case.get('epsilon', 1e-5),
                       weights={'gamma': scale, 'beta': bias, 'running-mean': mean, 'running-variance': variance})
    outputs = [channels_first(network.run(training), case.shape)]
    if training:
        # The engine, like PyTorch, follows the unbiased variance, ONNX that of the batch: n - 1 and n below the sum.
        n = x.size / x.shape[1]
        unbiased = network.tensors[f'{name}.running-variance'] - momentum * variance
        outputs += [network.tensors[f'{name}.running-mean'],
                    (momentum * variance + unbiased * (n - 1) / n).astype(numpy.float32)]
    return outputs


@operator('LayerNormalization')
def layer_norm(case, engine):
    x, scale, bias = case.inputs
    axis = case.get('axis', -1) % x.ndim
    network = Network(engine, rows_of(x, math.prod(x.shape[axis:])))
    network.add('layer-norm', epsilon=case.get('epsilon', 1e-5), weights={'gamma': scale, 'beta': bias})
    return [network.run().reshape(x.shape)] + [None] * (len(case.outputs) - 1)


@operator('GroupNormalization', 'InstanceNormalization')
def group_norm(case, engine):
    x, scale, bias = case.inputs
    network = Network(engine, channels_last(x))
    network.add('group-norm', epsilon=case.get('epsilon', 1e-5), groups=case.get('num_groups', x.shape[1]),
                weights={'gamma': scale, 'beta': bias})
    return [channels_first(network.run(), case.shape)]


@operator('Dropout')
def dropout(case, engine):
    x, training = case.inputs[0], case.input(2)
    rate = case.get('ratio', 0.5) if case.input(1) is None else float(case.inputs[1])
    network = Network(engine, x.reshape(len(x), 1, -1, x.shape[-1]) if x.ndim > 1 else rows_of(x, len(x)))
    network.add('dropout', rate=rate)
    y = network.run(training is not None and bool(training)).reshape(x.shape)
    expected = next(iter(case.outputs.values()))
    if (expected == 0).any():
        # Which numbers are dropped is up to each one's random generator. Where both agree, the numbers must.
        dropped = numpy.count_nonzero(y == 0) / y.size
        if not ((y != 0) & (expected != 0)).any() or abs(dropped - rate) > 4 * math.sqrt(rate * (1 - rate) / y.size):
            raise AssertionError(f'{dropped:.0%} of the numbers are dropped at a rate of {rate:.0%}')
        y = numpy.where((y != 0) == (expected != 0), y, expected)
    return [y] + [None] * (len(case.outputs) - 1)


# --- Dense --------------------------------------------------------------------------------------------------------

def dense(engine, x, weight, bias=None):
    """Of rows × inputs, by inputs × units."""
    network = Network(engine, x.reshape(len(x), 1, 1, -1))
    network.add('flatten')
    network.add('dense', units=weight.shape[1], **with_bias(weight, bias))
    return network.run()


@operator('Gemm')
def gemm(case, engine):
    a, b, c = case.inputs[0], case.inputs[1], case.input(2)
    a, b = (a.T if case.get('transA', 0) else a), (b.T if case.get('transB', 0) else b)
    if c is not None:
        require(c.ndim < 2 or len(c) == 1, 'a bias for each sample')
        c = numpy.broadcast_to(c.reshape(-1), b.shape[1]) * case.get('beta', 1)
    return [dense(engine, numpy.ascontiguousarray(a), case.get('alpha', 1) * b, c)]


@operator('MatMul')
def matmul(case, engine):
    a, b = case.inputs
    require(b.ndim <= 2, 'a matrix of weights for each sample')
    y = dense(engine, a.reshape(-1, a.shape[-1]), b.reshape(len(b), -1))
    return [y.reshape(case.shape)]


@operator('Gather')
def gather(case, engine):
    """A word's vector is all that there is at one place of the axis."""
    data, places, axis = case.inputs[0], case.inputs[1], case.get('axis', 0)
    require((places >= 0).all(), 'places counted from the end')
    table = numpy.moveaxis(data, axis, 0)
    network = Network(engine, places.astype(numpy.float32).reshape(1, 1, 1, -1))
    network.add('flatten')
    network.add('embedding', vocabulary=len(table), dimension=table[0].size,
                weights={'weight': table.reshape(len(table), -1)})
    y = network.run().reshape(*places.shape, *table.shape[1:])
    return [numpy.moveaxis(y, range(places.ndim), range(axis, axis + places.ndim))]


# --- Shapes -------------------------------------------------------------------------------------------------------

@operator('Flatten')
def flatten(case, engine):
    x = case.inputs[0]
    axis = case.get('axis', 1)
    samples = math.prod(x.shape[:axis])
    network = Network(engine, x.reshape(samples, 1, -1, x.shape[-1]))
    network.add('flatten')
    return [network.run().reshape(case.shape)]


@operator('Reshape')
def reshape(case, engine):
    x = case.inputs[0]
    require(x.size > 0, 'arrays without numbers')
    shape = [x.shape[i] if side == 0 else max(0, side) for i, side in enumerate(int(side) for side in case.inputs[1])]
    samples = 1
    if len(shape) > 3:
        require(shape[0] in (1, len(x)), 'shapes of more than three dimensions')
        samples, shape = shape[0], shape[1:]
    shape = [1] * (3 - len(shape)) + shape
    network = Network(engine, x.reshape(samples, 1, -1, x.shape[-1]))
    network.add('reshape', height=shape[0], width=shape[1], channels=shape[2])
    return [network.run().reshape(case.shape)]


@operator('Transpose')
def transpose(case, engine):
    x, sides = case.inputs[0], ('height', 'width', 'channels')
    require(x.ndim == 3, 'shapes of more than three dimensions')
    network = Network(engine, x[numpy.newaxis])
    network.add('permute', order='-'.join(sides[i] for i in case.get('perm', [2, 1, 0])))
    return [network.run().reshape(case.shape)]


# --- Merging ------------------------------------------------------------------------------------------------------

def merge(engine, kind, branches):
    """Of several arrays of height × width × channels. A network has one input: it holds all of them one after another,
    and for each a dense layer of zeros and ones picks it out."""
    numbers = numpy.concatenate([branch.reshape(-1) for branch in branches])
    network = Network(engine, rows_of(numbers, len(numbers)))
    vector, first, names = network.add('flatten'), 0, []
    for branch in branches:
        picks = numpy.eye(len(numbers))[:, first:first + branch.size]
        first += branch.size
        name = network.add('dense', vector, units=branch.size, bias='no', weights={'weight': picks})
        if branch.ndim > 1:
            name = network.add('reshape', height=branch.shape[0], width=branch.shape[1], channels=branch.shape[2])
        names.append(name)
    network.add(kind, *names)
    return network.run()


def as_image(x):
    return x.reshape(-1, 1, x.shape[-1]) if x.ndim != 3 else x


@operator('Add', 'Sum')
def add(case, engine):
    require(len(case.inputs) > 1, 'a sum of one array')
    require(all(x.shape == case.shape for x in case.inputs), 'broadcasting')
    return [merge(engine, 'add', [as_image(x) for x in case.inputs]).reshape(case.shape)]


@operator('Mul')
def multiply(case, engine):
    x, y = case.inputs
    require(x.shape == case.shape and (y.shape == x.shape or y.shape == x.shape[-1:]), 'broadcasting')
    return [merge(engine, 'multiply', [as_image(x), y if y.ndim == 1 and x.ndim > 1 else as_image(y)])
            .reshape(case.shape)]


@operator('Concat')
def concatenate(case, engine):
    last = [numpy.moveaxis(x, case.get('axis', 1), -1) for x in case.inputs]
    y = merge(engine, 'concatenate', [as_image(x) for x in last])
    return [numpy.moveaxis(y.reshape(*last[0].shape[:-1], -1), -1, case.get('axis', 1))]


# --- Activations --------------------------------------------------------------------------------------------------

SIMPLE = {'Relu': 'relu', 'HardSwish': 'hard-swish', 'Sigmoid': 'sigmoid', 'Tanh': 'tanh', 'Softplus': 'softplus'}


@operator(*SIMPLE)
def simple(case, engine):
    return elementwise(engine, case.inputs[0], (SIMPLE[case.operator], {}))


@operator('LeakyRelu')
def leaky_relu(case, engine):
    return elementwise(engine, case.inputs[0], ('leaky-relu', {'slope': case.get('alpha', 0.01)}))


@operator('PRelu')
def prelu(case, engine):
    """One slope, or one a channel, which is the second dimension, or one a number, each of which is a channel then."""
    x, slope = case.inputs
    if case.opset < 7 and slope.ndim == 1:
        slope = slope.reshape(-1, *[1] * (x.ndim - 2))
    if slope.size == x.shape[1] and slope.shape[0] == slope.size and slope.ndim == x.ndim - 1:
        network = Network(engine, channels_last(x))
        network.add('prelu', weights={'slope': slope.reshape(-1)})
        return [channels_first(network.run(), x.shape)]
    network = Network(engine, rows_of(x, x.size))
    slope = numpy.broadcast_to(slope, x.shape) if slope.size > 1 else slope
    network.add('prelu', shared='no' if slope.size > 1 else 'yes', weights={'slope': slope.reshape(-1)})
    return [network.run().reshape(x.shape)]


@operator('Elu')
def elu(case, engine):
    return elementwise(engine, case.inputs[0], ('elu', {'alpha': case.get('alpha', 1)}))


@operator('Selu')
def selu(case, engine):
    """The paper's constants are a layer; others are an ELU and a factor."""
    if 'alpha' not in case.attributes:
        return elementwise(engine, case.inputs[0], ('selu', {}))
    return elementwise(engine, case.inputs[0], ('elu', {'alpha': case.attributes['alpha']}),
                       ('rescale', {'scale': case.attributes['gamma']}))


@operator('Gelu')
def gelu(case, engine):
    layer = 'gelu-tanh' if case.get('approximate', 'none') == 'tanh' else 'gelu'
    return elementwise(engine, case.inputs[0], (layer, {}))


@operator('Swish')
def swish(case, engine):
    require(case.get('alpha', 1) == 1, 'Swish with a factor')
    return elementwise(engine, case.inputs[0], ('silu', {}))


@operator('HardSigmoid')
def hard_sigmoid(case, engine):
    """ONNX has α·x + β between 0 and 1, the engine x / 6 + 1/2."""
    alpha, beta = case.get('alpha', 0.2), case.get('beta', 0.5)
    return elementwise(engine, case.inputs[0], ('rescale', {'scale': 6 * alpha, 'offset': 6 * beta - 3}),
                       ('hard-sigmoid', {}))


@operator('Clip')
def clip(case, engine):
    """Of two bounds, ReLU6 between two changes of range; of one, ReLU."""
    low, high = (case.get(name, None) if case.input(i) is None else float(case.inputs[i])
                 for i, name in ((1, 'min'), (2, 'max')))
    require(low is not None or high is not None, 'clipping without bounds')
    if low is None:
        layers = ('rescale', {'scale': -1, 'offset': high}), ('relu', {}), ('rescale', {'scale': -1, 'offset': high})
    elif high is None:
        layers = ('rescale', {'offset': -low}), ('relu', {}), ('rescale', {'offset': low})
    else:
        require(low < high, 'clipping to an empty range')
        factor = 6 / (high - low)
        layers = (('rescale', {'scale': factor, 'offset': -low * factor}), ('relu6', {}),
                  ('rescale', {'scale': 1 / factor, 'offset': low}))
    return elementwise(engine, case.inputs[0], *layers)


@operator('Softmax')
def softmax(case, engine):
    x = case.inputs[0]
    if case.opset < 13:  # everything from the axis on was one dimension
        axis = case.get('axis', 1) % x.ndim
        network = Network(engine, rows_of(x, math.prod(x.shape[axis:])))
        network.add('softmax')
        return [network.run().reshape(x.shape)]
    last = numpy.moveaxis(x, case.get('axis', -1), -1)
    network = Network(engine, rows_of(last, last.shape[-1]))
    network.add('softmax')
    return [numpy.moveaxis(network.run().reshape(last.shape), -1, case.get('axis', -1))]


# --- Training -----------------------------------------------------------------------------------------------------

def cross_entropy(engine, logits, labels, class_weight=None):
    """The loss of each row of logits."""
    arrays = {'logits': logits.astype(numpy.float32), 'labels': labels.astype(numpy.uint32)}
    if class_weight is not None:
        arrays['class-weight'] = class_weight.astype(numpy.float32)
    return engine.ask('loss', len(labels), arrays)['losses']


@operator('SoftmaxCrossEntropyLoss')
def softmax_cross_entropy(case, engine):
    """Classes are the second dimension; every place in the others is a sample. How the losses are brought down to one
    number is for the caller to say, and so done here."""
    x, labels, weight = case.inputs[0], case.inputs[1], case.input(2)
    n_classes = x.shape[1]
    logits = numpy.moveaxis(x, 1, -1).reshape(-1, n_classes)
    flat, ignored = labels.reshape(-1), case.get('ignore_index', None)
    if ignored is not None:
        require(0 <= ignored < n_classes or ignored not in flat, 'labels to be ignored that are no class')
        weight = numpy.ones(n_classes) if weight is None else weight.copy()
        if 0 <= ignored < n_classes:
            weight[ignored] = 0
    loss = cross_entropy(engine, logits, flat, weight)
    if case.get('reduction', 'mean') == 'none':
        loss = loss.reshape(labels.shape)
    else:
        loss = loss.sum(dtype=float)
        if case.get('reduction', 'mean') == 'mean':
            loss /= len(flat) if weight is None else weight[flat].sum(dtype=float)
    outputs = [numpy.asarray(loss, numpy.float32)]
    if len(case.outputs) > 1:  # the logarithm of a class's probability is the loss of its being the label, negative
        every = [-cross_entropy(engine, logits, numpy.full(len(flat), label)) for label in range(n_classes)]
        outputs.append(channels_first(numpy.stack(every, -1), x.shape))
    return outputs


@operator('NegativeLogLikelihoodLoss')
def negative_log_likelihood(case, engine):
    raise NotApplicable('a loss of log-probabilities: the engine\'s take logits')


FOREVER = 10 ** 9  # steps, after which Adam no longer corrects its bias, as ONNX does not in its first

# The optimiser, its hyperparameters by their names in ONNX, and its moments in ONNX's order.
OPTIMIZERS = {
    'Adagrad': ('adagrad', {'epsilon': 'epsilon'}, ['second']),
    'Adam': ('adam', {'alpha': 'beta1', 'beta': 'beta2', 'epsilon': 'epsilon'}, ['first', 'second']),
    'Momentum': ('momentum', {'alpha': 'momentum'}, ['first']),
}


@operator(*OPTIMIZERS)
def optimizer(case, engine):
    """Rate, step, then as many tensors of each kind as are trained: weights, gradients, moments. The decay of the rate
    is a schedule's and the norm's gradient a regulariser's in the engine, and so neither the optimiser's."""
    name, attributes, moments = OPTIMIZERS[case.operator]
    rate, step = float(case.inputs[0]), int(case.inputs[1])
    require(case.operator != 'Momentum' or step == 0 or case.attributes['beta'] == 1, 'a gradient that is dampened')
    if case.get('mode', 'standard') == 'nesterov':
        name = 'nesterov'
    rate /= 1 + step * case.get('decay_factor', 0)
    hyperparameters = {'optimizer': name, 'learning-rate': rate}
    hyperparameters |= {ours: case.attributes[theirs] for theirs, ours in attributes.items()}
    kinds = ['weights', 'gradient', *moments]
    n_trained = (len(case.inputs) - 2) // len(kinds)
    results = {kind: [] for kind in kinds}
    for i in range(n_trained):
        arrays = dict(zip(kinds, case.inputs[2 + i::n_trained]))
        arrays['gradient'] = arrays['gradient'] + numpy.float32(case.attributes['norm_coefficient']) * arrays['weights']
        answer = engine.ask('optimizer', step - 1 if step > 0 else FOREVER,
                            {'hyperparameters': json.dumps(hyperparameters).encode()} | arrays)
        for kind, numbers in answer.items():
            results[kind].append(numbers)
    return [array for kind in ('weights', *moments) for array in results[kind]]
