#!/usr/bin/env python3
# test-exports.py: what export writes gives what Lathe gives, and export proves it.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: test-exports.py LATHE-CLI ONNX-CASE [PATTERN…]

C source is compiled with cc, and left out where there is none. LATHE_PRESETS names other presets to compare than three.
A Python that has PyTorch is LATHE_PEER_TORCH, one that has ONNX Runtime LATHE_PEER_ORT, and one that has TensorFlow
LATHE_PEER_TF.
"""

import concurrent.futures
import json
import os
import pathlib
import shutil
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
    print('ok 1 exports # SKIP numpy is not there: install python3-numpy\n1..1')
    sys.exit(0)

from model_writer import draw, write_model
from onnx_engine import Engine
from programs_networks import all_networks, network
from tflite_reader import Graph

HERE = pathlib.Path(__file__).parent
STRICT = ['-std=c99', '-Wall', '-Wextra', '-Werror', '-pedantic']
SANITIZED = ['-O0', '-fsanitize=address,undefined', '-fno-sanitize-recover=all']
TOLERANCE = 1e-5  # of a probability
OF_TRAINING = ('initialiser', 'initialiser-scale', 'l1', 'l2', 'max-norm', 'frozen', 'momentum')

PROBE_HEAD = '''
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
'''
# Numbers that are none stand where nothing may be read before it is written.
PROBE_ONE = '''
#include "{name}.h"
static void ask_{name}(void)
{{
    static float input[{NAME}_INPUT], workspace[{NAME}_WORKSPACE], probabilities[{NAME}_LABELS];
{load}
    while (fread(input, sizeof input, 1, stdin) == 1) {{
        memset(workspace, 0xff, sizeof workspace);
        memset(probabilities, 0xff, sizeof probabilities);
        int label = {name}_predict(input, workspace, probabilities);
        fwrite(probabilities, sizeof probabilities, 1, stdout);
        if (label < 0 || label >= {NAME}_LABELS)
            exit(3);
    }}
}}
'''
LOAD = '''
    static float weights[{NAME}_WEIGHTS];
    FILE *file = fopen(getenv("WEIGHTS"), "rb");
    if ({name}_predict(input, workspace, probabilities) != -1 || {name}_use_weights(weights, 4) != -1)
        exit(4);
    if (file == NULL || fread(weights, sizeof weights, 1, file) != 1 || fgetc(file) != EOF ||
        {name}_use_weights(weights, sizeof weights) != 0)
        exit(5);
    fclose(file);
'''


def softmax(logits):
    powers = numpy.exp(logits.astype(float) - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def probabilities(logits):
    if logits.shape[1] > 1:
        return softmax(logits)
    yes = 1 / (1 + numpy.exp(-logits.astype(float)))
    return numpy.concatenate([1 - yes, yes], axis=1)


def with_picture(graph):
    """The network behind an image of three channels, where it wants as many as no image has."""
    first, *rest = graph['nodes']
    if first['channels'] in (1, 3):
        return graph
    before = {**first, 'name': 'picture', 'channels': 3}
    conv = {'name': first['name'], 'kind': 'conv2d', 'inputs': ['picture'], 'filters': first['channels'],
            'kernel-height': 1, 'kernel-width': 1}
    return {'nodes': [before, conv, *rest]}


def without_training(graph):
    """What the network's answers depend on."""
    return [{key: value for key, value in node.items() if key not in OF_TRAINING} for node in graph['nodes']]


