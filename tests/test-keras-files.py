#!/usr/bin/env python3
# test-keras-files.py: models as Keras's files: they come back as they went, and Keras says of them what Lathe says.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: test-keras-files.py LATHE-CLI ONNX-CASE [PATTERN…]

Files always go out and come in again. What Keras makes of them takes a Python that has it: LATHE_PEER_TF for Keras 3,
LATHE_PEER_TF2 for Keras 2; without one its cases are left out. The sample set is at $LATHE_SAMPLES.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import tap

CLI, CASE = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))

try:
    import numpy
except ImportError:
    print('ok 1 keras files # SKIP numpy is not there: install python3-numpy\n1..1')
    sys.exit(0)

from model_reader import read_model
from model_writer import draw, write_model
from onnx_engine import Engine, Refused
from programs_networks import all_networks, network, with_colours

HERE = pathlib.Path(__file__).parent
SAMPLES = os.environ.get('LATHE_SAMPLES', '')
FORMATS = {'h5': '.h5', 'keras': '.keras'}
PEERS = {'keras 3': 'LATHE_PEER_TF', 'keras 2': 'LATHE_PEER_TF2'}
TOLERANCE = 1e-5        # of a probability
ROUNDED = 1e-4          # of the largest number that comes out, where that is above 1
SIDE = 64               # pixels, of a preset's images
MOST = 5e6              # numbers of a preset that is tried where there is no Keras
SIDES = ('height', 'width', 'channels')

# Layers that no layer of Keras is, by what the refusal says.
NOT_IN_KERAS = {'transposed-grouped': 'groups', 'transposed-depthwise': 'groups', 'transposed-dilated': 'dilated'}


def run(*arguments, ok=True):
    done = subprocess.run([CLI, *map(str, arguments)], text=True, capture_output=True, timeout=240)
    if ok and done.returncode != 0:
        raise AssertionError(f'{arguments}: {done.stderr}')
    return done


def presets():
    """Those of lathe-cli, from the end of its help."""
    text = run('export', '--help').stdout
    return re.findall(r'^  (\S+) ', text.split('Preset networks:')[1], re.MULTILINE)


def ends_in_vector(graph):
    with tempfile.NamedTemporaryFile('w', suffix='.json') as file:
        json.dump(graph, file)
        file.flush()
        return len(json.loads(run('info', file.name, '--json').stdout)['layers'][-1]['output']) == 1


def graph_of(preset):
    return json.loads((HERE.parent / 'data' / 'presets' / f'{preset}.json').read_text(encoding='utf-8'))


def smaller(graph):
    """A preset of smaller images and with fewer units in its large layers, so that it takes no minute."""
    for node in graph['nodes']:
        if node['kind'] == 'input':
            node.update({side: min(node[side], SIDE) for side in ('height', 'width')})
        if node['kind'] == 'dense' and node['units'] > 1000:
            node['units'] = 24
    return graph


def link(graph, logits):
    """What the network says of logits that the engine gives: see lathe-loss.c; of images they are what comes out."""
    last, way = graph['nodes'][-1], 'sigmoid' if logits.shape[1] == 1 else 'softmax'
    if way not in (last['kind'], last.get('activation')) or not ends_in_vector(graph):
        return logits
    if way == 'sigmoid':
        return 1 / (1 + numpy.exp(-logits))
    powers = numpy.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


