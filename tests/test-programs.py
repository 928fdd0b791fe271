#!/usr/bin/env python3
# test-programs.py: networks as programs of other frameworks: that they are Python, and give what Lathe gives.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: test-programs.py LATHE-CLI ONNX-CASE [PATTERN…]

Programs are always made, and compiled. To run them takes a Python that has the framework: LATHE_PEER_TORCH for PyTorch,
LATHE_PEER_TF for Keras; without one its cases are left out. The sample set is at $LATHE_SAMPLES.
"""

import ast
import json
import os
import pathlib
import re
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
    print('ok 1 programs # SKIP numpy is not there: install python3-numpy\n1..1')
    sys.exit(0)

from model_writer import draw, write_tensors
from onnx_engine import Engine
from programs_networks import KEPT_SMALL, NAMES, all_networks, network

HERE = pathlib.Path(__file__).parent
SAMPLES = os.environ.get('LATHE_SAMPLES', '')
FORMATS = {'torch': 'pytorch-program', 'keras': 'keras-program'}
PEERS = {'torch': 'LATHE_PEER_TORCH', 'keras': 'LATHE_PEER_TF'}
TOLERANCE = 1e-4  # of the largest number that comes out, where that is above 1
COLUMNS = 100
IMPORTS = {'json', 'keras', 'numpy', 'torch', 'torch.nn.functional', 'PIL'}
BOUNDED = {'kept-small': KEPT_SMALL['max_norm'], 'transposed-grouped': KEPT_SMALL['max_norm']}
NOT_IN_KERAS = {'transposed-grouped': 'groups', 'transposed-depthwise': 'groups', 'transposed-dilated': 'dilated'}


def presets():
    """Those of lathe-cli, from the end of its help."""
    text = subprocess.run([CLI, 'export', '--help'], capture_output=True, text=True, check=True).stdout
    return re.findall(r'^  (\S+) ', text.split('Preset networks:')[1], re.MULTILINE)


def export(source, form, path):
    return subprocess.run([CLI, 'export', source, path, '--format', FORMATS[form], '--json'], text=True,
                          capture_output=True, timeout=60)


def facts_of(source):
    done = subprocess.run([CLI, 'info', source, '--json'], text=True, capture_output=True, check=True, timeout=60)
    return json.loads(done.stdout)


def kinds_of_the_engine():
    engine = Engine(CASE)
    kinds = set(engine.ask('kinds', 0, {}))
    engine.close()
    return kinds


def graph_of(source):
    """Of a preset, as it is in the sources."""
    return json.loads((HERE.parent / 'data' / 'presets' / f'{source}.json').read_text(encoding='utf-8'))


def ends_with(graph, units):
    """The activation that turns logits into probabilities, where the network has it drawn at its end."""
    last, link = graph['nodes'][-1], 'sigmoid' if units == 1 else 'softmax'
    return link if link in (last['kind'], last.get('activation')) else None


def probabilities(logits, link):
    if link == 'sigmoid':
        return 1 / (1 + numpy.exp(-logits))
    powers = numpy.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def penalty(graph, tensors):
    """What the loss gets on top, of the weights that are trained."""
    total = 0
    for node in graph['nodes']:
        names = ['weight']
        if node['kind'] == 'batch-norm':
            names = ['beta'] if node.get('scale') == 'no' else ['gamma', 'beta']
        for name in names:
            weight = tensors.get(f"{node['name']}.{name}")
            if weight is not None and node.get('frozen', 'no') == 'no':
                total += node.get('l1', 0) * abs(weight).sum() + node.get('l2', 0) * numpy.square(weight).sum()
    return float(total)


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, graph):
        path = self.folder / f'{name}.json'
        path.write_text(json.dumps(graph), encoding='utf-8')
        return path

    def make(self, source, form, name='program'):
        """The program's text."""
        path = self.folder / f'{name}.py'
        done = export(source, form, path)
        self.assertEqual((done.returncode, done.stderr), (0, ''), name)
        self.assertEqual(json.loads(done.stdout), {'format': FORMATS[form], 'file': str(path),
                                                   'parameters': facts_of(source)['parameters']})
        return path.read_text(encoding='utf-8')

    def assert_sound(self, text):
        """It compiles, is laid out as it should be, and imports nothing but what it says at its top."""
        tree = ast.parse(text)
        compile(text, 'program', 'exec')
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                self.assertLessEqual({alias.name for alias in node.names}, IMPORTS)
            elif isinstance(node, ast.ImportFrom):
                self.assertIn(node.module, IMPORTS)
            elif isinstance(node, ast.Name):
                self.assertNotIn(node.id, {'eval', 'exec', 'os', '__import__'})
        self.assertNotIn('\t', text)
        self.assertNotRegex(text, r' \n')
        self.assertTrue(text.endswith('\n') and not text.endswith('\n\n'))
        return tree


