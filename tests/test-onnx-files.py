#!/usr/bin/env python3
# test-onnx-files.py: models as ONNX files: that they answer the same there, and come back as they were.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: test-onnx-files.py LATHE-CLI ONNX-CASE [PATTERN…]

Files are always written and read back. To run them takes a Python that has ONNX Runtime, named by LATHE_PEER_ORT; where
it has the package onnx, too, they are checked. The sample set is at $LATHE_SAMPLES.
"""

import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import tap

CLI, CASE = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))

try:
    import numpy
except ImportError:
    print('ok 1 onnx files # SKIP numpy is not there: install python3-numpy\n1..1')
    sys.exit(0)

from onnx_engine import Engine, Refused
from onnx_file import field, graph_file, node, tensor
from programs_networks import all_networks, network

HERE = pathlib.Path(__file__).parent
SAMPLES = os.environ.get('LATHE_SAMPLES', '')
PEER = 'LATHE_PEER_ORT'
TOLERANCE = 1e-4  # of probabilities
LARGE = 30e6       # numbers
EXACT = 1e-6      # of what comes back, of the largest number where that is above 1
EARLIEST = 7       # version of the operators that ONNX Runtime computes


def presets():
    """Those of lathe-cli, from the end of its help."""
    text = subprocess.run([CLI, 'export', '--help'], capture_output=True, text=True, check=True).stdout
    return re.findall(r'^  (\S+) ', text.split('Preset networks:')[1], re.MULTILINE)


def graph_of(preset):
    return json.loads((HERE.parent / 'data' / 'presets' / f'{preset}.json').read_text(encoding='utf-8'))


def draw(rng, name, shape):
    """Such that what flows through keeps its size; a variance is above 0."""
    if name.endswith('.running-variance'):
        return rng.uniform(0.5, 2, shape).astype(numpy.float32)
    if name.endswith('.gamma'):
        return rng.uniform(0.5, 1.5, shape).astype(numpy.float32)
    deviation = (2 / numpy.prod(shape[:-1])) ** 0.5 if len(shape) > 1 else 0.1
    return rng.standard_normal(shape, numpy.float32) * numpy.float32(deviation)


def probabilities(logits):
    if logits.shape[1] == 1:
        yes = 1 / (1 + numpy.exp(-logits))
        return numpy.concatenate([1 - yes, yes], axis=1)
    powers = numpy.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def largest(a, b):
    return float(abs(a - b).max() / max(1, abs(a).max()))


class Peer:
    """ONNX Runtime in a process of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.process = subprocess.Popen([os.environ[PEER], HERE / 'onnx_worker.py', folder], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def run(self, name, file, images):
        (self.folder / f'{name}.onnx').write_bytes(file)
        numpy.save(self.folder / f'{name}.npy', images)
        self.process.stdin.write(json.dumps({'name': name}) + '\n')
        self.process.stdin.flush()
        facts = json.loads(self.process.stdout.readline())
        assert 'error' not in facts, facts['error']
        output = numpy.load(self.folder / f'{name}.out.npy')
        for path in self.folder.glob(f'{name}.*'):
            path.unlink()
        return output

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine(CASE)
        cls.addClassCleanup(cls.engine.close)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.peer, self.largest = None, {}
        if os.environ.get(PEER):
            self.peer = Peer(self.folder)
            self.addCleanup(self.peer.close)

    def note(self, what, difference, name):
        self.largest[what] = max(self.largest.get(what, (-1, '')), (difference, name))

    def report(self):
        for what, (difference, name) in self.largest.items():
            print(f'# {what}: the largest difference is {difference:.2e}, of {name}', flush=True)

    def need_peer(self):
        if self.peer is None:
            self.skipTest(f'{PEER} names no Python that has ONNX Runtime')

    def tensors_of(self, graph):
        rng = numpy.random.default_rng(5)
        shapes = self.engine.ask('shapes', 1, {'graph': json.dumps(graph).encode()})
        return {name: draw(rng, name, shape.astype(int)) for name, shape in shapes.items()}

    def images_of(self, graph, n):
        size = [graph['nodes'][0][side] for side in ('height', 'width', 'channels')]
        return numpy.random.default_rng(7).standard_normal((n, *size), numpy.float32)

    def answer(self, graph, images, tensors):
        arrays = {'graph': json.dumps(graph).encode(), 'input': images} | tensors
        return self.engine.ask('network', len(images), arrays)['output'].reshape(len(images), -1)

    def export(self, graph, tensors, takes_bytes=False, **more):
        arrays = {'graph': json.dumps(graph).encode()} | tensors | more
        return self.engine.ask('export', int(takes_bytes), arrays)['file']

    def bring_back(self, file, images):
        answer = self.engine.ask('import', len(images), {'file': file, 'input': images})
        answer['output'] = answer['output'].reshape(len(images), -1)
        answer['graph'] = json.loads(answer['graph'])
        return answer

    def take(self, nodes, constants, shape=(1, 3, 6, 8), seed=4, tolerance=1e-5, **more):
        """Imports it, and compares it with ONNX Runtime where that is there and knows the version; returns the graph and
        what came out.
        """
        file = graph_file(nodes, constants, shape, **more)
        x = numpy.random.default_rng(seed).standard_normal([2 if isinstance(n, str) else n for n in shape], numpy.float32)
        back = self.bring_back(file, numpy.moveaxis(x, 1, -1) if shape[1] in (1, 3) else x)
        if self.peer is not None and more.get('opset', EARLIEST) >= EARLIEST:
            theirs = self.peer.run('graph', file, x).reshape(len(x), -1)
            ours = back['output']
            last = back['graph']['nodes'][-1]
            if 'softmax' in (last['kind'], last.get('activation')):
                ours = probabilities(ours)
            numpy.testing.assert_allclose(ours, theirs, atol=tolerance, rtol=tolerance)
        return back['graph']['nodes'], back

    def kinds(self, nodes):
        return [each['kind'] for each in nodes]


class Networks(Case):
    """Weights that Lathe has, on images that it sees: the file gives the same probabilities, and comes back the same."""

    def compare(self, name, graph, n=3):
        tensors, images = self.tensors_of(graph), self.images_of(graph, n)
        logits = self.answer(graph, images, tensors)
        file = self.export(graph, tensors)
        back = self.bring_back(file, images)
        self.assertEqual(back['output'].shape, logits.shape)
        difference = largest(logits, back['output'])
        self.note('back', difference, name)
        self.assertLessEqual(difference, EXACT)
        self.assertEqual(back['temperature'], 1)
        if self.peer is not None:
            theirs = self.peer.run(name.replace('/', '-'), file, images)
            ours = probabilities(logits)
            self.assertEqual(theirs.shape, ours.shape)
            difference = float(abs(ours - theirs).max())
            self.note('ONNX Runtime', difference, name)
            self.assertLessEqual(difference, TOLERANCE)
        return back['graph']

    def n_numbers(self, graph):
        shapes = self.engine.ask('shapes', 1, {'graph': json.dumps(graph).encode()})
        return sum(math.prod(shape) for shape in shapes.values())

    def test_every_kind_of_layer_goes_out_and_comes_back(self):
        for name, graph in all_networks():
            with self.subTest(name):
                self.compare(name, graph)
        self.report()

    def test_every_preset_goes_out_and_comes_back(self):
        """The largest where ONNX Runtime is there, too: they take long."""
        for preset in presets():
            if self.peer is None and self.n_numbers(graph_of(preset)) > LARGE:
                continue
            with self.subTest(preset):
                self.compare(preset, graph_of(preset), n=1)
        self.report()


class Images(Case):
    """What a model has besides its network: how images are prepared, looked at, and how sure it is."""

    GRAPH = network(('conv2d', {'filters': 6, 'activation': 'relu'}), ('global-average-pool', {}),
                    ('dense', {'units': 3, 'activation': 'softmax'}), size=(9, 8, 3))
    ONE_UNIT = network(('flatten', {}), ('dense', {'units': 1, 'activation': 'sigmoid'}), size=(5, 4, 1))

    def test_bytes_go_in_where_the_preprocessing_is_inside(self):
        for graph, mean, deviation in ((self.GRAPH, [0.5, 0.25, 0.125], [0.25, 0.5, 0.3]), (self.GRAPH, [0] * 3, [1] * 3),
                                       (self.ONE_UNIT, [0.4], [0.2])):
            side = graph['nodes'][0]
            size = [side[name] for name in ('height', 'width', 'channels')]
            prepared = {'width': size[1], 'height': size[0], 'channels': size[2], 'mean': mean, 'deviation': deviation}
            tensors = self.tensors_of(graph)
            images = numpy.random.default_rng(2).integers(0, 256, (4, *size), numpy.uint8)
            seen = ((images / numpy.float32(255) - numpy.float32(mean)) / numpy.float32(deviation)).astype(numpy.float32)
            logits = self.answer(graph, seen, tensors)
            file = self.export(graph, tensors, takes_bytes=True, preprocess=json.dumps(prepared).encode())
            back = self.bring_back(file, seen)
            self.assertEqual(back['output'].tobytes(), logits.tobytes())
            numpy.testing.assert_allclose(back['mean'][:size[2]], mean, atol=1e-7)
            numpy.testing.assert_allclose(back['deviation'][:size[2]], deviation, rtol=1e-6)
            if self.peer is not None:
                theirs = self.peer.run('bytes', file, images)
                numpy.testing.assert_allclose(theirs, probabilities(logits), atol=1e-5)

    def test_a_temperature_stays(self):
        for graph in (self.GRAPH, self.ONE_UNIT):
            tensors, images = self.tensors_of(graph), self.images_of(graph, 4)
            logits = self.answer(graph, images, tensors)
            file = self.export(graph, tensors, temperature=numpy.float32([2.5]))
            back = self.bring_back(file, images)
            self.assertEqual(back['temperature'], 2.5)
            self.assertEqual(back['output'].tobytes(), logits.tobytes())
            if self.peer is not None:
                theirs = self.peer.run('cool', file, images)
                numpy.testing.assert_allclose(theirs, probabilities(logits / 2.5), atol=1e-5)

    def test_views_are_looked_at_inside(self):
        """Their mean is of logits, as in lathe-views.c."""
        graph = self.GRAPH
        tensors, images = self.tensors_of(graph), self.images_of(graph, 4)
        mirrored, moved = images[:, :, ::-1], []
        for look in (images, mirrored):
            rimmed = numpy.pad(look, ((0, 0), (1, 1), (1, 1), (0, 0)), 'reflect')
            moved += [look, rimmed[:, 2:, 2:], rimmed[:, :-2, :-2]]
        looks = {2: ([images, mirrored], [0.5, 0.5]), 6: (moved, [0.25, 0.125, 0.125] * 2)}
        for views, (seen, shares) in looks.items():
            prepared = {'width': 8, 'height': 9, 'channels': 3, 'mean': [0] * 3, 'deviation': [1] * 3, 'views': views}
            file = self.export(graph, tensors, preprocess=json.dumps(prepared).encode())
            back = self.bring_back(file, images)
            self.assertEqual(back['output'].tobytes(), self.answer(graph, images, tensors).tobytes())
            if self.peer is not None:
                logits = sum(share * self.answer(graph, numpy.ascontiguousarray(look), tensors)
                             for look, share in zip(seen, shares))
                numpy.testing.assert_allclose(self.peer.run('views', file, images), probabilities(logits), atol=1e-5)


class Graphs(Case):
    """What other programs write."""

    def weights(self, *shape):
        return numpy.random.default_rng(len(shape)).standard_normal(shape).astype(numpy.float32) / 3

    def dense_end(self, x, channels):
        return ([node('GlobalAveragePool', [x], 'p'), node('Flatten', ['p'], 'f'), node('Gemm', ['f', 'w'], 'y')],
                {'w': self.weights(channels, 4)})

    def test_a_flattened_image_has_its_rows_moved(self):
        for transposed in (0, 1):
            weight = self.weights(4, 144) if transposed else self.weights(144, 4)
            nodes, _ = self.take([node('Flatten', ['x'], 'f'), node('Gemm', ['f', 'w', 'b'], 'y', transB=transposed)],
                                 {'w': weight, 'b': self.weights(4)})
            self.assertEqual(self.kinds(nodes), ['input', 'flatten', 'dense'])

    def test_the_number_of_samples_may_be_worked_out(self):
        nodes, _ = self.take(
            [node('Shape', ['x'], 's'), node('Gather', ['s', 'zero'], 'n', axis=0),
             node('Unsqueeze', ['n', 'axes'], 'u'), node('Constant', [], 'rest', value=numpy.array([-1])),
             node('Concat', ['u', 'rest'], 'shape', axis=0), node('Reshape', ['x', 'shape'], 'f'),
             node('MatMul', ['f', 'w'], 'm'), node('Add', ['m', 'b'], 'y')],
            {'zero': numpy.array(0), 'axes': numpy.array([0]), 'w': self.weights(144, 3), 'b': self.weights(3)},
            shape=('batch', 3, 6, 8))
        self.assertEqual(self.kinds(nodes), ['input', 'flatten', 'dense'])
        self.assertEqual(nodes[-1]['bias'], 'yes')

    def test_a_part_of_a_shape_may_be_counted_from_its_end(self):
        nodes, _ = self.take(
            [node('Shape', ['x'], 'samples', end=-3), node('Shape', ['x'], 'width', start=-1),
             node('Concat', ['samples', 'rest', 'width'], 'lines', axis=0), node('Reshape', ['x', 'lines'], 'l'),
             node('Flatten', ['l'], 'f'), node('Gemm', ['f', 'w', 'b'], 'y')],
            {'rest': numpy.array([-1]), 'w': self.weights(144, 3), 'b': self.weights(3)},
            shape=('batch', 3, 6, 8), opset=15)
        self.assertEqual(self.kinds(nodes), ['input', 'flatten', 'dense'])

    def test_a_row_gets_its_shape_again(self):
        """As PyTorch's exporter writes the mean of an image, for one sample."""
        def nodes(indices):
            rest = {'row': numpy.array([-1]), 'i': indices, 'line': numpy.array([1, 3]), 'w': self.weights(3, 4),
                    'b': self.weights(4), 'axes': numpy.array([2, 3])}
            return [node('ReduceMean', ['x', 'axes'], 'm', keepdims=1), node('Reshape', ['m', 'row'], 'r'),
                    node('Gather', ['r', 'i'], 'g', axis=0), node('Reshape', ['g', 'line'], 'f', allowzero=1),
                    node('Gemm', ['f', 'w', 'b'], 'y')], rest

        layers, _ = self.take(*nodes(numpy.arange(3).reshape(1, 3, 1, 1)), opset=18)
        self.assertEqual(self.kinds(layers), ['input', 'global-average-pool', 'dense'])
        with self.assertRaisesRegex(Refused, 'in another order'):
            self.take(*nodes(numpy.array([0, 2, 1]).reshape(1, 3, 1, 1)), opset=18)

    def test_version_6_says_where_a_constant_lies(self):
        """From version 7 on it lies against the last dimensions."""
        channels, slopes = self.weights(3), self.weights(3) + 1

        def nodes(**attributes):
            return [node('Mul', ['x', 'c'], 'm', **attributes), node('PRelu', ['m', 's'], 'p'),
                    node('GlobalAveragePool', ['p'], 'g'), node('Flatten', ['g'], 'f'),
                    node('Gemm', ['f', 'w', 'b'], 'y')]

        rest = {'w': self.weights(3, 4), 'b': self.weights(4)}
        _, old = self.take(nodes(broadcast=1, axis=1), {'c': channels, 's': slopes, **rest}, opset=6)
        _, new = self.take(nodes(), {'c': channels.reshape(3, 1, 1), 's': slopes.reshape(3, 1, 1), **rest})
        self.assertEqual(old['output'].tobytes(), new['output'].tobytes())

    def test_convolutions_pad_as_they_say(self):
        end, constants = self.dense_end('c', 5)
        for attributes in ({'auto_pad': 'SAME_UPPER', 'strides': [2, 2]}, {'auto_pad': 'SAME_LOWER', 'strides': [2, 2]},
                           {'pads': [1, 0, 2, 1], 'strides': [1, 2]}, {'dilations': [2, 1], 'pads': [2, 1, 2, 1]}, {}):
            with self.subTest(attributes):
                self.take([node('Conv', ['x', 'k'], 'c', **attributes), *end], constants | {'k': self.weights(5, 3, 3, 3)})

    def test_a_padding_in_front_is_part_of_what_follows(self):
        end, constants = self.dense_end('c', 5)
        pads = {'pads': numpy.array([0, 0, 1, 2, 0, 0, 2, 1]), 'k': self.weights(5, 3, 3, 3)}
        nodes, _ = self.take([node('Pad', ['x', 'pads'], 'd'), node('Conv', ['d', 'k'], 'c', pads=[1, 0, 0, 0]), *end],
                             constants | pads)
        self.assertEqual(self.kinds(nodes)[:2], ['input', 'conv2d'])
        end, constants = self.dense_end('c', 3)
        self.take([node('Relu', ['x'], 'r'), node('Pad', ['r', 'pads'], 'd'),
                   node('MaxPool', ['d'], 'c', kernel_shape=[3, 3], strides=[2, 2]), *end], constants | pads)
        nodes, _ = self.take([node('Pad', ['x', 'pads'], 'd'), node('AveragePool', ['d'], 'c', kernel_shape=[3, 3]), *end],
                             constants | pads)
        self.assertEqual(nodes[1]['kind'], 'conv2d')

    def test_a_padding_may_be_worked_out(self):
        """As PyTorch does it: the last side first, of each both ends, zeros for the rest, all turned round."""
        end, constants = self.dense_end('c', 5)
        nodes = [node('ConstantOfShape', ['four'], 'zeros', value=numpy.array([0])),
                 node('Concat', ['sides', 'zeros'], 'all', axis=0), node('Reshape', ['all', 'pairs'], 'table'),
                 node('Slice', ['table', 'last', 'least', 'first', 'last'], 'backwards'),
                 node('Transpose', ['backwards'], 'turned', perm=[1, 0]), node('Reshape', ['turned', 'last'], 'line'),
                 node('Cast', ['line'], 'pads', to=7), node('Pad', ['x', 'pads'], 'd'), node('Conv', ['d', 'k'], 'c')]
        lists = {'four': [4], 'sides': [0, 1, 1, 2], 'pairs': [-1, 2], 'last': [-1], 'least': [-(1 << 63) + 1],
                 'first': [0]}
        nodes, _ = self.take([*nodes, *end], constants | {'k': self.weights(5, 3, 3, 3)} |
                             {name: numpy.array(numbers) for name, numbers in lists.items()})
        self.assertEqual(self.kinds(nodes)[:2], ['input', 'conv2d'])
        self.assertEqual([nodes[1][f'padding-{side}'] for side in ('top', 'bottom', 'left', 'right')], [1, 2, 0, 1])

    def test_pools_count_as_they_say(self):
        end, constants = self.dense_end('c', 3)
        for operator, attributes in (('MaxPool', {'ceil_mode': 1}), ('MaxPool', {'pads': [1, 1, 1, 1]}),
                                     ('AveragePool', {'ceil_mode': 1}), ('AveragePool', {'pads': [1, 1, 1, 1]}),
                                     ('AveragePool', {'pads': [1, 1, 1, 1], 'count_include_pad': 1})):
            with self.subTest(operator, **attributes):
                self.take([node(operator, ['x'], 'c', kernel_shape=[3, 3], strides=[2, 2], **attributes), *end], constants)

    def test_constants_are_biases_scales_and_norms(self):
        end, constants = self.dense_end('a', 3)
        by_channel = self.weights(3, 1, 1)
        for operator, constant, first, kinds in (
                ('Mul', numpy.float32(3), 1, ['rescale']), ('Sub', numpy.float32([2]), 1, ['rescale']),
                ('Sub', numpy.float32(2), 0, ['rescale']), ('Div', numpy.float32(4), 1, ['rescale']),
                ('Mul', by_channel, 1, ['batch-norm']), ('Add', by_channel, 0, ['batch-norm']),
                ('Sub', by_channel, 1, ['batch-norm'])):
            with self.subTest(operator, shape=constant.shape):
                inputs = ['x', 'k'] if first else ['k', 'x']
                nodes, _ = self.take([node(operator, inputs, 'a'), *end], constants | {'k': constant})
                self.assertEqual(self.kinds(nodes)[1:-2], kinds)
        nodes, _ = self.take([node('Conv', ['x', 'k'], 'c'), node('Add', ['c', 'b'], 'a'), *end],
                             constants | {'k': self.weights(3, 3, 1, 1), 'b': by_channel})
        self.assertEqual(self.kinds(nodes)[1:-2], ['conv2d'])

    def test_many_branches_are_put_together(self):
        """More than a layer takes, in their order."""
        names = [f'c{i}' for i in range(19)]
        convs = [node('Conv', ['x', f'k{i}'], name) for i, name in enumerate(names)]
        kernels = {f'k{i}': numpy.random.default_rng(i).standard_normal((i % 3 + 1, 3, 1, 1)).astype(numpy.float32)
                   for i in range(19)}
        end, constants = self.dense_end('a', sum(i % 3 + 1 for i in range(19)))
        nodes, _ = self.take([*convs, node('Concat', names, 'a', axis=1), *end], constants | kernels)
        self.assertEqual(self.kinds(nodes).count('concatenate'), 3)

    def test_gates_are_activations(self):
        end, constants = self.dense_end('a', 3)
        nodes, _ = self.take([node('Sigmoid', ['x'], 's'), node('Mul', ['x', 's'], 'a'), *end], constants)
        self.assertEqual(nodes[1]['kind'], 'silu')
        nodes, _ = self.take([node('HardSigmoid', ['x'], 's', alpha=1 / 6, beta=0.5), node('Mul', ['s', 'x'], 'a'), *end],
                             constants)
        self.assertEqual(nodes[1]['kind'], 'hard-swish')

    def test_clipping_keeps_its_bounds(self):
        end, constants = self.dense_end('a', 3)
        for low, high, n_layers in ((0, 6, 1), (-1, 1, 3), (0.5, None, 3), (None, 0.5, 3), (0, None, 1)):
            bounds = {name: numpy.float32(bound) for name, bound in (('low', low), ('high', high)) if bound is not None}
            inputs = ['x', 'low' if low is not None else '', 'high' if high is not None else '']
            nodes, _ = self.take([node('Clip', inputs, 'a'), *end], constants | bounds)
            self.assertEqual(len(nodes), n_layers + 3)

    def test_half_precision_is_read(self):
        weight = self.weights(144, 4)
        file = graph_file([node('Flatten', ['x'], 'f'), node('Gemm', ['f', 'w'], 'y')], {'w': weight.astype(numpy.float16)},
                          (1, 3, 6, 8))
        x = numpy.random.default_rng(4).standard_normal((1, 3, 6, 8)).astype(numpy.float32)
        back = self.bring_back(file, numpy.moveaxis(x, 1, -1))
        numpy.testing.assert_allclose(back['output'], x.reshape(1, -1) @ weight.astype(numpy.float16).astype(numpy.float32),
                                      atol=1e-5)

    def test_a_network_may_end_in_logarithms(self):
        nodes, _ = self.take([node('Flatten', ['x'], 'f'), node('Gemm', ['f', 'w'], 'g'), node('Softmax', ['g'], 'y')],
                             {'w': self.weights(144, 4)})
        self.assertEqual(nodes[-1]['activation'], 'softmax')


def quantised(x, scale, zero, name, **more):
    """A pair of nodes."""
    return [node('QuantizeLinear', [x, scale, zero], f'{name}.q', **more),
            node('DequantizeLinear', [f'{name}.q', scale, zero], name, **more)]


class Bytes(Case):
    """Numbers in 8 bits, as other programs write them."""

    SCALES = {'sx': numpy.float32(1 / 40), 'sc': numpy.float32(1 / 50)}

    def nodes(self, weight):
        return [*quantised('x', 'sx', 'zx', 'xq'), *weight, node('DequantizeLinear', ['b', 'sb'], 'bq', axis=0),
                node('Conv', ['xq', 'wq', 'bq'], 'c', kernel_shape=[3, 3]), node('Relu', ['c'], 'r'),
                *quantised('r', 'sc', 'zc', 'rq'), node('Flatten', ['rq'], 'f'),
                node('DequantizeLinear', ['v', 'sv', 'zv'], 'vq'), node('Gemm', ['f', 'vq'], 'y')]

    def take_bytes(self, weight, constants):
        """ONNX Runtime works out the last layer in a way of its own, and answers roughly the same."""
        return self.take(self.nodes(weight), constants, tolerance=0.02)

    def constants(self):
        """No two products of bytes are more than 16 bits hold, where some processors cut them off."""
        rng = numpy.random.default_rng(8)
        scale = rng.uniform(0.002, 0.006, 5).astype(numpy.float32)
        return {**self.SCALES, 'w': rng.integers(-60, 61, (5, 3, 3, 3)).astype(numpy.int8), 'sw': scale,
                'zw': numpy.zeros(5, numpy.int8), 'b': rng.integers(-900, 900, 5).astype(numpy.int32),
                'sb': self.SCALES['sx'] * scale, 'v': rng.integers(-60, 61, (120, 4)).astype(numpy.int8),
                'sv': numpy.float32(0.004), 'zv': numpy.int8(0)}

    def test_what_was_rounded_is_rounded_here(self):
        c = self.constants()
        exact = [node('DequantizeLinear', ['w', 'sw', 'zw'], 'wq', axis=0)]
        unsigned = {'zx': numpy.uint8(128), 'zc': numpy.uint8(0)}
        nodes, back = self.take_bytes(exact, {**c, **unsigned})
        self.assertEqual(self.kinds(nodes), ['input', 'conv2d', 'flatten', 'dense'])

        x = numpy.random.default_rng(4).standard_normal((1, 3, 6, 8), numpy.float32)
        real = c['w'] * c['sw'][:, None, None, None].astype(float)
        seen = numpy.clip(numpy.rint(x / c['sx']), -128, 127) * float(c['sx'])
        windows = numpy.lib.stride_tricks.sliding_window_view(seen, (3, 3), axis=(2, 3))
        made = numpy.einsum('nchwij,fcij->nfhw', windows, real) + (c['b'] * c['sb'])[:, None, None]
        made = numpy.maximum(made, 0)
        rounded = numpy.clip(numpy.rint(made / c['sc']), 0, 255) * float(c['sc'])
        answer, unrounded = (each.reshape(1, -1) @ (c['v'] * float(c['sv'])) for each in (rounded, made))
        numpy.testing.assert_allclose(back['output'], answer, atol=1e-5)
        self.assertGreater(abs(unrounded - answer).max(), 1e-3)

    def test_signs_and_weights_may_be_written_otherwise(self):
        c = self.constants()
        exact = [node('DequantizeLinear', ['w', 'sw', 'zw'], 'wq', axis=0)]
        unsigned = {'zx': numpy.uint8(128), 'zc': numpy.uint8(0)}
        first = self.take_bytes(exact, {**c, **unsigned})[1]['output']
        signed = {'zx': numpy.int8(0), 'zc': numpy.int8(-128)}
        self.assertEqual(self.take_bytes(exact, {**c, **signed})[1]['output'].tobytes(), first.tobytes())
        real = (c['w'] * c['sw'][:, None, None, None]).astype(numpy.float32)
        rounds = quantised('w', 'sw', 'zw', 'wq', axis=0)
        again = self.take_bytes(rounds, {**c, **unsigned, 'w': real})[1]['output']
        self.assertEqual(again.tobytes(), first.tobytes())

    def test_a_padding_may_be_rounded(self):
        c = {'sx': self.SCALES['sx'], 'zx': numpy.uint8(128), 'pads': numpy.array([0, 0, 1, 1, 0, 0, 1, 1]),
             'w': numpy.ones((2, 3, 3, 3), numpy.int8), 'sw': numpy.float32(0.01), 'v': numpy.ones((96, 4), numpy.float32)}
        end = [node('DequantizeLinear', ['w', 'sw'], 'wq'), node('Flatten', ['c'], 'f'), node('Gemm', ['f', 'v'], 'y')]
        inside = [*quantised('x', 'sx', 'zx', 'xq'), node('Conv', ['xq', 'wq'], 'c', kernel_shape=[3, 3], pads=[1] * 4)]
        before = [*quantised('x', 'sx', 'zx', 'xq'), node('Pad', ['xq', 'pads'], 'p'), *quantised('p', 'sx', 'zx', 'pq'),
                  node('Conv', ['pq', 'wq'], 'c', kernel_shape=[3, 3])]
        first, second = (self.take(nodes[:-1] + end[:1] + nodes[-1:] + end[1:], c, tolerance=0.02)[1]['output']
                         for nodes in (inside, before))
        self.assertEqual(first.tobytes(), second.tobytes())

    def test_what_onnx_runtime_quantises_comes_in(self):
        self.need_peer()
        script = """if True:
            import sys, numpy
            from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

            class Reader(CalibrationDataReader):
                def __init__(self):
                    self.images = iter(numpy.load(sys.argv[3])[:, None])

                def get_next(self):
                    image = next(self.images, None)
                    return None if image is None else {'images': image}

            quantize_static(*sys.argv[1:3], Reader(), quant_format=QuantFormat.QDQ, per_channel=sys.argv[4] == 'channel',
                            activation_type=QuantType[sys.argv[5]], weight_type=QuantType.QInt8, reduce_range=True)
        """
        graph = network(('conv2d', {'filters': 8, 'activation': 'relu'}), ('conv2d', {'filters': 8}), ('relu', {}),
                        ('max-pool', {}), ('flatten', {}), ('dense', {'units': 4, 'activation': 'softmax'}), size=(14, 14, 3))
        images = self.images_of(graph, 24)
        source, made, seen = (self.folder / name for name in ('source.onnx', 'made.onnx', 'seen.npy'))
        source.write_bytes(self.export(graph, self.tensors_of(graph)))
        numpy.save(seen, images)
        for scales in ('channel', 'tensor'):
            for numbers in ('QUInt8', 'QInt8'):
                subprocess.run([os.environ[PEER], '-c', script, source, made, seen, scales, numbers], check=True,
                               capture_output=True)
                ours = probabilities(self.bring_back(made.read_bytes(), images)['output'])
                theirs = self.peer.run('quantised', made.read_bytes(), images[:1])
                self.assertLess(abs(ours[:1] - theirs).max(), 0.02)

    def test_what_does_not_fit_is_named(self):
        c = {**self.constants(), 'zx': numpy.uint8(128), 'zc': numpy.uint8(0), 'other': numpy.float32(0.5),
             'many': numpy.float32([1, 2, 3]), 'z16': numpy.uint16(9), 'z32': numpy.int32(9), 'none': numpy.float32(0),
             'zs': numpy.int8([0, 1, 2, 0, 0])}
        end = [node('Flatten', ['q'], 'f'), node('Gemm', ['f', 'e'], 'y')]
        first = node('QuantizeLinear', ['x', 'sx', 'zx'], 'b', 'first')
        cases = {
            'dequantised at once': [first, node('Flatten', ['b'], 'q', 'second')],
            'other numbers than': [first, node('DequantizeLinear', ['b', 'other', 'zx'], 'q', 'second')],
            'other types than 8 bits': quantised('x', 'sx', 'z32', 'q'),
            'a type that Lathe does not have': quantised('x', 'sx', 'z16', 'q'),
            'one a channel': quantised('x', 'many', 'zx', 'q', axis=1),
            'above 0': quantised('x', 'none', 'zx', 'q'),
            'block': quantised('x', 'sx', 'zx', 'q', block_size=2),
            'not quantised': [node('DequantizeLinear', ['x', 'sx', 'zx'], 'q', 'second')],
            'different zeros': [node('DequantizeLinear', ['w', 'sw', 'zs'], 'wq', 'second', axis=0),
                                node('Conv', ['x', 'wq'], 'q')],
        }
        for part, nodes in cases.items():
            with self.subTest(part):
                file = graph_file([*nodes, *end], {**c, 'e': numpy.ones((144, 4), numpy.float32)}, (1, 3, 6, 8))
                with self.assertRaises(Refused) as caught:
                    self.bring_back(file, numpy.zeros((1, 6, 8, 3), numpy.float32))
                self.assertIn(part, str(caught.exception))


class Refusals(Case):
    """What cannot be taken is said, all of it."""

    END = [node('Flatten', ['x'], 'f'), node('Gemm', ['f', 'w'], 'y')]
    WEIGHT = {'w': numpy.ones((144, 4), numpy.float32)}

    def refusal(self, file):
        with self.assertRaises(Refused) as caught:
            self.engine.ask('import', 1, {'file': file, 'input': numpy.zeros((1, 6, 8, 3), numpy.float32)})
        return str(caught.exception)

    def test_every_node_is_named(self):
        nodes = [node('LRN', ['x'], 'l', 'norm-1', size=3), node('Erf', ['l'], 'e', 'erf-1'),
                 node('MaxPool', ['x'], 'm', 'pool-1', kernel_shape=[2, 2], dilations=[2, 2]),
                 node('Flatten', ['m'], 'f'), node('Mystery', ['x'], 'z', 'other-1', domain='com.example'),
                 node('Sum', ['e', 'z', 'f'], 'y', 'sum-1')]
        message = self.refusal(graph_file(nodes, {}, (1, 3, 6, 8)))
        for name in ('norm-1', 'erf-1', 'pool-1', 'other-1', 'com.example'):
            self.assertIn(name, message)
        self.assertTrue(message.startswith('4 of its 6 nodes'), message)

    def test_classes_that_are_each_told_by_themselves_are_refused(self):
        """Of several sigmoids Lathe would answer the softmax; one alone tells two classes apart."""
        dense = [node('Flatten', ['x'], 'f'), node('Gemm', ['f', 'w'], 'g'), node('Sigmoid', ['g'], 'y')]
        image = [node('GlobalAveragePool', ['x'], 'p'), node('Conv', ['p', 'k'], 'c'), node('Sigmoid', ['c'], 's'),
                 node('Flatten', ['s'], 'y')]
        kernel = {'k': numpy.ones((4, 3, 1, 1), numpy.float32)}
        for nodes, constants in ((dense, self.WEIGHT), (image, kernel)):
            self.assertIn('each class by itself', self.refusal(graph_file(nodes, constants, (1, 3, 6, 8))))
        alone = graph_file(dense, {'w': numpy.ones((144, 1), numpy.float32)}, (1, 3, 6, 8))
        back = self.bring_back(alone, numpy.zeros((1, 6, 8, 3), numpy.float32))
        self.assertEqual((self.kinds(back['graph']['nodes'])[-1], back['output'].shape), ('dense', (1, 1)))

    def test_weights_in_other_files_are_not_looked_for(self):
        for where in ('weights.bin', '../../etc/passwd', '/etc/passwd'):
            constants = {'w': tensor('w', numpy.zeros(0, numpy.float32), (144, 4), external=where)}
            self.assertIn('another file', self.refusal(graph_file(self.END, constants, (1, 3, 6, 8))))

    def test_shapes_are_held_against_the_numbers(self):
        for dims in ((144, 5), (1 << 40, 1 << 40), (-1, 4), (0, 4), (144,), (1 << 33, 1 << 31)):
            constants = {'w': tensor('w', numpy.ones((144, 4), numpy.float32), dims)}
            self.refusal(graph_file(self.END, constants, (1, 3, 6, 8)))

    def test_open_sizes_and_other_inputs_are_refused(self):
        self.assertIn('open', self.refusal(graph_file(self.END, self.WEIGHT, ('n', 3, 'h', 'w'))))
        self.assertIn('images', self.refusal(graph_file(self.END, self.WEIGHT, (1, 144))))
        self.assertIn('version', self.refusal(graph_file(self.END, self.WEIGHT, (1, 3, 6, 8), opset=5)))

    def test_shared_weights_do_not_grow_without_bound(self):
        width = 2048
        nodes = [node('Flatten', ['x'], 'd0')]
        nodes += [node('Gemm', [f'd{i}', 'w'], f'd{i + 1}') for i in range(400)]
        file = graph_file(nodes, {'w': numpy.zeros((width, width), numpy.float32)}, (1, 1, 32, 64), output='d400')
        with self.assertRaises(Refused) as caught:
            self.engine.ask('import', 1, {'file': file, 'input': numpy.zeros((1, 32, 64, 1), numpy.float32)})
        self.assertIn('share weights', str(caught.exception))

    def test_no_file_says_where_in_it_numbers_lie(self):
        """Fields that are Lathe's own, behind those of ONNX."""
        message = tensor('w', numpy.ones((144, 64), numpy.float32), listed=True)
        empty = message[:-144 * 64 * 4 - 4]
        for place in (field(1001, 8) + field(1002, 144 * 64 * 4), field(1003, 8) + field(1004, 144 * 64 * 4)):
            self.assertIn('more or fewer numbers', self.refusal(graph_file(self.END, {'w': empty + place}, (1, 3, 6, 8))))

    def test_what_is_there_twice_is_refused(self):
        """It would be joined again and again."""
        file = graph_file(self.END, self.WEIGHT, (1, 3, 6, 8))
        self.assertIn('damaged', self.refusal(file + field(7, field(2, 'more')) * 2))

    def test_damaged_files_are_refused(self):
        file = graph_file(self.END, self.WEIGHT, (1, 3, 6, 8))
        for n in (0, 1, 7, 40, len(file) // 2, len(file) - 3):
            with self.assertRaises(Refused):
                self.engine.ask('import', 1, {'file': file[:n], 'input': numpy.zeros((1, 6, 8, 3), numpy.float32)})


class CommandLine(Case):
    """As people use it."""

    def run_cli(self, *arguments):
        return subprocess.run([CLI, *arguments], capture_output=True, text=True, timeout=120)

    def trained(self):
        model = self.folder / 'model.safetensors'
        done = self.run_cli('train', SAMPLES, '--network', 'lenet', '--epochs', '1', '--out', model)
        self.assertEqual(done.returncode, 0, done.stderr)
        return model

    def predict(self, model, files):
        done = self.run_cli('predict', model, *files, '--json')
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line)['predictions'] for line in done.stdout.splitlines()]

    def test_a_trained_model_goes_out_comes_back_and_is_trained_on(self):
        model, files = self.trained(), [str(path) for path in sorted(pathlib.Path(SAMPLES).glob('*/*.png'))[::500]]
        self.assertGreater(len(files), 2)
        expected = self.predict(model, files)
        for options in ([], ['--with-preprocessing']):
            file, back = self.folder / 'model.onnx', self.folder / 'back.safetensors'
            done = self.run_cli('export', model, file, '--format', 'onnx', '--json', *options)
            self.assertEqual(done.returncode, 0, done.stderr)
            done = self.run_cli('import', file, back, '--json')
            self.assertEqual(done.returncode, 0, done.stderr)
            facts = json.loads(done.stdout)
            self.assertEqual((facts['format'], facts['classes'], facts['width']), ('onnx', 10, 28))
            self.assertEqual(self.predict(back, files), expected)
        done = self.run_cli('train', SAMPLES, '--network', back, '--epochs', '1', '--out', self.folder / 'on.safetensors')
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_links_and_other_files_are_refused(self):
        file = self.folder / 'a.onnx'
        file.write_bytes(graph_file(Refusals.END, Refusals.WEIGHT, (1, 3, 6, 8)))
        (self.folder / 'link.onnx').symlink_to(file)
        (self.folder / 'text.onnx').write_text('not a model')
        out = self.folder / 'out.safetensors'
        for name, words in (('link.onnx', 'link'), ('text.onnx', 'ONNX'), ('missing.onnx', 'No such file'), ('.', '')):
            done = self.run_cli('import', self.folder / name, out)
            self.assertEqual((done.returncode, done.stdout), (1, ''), name)
            self.assertIn(words, done.stderr)
            self.assertFalse(out.exists())

    def test_weights_may_lie_beside_the_model_and_nowhere_else(self):
        folder = self.folder / 'model'
        folder.mkdir()
        weight = numpy.random.default_rng(1).standard_normal((144, 4)).astype(numpy.float32)
        for place in (folder, self.folder):
            (place / 'weights').write_bytes(b'----' + weight.tobytes())
        (folder / 'short').write_bytes(weight.tobytes()[:-1])
        (folder / 'link').symlink_to(folder / 'weights')
        whole, file, out = (self.folder / name for name in ('whole.onnx', 'model/a.onnx', 'out.safetensors'))
        whole.write_bytes(graph_file(Refusals.END, {'w': weight}, (1, 3, 6, 8)))
        self.assertEqual(self.run_cli('import', whole, out).returncode, 0)
        expected = out.read_bytes()
        out.unlink()
        for location, offset, good in (('weights', 4, True), ('../weights', 4, False), ('short', 0, False),
                                       ('link', 4, False), ('.', 0, False), (str(folder / 'weights'), 4, False),
                                       ('weights', 1 << 62, False), ('weights', 8, False), ('missing', 0, False)):
            with self.subTest(location, offset=offset):
                constants = {'w': tensor('w', weight, external=location, offset=offset)}
                file.write_bytes(graph_file(Refusals.END, constants, (1, 3, 6, 8)))
                done = self.run_cli('import', file, out)
                self.assertEqual(done.returncode, 0 if good else 1, done.stderr)
                if good:
                    self.assertEqual(out.read_bytes(), expected)
                    out.unlink()
                self.assertFalse(out.exists())

    def test_many_numbers_are_taken_from_wherever_they_lie(self):
        weight = numpy.random.default_rng(3).standard_normal((144, 64), numpy.float32)
        (self.folder / 'weights').write_bytes(b'----' + weight.tobytes())
        written = {'as bytes': tensor('w', weight), 'listed': tensor('w', weight, listed=True),
                   'beside': tensor('w', weight, external='weights', offset=4)}
        models = {}
        for where, message in written.items():
            with self.subTest(where):
                file, out = self.folder / 'a.onnx', self.folder / 'a.safetensors'
                file.write_bytes(graph_file(Refusals.END, {'w': message}, (1, 3, 6, 8)))
                done = self.run_cli('import', file, out)
                self.assertEqual(done.returncode, 0, done.stderr)
                models[where] = out.read_bytes()
        self.assertEqual(len(set(models.values())), 1)
        self.assertEqual(len(models), 3)

    @unittest.skipIf('ASAN_OPTIONS' in os.environ, 'a sanitizer needs memory of its own')
    def test_a_model_comes_in_with_little_more_memory_than_its_weights(self):
        side, units = 96, 740
        file, out = self.folder / 'a.onnx', self.folder / 'a.safetensors'
        weight = numpy.zeros((3 * side * side, units), numpy.float32)
        file.write_bytes(graph_file(Refusals.END, {'w': weight}, (1, 3, side, side)))
        # What a process had before it became another one counts: so it is started by one that has little.
        say = ('import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); '
               'print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)')
        done = subprocess.run([sys.executable, '-c', say, CLI, 'import', file, out], capture_output=True, check=True)
        self.assertGreater(out.stat().st_size, weight.nbytes)
        self.assertLess(int(done.stdout) * 1024, file.stat().st_size + (64 << 20))

    def test_images_are_prepared_as_one_says(self):
        file, out = self.folder / 'a.onnx', self.folder / 'a.safetensors'
        file.write_bytes(graph_file(Refusals.END, Refusals.WEIGHT, (1, 3, 6, 8)))
        labels = self.folder / 'labels.txt'
        labels.write_text('ant\nbee\ncat\ndog\n')
        done = self.run_cli('import', file, out, '--scale', '255', '--mean', '127', '--deviation', '128,64,32',
                            '--labels', labels)
        self.assertEqual(done.returncode, 0, done.stderr)
        header = out.read_bytes()
        metadata = json.loads(header[8:8 + int.from_bytes(header[:8], 'little')])['__metadata__']
        prepared = json.loads(metadata['lathe.preprocess'])
        self.assertEqual(json.loads(metadata['lathe.labels']), ['ant', 'bee', 'cat', 'dog'])
        numpy.testing.assert_allclose(prepared['mean'], [127 / 255] * 3, rtol=1e-6)
        numpy.testing.assert_allclose(prepared['deviation'], [128 / 255, 64 / 255, 32 / 255], rtol=1e-6)
        for option in (['--scale', '0'], ['--mean', 'x'], ['--deviation', '0'], ['--labels', file], ['--fit', 'x']):
            self.assertEqual(self.run_cli('import', file, out, *option).returncode, 2, option)


if __name__ == '__main__':
    tap.main()