class Worker:
    """Keras in a process of its own."""

    def __init__(self, peer):
        environment = {**os.environ, 'TF_CPP_MIN_LOG_LEVEL': '3', 'CUDA_VISIBLE_DEVICES': '', 'KERAS_BACKEND':
                       'tensorflow', 'TF_ENABLE_ONEDNN_OPTS': '0'}
        self.process = subprocess.Popen([os.environ[PEERS[peer]], HERE / 'keras_worker.py'], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        env=environment)

    def ask(self, **facts):
        self.process.stdin.write(json.dumps({name: str(value) for name, value in facts.items()}) + '\n')
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

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
        self.largest = (-1, '')

    def answer(self, graph, tensors, images):
        arrays = {'graph': json.dumps(graph).encode(), 'input': images} | tensors
        return self.engine.ask('network', len(images), arrays)['output'].reshape(len(images), -1)

    def draw(self, graph):
        """Weights, images, and the logits of them."""
        rng = numpy.random.default_rng(5)
        shapes = self.engine.ask('shapes', 1, {'graph': json.dumps(graph).encode()})
        tensors = {tensor: draw(rng, tensor, shape.astype(int)) for tensor, shape in shapes.items()}
        images = rng.standard_normal((2, *(graph['nodes'][0][side] for side in SIDES)), numpy.float32)
        return tensors, images, self.answer(graph, tensors, images)

    def begin(self, name, graph, temperature=None):
        """A model file with weights that were drawn, the weights, images, and what the network says of them."""
        tensors, images, logits = self.draw(graph)
        channels = images.shape[-1]
        path = self.folder / f'{name}.safetensors'
        labels = [f'label {i}' for i in range(max(2, logits.shape[1]))]
        write_model(path, graph, tensors, labels, temperature, mean=[0.25] * channels, deviation=[0.5] * channels)
        return tensors, images, link(graph, logits if temperature is None else logits / temperature)

    def export(self, name, form, *options):
        path = self.folder / f'{name}{FORMATS[form]}'
        run('export', self.folder / f'{name}.safetensors', path, '--format', form, *options)
        return path

    def take_in(self, path):
        back = self.folder / f'{path.name}.back.safetensors'
        run('import', path, back)
        return read_model(back)

    def assert_near(self, ours, theirs, tolerance, name):
        self.assertEqual(ours.shape, theirs.shape, name)
        difference = float(abs(ours - theirs).max() / max(1, abs(ours).max()))
        self.largest = max(self.largest, (difference, name))
        self.assertLessEqual(difference, tolerance, name)

    def assert_padded_pool(self, graph, refusal):
        """Nothing else is refused of what lathe-program-keras.c takes: see lathe-keras-windows.c."""
        self.assertIn('padding that Keras', str(refusal))
        self.assertTrue(any(node['kind'].endswith('-pool') and node.get('padding') == 'explicit'
                            for node in graph['nodes']), refusal)

    def report(self, what):
        print(f'# {what}: the largest difference is {self.largest[0]:.2e}, of {self.largest[1]}', flush=True)


def every_layer():
    for name, graph in all_networks():
        if name not in NOT_IN_KERAS:
            yield name, with_colours(graph)
    deep = network(*[('relu', {}) for _ in range(300)], ('flatten', {}), ('dense', {'units': 3}))
    yield 'deep', with_colours(deep)  # more layers than fit under one node of a group's tree


def every_preset(most=float('inf')):
    """But for those that have more numbers than that."""
    for preset in presets():
        graph = smaller(graph_of(preset))
        if json.loads(run('info', preset, '--json').stdout)['parameters'] <= most:
            yield preset, graph