class Text(Case):
    """What is true of a program whether it is run or not."""

    def test_every_preset_is_a_program(self):
        for preset in presets():
            for form in FORMATS:
                with self.subTest(preset, form=form):
                    text = self.make(preset, form)
                    self.assert_sound(text)
                    self.assertLessEqual(max(map(len, text.splitlines())), COLUMNS)

    def test_every_kind_of_layer_is_a_program(self):
        kinds = set()
        for name, graph in all_networks():
            kinds |= {node['kind'] for node in graph['nodes']}
            for form in FORMATS:
                if form == 'keras' and name in NOT_IN_KERAS:
                    continue
                with self.subTest(name, form=form):
                    self.assert_sound(self.make(self.write(name, graph), form))
        self.assertEqual(kinds, kinds_of_the_engine())

    def test_what_keras_cannot_do_is_refused_by_name(self):
        for name, why in NOT_IN_KERAS.items():
            with self.subTest(name):
                source = self.write(name, dict(all_networks())[name])
                done = export(source, 'keras', self.folder / 'program.py')
                self.assertEqual((done.returncode, done.stdout), (1, ''))
                self.assertIn('transposed-conv2d-1', done.stderr)
                self.assertIn(why, done.stderr)
                self.assertFalse((self.folder / 'program.py').exists())

    def test_names_are_identifiers_and_say_nothing_else(self):
        graph = network(*[('dropout', {}) for _ in NAMES], ('prelu', {}),
                        names=(*NAMES, 'a\nimport os\u2028os.system("x")\x7f' + 300 * 'é"'))
        for form in FORMATS:
            with self.subTest(form):
                text = self.make(self.write('names', graph), form)
                tree = self.assert_sound(text)
                tables = [node.value for node in tree.body if isinstance(node, ast.Assign)
                          and node.targets[0].id == 'LAYERS']
                table = ast.literal_eval(tables[0])
                self.assertEqual(list(table), [graph['nodes'][-1]['name']])
                for identifier in table.values():
                    self.assertRegex(identifier, r'^[a-z][a-z0-9_]{0,60}$')
                for letter in '\u2028\u202e\x7f':
                    self.assertNotIn(letter, text)

    def test_labels_are_kept_to_the_letter(self):
        labels = ['"""', "it's\n\\", '}; import os', '\u202eabc', '日本語 ä', '\U0001f431']
        for label in labels:
            (self.folder / 'set' / label).mkdir(parents=True)
            for i in range(4):
                header = b'P6 8 8 255\n'
                (self.folder / 'set' / label / f'{i}.ppm').write_bytes(header + bytes([40 * i] * 192))
        model = self.folder / 'model.safetensors'
        subprocess.run([CLI, 'train', self.folder / 'set', '--network', 'mlp', '--epochs', '1', '--out', model],
                       check=True, capture_output=True)
        for form in FORMATS:
            with self.subTest(form):
                text = self.make(model, form)
                tree = self.assert_sound(text)
                lists = [node.value for node in tree.body if isinstance(node, ast.Assign)
                         and getattr(node.targets[0], 'id', '') == 'LABELS']
                self.assertEqual(sorted(ast.literal_eval(lists[0])), sorted(labels))
                self.assertNotIn('\u202e', text)

    def test_the_optimiser_is_the_one_that_was_asked_for(self):
        for name, torch, keras in (('sgd', 'torch.optim.SGD(', 'SGD('), ('nesterov', 'nesterov=True', 'nesterov=True'),
                                   ('lion', 'Lion(', 'Lion('), ('adamw', 'torch.optim.AdamW(', 'AdamW('),
                                   ('rmsprop', 'alpha=0.999', 'rho=0.999'), ('adagrad', 'Adagrad(', 'Adagrad(')):
            for form, words in (('torch', torch), ('keras', keras)):
                path = self.folder / 'program.py'
                subprocess.run([CLI, 'export', 'lenet', path, '--format', FORMATS[form], '--optimizer', name, '--lr',
                                '0.0125'], check=True, capture_output=True)
                text = path.read_text(encoding='utf-8')
                self.assert_sound(text)
                self.assertIn(words, text)
                self.assertIn('=0.0125', text)


