#!/usr/bin/env python3
# test-weights-files.py: weights that PyTorch has saved, put onto networks by lathe-cli.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: test-weights-files.py LATHE-CLI ONNX-CASE [PATTERN…].

Saving takes a Python that has PyTorch: LATHE_PEER_TORCH; without it those cases are left out. The networks of
torchvision take that, too.
"""

import json
import os
import pathlib
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
    print('ok 1 weights files # SKIP numpy is not there: install python3-numpy\n1..1')
    sys.exit(0)

from model_reader import read_model
from model_writer import draw, write_model
from onnx_engine import Engine
from programs_networks import all_networks, with_colours

HERE = pathlib.Path(__file__).parent
FIXTURES = HERE / 'fixtures' / 'pth'
TOLERANCE = 1e-4  # of the largest number that comes out
SIDE = {'resnet18': 64, 'mobilenet_v2': 64, 'vgg11': 224, 'vgg11_bn': 224}  # pixels


def run(*arguments, ok=True):
    done = subprocess.run([CLI, *map(str, arguments)], text=True, capture_output=True, timeout=240)
    if ok and done.returncode != 0:
        raise AssertionError(f'{arguments}: {done.stderr}')
    return done


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.engine = Engine(CASE)
        self.addCleanup(self.engine.close)

    def put(self, weights, onto, *options):
        """What is said of it, and the model's tensors."""
        out = self.folder / 'out.safetensors'
        facts = json.loads(run('import', weights, out, '--onto', onto, '--json', *options).stdout)
        return facts, read_model(out)[1]

    def refuse(self, *arguments, status=1):
        out = self.folder / 'refused.safetensors'
        done = run('import', arguments[0], out, *arguments[1:], ok=False)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(done.stderr.count('\n'), 1, done.stderr)
        self.assertFalse(out.exists())
        return done.stderr


class CommandLine(Case):
    """The fixtures are as tests/reference/make-weights.py has made them."""

    def network(self):
        path = self.folder / 'network.json'
        path.write_text((FIXTURES.parent / 'weights-network.json').read_text(encoding='utf-8'), encoding='utf-8')
        return path

    def test_a_table_says_where_each_tensor_went(self):
        said = run('import', FIXTURES / 'state.pth', self.folder / 'out.safetensors', '--onto', self.network()).stdout
        self.assertRegex(said, r'conv\.weight +3×3×3×4 +conv\.weight +4×3×3×3 +by name\n')
        self.assertRegex(said, r'fc\.weight +16×5 +fc\.weight +5×16 +by name\n')
        self.assertIn('with weights of a PyTorch file', said)
        self.assertNotIn('are left', said)

    def test_all_of_a_file_is_told_in_json(self):
        facts, tensors = self.put(FIXTURES / 'state.pth', self.network())
        self.assertEqual((facts['format'], facts['matched'], facts['kept'], facts['unused']), ('pytorch', 8, 0, []))
        self.assertEqual({tensor['state'] for tensor in facts['tensors']}, {'name'})
        self.assertEqual(sorted(tensors), sorted(tensor['name'] for tensor in facts['tensors']))

    def test_what_another_number_of_classes_asks_for_begins_anew(self):
        facts, _ = self.put(FIXTURES / 'state.pth', self.network(), '--classes', '7')
        states = {tensor['name']: tensor['state'] for tensor in facts['tensors']}
        self.assertEqual((facts['matched'], facts['kept'], facts['classes']), (6, 2, 7))
        self.assertEqual((states['conv.weight'], states['fc.weight']), ('name', 'shape'))
        self.assertEqual(facts['unused'], ['fc.weight', 'fc.bias'])

    def test_what_is_not_in_the_file_is_as_it_was(self):
        base = self.folder / 'base.safetensors'
        run('import', FIXTURES / 'state.pth', base, '--onto', self.network())
        before = read_model(base)[1]
        facts, after = self.put(FIXTURES / 'part.pth', base)
        self.assertEqual((facts['matched'], facts['kept']), (2, 6))
        self.assertEqual([name for name in before if not numpy.array_equal(before[name], after[name])],
                         ['fc.weight', 'fc.bias'])

    def test_the_same_seed_begins_with_the_same(self):
        drawn = [self.put(FIXTURES / 'part.pth', self.network(), '--seed', seed)[1]['conv.weight']
                 for seed in ('5', '5', '6')]
        self.assertTrue(numpy.array_equal(drawn[0], drawn[1]))
        self.assertFalse(numpy.array_equal(drawn[0], drawn[2]))

    def test_weights_that_fit_nowhere_are_refused(self):
        self.assertIn('neither names nor shapes', self.refuse(FIXTURES / 'odd.pth', '--onto', self.network()))

    def test_weights_without_a_network_are_told_what_they_lack(self):
        self.assertIn('--onto', self.refuse(FIXTURES / 'state.pth'))

    def test_options_of_a_network_need_one(self):
        for option in ('--size=8x8', '--classes=3', '--seed=1', '--flatten=usual', '--epsilon=0.1'):
            self.assertIn('--onto', self.refuse(FIXTURES / 'state.pth', option, status=2))