class OutAndIn(Case):
    """Without Keras."""

    def check(self, name, graph, form):
        tensors, images, logits = self.draw(graph)
        ours = link(graph, logits)
        arrays = {'graph': json.dumps(graph).encode(), 'format': form.encode()} | tensors
        try:
            file = self.engine.ask('export', 0, arrays)['file']
        except Refused as refusal:
            self.assert_padded_pool(graph, refusal)
            return False
        back = self.engine.ask('import', len(images), {'file': file, 'input': images})
        self.assertEqual(sorted(array.tobytes() for array in tensors.values()),
                         sorted(array.tobytes() for tensor, array in back.items() if '.' in tensor), name)
        self.assert_near(ours, link(json.loads(back['graph']), back['output'].reshape(ours.shape)), ROUNDED, name)
        return True

    def check_all(self, subjects):
        """Which were refused."""
        refused = []
        for name, graph in subjects:
            for form in FORMATS:
                with self.subTest(name, form=form):
                    if not self.check(name, graph, form):
                        refused.append(f'{name} as {form}')
        self.report('out and in')
        return refused

    def test_every_layer_comes_back_with_its_weights_to_the_bit(self):
        self.check_all(every_layer())

    def test_every_preset_comes_back_with_its_weights_to_the_bit(self):
        self.assertEqual(self.check_all(every_preset(MOST)), [])

    def test_what_keras_cannot_do_is_refused_by_name(self):
        for name, why in NOT_IN_KERAS.items():
            self.begin(name, with_colours(dict(all_networks())[name]))
            for form in FORMATS:
                with self.subTest(name, form=form):
                    done = run('export', self.folder / f'{name}.safetensors', self.folder / 'x', '--format', form,
                               ok=False)
                    self.assertEqual(done.returncode, 1)
                    self.assertIn('transposed-conv2d-1', done.stderr)
                    self.assertIn(why, done.stderr)

    def change(self, path, edit):
        """The archive, with another description."""
        out = self.folder / 'changed.keras'
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, 'w') as new:
            for entry in old.namelist():
                data = old.read(entry)
                if entry == 'config.json':
                    config = json.loads(data)
                    edit(config['config']['layers'])
                    data = json.dumps(config).encode()
                new.writestr(entry, data)
        return run('import', out, self.folder / 'changed.safetensors', ok=False)

    def test_what_lathe_does_not_have_is_named_layer_by_layer(self):
        graph = graph_of('seed')
        graph['nodes'][0].update(height=16, width=16)
        self.begin('seed', graph)
        path = self.export('seed', 'keras')

        def code(layers):
            layers[2].update(class_name='Lambda')
            layers[3].update(class_name='LSTM')
            layers[4]['config']['activation'] = {'class_name': '__lambda__', 'config': {'value': '4wEAAAA='}}
            layers[5]['config']['units'] = 10 ** 9

        done = self.change(path, code)
        self.assertEqual(done.returncode, 1)
        for what in ('“max-pool-1” (Lambda) is code', '“flatten-1” (LSTM)', '“dense-1” (Dense) has an activation that is',
                     '“dense-2” (Dense)'):
            self.assertIn(what, done.stderr)
        self.assertFalse((self.folder / 'changed.safetensors').exists())

        def circle(layers):
            layers[2]['inbound_nodes'][0]['args'][0]['config']['keras_history'][0] = 'flatten-1'

        self.assertEqual(self.change(path, circle).returncode, 1)

        self.begin('norm', network(('layer-norm', {}), ('flatten', {}), ('dense', {'units': 3}), size=(5, 5, 3)))
        norm = self.export('norm', 'keras')
        done = self.change(norm, lambda layers: layers[1]['config'].update(rms_scaling=True, center=False))
        self.assertEqual(done.returncode, 1)
        self.assertIn('“layer-norm-1” (LayerNormalization) divides by the root mean square', done.stderr)
        self.assertEqual(self.change(path, lambda layers: layers[1]['config'].update(filters=31)).returncode, 1)
        self.assertEqual(self.change(path, lambda layers: None).returncode, 0)

    def test_an_axis_other_than_the_last_is_refused(self):
        """1 is the last one of a vector, and of an image it counts the rows, of which there are as many as channels."""
        layers = [('conv2d', {'filters': 3}), ('batch-norm', {}), ('layer-norm', {}),
                  ('concatenate', {'inputs': [2, 3]}), ('relu', {}), ('flatten', {}), ('batch-norm', {}),
                  ('dense', {'units': 3})]
        self.begin('axes', network(*layers, size=(5, 5, 3)))
        path = self.export('axes', 'keras')

        def along(name, axis, kind=None):
            def edit(layers):
                layer = next(layer for layer in layers if layer['config']['name'] == name)
                layer['config']['axis'] = axis
                if kind:
                    layer.update(class_name=kind, config={'name': name, 'axis': axis})

            return self.change(path, edit)

        for name, axis, *kind in (('batch-norm-2', 1), ('batch-norm-2', [1]), ('layer-norm-3', [1]),
                                  ('concatenate-4', 1), ('relu-5', [1, 2], 'Softmax'), ('relu-5', 1, 'Softmax'),
                                  ('batch-norm-7', [1, 2])):
            with self.subTest(name, axis=axis):
                done = along(name, axis, *kind)
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr, f'“{name}” .* has an axis other than the last')
        for name, axis in (('batch-norm-2', 3), ('batch-norm-2', [3]), ('concatenate-4', -1), ('batch-norm-7', [1])):
            with self.subTest(name, axis=axis):
                self.assertEqual(along(name, axis).returncode, 0)

    def test_damaged_files_are_refused_or_read(self):
        layers = [('conv2d', {'filters': 4}), ('batch-norm', {}), ('prelu', {}), ('add', {'inputs': [1, 3]}),
                  ('flatten', {}), ('dense', {'units': 3, 'activation': 'softmax'})]
        self.begin('some', network(*layers, size=(5, 5, 3)))
        rng = numpy.random.default_rng(7)
        for form in FORMATS:
            path = self.export('some', form)
            whole = path.read_bytes()
            for i in range(30):
                data = bytearray(whole)
                if i % 3 == 0:
                    data = data[:rng.integers(len(data))]
                else:
                    for _ in range(1 + i):
                        data[rng.integers(len(data))] = rng.integers(256)
                path.write_bytes(data)
                self.assertIn(run('import', path, self.folder / 'x.safetensors', ok=False).returncode, (0, 1), (form, i))

    def test_a_temperature_is_a_layer_in_front_of_the_last_activation(self):
        graph = graph_of('lenet')
        tensors, images, ours = self.begin('cool', graph, temperature=2.0)
        for form in FORMATS:
            network, theirs, _ = self.take_in(self.export('cool', form))
            again = link(network, self.answer(network, theirs, images))
            self.assert_near(ours, again, TOLERANCE, form)