class Worker:
    """A framework in a process of its own."""

    def __init__(self, form, folder):
        self.form = form
        environment = {**os.environ, 'TF_CPP_MIN_LOG_LEVEL': '3', 'CUDA_VISIBLE_DEVICES': '', 'KERAS_BACKEND':
                       'tensorflow', 'TF_ENABLE_ONEDNN_OPTS': '0'}
        self.process = subprocess.Popen([os.environ[PEERS[form]], HERE / 'program_worker.py', form, folder], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        env=environment)

    def ask(self, name, **more):
        self.process.stdin.write(json.dumps({'name': name, **more}) + '\n')
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Running(Case):
    """Weights that Lathe has, on images that it sees, give what it gives."""

    @classmethod
    def setUpClass(cls):
        cls.engine = Engine(CASE)
        cls.addClassCleanup(cls.engine.close)

    def start(self, form):
        if not os.environ.get(PEERS[form]):
            self.skipTest(f'{PEERS[form]} names no Python that has {form}')
        self.form, self.largest = form, (-1, '')
        self.worker = Worker(form, self.folder)
        self.addCleanup(self.worker.close)

    def answer(self, graph, images, tensors):
        arrays = {'graph': json.dumps(graph).encode(), 'input': images} | tensors
        return self.engine.ask('network', len(images), arrays)['output'].reshape(len(images), -1)

    def tensors_of(self, graph, rng):
        shapes = self.engine.ask('shapes', 1, {'graph': json.dumps(graph).encode()})
        return {name: draw(rng, name, shape.astype(int)) for name, shape in shapes.items()}

    def compare(self, name, source, graph, n=3, train=False):
        rng = numpy.random.default_rng(5)
        tensors = self.tensors_of(graph, rng)
        size = [graph['nodes'][0][side] for side in ('height', 'width', 'channels')]
        images = rng.standard_normal((n, *size), numpy.float32)
        self.make(source, self.form, name)
        write_tensors(self.folder / f'{name}.safetensors', tensors)
        numpy.save(self.folder / f'{name}.npy', images)
        facts, expected = self.worker.ask(name, train=train), facts_of(source)
        self.assertNotIn('error', facts, facts.get('error'))
        self.assertEqual((facts['parameters'], facts['trained']), (expected['parameters'], expected['trainable']))
        self.assertAlmostEqual(facts['penalty'], penalty(graph, tensors), delta=1e-4 * (1 + penalty(graph, tensors)))
        if train:
            self.assertTrue(numpy.isfinite(facts['loss']))
        if name in BOUNDED:
            self.assertGreater(len(facts['longest']), 0)
            for length in facts['longest']:
                self.assertAlmostEqual(length, BOUNDED[name], delta=1e-4)
        if name.startswith('begin-'):
            self.check_beginning(graph, facts['begun'])
        logits = self.answer(graph, images, tensors)
        link = ends_with(graph, logits.shape[1])
        vector = len(expected['layers'][-1]['output']) == 1
        ours = probabilities(logits, link) if self.form == 'keras' and link and vector else logits
        theirs = numpy.load(self.folder / f'{name}.out.npy')
        self.assertEqual(theirs.shape, ours.shape)
        difference = float(abs(ours - theirs).max() / max(1, abs(ours).max()))
        self.largest = max(self.largest, (difference, name))
        self.assertLessEqual(difference, TOLERANCE)
        for path in self.folder.glob(f'{name}.*'):
            path.unlink()

    def check_beginning(self, graph, begun):
        """As large as Lathe's, as far as chance goes among so few numbers."""
        tensors = self.engine.ask('begin', 1, {'graph': json.dumps(graph).encode()})
        for layer, size in begun.items():
            ours = float(numpy.sqrt(numpy.mean(numpy.square(tensors[f'{layer}.weight']))))
            self.assertLess(abs(size / ours - 1), 0.25, (layer, size, ours))

    def report(self):
        print(f'# {self.form}: the largest difference is {self.largest[0]:.2e}, of {self.largest[1]}', flush=True)

    def compare_layers(self, form):
        self.start(form)
        for name, graph in all_networks():
            if form == 'keras' and name in NOT_IN_KERAS:
                continue
            with self.subTest(name):
                self.compare(name, self.write(name, graph), graph, train=trains(name))
        self.report()

    def compare_presets(self, form):
        self.start(form)
        for preset in presets():
            with self.subTest(preset):
                self.compare(preset, preset, graph_of(preset), n=2)
        self.report()

    def two_classes(self):
        for label in ('Bag', 'Boot'):
            (self.folder / 'two' / label).mkdir(parents=True)
            for path in sorted((pathlib.Path(SAMPLES) / label).glob('*.png'))[:40]:
                shutil.copy(path, self.folder / 'two' / label)
        return self.folder / 'two'

    def compare_answers(self, form, name, tolerance, *options):
        """Of a model that was trained for one epoch, on image files."""
        model = self.folder / f'{name}.safetensors'
        source = SAMPLES if not name.startswith('two') else self.two_classes()
        subprocess.run([CLI, 'train', source, '--network', 'lenet', '--epochs', '1', '--out', model, *options],
                       check=True, capture_output=True)
        self.make(model, form, name)
        files = [str(path) for path in sorted(pathlib.Path(SAMPLES).glob('*/*.png'))[::400]]
        self.assertGreater(len(files), 2)
        done = subprocess.run([CLI, 'predict', model, *files, '--json'], check=True, capture_output=True, text=True)
        facts = self.worker.ask(name, files=files)
        self.assertNotIn('error', facts, facts.get('error'))
        for line, theirs in zip(done.stdout.splitlines(), facts['predictions'], strict=True):
            for ours in json.loads(line)['predictions']:
                difference = abs(theirs[ours['label']] - ours['probability'])
                self.largest = max(self.largest, (difference, name))
                self.assertLessEqual(difference, tolerance, line)

    def compare_trained(self, form):
        """An image that is not scaled comes out the same to the last digits; what is scaled, Pillow rounds otherwise."""
        self.start(form)
        for name, tolerance, options in (('as-it-is', TOLERANCE, []), ('mirrored', TOLERANCE, ['--views', '2']),
                                         ('moved', TOLERANCE, ['--views', '6']),
                                         ('two-classes', TOLERANCE, ['--views', '2']),
                                         ('cropped', 0.02, ['--size', '24x20']),
                                         ('padded', 0.02, ['--size', '20x31', '--fit', 'pad']),
                                         ('stretched', 0.02, ['--size', '33x22', '--fit', 'stretch'])):
            with self.subTest(name):
                self.compare_answers(form, name, tolerance, *options)
        self.report()

    def test_a_trained_model_answers_the_same_in_torch(self):
        self.compare_trained('torch')

    def test_a_trained_model_answers_the_same_in_keras(self):
        self.compare_trained('keras')

    def test_every_kind_of_layer_gives_the_same_in_torch(self):
        self.compare_layers('torch')

    def test_every_kind_of_layer_gives_the_same_in_keras(self):
        self.compare_layers('keras')

    def test_every_preset_gives_the_same_in_torch(self):
        self.compare_presets('torch')

    def test_every_preset_gives_the_same_in_keras(self):
        self.compare_presets('keras')


def trains(name):
    return name in BOUNDED or name.startswith(('begin-', 'frozen', 'end-s', 'end-l', 'batch-norm-frozen'))


if __name__ == '__main__':
    tap.main()
