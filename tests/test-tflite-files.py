#!/usr/bin/env python3
# test-tflite-files.py: models as TensorFlow Lite files: that they come back as they were, and others' come in.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: test-tflite-files.py LATHE-CLI ONNX-CASE [PATTERN…]

Files of others are put together here; and converted from Keras's by the Python that LATHE_PEER_TF names, if any.
"""

import json
import math
import os
import pathlib
import struct
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
    print('ok 1 tflite files # SKIP numpy is not there: install python3-numpy\n1..1')
    sys.exit(0)

from model_writer import draw, write_model
from onnx_engine import Engine, Refused
from programs_networks import all_networks, network
from tflite_file import Byte, File

HERE = pathlib.Path(__file__).parent
SAMPLES = os.environ.get('LATHE_SAMPLES', '')
PEER = 'LATHE_PEER_TF'
EXACT = 5e-6  # norms being folded on the way, of what comes back, of the largest number where that is above 1
CLOSE = 1e-5
LARGE = 5e6   # numbers

# Operators, by their numbers in the schema.
ADD, AVERAGE_POOL, CONCATENATION, CONV, DEPTHWISE, DEQUANTISE, FULLY, MUL = 0, 1, 2, 3, 4, 6, 9, 18
RELU6, RESHAPE, BILINEAR, SOFTMAX, CUSTOM, PAD, MEAN, SQUEEZE, EXP, MAX_POOL = 21, 22, 23, 25, 32, 34, 40, 43, 47, 17
TRANSPOSED, QUANTISE, ELU, LOGISTIC, COS, RELU, SUB, MINIMUM = 67, 114, 111, 14, 108, 19, 41, 57
SAME, VALID = Byte(0), Byte(1)


def largest(a, b):
    return float(abs(a - b).max() / max(1, abs(a).max()))


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine(CASE)
        cls.addClassCleanup(cls.engine.close)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def call(self, *words, status=0):
        done = subprocess.run([CLI, *map(str, words)], text=True, capture_output=True, timeout=300, cwd=self.folder)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout if status == 0 else done.stderr

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
        arrays = {'graph': json.dumps(graph).encode(), 'format': b'tflite'} | tensors | more
        return self.engine.ask('export', int(takes_bytes), arrays)['file']

    def bring_back(self, file, images):
        answer = self.engine.ask('import', len(images), {'file': file, 'input': images})
        answer['output'] = answer['output'].reshape(len(images), -1)
        answer['nodes'] = json.loads(answer['graph'])['nodes']
        return answer

    def kinds(self, back):
        return [node['kind'] for node in back['nodes']]


class Networks(Case):
    """Weights that Lathe has, on images that it sees."""

    def compare(self, graph, n=3):
        tensors, images = self.tensors_of(graph), self.images_of(graph, n)
        logits = self.answer(graph, images, tensors)
        back = self.bring_back(self.export(graph, tensors), images)
        self.assertEqual(back['output'].shape, logits.shape)
        difference = largest(logits, back['output'])
        self.assertLessEqual(difference, EXACT)
        self.assertEqual(back['temperature'], 1)
        return back, difference

    def test_every_kind_of_layer_goes_out_and_comes_back(self):
        kinds, refused, worst = set(), [], (0, '')
        for title, graph in all_networks():
            with self.subTest(title):
                try:
                    back, difference = self.compare(graph)
                except Refused as refusal:
                    self.assertRegex(str(refusal), 'transposed convolution of TensorFlow Lite|takes the mean of')
                    refused.append(title)
                    continue
                known = {node['kind'] for node in graph['nodes']} | {node.get('activation') for node in graph['nodes']}
                self.assertLessEqual(set(self.kinds(back)), known | {'flatten', 'softmax', 'sigmoid'})
                kinds |= set(self.kinds(back))
                worst = max(worst, (difference, title))
        print(f'# back: the largest difference is {worst[0]:.2e}, of {worst[1]}', flush=True)
        print(f'# refused: {refused}', flush=True)
        self.assertEqual(set(self.engine.ask('kinds', 0, {})) - kinds, {'dropout', 'spatial-dropout'})

    def test_presets_go_out_and_come_back(self):
        for path in sorted((HERE.parent / 'data' / 'presets').glob('*.json')):
            graph = json.loads(path.read_text(encoding='utf-8'))
            if 'nodes' not in graph:
                continue
            shapes = self.engine.ask('shapes', 1, {'graph': json.dumps(graph).encode()})
            if sum(math.prod(shape) for shape in shapes.values()) > LARGE:
                continue
            with self.subTest(path.stem):
                back, _ = self.compare(graph, n=1)
                weighs = ('conv2d', 'dense')
                self.assertEqual([node['name'] for node in back['nodes'] if node['kind'] in weighs],
                                 [node['name'] for node in graph['nodes'] if node['kind'] in weighs])


class Images(Case):
    """What a model has besides its network."""

    GRAPH = network(('conv2d', {'filters': 6, 'activation': 'relu'}), ('global-average-pool', {}),
                    ('dense', {'units': 3, 'activation': 'softmax'}), size=(9, 8, 3))
    ONE_UNIT = network(('flatten', {}), ('dense', {'units': 1, 'activation': 'sigmoid'}), size=(5, 4, 1))

    def test_bytes_go_in_where_the_preprocessing_is_inside(self):
        for graph, mean, deviation in ((self.GRAPH, [0.5, 0.25, 0.125], [0.25, 0.5, 0.3]), (self.GRAPH, [0] * 3, [1] * 3),
                                       (self.ONE_UNIT, [0.4], [0.2])):
            side = graph['nodes'][0]
            size = [side[name] for name in ('height', 'width', 'channels')]
            prepared = {'width': size[1], 'height': size[0], 'channels': size[2], 'mean': mean, 'deviation': deviation}
            tensors, images = self.tensors_of(graph), self.images_of(graph, 4)
            logits = self.answer(graph, images, tensors)
            file = self.export(graph, tensors, takes_bytes=True, preprocess=json.dumps(prepared).encode())
            back = self.bring_back(file, images)
            self.assertEqual(back['output'].tobytes(), logits.tobytes())
            numpy.testing.assert_allclose(back['mean'][:size[2]], mean, atol=1e-7)
            numpy.testing.assert_allclose(back['deviation'][:size[2]], deviation, rtol=1e-6)

    def test_a_temperature_stays_and_so_do_the_labels(self):
        for graph in (self.GRAPH, self.ONE_UNIT):
            tensors, images = self.tensors_of(graph), self.images_of(graph, 4)
            logits = self.answer(graph, images, tensors)
            back = self.bring_back(self.export(graph, tensors, temperature=numpy.float32([2.5])), images)
            self.assertEqual(back['temperature'], 2.5)
            self.assertEqual(back['output'].tobytes(), logits.tobytes())
            self.assertEqual(json.loads(back['labels']), [str(i) for i in range(max(2, logits.shape[1]))])

    def test_the_command_line_takes_a_file_in_and_wherever_a_model_is_asked_for(self):
        graph = self.GRAPH
        write_model(self.folder / 'model.safetensors', graph, self.tensors_of(graph), ['a', 'b', 'c'])
        told = json.loads(self.call('export', 'model.safetensors', 'model.tflite', '--format', 'tflite', '--json'))
        self.assertEqual(told['proof']['reader'], 'lathe')
        self.assertLess(told['proof']['largest_difference'], 1e-6)
        self.call('import', 'model.tflite', 'back.safetensors')
        (self.folder / 'image.ppm').write_bytes(b'P6 8 9 255\n' + bytes(range(216)))
        said = [self.call('predict', name, 'image.ppm', '--json').split('"milliseconds"')[0]
                for name in ('model.safetensors', 'model.tflite', 'back.safetensors')]
        self.assertEqual(said[0], said[1])
        self.assertEqual(said[0], said[2])


class Bytes(Case):
    """Models in 8 bits."""

    QUANTISE = '--quantize', 'int8', '--calibrate-images', '40'

    def setUp(self):
        super().setUp()
        if not os.path.isdir(SAMPLES):
            self.skipTest('the sample set is not there')

    def compare(self, graph):
        labels = sorted(path.name for path in pathlib.Path(SAMPLES).iterdir() if path.is_dir())
        write_model(self.folder / 'model.safetensors', graph, self.tensors_of(graph), labels, temperature=20)
        for name, form in (('small.safetensors', 'safetensors'), ('small.tflite', 'tflite')):
            told = self.call('export', 'model.safetensors', name, '--format', form, *self.QUANTISE, '--images', SAMPLES,
                             '--split', 'test', '--json')
        return json.loads(told.splitlines()[-1])['proof']

    def layers(self, name):
        """What the bytes of each layer stand for, in their order."""
        if name == 'back':
            self.call('import', 'small.tflite', 'back.safetensors')
        data = (self.folder / f'{name}.safetensors').read_bytes()
        size, = struct.unpack_from('<Q', data)
        told = json.loads(json.loads(data[8:8 + size])['__metadata__']['lathe.quantisation'])
        return list(told['layers'].values())

    def test_they_come_back_with_the_same_bytes(self):
        proof = self.compare(network(
            ('conv2d', {'filters': 8, 'padding': 'same', 'activation': 'relu6'}),
            ('conv2d', {'filters': 8, 'groups': 8, 'padding': 'explicit', 'padding_top': 2, 'padding_left': 1,
                        'padding_right': 1, 'stride_height': 2, 'stride_width': 2}),
            ('relu', {}), ('max-pool', {}), ('conv2d', {'filters': 8, 'padding': 'same'}),
            ('conv2d', {'filters': 8, 'padding': 'same'}), ('add', {'inputs': [5, 6]}), ('global-average-pool', {}),
            ('dense', {'units': 16, 'activation': 'relu'}), ('dense', {'units': 10}), size=(28, 28, 1)))
        self.assertEqual((proof['reader'], proof['equal_top1']), ('lathe', 1))
        self.assertLess(proof['largest_difference'], CLOSE)
        before, after = (self.layers(name) for name in ('small', 'back'))
        last = before.pop()  # it gives real numbers, and has its weights as such in the file
        self.assertEqual((before, last), (after, {'weights': True}))

    def test_what_lies_between_real_numbers_may_be_rounded_to_the_other_side(self):
        proof = self.compare(network(
            ('conv2d', {'filters': 8, 'stride_height': 2, 'stride_width': 2}), ('average-pool', {}), ('flatten', {}),
            ('dense', {'units': 16}), ('gelu', {}), ('dense', {'units': 10}), size=(28, 28, 1)))
        self.assertEqual(proof['reader'], 'lathe')
        self.assertLess(proof['largest_difference'], 0.05)


class Graphs(Case):
    """What other programs write."""

    def weights(self, *shape):
        return numpy.random.default_rng(len(shape)).standard_normal(shape).astype(numpy.float32) / 3

    def end(self, file, channels):
        """The mean of an image, and a dense layer."""
        x = file.add(MEAN, [file.output, file.constant(numpy.int32([1, 2]))], (1, channels))
        file.add(FULLY, [x, file.constant(self.weights(4, channels)), -1], (1, 4))
        return file

    def take(self, file, seed=4):
        shape = file.tensors[0][0]
        x = numpy.random.default_rng(seed).standard_normal((2, *shape[1:]), numpy.float32)
        return x, self.bring_back(file.bytes(), x)

    def test_weights_of_half_the_bits_come_in(self):
        weight, file = self.weights(5, 3, 3, 3).astype(numpy.float16), File(1, 6, 8, 3)
        w = file.add(DEQUANTISE, [file.constant(weight)], (5, 3, 3, 3))
        file.add(CONV, [0, w, file.constant(self.weights(5))], (1, 4, 6, 5), {0: VALID, 1: 1, 2: 1})
        _, back = self.take(self.end(file, 5))
        self.assertEqual(self.kinds(back), ['input', 'conv2d', 'global-average-pool', 'dense'])
        ours = back[f'{back["nodes"][1]["name"]}.weight'].reshape(3, 3, 3, 5)
        self.assertEqual(numpy.moveaxis(weight.astype(numpy.float32), 0, -1).tobytes(), ours.tobytes())

    def test_layers_are_called_as_they_were(self):
        file = File(1, 6, 8, 3)
        file.add(ELU, [0], (1, 6, 8, 3))
        _, back = self.take(self.end(file, 3))
        self.assertEqual([node['name'] for node in back['nodes']], ['input', 't1', 't3', 't5'])

    def test_an_elu_takes_one_away_from_a_power_and_not_the_other_way_round(self):
        def file(turned):
            made, shape = File(1, 6, 8, 3), (1, 6, 8, 3)
            zero, one, alpha = (made.constant(numpy.float32(number)) for number in (0, 1, 0.5))
            power = made.add(EXP, [made.add(MINIMUM, [0, zero], shape)], shape)
            below = made.add(SUB, [one, power] if turned else [power, one], shape)
            below = made.add(MUL, [below, alpha], shape)
            made.add(ADD, [made.add(RELU, [0], shape), below], shape)
            return self.end(made, 3)

        _, back = self.take(file(turned=False))
        self.assertEqual(self.kinds(back)[:2], ['input', 'elu'])
        self.assertEqual(back['nodes'][1]['alpha'], 0.5)
        with self.assertRaisesRegex(Refused, 'nodes are nothing that'):
            self.take(file(turned=True))

    def test_weights_alone_may_be_in_8_bits(self):
        bytes_, file = numpy.arange(-24, 24, dtype=numpy.int8).reshape(1, 4, 4, 3), File(1, 6, 8, 3)
        scale = numpy.float32([0.5, 0.25, 0.125])
        w = file.constant(bytes_, scale=scale, axis=3)
        file.add(DEPTHWISE, [0, w, file.constant(self.weights(3))], (1, 6, 8, 3), {0: SAME, 1: 1, 2: 1, 3: 1})
        _, back = self.take(self.end(file, 3))
        self.assertEqual(back['nodes'][1]['groups'], 3)
        numpy.testing.assert_array_equal(back[f'{back["nodes"][1]["name"]}.weight'].reshape(4, 4, 3), bytes_[0] * scale)

    def test_bytes_come_in_where_the_file_says_what_they_are(self):
        """Those from -128 on are images as well."""
        for numbers, zero in (('int8', -1), ('uint8', 127)):
            file = File(1, 6, 8, 3, numbers=numbers, scale=1 / 127.5, zero=zero)
            weight = file.constant(numpy.arange(-60, 75, dtype=numpy.int8).reshape(5, 3, 3, 3), scale=[0.01] * 5)
            file.add(CONV, [0, weight, file.constant(numpy.int32([1, 2, 3, 4, 5]), scale=[0.01 / 127.5] * 5)],
                     (1, 4, 6, 5), {0: VALID, 1: 1, 2: 1, 3: Byte(1)}, numbers='int8', scale=0.05, zero=-128)
            real = file.add(DEQUANTISE, [file.output], (1, 4, 6, 5))
            self.assertEqual(real, file.output)
            _, back = self.take(self.end(file, 5))
            self.assertEqual(self.kinds(back), ['input', 'conv2d', 'global-average-pool', 'dense'])
            numpy.testing.assert_allclose(back['mean'], [127 / 255] * 3, atol=1e-6)
            numpy.testing.assert_allclose(back['deviation'], [0.5] * 3, atol=1e-6)

    def test_a_transposed_convolution_is_cut_as_it_says(self):
        """Against a convolution's gradient, which it is: of what is the same, the odd row goes behind."""
        weight, file = self.weights(2, 3, 4, 3), File(1, 3, 4, 3)
        file.add(TRANSPOSED, [file.constant(numpy.int32([1, 6, 8, 2])), file.constant(weight), 0], (1, 6, 8, 2),
                 {0: SAME, 1: 2, 2: 2})
        x, back = self.take(file)
        whole = numpy.zeros((2, 7, 10, 2))
        for y in range(3):
            for i in range(4):
                whole[:, 2 * y:2 * y + 3, 2 * i:2 * i + 4] += numpy.einsum('nc,fhwc->nhwf', x[:, y, i], weight)
        numpy.testing.assert_allclose(back['output'].reshape(2, 6, 8, 2), whole[:, :6, 1:9], atol=CLOSE)

    def test_a_convolution_may_be_dilated_by_what_is_around_it(self):
        """The image is padded to whole blocks, of which some is cut off again."""
        weight = self.weights(5, 3, 3, 3)
        around, plain = File(1, 6, 9, 3), File(1, 6, 9, 3)
        blocks, pads = around.constant(numpy.int32([2, 3])), around.constant(numpy.int32([[2, 2], [3, 3]]))
        x = around.add(38, [0, blocks, pads], (6, 5, 5, 3))
        x = around.add(CONV, [x, around.constant(weight), -1], (6, 3, 3, 5), {0: VALID, 1: 1, 2: 1})
        around.add(37, [x, blocks, around.constant(numpy.int32([[0, 0], [0, 2]]))], (1, 6, 7, 5))
        x = plain.add(PAD, [0, plain.constant(numpy.int32([[0, 0], [2, 2], [3, 1], [0, 0]]))], (1, 10, 13, 3))
        plain.add(CONV, [x, plain.constant(weight), -1], (1, 6, 7, 5), {0: VALID, 1: 1, 2: 1, 4: 3, 5: 2})
        (_, one), (_, other) = self.take(self.end(around, 5)), self.take(self.end(plain, 5))
        self.assertEqual(self.kinds(one), ['input', 'conv2d', 'global-average-pool', 'dense'])
        self.assertEqual(one['output'].tobytes(), other['output'].tobytes())

    def test_shapes_that_are_worked_out_are_those_of_the_file(self):
        file = File(1, 1, 1, 6)
        lost = file.add(77, [0], (4,), numbers='int32')  # SHAPE
        x = file.add(RESHAPE, [0, lost], (1, 6))
        x = file.add(70, [x, file.constant(numpy.int32(1))], (1, 1, 6))
        x = file.add(SQUEEZE, [x], (1, 6))
        file.add(FULLY, [x, file.constant(self.weights(4, 6)), -1], (1, 4))
        _, back = self.take(file)
        self.assertEqual(self.kinds(back)[-1], 'dense')

    def test_what_cannot_be_taken_is_named_operator_by_operator(self):
        file = File(1, 6, 8, 3)
        x = file.add(COS, [0], (1, 6, 8, 3))
        x = file.add(CUSTOM, [0], (1, 6, 8, 3), custom='Conv')
        x = file.add(BILINEAR, [0, file.constant(numpy.int32([12, 16]))], (1, 12, 16, 3), {2: Byte(1)})
        x = file.add(300, [0], (1, 6, 8, 3))
        file.add(CONCATENATION, [1, 2, 4, x], (1, 6, 8, 12), {0: 3})
        with self.assertRaises(Refused) as caught:
            self.take(self.end(file, 12))
        for part in ('4 of its 7 nodes', '“t1” (COS)', '“t2” (Conv): Lathe has no layer', '(RESIZE_BILINEAR)', '“t5” (?)'):
            self.assertIn(part, str(caught.exception))

    def test_files_that_are_no_networks_are_refused(self):
        def file(*shape):
            made = File(*shape)
            made.add(RELU6, [0], shape)
            return made

        for made, part in ((file(1, 6, 8, 3).bytes(version=2), 'schema'), (file(1, 7).bytes(), 'does not take images'),
                           (file(1, 6, 8, 3).bytes(inputs=(0, 1)), 'takes 2 tensors'),
                           (file(1, 6, 8, 3).bytes(outputs=(0, 1)), 'gives 2 tensors'),
                           (file(1, 6, 8, 3).bytes(outputs=(9,)), 'damaged'), (b'\x08\0\0\0TFL3', 'damaged'),
                           (file(1, 6, 8, 3).bytes()[:200], 'damaged')):
            with self.subTest(part), self.assertRaisesRegex(Refused, part):
                self.bring_back(made, numpy.zeros((1, 6, 8, 3), numpy.float32))

    def test_an_option_that_leads_nowhere_is_damage(self):
        """Or else a convolution would come in without its activation."""
        file = File(1, 6, 8, 3)
        file.add(CONV, [0, file.constant(self.weights(5, 3, 3, 3)), -1], (1, 4, 6, 5),
                 {0: VALID, 1: 1, 2: 1, 3: Byte(1), 4: 1, 5: 1})
        whole, x = self.end(file, 5).bytes(), numpy.zeros((1, 6, 8, 3), numpy.float32)
        self.assertIn('relu', str(self.bring_back(whole, x)['nodes']))
        places = struct.pack('<8H', 16, 28, 4, 8, 12, 16, 20, 24)
        self.assertEqual(whole.count(places), 1)
        astray = whole.replace(places, struct.pack('<8H', 16, 28, 4, 8, 12, 0xff, 20, 24))
        with self.assertRaisesRegex(Refused, 'damaged'):
            self.bring_back(astray, x)

    def test_one_weight_for_many_layers_is_bounded(self):
        """A small file whose layers share their numbers must not become a large model."""
        file, x = File(1, 2, 2, 1024), 0
        weight = file.constant(self.weights(1024, 1, 1, 1024))
        for _ in range(40):
            x = file.add(CONV, [x, weight, -1], (1, 2, 2, 1024), {0: SAME, 1: 1, 2: 1})
        with self.assertRaisesRegex(Refused, 'share weights'):
            self.take(self.end(file, 1024))

    def test_one_buffer_that_is_many_is_bounded(self):
        """Nor when each layer has a buffer of its own, and all of them are one."""
        file, x = File(1, 2, 2, 1024), 0
        weight = file.tensors[file.constant(self.weights(1024, 1, 1, 1024))]
        for _ in range(40):
            file.tensors.append({**weight, 2: len(file.buffers)})
            file.buffers.append(file.buffers[weight[2]])
            x = file.add(CONV, [x, len(file.tensors) - 1, -1], (1, 2, 2, 1024), {0: SAME, 1: 1, 2: 1})
        with self.assertRaisesRegex(Refused, 'share weights'):
            self.take(self.end(file, 1024))

    def test_scales_that_many_share_are_bounded(self):
        file, x = File(1, 1, 1, 3), 0
        shared = file.constant(numpy.zeros((65536, 1), numpy.int8), scale=numpy.full(65536, 0.1))
        for _ in range(20):
            file.tensors.append(dict(file.tensors[shared]))
            x = file.add(FULLY, [x, len(file.tensors) - 1, -1], (1, 65536))
        with self.assertRaisesRegex(Refused, 'more scales than any network|different zeros'):
            self.take(file)


@unittest.skipUnless(os.environ.get(PEER), f'{PEER} names no Python that has TensorFlow')
class Converted(Case):
    """What TensorFlow's own converter makes of Keras's models."""

    def test_it_answers_as_tensorflow_does(self):
        subprocess.run([os.environ[PEER], HERE / 'tflite_converter.py', self.folder], check=True, timeout=900,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for path in sorted(self.folder.glob('*.tflite')):
            with self.subTest(path.stem):
                images, theirs = (numpy.load(path.with_suffix(f'.{what}.npy')) for what in ('images', 'said'))
                back = self.bring_back(path.read_bytes(), images)
                ours = back['output']
                if 'softmax' in (back['nodes'][-1]['kind'], back['nodes'][-1].get('activation')):
                    powers = numpy.exp(ours - ours.max(axis=1, keepdims=True))
                    ours = powers / powers.sum(axis=1, keepdims=True)
                difference = float(abs(ours - theirs.reshape(len(theirs), -1)).max())
                print(f'# {path.stem}: {difference:.2e}; {" ".join(self.kinds(back))}', flush=True)
                self.assertLess(difference, 0.05 if path.stem.endswith('int8') else 1e-4)


if __name__ == '__main__':
    tap.main()