class WithKeras(Case):
    def start(self, peer):
        if not os.environ.get(PEERS[peer]):
            self.skipTest(f'{PEERS[peer]} names no Python that has {peer}')
        self.worker = Worker(peer)
        self.addCleanup(self.worker.close)

    def ask(self, **facts):
        answer = self.worker.ask(**facts)
        self.assertNotIn('error', answer, answer.get('error'))
        return answer

    def compare(self, name, graph, form):
        tensors, images, ours = self.begin(name, graph)
        numpy.save(self.folder / 'images.npy', images)
        try:
            path = self.export(name, form)
        except AssertionError as refusal:
            self.assert_padded_pool(graph, refusal)
            return
        facts = self.ask(load=path, images=self.folder / 'images.npy', out=self.folder / 'out.npy')
        self.assertEqual(facts['parameters'], sum(array.size for array in tensors.values()), name)
        self.assert_near(ours, numpy.load(self.folder / 'out.npy'), ROUNDED, name)
        for file in self.folder.iterdir():
            file.unlink()

    def compare_all(self, peer, subjects, *forms):
        self.start(peer)
        for name, graph in subjects:
            for form in forms:
                with self.subTest(name, form=form):
                    self.compare(name, graph, form)
        self.report(peer)

    def test_keras_3_gives_the_same_of_every_layer(self):
        self.compare_all('keras 3', every_layer(), *FORMATS)

    def test_keras_3_gives_the_same_of_every_preset(self):
        self.compare_all('keras 3', every_preset(), *FORMATS)

    def test_keras_2_gives_the_same_of_every_layer(self):
        self.compare_all('keras 2', every_layer(), 'h5')

    def test_keras_2_gives_the_same_of_every_preset(self):
        self.compare_all('keras 2', every_preset(), 'h5')

    def train(self):
        """The seed network, for two epochs of the samples."""
        model = self.folder / 'seed.safetensors'
        run('train', SAMPLES, '--network', 'seed', '--size', '28x28', '--epochs', '2', '--batch', '64', '--out', model)
        return read_model(model)

    def look(self, metadata, tensors, graph):
        """A hundred images as the network sees them, their labels, and its probabilities."""
        preprocess, labels = json.loads(metadata['lathe.preprocess']), json.loads(metadata['lathe.labels'])
        files = sorted(pathlib.Path(SAMPLES).glob('*/*.png'))
        files = files[::max(1, len(files) // 100)][:100]
        self.ask(files=json.dumps([str(file) for file in files]), channels=preprocess['channels'],
                 out=self.folder / 'pixels.npy')
        pixels = numpy.load(self.folder / 'pixels.npy')
        mean, deviation = (numpy.array(preprocess[name], numpy.float32) for name in ('mean', 'deviation'))
        images = ((pixels / numpy.float32(255) - mean) / deviation).astype(numpy.float32)
        truth = numpy.array([labels.index(file.parent.name) for file in files])
        return images, truth, link(graph, self.answer(graph, tensors, images))

    def check_trained(self, peer, *forms):
        self.start(peer)
        graph, tensors, metadata = self.train()
        images, truth, ours = self.look(metadata, tensors, graph)
        accuracy = float((ours.argmax(axis=1) == truth).mean())
        numpy.save(self.folder / 'images.npy', images)
        numpy.save(self.folder / 'truth.npy', truth)
        for form in forms:
            more = {'labels': self.folder / 'truth.npy'} if form == 'h5' else {}
            saved = self.folder / f'again{FORMATS[form]}'
            facts = self.ask(load=self.export('seed', form), images=self.folder / 'images.npy', save=saved,
                             out=self.folder / 'out.npy', **more)
            self.assert_near(ours, numpy.load(self.folder / 'out.npy'), TOLERANCE, f'{peer} {form}')
            if more:
                self.assertAlmostEqual(facts['accuracy'], accuracy, delta=1e-6)
            network, theirs, _ = self.take_in(saved)
            self.assertEqual(sorted(array.tobytes() for array in tensors.values()),
                             sorted(array.tobytes() for array in theirs.values()))
            again = link(network, self.answer(network, theirs, images))
            self.assert_near(ours, again, TOLERANCE, f'{form} of {facts["keras"]}')
            self.assertEqual(float((again.argmax(axis=1) == truth).mean()), accuracy)
        self.report(f'trained, {peer}')

    def test_a_trained_seed_network_is_the_same_in_keras_3_and_back(self):
        self.check_trained('keras 3', *FORMATS)

    def test_a_trained_seed_network_is_the_same_in_keras_2_and_back(self):
        self.check_trained('keras 2', 'h5')

    def test_models_that_keras_3_made_come_in(self):
        """With branches, zeros around images, augmentation and scaling in front: bytes go in there, and colours here."""
        self.start('keras 3')
        pixels = numpy.random.default_rng(2).integers(0, 256, (4, 20, 16, 3)).astype(numpy.float32)
        numpy.save(self.folder / 'images.npy', pixels)
        for name in ('branches', 'chain'):
            for form, suffix in FORMATS.items():
                with self.subTest(name, form=form):
                    path = self.folder / f'{name}{suffix}'
                    self.ask(graph=name, images=self.folder / 'images.npy', out=self.folder / 'out.npy', save=path)
                    network, tensors, metadata = self.take_in(path)
                    preprocess = json.loads(metadata['lathe.preprocess'])
                    mean, deviation = (numpy.array(preprocess[key]) for key in ('mean', 'deviation'))
                    images = ((pixels / 255 - mean) / deviation).astype(numpy.float32)
                    ours = link(network, self.answer(network, tensors, images))
                    self.assert_near(ours, numpy.load(self.folder / 'out.npy'), ROUNDED, f'{name} {form}')
        self.report('of Keras 3')


if __name__ == '__main__':
    tap.main()