def for_each(names, run):
    """Runs programs, as many at once as there are processors."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(run, names))


def preset(name):
    return json.loads((HERE.parent / 'data' / 'presets' / f'{name}.json').read_text(encoding='utf-8'))


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
        return done

    def make_model(self, graph, name='model', labels=None, **more):
        """A model file with weights that are drawn; returns them."""
        shapes = self.engine.ask('shapes', 1, {'graph': json.dumps(graph).encode()})
        rng = numpy.random.default_rng(5)
        tensors = {tensor: draw(rng, tensor, shape.astype(int)) for tensor, shape in shapes.items()}
        units = self.answer(graph, self.images_for(graph, 1), tensors).shape[1]
        write_model(self.folder / f'{name}.safetensors', graph, tensors,
                    labels or [f'label {i}' for i in range(max(2, units))], **more)
        return tensors

    def images_for(self, graph, n):
        size = [graph['nodes'][0][side] for side in ('height', 'width', 'channels')]
        return numpy.random.default_rng(7).standard_normal((n, *size), numpy.float32)

    def answer(self, graph, images, tensors):
        arrays = {'graph': json.dumps(graph).encode(), 'input': images} | tensors
        return self.engine.ask('network', len(images), arrays)['output'].reshape(len(images), -1)


@unittest.skipUnless(shutil.which('cc'), 'there is no C compiler')
class Source(Case):
    """C source, compiled and asked."""

    def export(self, name, *more):
        self.call('export', f'{name}.safetensors', f'{name}.c', '--format', 'c', '--no-proof', *more)

    def build(self, names, *flags):
        """A program that asks the network whose number it is given."""
        probe = PROBE_HEAD
        for name in names:
            beside = (self.folder / f'{name}.weights.bin').exists()
            words = {'name': name, 'NAME': name.upper()}
            probe += PROBE_ONE.format(**words, load=LOAD.format(**words) if beside else '')
        table = ', '.join(f'ask_{name}' for name in names)
        probe += f'int main(int n, char **w)\n{{\n    void (*ask[])(void) = {{{table}}};\n'
        probe += '    ask[n > 1 ? atoi(w[1]) : 0]();\n    return 0;\n}\n'
        (self.folder / 'probe.c').write_text(probe, encoding='utf-8')
        for_each(['probe', *names], lambda name: self.compile(*flags, '-c', '-o', f'{name}.o', f'{name}.c'))
        self.compile(*flags, '-o', 'probe', 'probe.o', *[f'{name}.o' for name in names], '-lm')

    def compile(self, *words):
        subprocess.run(['cc', *STRICT, *words], check=True, cwd=self.folder, timeout=600)

    def ask(self, number, images, weights=''):
        done = subprocess.run([self.folder / 'probe', str(number)], input=images.tobytes(), capture_output=True,
                              timeout=300, cwd=self.folder, env={**os.environ, 'WEIGHTS': weights})
        self.assertEqual((done.returncode, done.stderr), (0, b''))
        return numpy.frombuffer(done.stdout, numpy.float32).reshape(len(images), -1)

    def compare(self, number, graph, tensors, n=3, weights='', temperature=1):
        images = self.images_for(graph, n)
        ours = probabilities(self.answer(graph, images, tensors) / temperature)
        theirs = self.ask(number, images, weights)
        self.assertEqual(ours.shape, theirs.shape)
        difference = float(abs(ours - theirs).max())
        self.assertLessEqual(difference, TOLERANCE)
        return difference

    def test_every_kind_of_layer_gives_what_the_engine_gives(self):
        graphs, seen, kinds, largest = {}, set(), set(), (0, '')
        for name, graph in all_networks():
            if (answering := json.dumps(without_training(graph))) in seen:
                continue
            seen.add(answering)
            graphs[f'n{len(graphs)}'] = name, with_picture(graph)
            kinds |= {node['kind'] for node in graph['nodes']}
        tensors = {name: self.make_model(graph, name) for name, (_, graph) in graphs.items()}
        for_each(graphs, self.export)
        self.build(list(graphs), *SANITIZED)
        for number, (name, (title, graph)) in enumerate(graphs.items()):
            with self.subTest(title):
                largest = max(largest, (self.compare(number, graph, tensors[name]), title))
        print(f'# C: the largest difference is {largest[0]:.2e}, of {largest[1]}', flush=True)
        self.assertEqual(kinds, set(self.engine.ask('kinds', 0, {})))

    def test_presets_give_what_the_engine_gives(self):
        for name in os.environ.get('LATHE_PRESETS', 'lenet resnet20 mobilenet').split():
            with self.subTest(name):
                graph = preset(name)
                tensors = self.make_model(graph)
                # So that no label has all of the probability, which would hide what differs.
                temperature = float(abs(self.answer(graph, self.images_for(graph, 2), tensors)).max())
                self.make_model(graph, temperature=temperature)
                self.export('model')
                self.build(['model'], '-O2')
                difference = self.compare(0, graph, tensors, 2, 'model.weights.bin', temperature)
                print(f'# C: {name}: the largest difference is {difference:.2e}', flush=True)
                (self.folder / 'model.weights.bin').unlink(missing_ok=True)

    def test_weights_come_back_to_the_bit_inside_and_beside(self):
        graph = network(('conv2d', {'filters': 19}), ('relu', {}), ('flatten', {}), ('dense', {'units': 5}),
                        size=(9, 8, 3))
        tensors = self.make_model(graph)
        said = {}
        for where in ('inside', 'beside'):
            self.export('model', '--weights', where)
            self.assertEqual((self.folder / 'model.weights.bin').exists(), where == 'beside')
            self.build(['model'], '-O1')
            self.compare(0, graph, tensors, 2, 'model.weights.bin')
            said[where] = self.ask(0, self.images_for(graph, 4), 'model.weights.bin')
        self.assertEqual(said['inside'].tobytes(), said['beside'].tobytes())


class TensorFlowLite(Case):
    """A file of it, read and run by a program that has nothing in common with the one that wrote it."""

    def compare(self, graph, tensors, name='model'):
        images = self.images_for(graph, 3)
        ours = probabilities(self.answer(graph, images, tensors))
        theirs = Graph(self.folder / f'{name}.tflite').ask(images)
        self.assertEqual(ours.shape, theirs.shape)
        difference = float(abs(ours - theirs).max())
        self.assertLessEqual(difference, TOLERANCE)
        return difference

    def each_network(self):
        """The title of each small network, its graph, and its tensors."""
        seen = set()
        for title, graph in all_networks():
            if (answering := json.dumps(without_training(graph))) not in seen:
                seen.add(answering)
                graph = with_picture(graph)
                yield title, graph, self.make_model(graph)

    def test_every_kind_of_layer_gives_what_the_engine_gives_or_is_refused_by_name(self):
        kinds, refused, largest = set(), set(), (0, '')
        for title, graph, tensors in self.each_network():
            with self.subTest(title):
                out = subprocess.run([CLI, 'export', 'model.safetensors', 'model.tflite', '--format', 'tflite',
                                      '--no-proof'], cwd=self.folder, text=True, capture_output=True, timeout=60)
                if out.returncode:
                    self.assertRegex(out.stderr, r'Layer “[^”]+” .*TensorFlow Lite')
                    refused.add(title)
                    continue
                kinds |= {node['kind'] for node in graph['nodes']}
                largest = max(largest, (self.compare(graph, tensors), title))
        print(f'# TensorFlow Lite: the largest difference is {largest[0]:.2e}, of {largest[1]}', flush=True)
        self.assertEqual(kinds, set(self.engine.ask('kinds', 0, {})))
        print(f'# refused: {sorted(refused)}')

    def test_presets_give_what_the_engine_gives(self):
        for name in ('lenet', 'resnet20'):
            with self.subTest(name):
                graph = preset(name)
                tensors = self.make_model(graph)
                self.call('export', 'model.safetensors', 'model.tflite', '--format', 'tflite', '--no-proof')
                self.compare(graph, tensors)

    def test_bytes_are_normalised_inside_and_labels_are_in_the_metadata(self):
        labels = [f'label {i}' for i in range(10)]
        self.make_model(SMALL, labels=labels)
        self.call('export', 'model.safetensors', 'plain.tflite', '--format', 'tflite', '--no-proof')
        self.call('export', 'model.safetensors', 'model.tflite', '--format', 'tflite', '--with-preprocessing',
                  '--no-proof')
        pixels = numpy.random.default_rng(3).integers(0, 256, (2, 28, 28, 1), numpy.uint8)
        plain, graph = (Graph(self.folder / f'{name}.tflite') for name in ('plain', 'model'))
        self.assertEqual(json.loads(graph.metadata['labels']), labels)
        facts = json.loads(graph.metadata['preprocessing'])
        numbers = (pixels / numpy.float32(255) - facts['mean'][0]) / facts['deviation'][0]
        self.assertLess(abs(graph.ask(pixels) - plain.ask(numbers)).max(), TOLERANCE)

    @unittest.skipUnless(os.environ.get('LATHE_PEER_TF'), 'LATHE_PEER_TF names no Python that has TensorFlow')
    def test_tensorflow_answers_alike(self):
        asked, largest = {}, (0, '')
        for title, graph, tensors in self.each_network():
            name = f'n{len(asked)}'
            out = self.folder / f'{name}.tflite'
            if subprocess.run([CLI, 'export', 'model.safetensors', out, '--format', 'tflite', '--no-proof'],
                              cwd=self.folder, capture_output=True, timeout=60).returncode == 0:
                images = self.images_for(graph, 3)
                numpy.save(self.folder / f'{name}.npy', images)
                asked[name] = title, probabilities(self.answer(graph, images, tensors))
        subprocess.run([os.environ['LATHE_PEER_TF'], HERE / 'tflite_worker.py', self.folder], check=True, timeout=600)
        for name, (title, ours) in asked.items():
            with self.subTest(title):
                difference = float(abs(numpy.load(self.folder / f'{name}.said.npy') - ours).max())
                self.assertLessEqual(difference, TOLERANCE)
                largest = max(largest, (difference, title))
        print(f'# TensorFlow Lite itself: the largest difference of {len(asked)} is {largest[0]:.2e}, of {largest[1]}')


SMALL = network(('conv2d', {'filters': 9, 'activation': 'relu'}), ('batch-norm', {}), ('flatten', {}),
                ('dense', {'units': 10, 'activation': 'softmax'}), size=(28, 28, 1))
READERS = {'safetensors': 'LATHE_PEER_TORCH', 'pytorch-program': 'LATHE_PEER_TORCH'}


class Exporting(Case):
    def setUp(self):
        super().setUp()
        self.samples = os.environ['LATHE_SAMPLES']
        labels = sorted(path.name for path in pathlib.Path(self.samples).iterdir() if path.is_dir())
        self.make_model(SMALL, labels=labels)

    def export(self, out, form, *more, status=0, environment=None):
        done = subprocess.run([CLI, 'export', 'model.safetensors', out, '--format', form, *more, '--json'], text=True,
                              capture_output=True, timeout=300, cwd=self.folder,
                              env={**os.environ, **(environment or {})})
        self.assertEqual(done.returncode, status, done.stderr)
        return json.loads(done.stdout) if status == 0 else done.stderr


class EightBits(Exporting):
    """What --quantize int8 makes of a model."""

    QUANTISE = ('--quantize', 'int8', '--calibrate-images', '60')

    def setUp(self):
        super().setUp()
        self.images = ('--images', self.samples, '--split', 'test')

    def test_a_model_file_in_8_bits_answers_as_its_model_and_is_small(self):
        for method in ('minmax', 'percentile', 'kl'):
            said = self.export('small.safetensors', 'safetensors', *self.QUANTISE, *self.images, '--calibrate', method)
            proof, told = said['proof'], said['quantization']
            self.assertEqual((proof['reader'], proof['largest_difference'], proof['equal_top1']), ('lathe', 0, 1))
            self.assertEqual((told['type'], told['calibrate'], told['images'], told['layers']), ('int8', method, 60, 2))
            self.assertLessEqual(told['accuracy_before'] - told['accuracy'], 0.01)
            self.assertEqual(told['layers_quantized'], 2 - sum(layer['left'] for layer in told['sensitivity']))
            self.assertLess(proof['bytes'], (self.folder / 'model.safetensors').stat().st_size / 3)

    def test_a_model_file_in_8_bits_is_used_as_any_other(self):
        self.export('small.safetensors', 'safetensors', *self.QUANTISE, *self.images)
        image = next(pathlib.Path(self.samples).glob('*/*.png'))
        for words in (('evaluate', 'small.safetensors', self.samples, '--split', 'test'),
                      ('predict', 'small.safetensors', str(image)), ('info', 'small.safetensors'),
                      ('explain', 'small.safetensors', str(image))):
            self.assertIn('{', self.call(*words, '--json').stdout)
        self.assertIn('in 8 bits', subprocess.run(
            [CLI, 'export', 'small.safetensors', 'out.h5', '--format', 'h5'], text=True, capture_output=True,
            cwd=self.folder).stderr)

    def test_onnx_in_8_bits_is_proved_without_another_program_and_comes_back(self):
        said = self.export('small.onnx', 'onnx', *self.QUANTISE, *self.images)
        proof = said['proof']
        self.assertEqual((proof['reader'], proof['largest_difference'], proof['equal_top1']), ('lathe', 0, 1))
        self.export('small.safetensors', 'safetensors', *self.QUANTISE, *self.images)
        self.call('import', 'small.onnx', 'back.safetensors')
        image = str(next(pathlib.Path(self.samples).glob('*/*.png')))
        answers = [json.loads(self.call('predict', f'{name}.safetensors', image, '--json').stdout)['predictions']
                   for name in ('small', 'back')]
        self.assertEqual(*answers)

    def test_training_in_8_bits_makes_it_better_and_twice_the_same_bits(self):
        words = (*self.QUANTISE, *self.images, '--fine-tune', '1', '--lr', '0.003')
        first = self.export('small.safetensors', 'safetensors', *words, '--threads', '1')
        weights = (self.folder / 'small.safetensors').read_bytes()
        told = first['quantization']
        self.assertEqual((told['epochs'], told['tuned'], told['accuracy']), (1, True, told['accuracy_tuned']))
        self.assertGreater(told['accuracy_tuned'], told['accuracy_untuned'] + 0.3)
        self.assertEqual(first['proof']['largest_difference'], 0)
        again = self.export('small.safetensors', 'safetensors', *words, '--threads', '2')
        self.assertEqual(again['quantization'], told)
        self.assertEqual((self.folder / 'small.safetensors').read_bytes(), weights)

    def test_what_is_pruned_goes_out_in_8_bits(self):
        whole = self.export('whole.safetensors', 'safetensors', *self.QUANTISE, *self.images)
        for form in ('safetensors', 'onnx'):
            said = self.export(f'small.{form}', form, '--prune', '0.4', *self.QUANTISE, *self.images)
            proof, pruned, told = said['proof'], said['pruned'], said['quantization']
            self.assertEqual((proof['reader'], proof['largest_difference'], proof['equal_top1']), ('lathe', 0, 1))
            self.assertLessEqual(pruned['multiply_adds'], 0.6 * pruned['multiply_adds_before'])
            self.assertEqual((told['type'], told['layers'], told['images']), ('int8', 2, 60))
            self.assertEqual(said['parameters'], pruned['parameters'])
        self.assertLess((self.folder / 'small.safetensors').stat().st_size, whole['proof']['bytes'])

    def test_what_cannot_be_is_refused(self):
        self.assertIn('say which', self.export('out', 'onnx', '--fine-tune', '1', *self.images, status=2))
        for form, more, part in (('keras', self.images, 'does not hold'), ('safetensors', (), 'takes --images')):
            self.assertIn(part, self.export('out', form, *self.QUANTISE, *more, status=2))
        self.assertIn('--calibrate', self.export('out', 'onnx', '--calibrate', 'kl', status=2))

    def answers(self, model, pixels):
        """The probability of each label, in their order, by Lathe."""
        for i, image in enumerate(pixels):
            (self.folder / f'{i}.pgm').write_bytes(b'P5 28 28 255\n' + image.tobytes())
        said = self.call('predict', model, *[f'{i}.pgm' for i in range(len(pixels))], '--json').stdout.splitlines()
        each = [{row['label']: row['probability'] for row in json.loads(line)['predictions']} for line in said]
        return numpy.array([[row[label] for label in sorted(row)] for row in each])

    def compare_bytes(self, graph):
        """How far TensorFlow Lite's answers are from Lathe's, both in 8 bits, and Lathe's in real numbers; the operators
        that give bytes."""
        labels = sorted(path.name for path in pathlib.Path(self.samples).iterdir() if path.is_dir())
        self.make_model(graph, labels=labels, temperature=20)
        self.export('small.safetensors', 'safetensors', *self.QUANTISE, *self.images)
        self.export('small.tflite', 'tflite', *self.QUANTISE, *self.images, '--with-preprocessing', '--no-proof')
        pixels = numpy.random.default_rng(3).integers(0, 256, (9, 28, 28, 1), numpy.uint8)
        lite = Graph(self.folder / 'small.tflite')
        ours, plain = (self.answers(f'{name}.safetensors', pixels) for name in ('small', 'model'))
        known = {lite.codes[operator.scalar(0, '<I')] for operator in lite.operators
                 if lite.scales[operator.ints(2)[0]] is not None}
        return abs(lite.ask(pixels) - ours).max(), abs(plain - ours).max(), known

    def test_tensorflow_lite_has_the_same_bytes(self):
        """All that goes from bytes to bytes, and a layer between that does not."""
        difference, rounded, known = self.compare_bytes(network(
            ('conv2d', {'filters': 8, 'padding': 'same', 'activation': 'relu6'}),
            ('conv2d', {'filters': 8, 'groups': 8, 'padding': 'explicit', 'padding_top': 2, 'padding_left': 1,
                        'padding_right': 1, 'stride_height': 2, 'stride_width': 2}),
            ('relu', {}), ('max-pool', {}), ('conv2d', {'filters': 8, 'padding': 'same'}),
            ('conv2d', {'filters': 12, 'kernel_height': 1, 'kernel_width': 1}), ('global-average-pool', {}),
            ('dense', {'units': 16, 'activation': 'relu'}), ('dense', {'units': 16}), ('gelu', {}),
            ('dense', {'units': 16}), ('relu', {}), ('dense', {'units': 10}), size=(28, 28, 1)))
        print(f'# TensorFlow Lite in 8 bits: the largest difference is {difference:.2e}, from real numbers {rounded:.2e}')
        self.assertLessEqual(difference, TOLERANCE)
        self.assertGreater(rounded, 20 * TOLERANCE)
        self.assertLessEqual({3, 4, 9, 17, 19, 34, 40, 114}, known)

    def test_tensorflow_lite_may_round_a_sum_or_a_mean_to_the_other_side(self):
        difference, rounded, known = self.compare_bytes(network(
            ('conv2d', {'filters': 8}), ('conv2d', {'filters': 8, 'padding': 'same'}), ('add', {'inputs': [1, 2]}),
            ('average-pool', {}), ('flatten', {}), ('dense', {'units': 10}), size=(28, 28, 1)))
        self.assertLess(difference, 2 * rounded)
        self.assertLessEqual({0, 1, 3, 22, 114}, known)

    @unittest.skipUnless(os.environ.get('LATHE_PEER_ORT'), 'LATHE_PEER_ORT names no Python that has ONNX Runtime')
    def test_onnx_runtime_answers_alike(self):
        """Of a network that is in 8 bits from end to end; between real numbers, a byte may be rounded the other way."""
        labels = sorted(path.name for path in pathlib.Path(self.samples).iterdir() if path.is_dir())
        self.make_model(network(('conv2d', {'filters': 9}), ('batch-norm', {}), ('relu', {}), ('max-pool', {}),
                                ('flatten', {}), ('dense', {'units': 10, 'activation': 'softmax'}), size=(28, 28, 1)),
                        labels=labels)
        said = self.export('small.onnx', 'onnx', *self.QUANTISE, *self.images, '--prove-with',
                           os.environ['LATHE_PEER_ORT'])
        self.assertEqual(said['proof']['reader'], 'onnxruntime')
        self.assertLessEqual(said['proof']['largest_difference'], TOLERANCE)


class Proof(Exporting):
    """What export says of its own work."""

    def check(self, proof, reader, images, largest):
        self.assertEqual((proof['reader'], proof['images']), (reader, images))
        self.assertLessEqual(proof['largest_difference'], largest)
        self.assertEqual(proof['equal_top1'], 1)
        self.assertGreater(proof['bytes'], 1000)
        self.assertGreater(proof['milliseconds'], 0)
        self.assertGreater(proof['milliseconds_exported'], 0)

    @unittest.skipUnless(shutil.which('cc'), 'there is no C compiler')
    def test_noise_proves_where_there_are_no_images(self):
        proof = self.export('model.c', 'c')['proof']
        self.check(proof, 'cc', 32, TOLERANCE)
        self.assertEqual((proof['noise'], proof['accuracy'], proof['accuracy_exported']), (True, None, None))
        text = self.call('export', 'model.safetensors', 'model.c', '--format', 'c').stdout
        self.assertIn('read by cc: of 32 images', text)
        self.assertIn('noise', text)

    @unittest.skipUnless(shutil.which('cc'), 'there is no C compiler')
    def test_views_temperature_and_normalisation_are_in_the_source(self):
        one = network(('conv2d', {'filters': 4, 'stride_width': 2}), ('flatten', {}), ('dense', {'units': 1}),
                      size=(9, 7, 3))
        for graph in (SMALL, one):
            for views in (1, 2, 6):
                channels = graph['nodes'][0]['channels']
                with self.subTest(views, channels=channels):
                    self.make_model(graph, temperature=0.3 + views, mean=[0.4, 0.5, 0.1][:channels],
                                    deviation=[0.2, 0.3, 0.7][:channels], **({'views': views} if views > 1 else {}))
                    self.check(self.export('model.c', 'c')['proof'], 'cc', 32, TOLERANCE)

    @unittest.skipUnless(shutil.which('cc'), 'there is no C compiler')
    def test_accuracy_is_that_of_evaluate(self):
        known = json.loads(self.call('evaluate', 'model.safetensors', self.samples, '--split', 'validation',
                                     '--json').stdout)
        proof = self.export('model.c', 'c', '--images', self.samples)['proof']
        self.check(proof, 'cc', sum(entry['support'] for entry in known['classes']), TOLERANCE)
        self.assertFalse(proof['noise'])
        self.assertAlmostEqual(proof['accuracy'], known['accuracy'], places=12)
        self.assertEqual(proof['accuracy_exported'], proof['accuracy'])
        others = self.export('model.c', 'c', '--images', self.samples, '--split', 'test')['proof']
        self.assertNotEqual(others['images'], proof['images'])

    def test_a_copy_of_the_model_is_read_by_lathe_and_says_the_same(self):
        proof = self.export('copy.safetensors', 'safetensors')['proof']
        self.check(proof, 'lathe', 32, 0)
        for name in ('model', 'copy'):
            said = self.call('info', f'{name}.safetensors', '--json').stdout
            self.assertEqual(said.replace('copy.', 'model.'), self.call('info', 'model.safetensors', '--json').stdout)
        self.assertIn('class Network', (self.folder / 'copy.py').read_text(encoding='utf-8'))

    def compiler(self, script):
        """An environment whose cc does this first."""
        tools = self.folder / 'tools'
        tools.mkdir(exist_ok=True)
        (tools / 'cc').write_text(f'#!/bin/sh\n{script}\nexec {shutil.which("cc")} "$@"\n', encoding='utf-8')
        (tools / 'cc').chmod(0o755)
        return {'PATH': f'{tools}:{os.environ["PATH"]}'}

    @unittest.skipUnless(shutil.which('cc'), 'there is no C compiler')
    def test_what_answers_differently_is_not_kept(self):
        (self.folder / 'model.c').write_text('what was there before', encoding='utf-8')
        before = sorted(path.name for path in self.folder.iterdir())
        for script, why in (("sed -i 's/255.0f/254.0f/' model.c", 'the model gives'),
                            ("sed -i 's/softmax(probabilities/probabilities[0] = NAN; softmax(probabilities/' model.c",
                             'nan where the model gives'),
                            ('echo model.c: too large >&2; exit 1', 'model.c: too large')):
            with self.subTest(script):
                said = self.export('model.c', 'c', status=1, environment=self.compiler(script))
                self.assertIn(why, said)
                self.assertIn('“model.c” is not kept', said)
                self.assertEqual((self.folder / 'model.c').read_text(encoding='utf-8'), 'what was there before')
                self.assertEqual(sorted(path.name for path in self.folder.iterdir() if path.name != 'tools'), before)
        self.export('model.c', 'c', '--no-proof', environment=self.compiler('exit 1'))
        self.assertIn('model_predict', (self.folder / 'model.c').read_text(encoding='utf-8'))

    def test_a_python_that_is_named_reads_what_it_is_for(self):
        for form, peer in READERS.items():
            with self.subTest(form):
                if not os.environ.get(peer):
                    self.skipTest(f'{peer} names no Python')
                self.make_model(SMALL, temperature=1.7, views=6)
                proof = self.export('out' if form == 'safetensors' else 'out.py', form, '--prove-with',
                                    os.environ[peer])['proof']
                self.check(proof, 'torch', 32, 1e-5)

    def test_a_python_that_has_nothing_is_an_error_that_says_so(self):
        said = self.export('out.py', 'pytorch-program', '--prove-with', sys.executable, status=1)
        if 'torch' in said:
            self.assertIn('No module named', said)
        (self.folder / 'python').symlink_to(sys.executable)
        here = self.export('out.py', 'pytorch-program', '--prove-with', './python', status=1)
        self.assertNotIn('No such file', here)
        self.assertFalse((self.folder / 'out.py').exists())
        self.assertIn('Python', self.export('out.c', 'c', '--prove-with', sys.executable, status=1))

    def test_a_network_alone_is_not_proved_and_goes_out_all_the_same(self):
        said = json.loads(self.call('export', 'lenet', 'out.py', '--format', 'pytorch-program', '--json').stdout)
        self.assertNotIn('proof', said)
        self.assertIn('no weights', self.call('export', 'lenet', 'out.c', '--format', 'c', status=1).stderr)


class Bundle(Exporting):
    """The folder that another program takes."""

    def bundle(self, form, *more):
        self.export('out', form, '--bundle', '--images', self.samples, *more)
        out = self.folder / 'out'
        samples = json.loads((out / 'samples.json').read_text(encoding='utf-8'))
        facts = json.loads((out / 'preprocessing.json').read_text(encoding='utf-8'))
        self.assertEqual(facts['labels'], samples['labels'])
        self.assertEqual((out / 'labels.txt').read_text(encoding='utf-8').splitlines(), facts['labels'])
        self.assertEqual(len(samples['samples']), 3)
        return out, facts, samples['samples']

    def test_it_says_what_a_program_must_know(self):
        _, facts, samples = self.bundle('safetensors')
        self.assertEqual([facts[name] for name in ('width', 'height', 'channels', 'fit', 'mean', 'deviation', 'views',
                                                   'temperature', 'output')],
                         [28, 28, 1, 'crop', [0.5], [0.25], 1, 1, 'logits'])
        for sample in samples:
            said = json.loads(self.call('predict', 'model.safetensors', self.folder / 'out' / sample['file'],
                                        '--json').stdout)
            ours = {entry['label']: entry['probability'] for entry in said['predictions']}
            for label, expected in zip(facts['labels'], sample['probabilities']):
                self.assertAlmostEqual(ours[label], expected, delta=1e-6)

    @unittest.skipUnless(shutil.which('cc'), 'there is no C compiler')
    def test_its_c_program_gives_what_the_samples_must_get(self):
        for where in ('inside', 'beside'):
            with self.subTest(where):
                out, _, samples = self.bundle('c', '--weights', where)
                subprocess.run(['cc', *STRICT, '-O1', '-o', 'predict', 'predict.c', 'model.c', '-lm'], check=True,
                               cwd=out)
                for sample in samples:
                    said = subprocess.run(['./predict', sample['file'].replace('.png', '.pgm')], check=True, cwd=out,
                                          capture_output=True, text=True).stdout
                    ours = [float(line.split()[0]) for line in said.splitlines()]
                    numpy.testing.assert_allclose(ours, sample['probabilities'], atol=1e-5)

    def test_its_python_program_gives_what_the_samples_must_get(self):
        for form, peer in READERS.items():
            with self.subTest(form):
                if not os.environ.get(peer):
                    self.skipTest(f'{peer} names no Python')
                out, facts, samples = self.bundle(form)
                said = subprocess.run([os.environ[peer], 'predict.py', *[sample['file'] for sample in samples]],
                                      cwd=out, capture_output=True, text=True, check=True).stdout.splitlines()
                for sample, line in zip(samples, said[::3], strict=True):
                    best = int(numpy.argmax(sample['probabilities']))
                    self.assertTrue(line.startswith(f'{sample["file"]}: {facts["labels"][best]} '), line)
                    self.assertAlmostEqual(float(line.split()[-1]), sample['probabilities'][best], delta=1e-5)


if __name__ == '__main__':
    tap.main()
