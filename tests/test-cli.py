#!/usr/bin/env python3
# test-cli.py: lathe-cli, driven as a script would drive it.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: test-cli.py LATHE-CLI [PATTERN…]; the sample set is at $LATHE_SAMPLES."""

import json
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import tap

CLI = os.path.abspath(sys.argv.pop(1))
SAMPLES = os.environ.get('LATHE_SAMPLES', '')
COMMANDS = ('dataset', 'train', 'evaluate', 'predict', 'info', 'export', 'bench')


# --- Images -------------------------------------------------------------------------------------------------------

def png(width, height, pixels):
    """An RGB image; pixels: a bytes object of height × width × 3."""
    def chunk(kind, body):
        return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))

    rows = b''.join(b'\0' + pixels[y * width * 3:(y + 1) * width * 3] for y in range(height))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)) +
            chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


def noisy(rng, colour, side):
    return png(side, side, bytes(min(255, max(0, part + rng.randrange(-60, 61)))
                                 for _ in range(side * side) for part in colour))


def make_dataset(folder, colours, n, side=16):
    """One sub-folder a class, of n noisy images of its colour."""
    rng = random.Random(7)
    for name, colour in colours.items():
        (folder / name).mkdir(parents=True)
        for i in range(n):
            (folder / name / f'{i:03}.png').write_bytes(noisy(rng, colour, side))
    return folder


TWO = {'dark ones': (70, 70, 70), 'light': (160, 160, 160)}
THREE = {'red': (200, 60, 60), 'green': (60, 200, 60), 'blue': (60, 60, 200)}


# --- Running ------------------------------------------------------------------------------------------------------

class Case(unittest.TestCase):
    """Works in a folder of its own, with datasets and one small model that all cases share and none changes."""

    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.shared.cleanup)
        root = pathlib.Path(cls.shared.name)
        cls.two = make_dataset(root / 'my two', TWO, 20)
        cls.three = make_dataset(root / 'three', THREE, 20)
        cls.image = cls.three / 'red' / '000.png'
        cls.model = root / 'model.safetensors'
        subprocess.run([CLI, 'train', cls.three, '--network', 'mlp', '--epochs', '5', '--out', cls.model],
                       check=True, capture_output=True)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def call(self, *arguments, **environment):
        return subprocess.run([CLI, *map(str, arguments)], cwd=self.folder, text=True, capture_output=True,
                              env={**os.environ, **environment}, timeout=120)

    def objects(self, *arguments, **environment):
        """What a command that must succeed prints with --json, line by line."""
        done = self.call(*arguments, '--json', **environment)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return [json.loads(line) for line in done.stdout.splitlines()]

    def object(self, *arguments):
        objects = self.objects(*arguments)
        self.assertEqual(len(objects), 1)
        return objects[0]

    def train(self, *arguments, **environment):
        return self.objects('train', *arguments, **environment)[-1]

    def assert_split(self, split, shares):
        """In percent, as far as chance goes: within five standard deviations."""
        total = sum(split.values())
        for side, percent in zip(('train', 'validation', 'test'), shares.split('/')):
            share = int(percent) / 100
            self.assertLessEqual(abs(split[side] - total * share), 5 * (total * share * (1 - share)) ** .5, split)

    def assert_refused(self, status, *arguments):
        """Exit status, one line on standard error, nothing else said, nothing written."""
        before = sorted(self.folder.rglob('*'))
        done = self.call(*arguments)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(done.stderr.count('\n'), 1, done.stderr)
        self.assertRegex(done.stderr, r'^lathe-cli( [a-z]+)?: .{10,}\n$')
        self.assertEqual(done.stdout, '')
        self.assertEqual(sorted(self.folder.rglob('*')), before)
        return done.stderr


class Help(Case):
    def test_overview_lists_the_commands_there_are(self):
        for arguments in ((), ('help',), ('--help',)):
            done = self.call(*arguments)
            self.assertEqual((done.returncode, done.stderr), (0, ''))
            named = [line.split()[1] for line in done.stdout.splitlines() if line.startswith('  lathe-cli ')]
            self.assertEqual(named, list(COMMANDS))

    def test_each_command_explains_itself(self):
        for command in COMMANDS:
            done = self.call(command, '--help')
            self.assertEqual((done.returncode, done.stderr), (0, ''))
            self.assertIn('--json', done.stdout)
            self.assertEqual(self.call('help', command).stdout, done.stdout)

    def test_version(self):
        self.assertRegex(self.call('--version').stdout, r'^lathe-cli \d+\.\d+\.\d+\nPictures are decoded .*\n$')


class Sources(Case):
    ARCHIVES = {'three.zip': 'zip', 'three.tar': 'tar', 'three.tar.gz': 'gztar', 'three.tar.xz': 'xztar'}

    def pack(self, name):
        end = len(name) - len('three')
        return shutil.make_archive(self.folder / name[:-end], self.ARCHIVES[name], self.three.parent, 'three')

    def test_an_archive_trains_as_its_folder_does(self):
        how = ('--network', 'seed', '--epochs', '2', '--seed', '5', '--out', 'm.safetensors')
        wanted = self.train(self.three, *how)
        for name in self.ARCHIVES:
            done = self.train(self.pack(name), *how)
            self.assertEqual(done['weights_sha256'], wanted['weights_sha256'], name)

    def test_an_archive_is_said_and_evaluated_as_its_folder_is(self):
        wanted = self.object('dataset', self.three)
        scores = self.object('evaluate', self.model, self.three)
        for name in self.ARCHIVES:
            path = self.pack(name)
            self.assertEqual(self.object('dataset', path), wanted)
            self.assertEqual(self.object('evaluate', self.model, path), scores)

    def flat(self):
        folder = self.folder / 'flat'
        folder.mkdir()
        for image in self.three.glob('*/*.png'):
            shutil.copy(image, folder / f'{image.parent.name}_{image.name}')
        return folder

    def test_labels_from_names_and_from_a_table(self):
        wanted = self.object('dataset', self.three)
        folder = self.flat()
        self.assert_refused(1, 'dataset', folder)
        self.assertEqual(self.object('dataset', folder, '--label-pattern', '^([a-z]+)_'), wanted)
        table = self.folder / 'table.csv'
        table.write_text('file,label\n' + ''.join(f'{i.name},{i.name.split("_")[0]}\n' for i in folder.iterdir()))
        self.assertEqual(self.object('dataset', folder, '--labels', table), wanted)
        self.assertIn('pattern', self.assert_refused(1, 'dataset', folder, '--label-pattern', '('))
        self.assertIn('nowhere.csv', self.assert_refused(1, 'dataset', folder, '--labels', 'nowhere.csv'))
        model = self.train(folder, '--labels', table, '--network', 'mlp', '--epochs', '1', '--out', 'm.safetensors')
        self.assertIn('weights_sha256', model)

    def test_what_is_no_source_is_refused(self):
        for content in (b'', b'words', b'PK\3\4', bytes(4096)):
            (self.folder / 'a.zip').write_bytes(content)
            self.assertIn('a.zip', self.assert_refused(1, 'dataset', 'a.zip'))