class FromPrograms(Case):
    """What goes out as a program comes back with the very bits."""

    def setUp(self):
        super().setUp()
        if not os.environ.get('LATHE_PEER_TORCH'):
            self.skipTest('LATHE_PEER_TORCH names no Python that has torch')
        self.worker = subprocess.Popen([os.environ['LATHE_PEER_TORCH'], HERE / 'weights_worker.py', self.folder],
                                       text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL)
        self.addCleanup(self.worker.wait)
        self.addCleanup(self.worker.stdout.close)
        self.addCleanup(self.worker.stdin.close)

    def ask(self, **request):
        self.worker.stdin.write(json.dumps(request) + '\n')
        self.worker.stdin.flush()
        answer = json.loads(self.worker.stdout.readline())
        self.assertNotIn('error', answer, answer.get('error'))

    def check_program(self, name, graph):
        rng = numpy.random.default_rng(5)
        shapes = self.engine.ask('shapes', 1, {'graph': json.dumps(graph).encode()})
        tensors = {tensor: draw(rng, tensor, shape.astype(int)) for tensor, shape in shapes.items()}
        if not tensors:
            return
        network = self.folder / f'{name}.json'
        network.write_text(json.dumps({'lathe-network': 1, **graph}), encoding='utf-8')
        units = json.loads(run('info', network, '--json').stdout)['layers'][-1]['output']
        n = int(numpy.prod(units))
        write_model(self.folder / f'{name}.safetensors', graph, tensors, [str(i) for i in range(max(2, n))])
        run('export', network, self.folder / f'{name}.py', '--format', 'pytorch-program')
        self.ask(program=name)
        for form in ('pth', 'old.pth', 'ckpt'):
            facts, read = self.put(self.folder / f'{name}.{form}', network, '--seed', '9')
            self.assertEqual((facts['kept'], facts['unused']), (0, []), form)
            for tensor, array in tensors.items():
                self.assertEqual(read[tensor].tobytes(), array.tobytes(), (form, tensor))

    def test_every_kind_of_layer_comes_back_bit_for_bit(self):
        n = 0
        for name, graph in all_networks():
            with self.subTest(name):
                self.check_program(name, with_colours(graph))
                n += 1
        self.assertGreater(n, 50)

    def check_vision(self, name, norms):
        side, rng = SIDE[name], numpy.random.default_rng(1)
        images = rng.standard_normal((2, side, side, 3), numpy.float32)
        numpy.save(self.folder / f'{name}.npy', images)
        self.ask(vision=name, side=side, norms=norms)
        imported, network = self.folder / 'imported.safetensors', self.folder / 'network.json'
        run('import', self.folder / f'{name}.onnx', imported)
        network.write_text(json.dumps(read_model(imported)[0]), encoding='utf-8')
        facts, tensors = self.put(self.folder / f'{name}.pth', network)
        graph = read_model(self.folder / 'out.safetensors')[0]
        self.assertEqual((facts['kept'], facts['unused']), (0, []))
        arrays = {'graph': json.dumps(graph).encode(), 'input': images, **tensors}
        ours = self.engine.ask('network', len(images), arrays)['output'].reshape(len(images), -1)
        theirs = numpy.load(self.folder / f'{name}.out.npy')
        difference = float(abs(ours - theirs).max() / abs(theirs).max())
        print(f'# {name}, norms {"kept" if norms else "folded"}: {facts["matched"]} tensors, the largest difference '
              f'is {difference:.1e}', flush=True)
        self.assertLess(difference, TOLERANCE)

    def test_torchvisions_networks_answer_the_same(self):
        for name in SIDE:
            for norms in (False, True):
                with self.subTest(name, norms=norms):
                    self.check_vision(name, norms)


if __name__ == '__main__':
    tap.main()