class Dataset(Case):
    def test_json_counts_what_is_there(self):
        found = self.object('dataset', self.three)
        self.assertEqual(set(found), {'classes', 'images', 'unreadable', 'excluded', 'duplicates', 'split'})
        self.assertEqual(found['classes'], [{'name': name, 'count': 20} for name in sorted(THREE)])
        self.assertEqual((found['images'], found['unreadable'], found['duplicates']), (60, [], []))
        self.assert_split(found['split'], '70/20/10')

    def test_split_follows_its_percent(self):
        for shares in ('50/25/25', '100/0/0', '20/0/80'):
            split = self.object('dataset', self.three, '--split', shares)['split']
            self.assertEqual(sum(split.values()), 60)
            self.assert_split(split, shares)

    def test_what_is_wrong_is_named_and_nothing_leaks_to_standard_error(self):
        data = make_dataset(self.folder / 'data', TWO, 6)
        whole = (data / 'light' / '000.png').read_bytes()
        (data / 'light' / 'copy.png').write_bytes(whole)
        (data / 'light' / 'short.png').write_bytes(whole[:len(whole) // 2])
        (data / 'light' / 'page.png').write_text('<html><body>404</body></html>')
        os.mkfifo(data / 'light' / 'pipe.png')
        found = self.object('dataset', data)
        reasons = {os.path.basename(problem['file']): problem['reason'] for problem in found['unreadable']}
        self.assertLessEqual({'page.png', 'pipe.png'}, set(reasons))
        self.assertTrue(all(reasons.values()), reasons)
        self.assertEqual([sorted(map(os.path.basename, group)) for group in found['duplicates']],
                         [['000.png', 'copy.png']])
        self.assertEqual(self.train(data, '--epochs', 1)['event'], 'done')

    def test_check_names_what_a_look_tells(self):
        data = make_dataset(self.folder / 'data', TWO, 6)
        shutil.copy(data / 'light' / '000.png', data / 'dark ones' / 'copy.png')
        found = self.object('dataset', data, '--check')['findings']
        self.assertLessEqual({'flaw', 'reason', 'across_sides', 'files'}, set(found[0]))
        self.assertEqual((found[0]['flaw'], sorted(map(os.path.basename, found[0]['files']))),
                         ('two-labels', ['000.png', 'copy.png']))
        self.assertIn('Keep it in the class that is right', self.call('dataset', data, '--check').stdout)

    def test_a_hostile_name_cannot_steer_the_terminal(self):
        data = make_dataset(self.folder / 'data', {'a\x1b[31m': (9, 9, 9), 'b\nc': (200, 9, 9)}, 4)
        for command in (['dataset', data], ['train', data, '--epochs', '1', '--network', 'mlp']):
            done = self.call(*command)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn('\x1b', done.stdout + done.stderr)


class Edits(Case):
    def names(self):
        return sorted(str(path.relative_to(self.three)) for path in self.three.rglob('*.png'))

    def counts(self, *arguments):
        return {row['name']: row['count'] for row in self.object('dataset', self.three, *arguments)['classes']}

    def kept(self):
        return json.loads((self.folder / 'edits.json').read_text())

    def test_images_are_left_out_relabelled_and_added(self):
        names = self.names()
        extra = make_dataset(self.folder / 'extra', {'other': (9, 99, 199)}, 5)
        edits = ['--edits', 'edits.json']
        found = self.counts(*edits, '--exclude', names[0], '--exclude', self.three / names[1], '--relabel',
                            names[2] + '=new', '--add', f'extra/other={names[20].split("/")[0]}')
        first, second = names[0].split('/')[0], names[20].split('/')[0]
        self.assertEqual((found[first], found[second], found['new']), (17, 25, 1))
        self.assertEqual(self.kept()['excluded'], names[:2])
        self.assertEqual(self.counts(*edits), found)
        said = self.call('dataset', self.three, *edits).stdout
        self.assertIn(f'decided so (2):\n  {names[0]}\n  {names[1]}\n', said)
        self.counts(*edits, '--include', names[0], '--include', names[1], '--relabel', names[2] + '=', '--remove',
                    extra / 'other')
        self.assertEqual(self.kept(), {'version': 1, 'excluded': [], 'labels': {}, 'added': {}, 'joined': [],
                                       'kept': []})
        self.assertEqual(self.counts(*edits), self.counts())

    def test_what_is_refused_is_not_written_down(self):
        names = self.names()
        self.assertIn('--edits', self.assert_refused(2, 'dataset', self.three, '--exclude', names[0]))
        edits = ['dataset', self.three, '--edits', 'edits.json']
        self.assert_refused(1, *edits)
        self.assertIn('nothing.png', self.assert_refused(1, *edits, '--exclude', 'nothing.png'))
        self.assertIn('nothing', self.assert_refused(1, *edits, '--add', 'nothing=red'))
        self.assert_refused(2, *edits, '--relabel', names[0])
        self.assert_refused(2, *edits, '--cure', 'all', '--cure', 'imbalance')
        self.assert_refused(2, *edits, '--cure', 'blank=join')
        everything = [word for name in names for word in ('--exclude', name)]
        self.assertIn('No image would be left', self.assert_refused(1, *edits, *everything))

    def test_a_run_with_edits_is_the_run_on_a_folder_changed_by_hand(self):
        names = self.names()
        copy = self.folder / 'three'
        shutil.copytree(self.three, copy)
        (copy / names[3]).unlink()
        name, relabel = names[0].split('/')[0], []
        for moved in names[25:30]:
            (copy / moved).rename(copy / name / f'moved {os.path.basename(moved)}')
            relabel += ['--relabel', f'{moved}={name}']
        self.counts('--edits', 'edits.json', '--exclude', names[3], *relabel)
        wanted, edited = (self.object('dataset', source, *more) for source, more in
                          ((copy, []), (self.three, ['--edits', 'edits.json'])))
        self.assertEqual((edited['classes'], edited['split']), (wanted['classes'], wanted['split']))
        scores = [self.object('evaluate', self.model, source, *more) for source, more in
                  ((copy, []), (self.three, ['--edits', 'edits.json']), (self.three, []))]
        self.assertEqual(scores[0]['confusion'], scores[1]['confusion'])
        self.assertNotEqual(scores[0]['confusion'], scores[2]['confusion'])
        runs = [self.train(source, '--network', 'mlp', '--epochs', '2', *more) for source, more in
                ((copy, []), (self.three, ['--edits', 'edits.json']), (self.three, []))]
        self.assertEqual(runs[0]['weights_sha256'], runs[1]['weights_sha256'])
        self.assertNotEqual(runs[0]['weights_sha256'], runs[2]['weights_sha256'])

    def planted(self):
        data = make_dataset(self.folder / 'data', TWO, 6)
        shutil.copy(data / 'light' / '000.png', data / 'light' / 'copy.png')
        shutil.copy(data / 'light' / '001.png', data / 'dark ones' / 'other.png')
        return data

    def test_flaws_are_cured(self):
        data = self.planted()
        call = ['dataset', data, '--edits', 'edits.json']
        found = self.object(*call, '--cure', 'duplicate', '--cure', 'two-labels')
        self.assertEqual({finding['cured'] for finding in found['findings']
                          if finding['flaw'] in ('duplicate', 'two-labels')}, {True})
        self.assertEqual(self.kept()['excluded'], ['dark ones/other.png', 'light/001.png', 'light/copy.png'])
        self.assertEqual((found['images'], len(found['excluded'])), (11, 3))
        left = {finding['flaw'] for finding in self.object(*call, '--check')['findings']}
        self.assertFalse({'duplicate', 'two-labels'} & left)

    def test_flaws_are_joined(self):
        data = self.planted()
        found = self.object('dataset', data, '--edits', 'edits.json', '--cure', 'duplicate=join')
        self.assertEqual((self.kept()['joined'], found['excluded']), ([['light/000.png', 'light/copy.png']], []))
        divided = make_dataset(self.folder / 'divided/train', TWO, 6).parent
        shutil.copytree(divided / 'train', divided / 'test')
        call = ['dataset', divided, '--edits', 'divided.json', '--cure', 'duplicate=join']
        self.assertEqual({finding['cured'] for finding in self.object(*call)['findings']}, {False})
        self.assertIn('give --cure duplicate', self.call(*call).stdout)

    def test_what_is_kept_is_neither_named_nor_cured(self):
        data = self.planted()
        call = ['dataset', data, '--edits', 'edits.json']
        twice = lambda found: [finding['kept'] for finding in found['findings'] if finding['flaw'] == 'duplicate']
        self.assertEqual(twice(self.object(*call, '--cure', 'duplicate=keep')), [False])
        self.assertEqual(self.kept()['kept'], [{'flaw': 'duplicate', 'images': ['light/000.png', 'light/copy.png']}])
        self.assertEqual(twice(self.object(*call, '--cure', 'duplicate')), [True])
        self.assertEqual(self.kept()['excluded'], [])
        said = self.call(*call, '--check').stdout
        self.assertNotIn('copy.png', said)
        self.assertRegex(said, r'1 finding is kept')
        self.assertIn('copy.png', self.call(*call, '--cure', 'duplicate=again').stdout)
        self.assertEqual((self.kept()['kept'], twice(self.object(*call, '--check'))), ([], [False]))
        self.object(*call, '--cure', 'all=keep')
        self.assertEqual({finding['kept'] for finding in self.object(*call, '--check')['findings']}, {True})

    def test_the_trash_takes_what_is_left_out_and_nothing_else(self):
        data = self.planted()
        call = ['dataset', data, '--edits', 'edits.json', '--trash-excluded']
        home = {'HOME': str(self.folder), 'XDG_DATA_HOME': str(self.folder / 'home')}
        before = {path for path in data.rglob('*.png')}
        found = self.objects(*call, '--exclude', 'light/copy.png', **home)[0]
        self.assertEqual(found['trashed'], 1)
        self.assertEqual(before - {path for path in data.rglob('*.png')}, {data / 'light' / 'copy.png'})
        self.assertTrue((self.folder / 'home/Trash/files/copy.png').exists())
        self.assertEqual(self.objects(*call, **home)[0]['trashed'], 0)
        shutil.make_archive(data, 'tar', self.folder, 'data')
        packed = self.call('dataset', 'data.tar', '--edits', 'packed.json', '--exclude', 'data/light/000.png',
                           '--trash-excluded')
        self.assertEqual(packed.returncode, 1)
        self.assertIn('piece', packed.stderr)


class Train(Case):
    def test_events(self):
        events = self.objects('train', self.three, '--epochs', '3', '--network', 'mlp')
        epochs = [event for event in events if event['event'] == 'epoch']
        self.assertEqual([event['epoch'] for event in epochs], [1, 2, 3])
        for event in epochs:
            self.assertEqual(set(event), {'event', 'epoch', 'loss', 'accuracy', 'val_loss', 'val_accuracy', 'val_macro_f1', 'learning_rate', 'seconds',
                                          'images_per_second'})
        done = events[-1]
        self.assertEqual(set(done), {'event', 'best_epoch', 'test_loss', 'test_accuracy', 'model', 'weights_sha256',
                                     'undecodable'})
        self.assertEqual((done['event'], done['model']), ('done', 'three.safetensors'))
        best = max(epochs, key=lambda event: (event['val_accuracy'], -event['val_loss']))
        self.assertEqual(done['best_epoch'], best['epoch'])
        self.assertEqual(os.listdir(self.folder), ['three.safetensors'])

    def test_a_missing_set_has_no_scores(self):
        events = self.objects('train', self.two, '--split', '100/0/0', '--epochs', '1', '--network', 'mlp')
        epoch = next(event for event in events if event['event'] == 'epoch')
        self.assertIsNone(epoch['val_loss'])
        self.assertIsNone(events[-1]['test_accuracy'])

    def test_a_recipe_chooses_and_an_option_has_the_last_word(self):
        options = ('--recipe', 'fast', '--size', '16x16', '--batch', '16')
        events = self.objects('train', self.three, *options, '--epochs', '1', '--out', 'one')
        start, done = events[0], events[-1]
        self.assertEqual((start['recipe'], start['network'], start['epochs']), ('fast', 'airbench', 1))
        self.assertEqual(start['split'], self.object('dataset', self.three, '--split', '90/0/10')['split'])
        self.assertEqual(done['event'], 'done')
        other = self.objects('train', self.three, *options, '--network', 'mlp', '--split', '80/10/10', '--epochs', '2',
                             '--out', 'other')
        self.assertEqual((other[0]['network'], other[0]['epochs']), ('mlp', 2))
        self.assertEqual(other[0]['split'], self.object('dataset', self.three, '--split', '80/10/10')['split'])
        self.assertNotIn('recipe', self.objects('train', self.three, '--epochs', '1', '--network', 'mlp')[0])

    def test_recipes_are_listed(self):
        self.assertRegex(self.call('train', '--help').stdout, r'\n  fast +\S')
        self.assertIn('fast', self.assert_refused(2, 'train', self.three, '--recipe', 'slow'))

    def test_a_list_of_augmentations_stands_for_their_options(self):
        run = (self.three, '--network', 'mlp', '--epochs', '2')
        for long, short in ((('--augment', 'flip,shift'), ('--flip', 'random', '--shift', '2')),
                            (('--augment', 'flip=alternate', '--shift', '1'), ('--augment', 'shift=1,flip=alternate')),
                            (('--augment', 'shift', '--shift', '0'), ())):
            with self.subTest(long):
                self.assertEqual(self.train(*run, *long)['weights_sha256'], self.train(*run, *short)['weights_sha256'])
        self.assertNotEqual(self.train(*run, '--flip', 'random')['weights_sha256'], self.train(*run)['weights_sha256'])
        for wrong in ('turn', 'rotate=200', 'flip=sideways', 'shift=-1', 'flip,', 'shift=x'):
            with self.subTest(wrong):
                self.assertIn('--augment', self.assert_refused(2, 'train', self.three, '--augment', wrong))

    def test_losses_of_one_label_refuse_mixed_images(self):
        complaint = self.assert_refused(1, 'train', self.three, '--augment', 'mixup', '--loss', 'focal')
        self.assertIn('focal', complaint)
        self.assertIn('cross_entropy', complaint)
        self.train(self.three, '--network', 'mlp', '--epochs', 1, '--augment', 'mixup,cutmix')

    def test_a_preview_shows_images_and_draws_of_them(self):
        sheets = []
        for name, seed in (('a.png', 1), ('b.png', 1), ('c.png', 2)):
            done = self.call('dataset', self.three, '--preview', self.folder / name, '--augment', 'rotate=90,noise',
                             '--draws', 5, '--size', '10x8', '--seed', seed)
            self.assertEqual(done.returncode, 0, done.stderr)
            sheets.append((self.folder / name).read_bytes())
        width, height = struct.unpack('>II', sheets[0][16:24])
        self.assertEqual((width, height), (4 + 6 * (10 + 4), 4 + 8 * (8 + 4)))
        self.assertEqual(sheets[0], sheets[1])
        self.assertNotEqual(sheets[0], sheets[2])

    def test_how_images_are_fitted_goes_with_the_model(self):
        options = ('--network', 'mlp', '--size', '24x12', '--epochs', 1)
        for fit in ('crop', 'pad', 'stretch'):
            done = self.train(self.two, *options, '--fit', fit, '--out', fit)
            self.assertEqual(self.object('info', done['model'])['fit'], fit)
            self.call('dataset', self.three, '--preview', self.folder / f'{fit}.png', '--size', '24x12', '--fit', fit)
        self.assertEqual(len({(self.folder / f'{fit}.png').read_bytes() for fit in ('crop', 'pad', 'stretch')}), 3)
        self.assert_refused(2, 'train', self.two, '--fit', 'bend')

    def test_what_images_are_normalised_by_goes_with_the_model(self):
        options = ('--network', 'mlp', '--size', '12x12', '--epochs', 1)
        said = {}
        for given, kind, mean, deviation in (('none', 'none', 0, 1), ('0/1', 'none', 0, 1), ('0.5/0.25', 'given', 0.5, 0.25)):
            done = self.train(self.three, *options, '--normalize', given, '--out', 'model')
            info = said[given] = self.object('info', 'model')
            self.assertEqual((info['normalize'], info['mean'], info['deviation']), (kind, [mean] * 3, [deviation] * 3))
        self.assertEqual(said['none']['weights_sha256'], said['0/1']['weights_sha256'])
        self.assertNotEqual(said['none']['weights_sha256'], said['0.5/0.25']['weights_sha256'])

        done = self.train(self.three, *options, '--normalize', 'data', '--out', 'model')
        info = self.object('info', 'model')
        self.assertEqual(info['normalize'], 'data')
        self.assertTrue(all(0 < mean < 1 for mean in info['mean']), info)
        self.assertIn('data: mean ', self.call('info', 'model').stdout)
        tested = self.object('evaluate', 'model', self.three, '--split', 'test')
        self.assertAlmostEqual(tested['accuracy'], done['test_accuracy'], 9)
        self.assertAlmostEqual(tested['loss'], done['test_loss'], 5)

    def test_what_is_no_normalisation_is_refused(self):
        for given in ('mean', '0.5', '0.5/0', '127/50', '0.5,0.5/0.5', '0.5/0.5/0.5', '/', ''):
            with self.subTest(given):
                self.assertIn('--normalize', self.assert_refused(2, 'train', self.three, '--normalize', given))

    def test_previews_that_cannot_be(self):
        self.assertIn('flip-vertical', self.assert_refused(2, 'dataset', self.three, '--preview', self.folder / 'a.png',
                                                           '--augment', 'turn'))
        self.assertIn('--preview', self.assert_refused(2, 'dataset', self.three, '--augment', 'flip'))
        self.assert_refused(2, 'dataset', self.three, '--preview', self.folder / 'a.png', '--draws', '0')
        self.assert_refused(1, 'dataset', self.three, '--preview', self.folder / 'missing' / 'a.png')

    def test_views_go_with_the_model(self):
        done = self.train(self.three, '--network', 'mlp', '--epochs', 3, '--views', 6)
        plain = self.train(self.three, '--network', 'mlp', '--epochs', 3, '--out', 'plain')
        found = self.object('evaluate', done['model'], self.three, '--split', 'test')
        self.assertEqual(found['loss'], done['test_loss'])
        self.assertEqual(done['weights_sha256'], plain['weights_sha256'])
        self.assertNotEqual(done['test_loss'], plain['test_loss'])
        self.assert_refused(2, 'train', self.three, '--views', '3')

    def test_folders_of_a_split_are_the_split(self):
        for side, n in (('train', 8), ('test', 3)):
            make_dataset(self.folder / 'parted' / side, THREE, n)
        split = self.object('dataset', 'parted')['split']
        self.assertEqual(split['test'], 9)
        start = self.objects('train', 'parted', '--split', '90/0/10', '--epochs', '1', '--network', 'mlp')[0]
        self.assertEqual(start['split'], {'train': 24, 'validation': 0, 'test': 9})

    def test_the_last_line_classifies_an_image(self):
        done = self.call('train', self.two, '--epochs', '1', '--network', 'mlp', '--out', "it's a model.safetensors")
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertEqual(len([line for line in done.stdout.splitlines() if ' 1/1 ' in line]), 1)
        line = done.stdout.splitlines()[-1].strip()
        said = subprocess.run(['sh', '-c', line], cwd=self.folder, text=True, capture_output=True)
        self.assertEqual((said.returncode, said.stderr), (0, ''))
        self.assertRegex(said.stdout, r'\.png: (dark ones|light) \d+\.\d %')

    def test_two_classes_and_a_size(self):
        done = self.train(self.two, '--size', '24x20', '--epochs', 8, '--batch', 4, '--optimizer', 'momentum', '--lr',
                          '0.01')
        info = self.object('info', done['model'])
        self.assertEqual(info['input'], [20, 24, 3])
        self.assertEqual(info['layers'][-1]['output'], [1])
        self.assertGreaterEqual(done['test_accuracy'], 0.75)

    def test_the_same_seed_gives_the_same_weights_on_any_number_of_threads(self):
        for network in ('mlp', 'lenet'):
            run = [self.three, '--network', network, '--epochs', '2', '--out', 'model']
            one = self.train(*run, '--threads', 1, '--seed', 5)
            two = self.train(*run, '--threads', 2, '--seed', 5)
            other = self.train(*run, '--threads', 2, '--seed', 6)
            self.assertRegex(one['weights_sha256'], '^[0-9a-f]{64}$')
            self.assertEqual({**one, 'threads': 0}, {**two, 'threads': 0})
            self.assertNotEqual(one['weights_sha256'], other['weights_sha256'])

    def test_the_generic_row_gives_the_same_weights_on_every_processor(self):
        layers = [('input', {'height': 16, 'width': 16, 'channels': 3}),
                  ('conv2d', {'filters': 8, 'kernel-height': 3, 'kernel-width': 3, 'initialiser': 'he-normal'}),
                  ('batch-norm', {}), ('gelu', {}), ('max-pool', {}), ('flatten', {}),
                  ('dense', {'units': 40, 'activation': 'tanh'}), ('dropout', {'rate': 0.3}),
                  ('dense', {'units': 3}), ('softmax', {})]
        nodes = [{'name': kind + str(i), 'kind': kind, 'inputs': [layers[i - 1][0] + str(i - 1)] if i > 0 else [],
                  **properties} for i, (kind, properties) in enumerate(layers)]
        (self.folder / 'network.json').write_text(json.dumps({'nodes': nodes}))
        run = [self.three, '--network', 'network.json', '--epochs', 3, '--optimizer', 'adam', '--schedule', 'cosine',
               '--out', 'model']
        older = 'glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F,-AVX512VL'  # the C library takes its older functions
        weights = {self.train(*run, LATHE_CPU='generic', **environment)['weights_sha256'] for environment in (
            {}, {'GLIBC_TUNABLES': older})}
        self.assertEqual(len(weights), 1)

    def test_every_processor_will_do(self):
        done = self.train(self.three, '--network', 'lenet', '--epochs', 4, LATHE_CPU='generic')
        self.assertGreaterEqual(done['test_accuracy'], 0.8)

    def test_a_network_that_no_machine_can_hold_is_refused_with_the_number(self):
        network = {'nodes': [
            {'name': 'input', 'kind': 'input', 'inputs': [], 'height': 24, 'width': 20, 'channels': 3},
            {'name': 'flatten', 'kind': 'flatten', 'inputs': ['input']},
            {'name': 'large', 'kind': 'dense', 'inputs': ['flatten'], 'units': 60000},
            {'name': 'larger', 'kind': 'dense', 'inputs': ['large'], 'units': 65000},
            {'name': 'last', 'kind': 'dense', 'inputs': ['larger'], 'units': 3, 'activation': 'softmax'}]}
        needed = 7 * 4 * 60000 * 65000  # as weights, gradient, two moments, two models, and a little
        if os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') > needed:
            self.skipTest('this machine could hold it')
        (self.folder / 'network.json').write_text(json.dumps(network))
        for command in (['train', self.three], ['bench']):
            with self.subTest(command):
                complaint = self.assert_refused(1, *command, '--network', 'network.json')
                self.assertRegex(complaint, r'(takes|needs) [0-9.]+\sGB of memory, and this machine has')
        info = self.object('info', 'network.json')
        self.assertGreater(info['memory_bytes']['training']['total'], needed * 6 / 7)

    def test_a_model_is_a_network_to_start_from(self):
        self.train(self.two, '--network', self.model, '--epochs', 1)
        ours, theirs = self.object('info', 'my two.safetensors'), self.object('info', self.model)
        self.assertEqual([layer['kind'] for layer in ours['layers']], [layer['kind'] for layer in theirs['layers']])

    def test_a_model_is_weights_to_start_from(self):
        again = self.objects('train', self.three, '--weights', self.model, '--epochs', 1, '--out', 'again')
        self.assertEqual(again[0]['inherited'], ['dense-1', 'dense-2', 'dense-3'])
        self.assertEqual(again[0]['input'], self.object('info', self.model)['input'])
        other = self.objects('train', self.two, '--weights', self.model, '--epochs', 1, '--fresh', 'dense-1', '--out', 'other')
        self.assertEqual(other[0]['inherited'], ['dense-2'], 'other classes begin their own last layer')

    def test_weights_that_do_not_suit_are_refused(self):
        self.assertIn('no layer “dense-9”', self.assert_refused(1, 'train', self.two, '--weights', self.model,
                                                                 '--fresh', 'dense-9'))
        self.assertIn('No layer', self.assert_refused(1, 'train', self.two, '--weights', self.model, '--network', 'lenet'))
        self.assertIn('--weights', self.assert_refused(2, 'train', self.two, '--fresh', 'dense-1'))

    def test_training_that_runs_away_says_so_and_leaves_no_model(self):
        done = self.call('train', self.three, '--lr', '1e30', '--epochs', '3')
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r'^lathe-cli train: [^\n]*learning rate[^\n]*\n$')
        self.assertEqual(os.listdir(self.folder), [])

    def test_hyperparameters_are_options(self):
        options = ('--optimizer adamw --weight-decay 0.1 --clip-norm 1 --average 0.5 --schedule cosine --warm-up 1 '
                   '--final-rate 0.1 --loss focal --focal-gamma 1 --balance weights --best-by macro-f1').split()
        events = self.objects('train', self.three, '--network', 'mlp', '--epochs', '4', '--lr', '0.004', *options)
        rates = [event['learning_rate'] for event in events if event['event'] == 'epoch']
        self.assertAlmostEqual(rates[-1], 0.0004)
        self.assertEqual(sorted(rates, reverse=True), rates)

    def test_early_stopping(self):
        events = self.objects('train', self.three, '--network', 'mlp', '--epochs', '50', '--early-stopping', '2',
                              '--lr', '1e-12')
        self.assertEqual([event['epoch'] for event in events if event['event'] == 'epoch'], [1, 2, 3])
        self.assertEqual(events[-1]['event'], 'done')

    @unittest.skipUnless(os.path.isdir(SAMPLES), 'the sample set is not there')
    def test_the_sample_set_is_learned(self):
        done = self.train(SAMPLES, '--network', 'lenet', '--epochs', 3)
        self.assertGreaterEqual(done['test_accuracy'], 0.75)


class Interrupt(Case):
    def interrupt(self, number, *arguments):
        """Trains for long, and sends the signal once an epoch is through."""
        with subprocess.Popen([CLI, 'train', self.three, '--network', 'mlp', '--epochs', '100000', '--json',
                               *arguments], cwd=self.folder, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            while json.loads(process.stdout.readline())['event'] != 'epoch':
                pass
            begin = time.monotonic()
            process.send_signal(number)
            rest, complaint = process.communicate(timeout=20)
        self.assertLess(time.monotonic() - begin, 5)
        self.assertEqual(complaint, '')
        return process.returncode, json.loads(rest.splitlines()[-1])

    def test_sigint_saves_the_best_so_far(self):
        status, last = self.interrupt(signal.SIGINT)
        self.assertEqual((status, last['event'], last['model']), (130, 'stopped', 'three.safetensors'))
        info = self.object('info', last['model'])
        self.assertEqual(info['weights_sha256'], last['weights_sha256'])
        self.assertEqual(info['scores']['best_epoch'], last['best_epoch'])

    def test_sigterm_does_too(self):
        status, last = self.interrupt(signal.SIGTERM, '--out', 'model')
        self.assertEqual(status, 143)
        self.assertIn('model.checkpoint', os.listdir(self.folder))
        self.assertEqual(self.object('info', 'model')['weights_sha256'], last['weights_sha256'])


class Use(Case):
    def test_predict_says_all_classes_likeliest_first(self):
        said = self.object('predict', self.model, self.image)
        self.assertEqual(set(said), {'file', 'predictions', 'milliseconds'})
        self.assertEqual(said['file'], str(self.image))
        probabilities = [prediction['probability'] for prediction in said['predictions']]
        self.assertAlmostEqual(sum(probabilities), 1, places=5)
        self.assertEqual(probabilities, sorted(probabilities, reverse=True))
        self.assertEqual({prediction['label'] for prediction in said['predictions']}, set(THREE))
        top = self.object('predict', self.model, self.image, '--top', '1')
        self.assertEqual(top['predictions'], said['predictions'][:1])

    def test_predict_goes_on_after_a_bad_image(self):
        done = self.call('predict', self.model, self.image, 'missing.png', self.image)
        self.assertEqual((done.returncode, len(done.stdout.splitlines())), (1, 2))
        self.assertRegex(done.stderr, r'^lathe-cli predict: missing\.png: [^\n]+\n$')

    def test_predict_agrees_with_evaluate(self):
        scores = self.object('evaluate', self.model, self.three)
        images = sorted(self.three.glob('*/*.png'))
        said = self.objects('predict', self.model, *images)
        right = sum(answer['predictions'][0]['label'] == image.parent.name for answer, image in zip(said, images))
        self.assertAlmostEqual(scores['accuracy'], right / len(images))

    def test_evaluate_adds_up(self):
        scores = self.object('evaluate', self.model, self.three)
        self.assertEqual(set(scores), {'accuracy', 'loss', 'macro_f1', 'classes', 'confusion'})
        self.assertEqual([sorted(row) for row in scores['classes']],
                         [sorted(('name', 'precision', 'recall', 'f1', 'support'))] * 3)
        self.assertEqual([sum(row) for row in scores['confusion']], [row['support'] for row in scores['classes']])
        right = sum(scores['confusion'][i][i] for i in range(3))
        self.assertAlmostEqual(scores['accuracy'], right / 60)
        self.assertAlmostEqual(scores['macro_f1'], sum(row['f1'] for row in scores['classes']) / 3)

    def test_evaluate_shows_people_the_same_numbers(self):
        scores = self.object('evaluate', self.model, self.three)
        shown = self.call('evaluate', self.model, self.three, LC_ALL='C.UTF-8').stdout
        for row, counts in zip(scores['classes'], scores['confusion']):
            self.assertRegex(shown, rf"(?m)^ *{row['name']} .*\b{row['support']}$")
            self.assertRegex(shown, rf"(?m)^ *{row['name']} +{' +'.join(map(str, counts))}$")
        self.assertIn(f"macro F1 {scores['macro_f1']:.3f} on 60 images", shown)

    def test_evaluate_on_the_test_set_gives_what_training_gave(self):
        done = self.train(self.three, '--network', 'mlp', '--epochs', '2', '--seed', '3', '--split', '60/20/20')
        scores = self.object('evaluate', done['model'], self.three, '--split', 'test', '--seed', '3', '--shares',
                             '60/20/20')
        split = self.object('dataset', self.three, '--split', '60/20/20', '--seed', '3')['split']
        self.assertEqual(sum(row['support'] for row in scores['classes']), split['test'])
        self.assertAlmostEqual(scores['accuracy'], done['test_accuracy'])
        self.assertAlmostEqual(scores['loss'], done['test_loss'], places=5)

    def test_info_of_a_preset(self):
        info = self.object('info', 'seed')
        self.assertEqual(set(info), {'name', 'input', 'parameters', 'trainable', 'multiply_adds', 'layers',
                                     'memory_bytes'})
        for memory in info['memory_bytes'].values():
            self.assertEqual(memory.pop('total'), sum(memory.values()) - memory['batch'])
        self.assertEqual((info['name'], info['input'], info['parameters']), ('seed', [128, 128, 3], 8129537))
        self.assertEqual(sum(layer['parameters'] for layer in info['layers']), info['parameters'])
        self.assertEqual(set(info['layers'][1]), {'name', 'kind', 'output', 'parameters', 'multiply_adds'})
        self.assertEqual(info['layers'][1]['output'], [126, 126, 32])

    def test_info_writes_down_formulas(self):
        layers = self.object('info', 'lenet', '--formulas')['layers']
        self.assertTrue(all(layer['formula'] for layer in layers))
        text = self.call('info', 'lenet', '--formulas').stdout
        for line in layers[-1]['formula'].splitlines():
            self.assertIn(f'\n  {line}\n', text)
        self.assertNotIn('formula', self.object('info', 'lenet')['layers'][0])

    def test_info_of_a_model(self):
        info = self.object('info', self.model, '--measure')
        self.assertEqual(info['labels'], sorted(THREE))
        self.assertEqual(set(info['scores']), {'best_epoch', 'val_loss', 'val_accuracy', 'test_loss', 'test_accuracy'})
        self.assertGreater(info['infer_b1_ms'], 0)
        self.assertGreater(info['train_bytes'], info['infer_bytes'])

    def test_info_measures_every_layer(self):
        info = self.object('info', 'lenet', '--measure')
        first, dense = info['layers'][1], info['layers'][-1]
        for name in ('training', 'answering', 'answering_one'):
            times = [layer[name] for layer in info['layers']]
            self.assertAlmostEqual(dense[name]['gflops'] / info['peak_gflops'], dense[name]['share_of_peak'])
            total = sum(time['forward_ms'] + time.get('backward_ms', 0) for time in times)
            whole = {'training': info['train_ms_per_sample'] * 32, 'answering': info['infer_ms_per_sample'] * 32,
                     'answering_one': info['infer_b1_ms']}[name]
            self.assertTrue(whole / 2 < total <= whole, (name, total, whole))
        # Of a batch of 32 the first layer works out its output and its weights' gradient, the last one its input's too.
        for layer, products in (first, 2), (dense, 3):
            time = layer['training']
            operations = time['gflops'] * 1e6 * (time['forward_ms'] + time['backward_ms'])
            self.assertAlmostEqual(operations / (2 * 32 * layer['multiply_adds']), products)
        done = self.call('info', 'lenet', '--measure')
        self.assertEqual(done.stdout.count(dense['name']), 3)
        self.assertLess(max(map(len, done.stdout.split('Training, batch', 2)[2].splitlines())), 100)

    def test_info_shows_where_a_network_is_broken(self):
        network = {'nodes': [{'name': 'in', 'kind': 'input', 'inputs': [], 'height': 4, 'width': 4, 'channels': 1},
                             {'name': 'wide', 'kind': 'conv2d', 'inputs': ['in'], 'kernel-width': 9},
                             {'name': 'out', 'kind': 'flatten', 'inputs': ['wide']}]}
        (self.folder / 'network.json').write_text(json.dumps(network))
        layers = self.object('info', 'network.json')['layers']
        self.assertEqual(['error' in layer for layer in layers], [False, True, False])
        self.assertIn('✗', self.call('info', 'network.json').stdout)
        self.assertIn('wide', self.assert_refused(1, 'bench', '--network', 'network.json'))

    def test_bench_has_the_keys_of_its_peers(self):
        times = self.object('bench', '--network', 'lenet', '--steps', '2', '--rounds', '1', '--batch', '8', '--threads',
                            '1')
        self.assertEqual(set(times), {'framework', 'network', 'batch', 'threads', 'precision', 'train_ms_per_sample',
                                      'infer_ms_per_sample', 'infer_b1_ms', 'kernels', 'peak_gflops', 'share_of_peak'})
        self.assertEqual((times['network'], times['batch'], times['threads'], times['precision']),
                         ('lenet', 8, 1, 'fp32'))
        self.assertRegex(times['framework'], r'^lathe \d')
        self.assertGreater(min(times['train_ms_per_sample'], times['infer_ms_per_sample'], times['infer_b1_ms']), 0)
        self.assertTrue(0 < times['share_of_peak'] < 1)


class Export(Case):
    FORMATS = ('pytorch-program', 'keras-program')

    def test_says_what_it_wrote(self):
        for form in self.FORMATS:
            for source in (self.model, 'lenet'):
                out = self.folder / f'{form}.py'
                self.assertEqual(self.object('export', source, out, '--format', form),
                                 {'format': form, 'file': str(out),
                                  'parameters': self.object('info', source)['parameters']})
                self.assertIn('load_weights_from_lathe', out.read_text(encoding='utf-8'))
            self.assertRegex(self.call('export', 'lenet', out, '--format', form).stdout, r': .* program, .* parameters\n$')

    def test_a_model_brings_its_labels_and_its_preprocessing(self):
        self.object('export', self.model, 'of-a-model.py', '--format', 'pytorch-program')
        self.object('export', 'lenet', 'of-a-network.py', '--format', 'pytorch-program')
        for name, has in (('of-a-model.py', True), ('of-a-network.py', False)):
            text = (self.folder / name).read_text(encoding='utf-8')
            for part in ('LABELS = [', '"green",', 'def preprocess', 'def predict'):
                self.assertEqual(part in text, has, part)

    def test_help_lists_the_formats(self):
        text = self.call('export', '--help').stdout
        for form in self.FORMATS:
            self.assertIn(f'\n  {form} ', text)

    def test_what_cannot_be_leaves_what_is_there(self):
        out = self.folder / 'out.py'
        out.write_text('before', encoding='utf-8')
        network = self.folder / 'network.json'
        layer = {'name': 'wide', 'kind': 'transposed-conv2d', 'inputs': ['in'], 'groups': 3, 'filters': 3}
        network.write_text(json.dumps({'nodes': [{'name': 'in', 'kind': 'input'}, layer]}), encoding='utf-8')
        self.assertIn('“wide”', self.assert_refused(1, 'export', network, out, '--format', 'keras-program'))
        network.write_text(json.dumps({'nodes': [{'name': 'in', 'kind': 'input'}, layer | {'kernel-width': 1, 'groups': 2}]}),
                           encoding='utf-8')
        self.assertIn('“wide”', self.assert_refused(1, 'export', network, out, '--format', 'pytorch-program'))
        self.assertIn('no/such/folder', self.assert_refused(1, 'export', 'lenet', 'no/such/folder/out.py', '--format',
                                                            'keras-program'))
        self.assertEqual(out.read_text(encoding='utf-8'), 'before')

    def test_wrong_usage(self):
        for words in ([], ['lenet'], ['lenet', 'out.py'], ['lenet', 'out.py', 'more', '--format', 'keras-program'],
                      ['lenet', 'out.py', '--format', 'word'],
                      ['lenet', 'out.py', '--format', 'keras-program', '--optimizer', 'newton'],
                      ['lenet', 'out.py', '--format', 'keras-program', '--lr', '0']):
            with self.subTest(words):
                self.assert_refused(2, 'export', *words)


class Resume(Case):
    interrupt = Interrupt.interrupt

    def test_a_run_that_was_interrupted_ends_as_if_it_had_not_been(self):
        whole = self.train(self.three, '--network', 'mlp', '--epochs', 40, '--out', 'whole')
        status, last = self.interrupt(signal.SIGINT, '--out', 'part')
        self.assertEqual(status, 130)
        rest = self.objects('train', self.three, '--resume', 'part', '--epochs', '40', '--threads', '1')
        self.assertEqual(rest[-1]['event'], 'done')
        if rest[0]['from_epoch'] <= 40:
            self.assertEqual(rest[-1]['weights_sha256'], whole['weights_sha256'])
        self.assertEqual(sorted(os.listdir(self.folder)), ['part', 'whole'])

    def test_a_run_knows_its_table_and_its_edits(self):
        names = sorted(self.three.glob('*/*.png'))
        (self.folder / 'table.csv').write_text('file,label\n' + ''.join(
            f'{image.relative_to(self.three)},{image.parent.name.upper()}\n' for image in names))
        given = ['--labels', 'table.csv', '--edits', 'edits.json']
        self.object('dataset', self.three, *given, '--exclude', names[0], '--relabel', f'{names[1]}=BLUE')
        self.assertEqual(self.interrupt(signal.SIGINT, '--out', 'part', *given)[0], 130)
        (self.folder / 'edits.json').unlink()
        events = self.objects('train', self.three, '--resume', 'part', '--epochs', '1')
        self.assertEqual(events[-1]['event'], 'done')
        self.assertIn('BLUE', self.object('info', 'part')['labels'])

    def test_what_belongs_to_the_run_cannot_be_given_anew(self):
        self.interrupt(signal.SIGINT, '--out', 'part')
        for option in ('--seed 2', '--network mlp', '--size 8x8', '--split 80/10/10', '--batch 5', '--optimizer sgd',
                       '--recipe fast', '--views 2', '--fit pad', '--normalize data'):
            with self.subTest(option):
                self.assert_refused(2, 'train', self.three, '--resume', 'part', *option.split())
        self.assertIn('not those', self.assert_refused(1, 'train', self.two, '--resume', 'part'))
        self.assert_refused(1, 'train', self.three, '--resume', 'other')

    def test_a_damaged_checkpoint_gives_way_to_the_one_before(self):
        whole = self.train(self.three, '--network', 'mlp', '--epochs', 40, '--out', 'whole')
        self.interrupt(signal.SIGINT, '--out', 'part')
        path = self.folder / 'part.checkpoint'
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        done = self.call('train', self.three, '--resume', 'part', '--epochs', '40', '--json')
        self.assertEqual(done.returncode, 0)
        self.assertIn('damaged', done.stderr)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertIn('warning', [event['event'] for event in events])
        if events[0]['from_epoch'] <= 40:
            self.assertEqual(events[-1]['weights_sha256'], whole['weights_sha256'])

    def test_a_new_run_does_not_bury_an_unfinished_one(self):
        self.interrupt(signal.SIGINT, '--out', 'part')
        done = self.call('train', self.three, '--network', 'mlp', '--epochs', '1', '--out', 'part')
        self.assertIn('--resume part.checkpoint.old', done.stderr)
        events = self.objects('train', self.three, '--resume', 'part.checkpoint.old', '--epochs', '2', '--out', 'old')
        self.assertEqual(events[-1]['event'], 'done')

    def test_what_was_learned_before_it_ran_away_is_kept(self):
        self.interrupt(signal.SIGINT, '--out', 'part')
        done = self.call('train', self.three, '--resume', 'part', '--lr', '1e30')
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r'layer “[^”]+”, in the (forward|backward) pass.*--resume part')
        events = self.objects('train', self.three, '--resume', 'part', '--lr', '0.001', '--epochs', '1')
        self.assertEqual(events[-1]['event'], 'done')


class BadInput(Case):
    def test_wrong_usage(self):
        options = ['--epochs -1', '--epochs 3x', '--epochs 0', '--epochs', '--lr nan', '--lr inf', '--lr -1', '--lr 0',
                   '--lr 1e-3x', '--batch 0', '--momentum 1', '--split 50/20', '--split 50/20/20', '--split 0/50/50',
                   '--split nan/50/50', '--size 0x0', '--size 16', '--size 16x99999', '--threads 0', '--seed -1',
                   '--optimizer newton', '--loss guess', '--schedule never', '--clip-norm -1', '--precision bf16', '--precision fp8', '--augment turn',
                   '--frobnicate']
        for option in options:
            with self.subTest(option):
                self.assertIn('--help', self.assert_refused(2, 'train', self.three, *option.split()))
        for command in ([], ['a', 'b']):
            with self.subTest(command):
                self.assert_refused(2, 'train', *command)
        for command in (['predict', self.model], ['predict', self.model, self.image, '--top', '0'],
                        ['evaluate', self.model, self.three, '--split', 'half'], ['info'], ['bench', 'seed'],
                        ['frobnicate']):
            with self.subTest(command):
                self.assert_refused(2, *command)

    def test_datasets_that_are_none(self):
        (self.folder / 'empty').mkdir()
        for command in ('dataset', 'train'):
            for data in ('empty', 'missing', self.image):
                with self.subTest(command=command, data=data):
                    self.assertIn(os.path.basename(data), self.assert_refused(1, command, data))

    def test_one_class_alone_is_a_dataset_and_only_training_takes_two(self):
        make_dataset(self.folder / 'one', {'alone': (1, 2, 3)}, 3)
        self.assertEqual(self.object('dataset', 'one')['classes'], [{'name': 'alone', 'count': 3}])
        for options in ([], ['--network', 'mlp'], ['--recipe', 'fast'], ['--loss', 'binary_crossentropy']):
            self.assertIn('“alone” alone, and training takes two', self.assert_refused(1, 'train', 'one', *options))

    def test_networks_and_losses_that_do_not_fit(self):
        (self.folder / 'text').write_text('hello')
        (self.folder / 'list').write_text('{"nodes": [1, 2]}')
        for option in ('--network missing', '--network text', '--network list', '--network vgg --size 4x4',
                       '--loss binary_crossentropy', '--out missing/model', '--out .'):
            with self.subTest(option):
                self.assert_refused(1, 'train', self.three, *option.split())
        self.assert_refused(1, 'train', self.two, '--loss', 'categorical_crossentropy')

    def test_damaged_models(self):
        whole = self.model.read_bytes()
        flipped = bytearray(whole)
        flipped[-5] ^= 0x40
        damaged = {'cut': whole[:-100], 'header': whole[:200], 'empty': b'', 'long': whole + b'x', 'flipped': flipped,
                   'huge': b'\xff' * 8 + whole[8:], 'image': self.image.read_bytes()}
        for name, content in damaged.items():
            (self.folder / name).write_bytes(content)
            for command in (['predict', name, self.image], ['evaluate', name, self.three], ['info', name]):
                with self.subTest(name=name, command=command[0]):
                    self.assertIn(name, self.assert_refused(1, *command))

    def test_a_model_meets_classes_it_does_not_know(self):
        self.assertIn('dark ones', self.assert_refused(1, 'evaluate', self.model, self.two))

    def test_a_full_disk_is_noticed(self):
        with open('/dev/full', 'w') as full:
            done = subprocess.run([CLI, 'info', 'seed'], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual((done.returncode, done.stderr.count('\n')), (1, 1))


if __name__ == '__main__':
    tap.main()
