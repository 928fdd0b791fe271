#!/usr/bin/env python3
# test-cli.py: lathe-cli, driven as a script would drive it.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: test-cli.py LATHE-CLI [PATTERN…]; the sample set is at $LATHE_SAMPLES."""

import contextlib
import collections
import csv
import hashlib
import json
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import tap

CLI = os.path.abspath(sys.argv.pop(1))
SAMPLES = os.environ.get('LATHE_SAMPLES', '')
COMMANDS = ('dataset', 'suggest', 'pretrained', 'train', 'search', 'sweep', 'runs', 'evaluate', 'predict', 'explain', 'map', 'info',
            'export', 'import', 'serve', 'bench')


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

def setUpModule():
    """Datasets and one small model that all cases share and none changes."""
    shared = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(shared.cleanup)
    root = pathlib.Path(shared.name)
    os.environ['XDG_DATA_HOME'] = str(root / 'data home')
    Case.two = make_dataset(root / 'my two', TWO, 20)
    Case.three = make_dataset(root / 'three', THREE, 20)
    Case.image = Case.three / 'red' / '000.png'
    Case.model = root / 'model.safetensors'
    subprocess.run([CLI, 'train', Case.three, '--network', 'mlp', '--epochs', '5', '--out', Case.model],
                   check=True, capture_output=True)


class Case(unittest.TestCase):
    """Works in a folder of its own."""

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
            # What was said of the images while a model was trained is kept with the runs of a folder.
            self.assertEqual({**self.object('evaluate', self.model, path), 'suspects_by': scores['suspects_by']}, scores)

    def flat(self):
        folder = self.folder / 'flat'
        folder.mkdir()
        for image in self.three.glob('*/*.png'):
            shutil.copy(image, folder / f'{image.parent.name}_{image.name}')
        return folder

    def test_labels_from_names_and_from_a_table(self):
        wanted = self.object('dataset', self.three)
        folder = self.flat()
        self.assertEqual(self.object('dataset', folder)['classes'], [{'name': folder.name, 'count': wanted['images']}])
        self.assertIn('alone', self.assert_refused(1, 'train', folder, '--network', 'mlp'))
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
                                          'images_per_second', 'steps_done', 'seconds_done', 'phases'})
        done = events[-1]
        self.assertEqual(set(done), {'event', 'best_epoch', 'test_loss', 'test_accuracy', 'model', 'weights_sha256',
                                     'undecodable', 'advice'})
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

    def test_what_does_not_go_together_is_told_before_it_begins(self):
        options = ('--network', 'mlp', '--epochs', 3, '--batch', 4, '--early-stopping', 2, '--momentum', 0.5)
        start = self.objects('train', self.three, *options)[0]
        told = {advice['option']: advice['remedy'] for advice in start['advice']}
        self.assertEqual(told, {'early-stopping': 1, 'momentum': 0.9})
        text = self.call('train', self.three, *options, '--schedule', 'step', '--decay-epochs', 1).stdout
        self.assertRegex(text, r'\nAdvice +--early-stopping 2: [^\n]+ \(better: --early-stopping 1\)\n')
        start = self.objects('train', self.three, '--network', 'mlp', '--epochs', 3, '--batch', 4)[0]
        self.assertEqual(start['advice'], [])

    def test_early_stopping(self):
        events = self.objects('train', self.three, '--network', 'mlp', '--epochs', '50', '--early-stopping', '2',
                              '--lr', '1e-12')
        self.assertEqual([event['epoch'] for event in events if event['event'] == 'epoch'], [1, 2, 3])
        self.assertEqual(events[-1]['event'], 'done')

    @unittest.skipUnless(os.path.isdir(SAMPLES), 'the sample set is not there')
    def test_the_sample_set_is_learned(self):
        done = self.train(SAMPLES, '--network', 'lenet', '--epochs', 3)
        self.assertGreaterEqual(done['test_accuracy'], 0.75)


class From(Case):
    """Training that begins with what a model knows: here a small one, of other classes."""
    @staticmethod
    def tensors(path):
        """The bytes of each tensor of a model file."""
        data = path.read_bytes()
        begin = 8 + struct.unpack('<Q', data[:8])[0]
        header = json.loads(data[8:begin])
        return {name: data[begin + tensor['data_offsets'][0]:begin + tensor['data_offsets'][1]]
                for name, tensor in header.items() if name != '__metadata__'}

    def from_model(self, *arguments):
        return self.train(self.two, '--from', self.model, '--out', 'grown.safetensors', *arguments)

    def test_a_last_layer_is_learned_on_what_a_model_knows(self):
        done = self.from_model()
        self.assertEqual(done['features_computed'] + done['features_found'], 40)
        self.assertEqual((done['folds'], done['undecodable']), (5, []))
        self.assertTrue(done['val_low'] <= done['val_accuracy'] <= done['val_high'])
        again = self.from_model()
        self.assertEqual((again['features_computed'], again['features_found']), (0, 40))
        self.assertEqual(again['weights_sha256'], done['weights_sha256'])
        evaluated = self.object('evaluate', 'grown.safetensors', self.two, '--split', 'test')
        self.assertEqual(evaluated['accuracy'], done['test_accuracy'])
        self.assertEqual(evaluated['images'], done['test_images'])

    def test_it_is_a_run_of_the_list(self):
        done = self.from_model('--runs', 'list')
        tuned = self.train(self.two, '--from', self.model, '--fine-tune', 'all', '--epochs', '1', '--runs', 'list',
                           '--out', 'tuned.safetensors')
        newest, first = self.objects('runs', 'list')
        for run, result, learning in (first, done, 0), (newest, tuned, 'all'):
            self.assertEqual((run['state'], run['from'], run['fine_tune']), ('finished', str(self.model), learning))
            self.assertEqual(run['weights_sha256'], result['weights_sha256'])
        told = self.objects('runs', 'list', '1', '--show')[1]
        self.assertEqual((told['event'], told['folds'], told['val_accuracy']), ('grown', 5, done['val_accuracy']))
        self.assertIn('5 folds', self.call('runs', 'list', '1', '--show').stdout)
        self.assertIn('the same', self.call('runs', 'list', '1', '--verify').stdout)

    def test_the_curve_says_whether_more_images_would_help(self):
        done = self.from_model('--learning-curve')
        sizes = [point['images'] for point in done['curve']]
        self.assertEqual(sizes, sorted(set(sizes)))
        self.assertGreater(len(sizes), 1)
        self.assertIn(done['rising'], (True, False))
        shown = self.call('train', self.two, '--from', self.model, '--out', 'grown.safetensors', '--learning-curve')
        self.assertIn('last doubling', shown.stdout)

    def test_last_layers_learn_on_and_the_others_stay(self):
        before = self.tensors(self.model)
        events = self.objects('train', self.three, '--from', self.model, '--fine-tune', '1', '--epochs', '2', '--lr',
                              '0.01', '--best-by', 'loss', '--out', 'tuned.safetensors')
        after = self.tensors(self.folder / 'tuned.safetensors')
        self.assertEqual(sum(event['event'] == 'epoch' for event in events), 2)
        self.assertEqual(sorted(before), sorted(after))
        same = [name for name in sorted(before) if before[name] == after[name]]
        self.assertEqual(same, ['dense-1.bias', 'dense-1.weight'])

    def test_lower_layers_learn_at_lower_rates(self):
        def moved(name, *more):
            """How far each tensor goes in one step of plain SGD from what was learned before."""
            self.objects('train', self.three, '--from', self.model, '--fine-tune', 'all', '--epochs', '1', '--batch', '4096',
                         '--optimizer', 'sgd', '--schedule', 'constant', '--lr', '0.02', '--best-by', 'loss', *more,
                         '--out', name)
            return self.tensors(self.folder / name)
        alike, lower, again = (moved('a', '--lower-rate', '1'), moved('b', '--lower-rate', '0.4'), moved('c'))
        self.assertEqual(lower, again)
        before = self.tensors(self.model)

        def step(after, name):
            floats = [struct.unpack(f'<{len(data) // 4}f', data) for data in (before[name], after[name])]
            return max(abs(new - old) for old, new in zip(*floats))
        for name, share in ('dense-2.weight', 0.4), ('dense-1.weight', 0.16):
            self.assertAlmostEqual(step(lower, name) / step(alike, name), share, delta=0.01)

    def test_pictures_unlike_all_are_unknown(self):
        ours = make_dataset(self.folder / 'ours', TWO, 30)
        stripes = self.folder / 'stripes.png'
        stripes.write_bytes(png(16, 16, bytes(value for y in range(16) for x in range(16)
                                              for value in ((255, 0, 0) if x // 2 % 2 else (0, 0, 255)))))
        self.train(ours, '--from', self.model, '--out', 'grown.safetensors')
        *ours_said, foreign = self.objects('predict', 'grown.safetensors', ours, stripes)
        self.assertLess(sum(said['unlike'] for said in ours_said), 10)
        self.assertEqual([said['known'] for said in ours_said], [not said['unlike'] for said in ours_said])
        self.assertEqual((foreign['unlike'], foreign['known']), (True, False))
        self.assertEqual(len(foreign['predictions']), 2)
        self.assertIn('unlike all images', self.call('predict', 'grown.safetensors', stripes).stdout)
        self.assertNotIn('unlike', self.objects('predict', self.model, stripes)[0])

    def test_one_class_alone_is_refused(self):
        shutil.copytree(self.two / sorted(path.name for path in self.two.iterdir())[0], self.folder / 'one' / 'alone')
        self.assertIn('alone', self.assert_refused(1, 'train', 'one', '--from', self.model))

    def test_the_last_layer_alone_stays_where_more_learning_spoils_it(self):
        before = self.tensors(self.model)
        self.objects('train', self.three, '--from', self.model, '--fine-tune', '1', '--epochs', '1', '--lr', '1',
                     '--out', 'tuned.safetensors')
        after = self.tensors(self.folder / 'tuned.safetensors')
        self.assertEqual(sorted(name for name in before if before[name] != after[name]), ['dense-3.bias', 'dense-3.weight'])

    def test_what_does_not_go_with_it_is_told(self):
        for arguments in (('--network', 'seed'), ('--epochs', '3'), ('--size', '20x20')):
            with self.subTest(arguments):
                done = self.call('train', self.two, '--from', self.model, *arguments)
                self.assertEqual(done.returncode, 2)
                self.assertIn(arguments[0], done.stderr)
        self.assertEqual(self.call('train', self.two, '--learning-curve').returncode, 2)

    def spoilt(self):
        """Two classes, with an image of the one in the other."""
        data = self.folder / 'spoilt'
        shutil.copytree(self.two, data)
        (data / 'light' / 'really dark.png').write_bytes(noisy(random.Random(99), TWO['dark ones'], 16))
        return data

    def test_a_model_tells_which_label_looks_wrong(self):
        data = self.spoilt()
        findings = self.object('dataset', data, '--check', '--from', self.model)['findings']
        wrong = [finding for finding in findings if finding['flaw'] == 'wrong-label']
        self.assertEqual([[pathlib.Path(file).name for file in each['files']] for each in wrong], [['really dark.png']])
        self.assertEqual(wrong[0]['likelier'], 'dark ones')
        self.assertGreater(wrong[0]['probability'], 0.5)
        said = self.call('dataset', data, '--check', '--from', self.model).stdout
        self.assertIn('light/really dark.png: labelled “light”, and rather shows “dark ones”', said)
        self.call('dataset', data, '--edits', 'e.json', '--cure', 'wrong-label', '--from', self.model)
        left = self.object('dataset', data, '--edits', 'e.json')
        self.assertEqual([pathlib.Path(file).name for file in left['excluded']], ['really dark.png'])

    def test_a_model_tells_what_is_like_an_image(self):
        data = self.spoilt()
        like = self.object('dataset', data, '--from', self.model, '--like', data / 'dark ones' / '003.png', '--top', 4)
        self.assertEqual(len(like['like']), 4)
        self.assertEqual(pathlib.Path(like['like'][0]['file']).name, '003.png')
        self.assertAlmostEqual(like['like'][0]['similarity'], 1, 4)
        similarities = [each['similarity'] for each in like['like']]
        self.assertEqual(similarities, sorted(similarities, reverse=True))
        self.assertTrue(like['known'])
        (self.folder / 'red.png').write_bytes(noisy(random.Random(5), (250, 0, 0), 16))
        unlike = self.object('dataset', data, '--from', self.model, '--like', 'red.png')
        self.assertFalse(unlike['known'])
        self.assertIn('Unknown', self.call('dataset', data, '--from', self.model, '--like', 'red.png').stdout)
        self.assertIn('nowhere.png', self.assert_refused(1, 'dataset', data, '--from', self.model, '--like', 'nowhere.png'))

    def test_images_without_labels_become_groups_and_these_classes(self):
        (self.folder / 'heap').mkdir()
        for name in ('red', 'blue'):
            for image in (self.three / name).iterdir():
                shutil.copy(image, self.folder / 'heap' / f'{name} {image.name}')
        told = self.object('dataset', 'heap', '--from', self.model, '--cluster', 'auto', '--edits', 'e.json')
        kinds = [collections.Counter(pathlib.Path(file).name.rpartition(' ')[0] for file in group)
                 for group in told['groups']]
        self.assertEqual(len(kinds), 2)
        self.assertGreaterEqual(sum(max(kind.values()) for kind in kinds), 36, kinds)
        kept = self.object('dataset', 'heap', '--edits', 'e.json')
        self.assertEqual([(each['name'], each['count']) for each in kept['classes']],
                         [(f'group {i + 1}', len(group)) for i, group in enumerate(told['groups'])])
        self.assertEqual(self.object('dataset', 'heap')['classes'], [{'name': 'heap', 'count': 40}])

    def test_a_model_is_asked_something_or_not_at_all(self):
        for arguments in (('--like', self.image), ('--cluster', '2'), ('--from', self.model), ('--top', '3'),
                          ('--from', self.model, '--cluster', '1')):
            with self.subTest(arguments):
                self.assert_refused(2, 'dataset', self.two, *arguments)

    def test_weights_that_are_not_here_are_asked_for(self):
        done = self.call('train', self.two, '--from', 'efficientnet-lite0', XDG_DATA_HOME=str(self.folder))
        self.assertEqual(done.returncode, 1)
        self.assertIn('./dev pretrained', done.stderr)
        listed = self.objects('pretrained', XDG_DATA_HOME=str(self.folder))
        self.assertEqual([(known['name'], known['here']) for known in listed], [('efficientnet-lite0', False)])

    def test_other_weights_are_refused(self):
        (self.folder / 'hostile.pth').write_bytes(b"\x80\x02cos\nsystem\nX\x0a\0\0\0touch ownedtR.")
        done = self.call('pretrained', 'efficientnet-lite0', 'hostile.pth', XDG_DATA_HOME=str(self.folder))
        self.assertEqual(done.returncode, 1)
        self.assertIn('hostile.pth', done.stderr)
        self.assertFalse((self.folder / 'owned').exists())
        self.assertEqual(self.call('pretrained', 'efficientnet-lite0').returncode, 2)


class Project(Case):
    """A project says all that no option does."""

    def write(self, **more):
        network = json.loads((pathlib.Path(__file__).parent.parent / 'data' / 'presets' / 'mlp.json').read_text())
        project = {'lathe-project': 1, 'source': 'images', 'split': {'seed': '3', 'share': [0.5, 0.25, 0.25]},
                   'hyperparameters': {'epochs': 2, 'seed': '7'}, 'network': network, **more}
        (self.folder / 'pets.lathe').write_text(json.dumps(project))
        if not (self.folder / 'images').exists():
            shutil.copytree(self.three, self.folder / 'images')

    def test_trains_as_the_options_would(self):
        self.write()
        done = self.train('pets.lathe')
        self.assertEqual(done['model'], 'pets.safetensors')
        self.assertLessEqual(done['best_epoch'], 2)
        typed = ('--network', 'mlp', '--epochs', '2', '--split', '50/25/25')
        self.write(split={'seed': '7', 'share': [0.5, 0.25, 0.25]})
        self.assertEqual(self.train('pets.lathe', '--out', 'a')['weights_sha256'],
                         self.train('images', '--seed', '7', *typed, '--out', 'b')['weights_sha256'])

    def test_an_option_has_the_last_word(self):
        self.write()
        events = self.objects('train', 'pets.lathe', '--epochs', '1', '--network', 'lenet', '--size', '32x32')
        self.assertEqual((events[0]['epochs'], events[0]['network']), (1, 'lenet'))

    def test_its_split_and_its_edits_are_those_of_its_images(self):
        excluded = 'red/000.png'
        self.write(edits={'version': 1, 'excluded': [excluded]})
        told = self.object('dataset', 'pets.lathe')
        self.assertEqual(told['images'], self.object('dataset', 'images')['images'] - 1)
        self.assertTrue(told['excluded'][0].endswith(excluded))
        self.assert_split(told['split'], '50/25/25')
        scores = self.object('evaluate', self.model, 'pets.lathe', '--split', 'test')
        self.assertEqual(sum(each['support'] for each in scores['classes']), told['split']['test'])

    def test_its_network_is_told(self):
        self.write()
        self.assertEqual(self.object('info', 'pets.lathe')['parameters'], self.object('info', 'mlp')['parameters'])

    def test_a_broken_one_is_refused(self):
        self.write(hyperparameters={'epochs': -1})
        self.assertIn('pets.lathe', self.assert_refused(1, 'train', 'pets.lathe'))
        self.write(**{'lathe-project': 2})
        self.assertIn('newer', self.assert_refused(1, 'info', 'pets.lathe'))


def processor_seconds(process):
    """What a process that runs has had of the processor, as of the children that have ended."""
    fields = pathlib.Path(f'/proc/{process.pid}/stat').read_text().rpartition(')')[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf('SC_CLK_TCK') + processor_seconds_of_children()


def processor_seconds_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Interrupt(Case):
    def interrupt(self, number, *arguments):
        """Trains for long, and sends the signal once an epoch is through. It ends soon, by what it does until then."""
        with subprocess.Popen([CLI, 'train', self.three, '--network', 'mlp', '--epochs', '100000', '--json',
                               *arguments], cwd=self.folder, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            while json.loads(process.stdout.readline())['event'] != 'epoch':
                pass
            begin = processor_seconds(process)
            process.send_signal(number)
            rest, complaint = process.communicate(timeout=120)
        self.assertLess(processor_seconds_of_children() - begin, 5)
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


class Search(Case):
    def search(self, *arguments):
        return self.objects('search', self.three, '--network', 'mlp', '--epochs', 3, '--batch', 8, *arguments)

    def test_networks_that_no_other_beats_are_written_and_train(self):
        events = self.search('--candidates', 5, '--out', 'found')
        self.assertEqual((events[0]['event'], events[-1]['event']), ('start', 'done'))
        last = {event['id']: event for event in events if event['event'] == 'candidate'}
        self.assertEqual(len(last), events[-1]['candidates'])
        self.assertEqual((last[0]['state'], last[0]['epochs']), ('finished', 3))
        self.assertEqual(sum(event['epochs'] > 0 for event in last.values()), 5)
        front = events[-1]['front']
        self.assertGreater(len(front), 0)
        self.assertEqual(sorted(os.listdir(self.folder / 'found')), sorted(os.path.basename(each['file']) for each in front))
        for cheap, dear in zip(front, front[1:]):
            self.assertLess(cheap['milliseconds'], dear['milliseconds'])
            self.assertLess(cheap['val_accuracy'], dear['val_accuracy'])
        for each in front:
            self.assertLessEqual(each['val_accuracy_low'], each['val_accuracy'])
            self.assertEqual(self.object('info', each['file'])['parameters'], each['parameters'])
        self.objects('train', self.three, '--network', front[-1]['file'], '--epochs', 1)

    def test_same_seed_searches_the_same(self):
        def outcome(threads):
            events = self.search('--candidates', 4, '--seed', 5, '--threads', threads)
            return [(event['id'], event['change'], event['state'], event['epochs'], event['val_accuracy'])
                    for event in events if event['event'] == 'candidate']
        self.assertEqual(outcome(1), outcome(2))
        self.assertIn('three-networks', os.listdir(self.folder))

    def test_limit_of_size_is_kept(self):
        events = self.search('--candidates', 3, '--max-mb', '0.15')
        candidates = [event for event in events if event['event'] == 'candidate']
        self.assertEqual(candidates[0]['state'], 'too-large')
        self.assertTrue(all(event['bytes'] <= 150000 for event in candidates if event['epochs'] > 0))
        self.assertTrue(any(event['epochs'] > 0 for event in candidates))

    def test_people_read_lines_and_a_table(self):
        done = self.call('search', self.three, '--network', 'mlp', '--epochs', 1, '--candidates', 2)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertRegex(done.stdout, r'(?m)^ +0 +1 +[0-9.]+ % .* finished +the network as it is$')
        self.assertRegex(done.stdout, r'lathe-cli train .* --network three-networks/mlp-\d+\.json')

    def test_interrupted_search_ends_with_what_there_is(self):
        with subprocess.Popen([CLI, 'search', self.three, '--network', 'mlp', '--minutes', '30', '--json'],
                              cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            while json.loads(process.stdout.readline()).get('state') != 'finished':
                pass
            process.send_signal(signal.SIGINT)
            rest, complaint = process.communicate(timeout=20)
        last = json.loads(rest.splitlines()[-1])
        self.assertEqual((process.returncode, complaint), (130, ''))
        self.assertEqual((last['event'], last['interrupted']), ('done', True))
        self.assertTrue(all((self.folder / each['file']).exists() for each in last['front']))

    def test_bounds_are_checked(self):
        for arguments in (('--minutes', '0'), ('--candidates', '0'), ('--max-ms', '-1'), ('--max-mb', 'x')):
            with self.subTest(arguments):
                done = self.call('search', self.three, *arguments)
                self.assertEqual((done.returncode, len(done.stderr.splitlines())), (2, 1))
        done = self.call('search', self.three, '--candidates', 1, '--split', '80/0/20')
        self.assertEqual((done.returncode, len(done.stderr.splitlines())), (1, 1))
        self.assertIn('validation', done.stderr)


class Use(Case):
    SCORES = ('balanced_accuracy', 'macro_precision', 'macro_recall', 'micro_f1', 'weighted_precision', 'weighted_recall',
              'weighted_f1', 'kappa', 'matthews', 'roc_auc', 'weighted_roc_auc', 'average_precision',
              'weighted_average_precision', 'log_loss', 'brier', 'ece', 'ece_equal_mass')
    OF_A_CLASS = ('precision', 'recall', 'f1', 'roc_auc', 'average_precision')

    def test_predict_says_all_classes_likeliest_first(self):
        said = self.object('predict', self.model, self.image)
        self.assertEqual(set(said), {'file', 'known', 'predictions', 'milliseconds'})
        self.assertEqual((said['file'], said['known']), (str(self.image), True))
        probabilities = [prediction['probability'] for prediction in said['predictions']]
        self.assertAlmostEqual(sum(probabilities), 1, places=5)
        self.assertEqual(probabilities, sorted(probabilities, reverse=True))
        self.assertEqual({prediction['label'] for prediction in said['predictions']}, set(THREE))
        top = self.object('predict', self.model, self.image, '--top', '1')
        self.assertEqual(top['predictions'], said['predictions'][:1])

    def test_a_model_of_another_program_is_taken_as_it_is(self):
        accuracy = self.object('evaluate', self.model, self.three)['accuracy']
        ours = self.object('predict', self.model, self.image)['predictions']
        for form in ('onnx', 'h5', 'keras'):
            with self.subTest(form):
                other = self.folder / f'other.{form}'
                self.call('export', self.model, other, '--format', form)
                theirs = self.object('predict', other, self.image)['predictions']
                for mine, its in zip(ours, theirs, strict=True):
                    self.assertAlmostEqual(mine['probability'], its['probability'], places=5)
                self.assertEqual(self.object('info', other)['parameters'], self.object('info', self.model)['parameters'])
        self.assertEqual([each['label'] for each in self.object('predict', 'other.onnx', self.image)['predictions']],
                         [each['label'] for each in ours])
        self.assertEqual(self.object('evaluate', 'other.onnx', self.three)['accuracy'], accuracy)
        began = self.objects('train', self.three, '--weights', 'other.onnx', '--epochs', 1, '--out', 'again')[0]
        self.assertEqual(len(began['inherited']), 3)
        (self.folder / 'letter.onnx').write_text('This is no model.', encoding='utf-8')
        self.assertIn('ONNX model', self.assert_refused(1, 'predict', 'letter.onnx', self.image))

    def test_predict_goes_on_after_a_bad_image(self):
        done = self.call('predict', self.model, self.image, 'missing.png', self.image)
        self.assertEqual((done.returncode, len(done.stdout.splitlines())), (1, 2))
        self.assertRegex(done.stderr, r'^lathe-cli predict: missing\.png: [^\n]+\n$')

    def test_predict_says_where_it_is_not_sure_enough(self):
        probability = self.object('predict', self.model, self.image, '--top', '1')['predictions'][0]['probability']
        for threshold, known in ((probability * 0.99, True), (min(1, probability * 1.01), probability >= 1)):
            said = self.object('predict', self.model, self.image, '--threshold', threshold)
            self.assertEqual(said['known'], known)
        said = self.call('predict', self.model, *sorted(self.three.glob('*/*.png')), '--threshold', '1').stdout
        self.assertIn(': unknown: ', said)
        for wrong in (('--threshold', '2'), ('--threshold', 'x'), ('--threshold', 'auto'), ('--images', self.three)):
            self.assert_refused(2, 'predict', self.model, self.image, *wrong)

    def test_predict_chooses_its_threshold_on_validation_images(self):
        told, *said = self.objects('predict', self.model, self.image, '--threshold', 'auto', '--images', self.three)
        self.assertEqual((told['event'], set(told)), ('threshold', {'event', 'threshold', 'answered', 'accuracy'}))
        self.assertEqual(said[0]['known'], said[0]['predictions'][0]['probability'] >= told['threshold'])
        self.assertTrue(told['accuracy'] >= 0.95 or told['threshold'] == 0)

    def test_predict_writes_a_table_of_a_folder(self):
        (self.three / 'red' / 'broken, it is.png').write_bytes(b'no image')
        try:
            done = self.call('predict', self.model, self.three, '--csv', 'said.csv', '--threshold', '0.6', '--json')
        finally:
            (self.three / 'red' / 'broken, it is.png').unlink()
        self.assertEqual(done.returncode, 1)
        said = {answer['file']: answer for answer in map(json.loads, done.stdout.splitlines())}
        with open(self.folder / 'said.csv', newline='', encoding='utf-8') as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), len(list(self.three.glob('*/*.png'))) + 1)
        for row in rows:
            if row['file'].endswith('broken, it is.png'):
                self.assertEqual((row['label'], row['probability'], row['known']), ('', '', ''))
                continue
            answer = said[row['file']]
            self.assertEqual(row['label'], answer['predictions'][0]['label'])
            self.assertAlmostEqual(float(row['probability']), answer['predictions'][0]['probability'], places=7)
            self.assertEqual(row['known'], str(answer['known']).lower())

    def test_predict_agrees_with_evaluate(self):
        scores = self.object('evaluate', self.model, self.three)
        images = sorted(self.three.glob('*/*.png'))
        said = self.objects('predict', self.model, *images)
        right = sum(answer['predictions'][0]['label'] == image.parent.name for answer, image in zip(said, images))
        self.assertAlmostEqual(scores['accuracy'], right / len(images))

    def test_explain_answers_by_every_method(self):
        model = self.folder / 'lenet.safetensors'
        self.train(self.three, '--network', 'lenet', '--size', '16x16', '--epochs', '2', '--out', model)
        said = self.object('predict', model, self.image)['predictions']
        common = {'file', 'method', 'class', 'probability', 'score', 'milliseconds'}
        for method, more in (('grad-cam', {'layer'}), ('integrated-gradients', {'blank_score', 'gap'}),
                             ('occlusion', set())):
            told = self.object('explain', model, self.image, '--method', method, '--out', 'map.png')
            place = (told.pop('x', 0), told.pop('y', 0))  # none where nothing speaks for the class
            self.assertTrue(all(isinstance(part, int) and 0 <= part < 16 for part in place), place)
            self.assertEqual(set(told), common | more)
            self.assertEqual((told['method'], told['class'], told['probability']),
                             (method, said[0]['label'], said[0]['probability']))
            self.assertEqual((self.folder / 'map.png').read_bytes()[16:24], struct.pack('>II', 16, 16))
        self.assertAlmostEqual(told['score'], said[0]['probability'], places=5)  # what occlusion takes from
        told = self.object('explain', model, self.image, '--class', said[2]['label'], '--layer', 'conv2d-1')
        self.assertEqual((told['class'], told['layer']), (said[2]['label'], 'conv2d-1'))
        self.assertIn(said[0]['label'], self.call('explain', model, self.image).stdout)

    def test_explain_finds_a_way_where_no_layer_makes_an_image(self):
        self.assertEqual(self.object('explain', self.model, self.image)['method'], 'integrated-gradients')
        self.assertIn('occlusion', self.assert_refused(1, 'explain', self.model, self.image, '--method', 'grad-cam'))

    def test_explain_names_the_nearest_images(self):
        told = self.object('explain', self.model, self.image, '--neighbours', self.three, '--top', '4')
        nearest = told['neighbours']
        self.assertEqual(len(nearest), 4)
        self.assertEqual((nearest[0]['file'], nearest[0]['label']), (str(self.image), 'red'))
        self.assertAlmostEqual(nearest[0]['similarity'], 1, places=5)
        self.assertEqual(nearest, sorted(nearest, key=lambda one: -one['similarity']))
        text = self.call('explain', self.model, self.image, '--neighbours', self.three, '--top', '1').stdout
        self.assertRegex(text.splitlines()[-1], r'^red/000\.png +1\.0000 +red$')

    def test_explain_refuses_what_it_cannot_do(self):
        for arguments in (('--class', 'mauve'), ('--method', 'guess'), ('--layer', 'conv2d-9'), ('--top', '3'),
                          ('--steps', '0'), ('--method', 'occlusion', '--layer', 'dense-1')):
            self.assert_refused(2, 'explain', self.model, self.image, *arguments)
        self.assert_refused(1, 'explain', self.model, 'missing.png', '--out', 'map.png')
        self.assert_refused(1, 'explain', self.model, self.image, '--out', 'no-such-folder/map.png')

    def test_a_map_has_a_place_for_each_image(self):
        for method, more in (('tsne', {'perplexity', 'iterations', 'seed', 'divergence'}), ('pca', {'x_share', 'y_share'})):
            told = self.object('map', self.model, self.three, '--method', method, '--out', 'map.csv')
            self.assertEqual(set(told), {'method', 'images', 'features', 'wrong', 'agreement'} | more)
            self.assertEqual((told['method'], told['images']), (method, 60))
            with open(self.folder / 'map.csv', newline='') as table:
                rows = list(csv.DictReader(table))
            self.assertEqual(sum(row['truth'] != row['said'] for row in rows), told['wrong'])
            self.assertEqual(len({row['file'] for row in rows}), 60)
            for axis in 'xy':  # in the middle of the paper
                self.assertAlmostEqual(sum(float(row[axis]) for row in rows) / 60, 0, places=4)
            first = (self.folder / 'map.csv').read_bytes()
            self.call('map', self.model, self.three, '--method', method, '--out', 'map.csv', '--threads', '3')
            self.assertEqual((self.folder / 'map.csv').read_bytes(), first)
            self.call('map', self.model, self.three, '--method', method, '--out', 'map.svg')
            drawn = xml.etree.ElementTree.parse(self.folder / 'map.svg').getroot()
            self.assertEqual(len(drawn.findall('{*}use')), 60)
            self.assertEqual(len(drawn.findall('{*}circle[@class="wrong"]')), told['wrong'])
            self.assertEqual([text.text for text in drawn.iter('{http://www.w3.org/2000/svg}text')],
                             ['blue', 'green', 'red'])
            self.call('map', self.model, self.three, '--method', method, '--out', 'map.png')
            png = (self.folder / 'map.png').read_bytes()
            self.assertEqual((png[:8], struct.unpack('>II', png[16:24])), (b'\x89PNG\r\n\x1a\n', (1600, 1600)))
            self.assertGreater(len(png), 10_000, 'there is something on it')

    def test_a_map_refuses_what_it_cannot_do(self):
        for arguments in (('--method', 'guess'), ('--perplexity', '1'), ('--out', 'map.bmp'), ('--iterations', '0')):
            self.assert_refused(2, 'map', self.model, self.three, *arguments)
        self.assert_refused(1, 'map', self.model, self.three, '--out', 'no-such-folder/map.csv')

    def test_a_report_holds_the_numbers_and_nothing_from_elsewhere(self):
        odd = self.folder / 'odd'
        shutil.copytree(self.three, odd)
        first = next((odd / 'red').iterdir())
        first.rename(odd / 'blue' / '<b onclick="x">&.png')  # a mistake, or a suspect
        told = self.object('evaluate', self.model, odd, '--report', 'report.html')
        html = (self.folder / 'report.html').read_text(encoding='utf-8')
        numbers = {float(value) for value in re.findall(r'<data value="([^"]+)">', html)}
        scores = [told[name] for name in (*self.SCORES, 'accuracy', 'macro_f1')] + [told['top_k']['accuracy']]
        scores += [row[name] for row in told['classes'] for name in self.OF_A_CLASS]
        scores += [end for interval in told['intervals'].values() if interval for end in interval]
        self.assertLessEqual({score for score in scores if score is not None}, numbers)
        self.assertIn('&lt;b onclick=&quot;x&quot;&gt;&amp;.png', html)
        self.assertNotIn('<b onclick', html)
        self.assertNotIn('<script', html)
        self.assertEqual(re.findall(r'(?:src|href)="(?!data:image/png;base64,)[^"]*"|url\(|@import', html), [])
        cells = [int(cell) for cell in re.findall(r'<td style="[^"]*"[^>]*>(\d+)</td>', html)]
        self.assertEqual(cells, sum(told['confusion'], []))
        self.assertIn('data:image/png;base64,', html)
        self.assert_refused(1, 'evaluate', self.model, odd, '--report', 'no-such-folder/report.html')

    def test_a_report_draws_every_layer_and_every_edge_of_the_network(self):
        self.call('train', self.three, '--network', 'resnet20', '--size', '8x8', '--epochs', '1', '--out', 'residual')
        self.call('evaluate', 'residual', self.three, '--report', 'report.html')
        html = (self.folder / 'report.html').read_text(encoding='utf-8')
        parts = re.findall(r'<svg viewBox="0 (\d+) \d+ (\d+)" [^>]*class="layers"><title>([^<]+)</title>(.*?)</svg>', html,
                           re.DOTALL)
        self.assertEqual([int(top) for top, *_ in parts], [i * 16 * 48 for i in range(len(parts))])
        self.assertEqual(parts[0][2], 'The network from its input down: rows 1 to 16 of 69')
        layers = [layer['name'] for layer in self.object('info', 'residual')['layers']]
        drawn = [name for *_, part in parts for name in re.findall(r'class="name">([^<]+)<', part)]
        self.assertEqual(sorted(drawn), sorted(name if len(name) <= 20 else name[:19] + '…' for name in layers))
        edges = {edge for *_, part in parts for edge in re.findall(r'd="(M[^"]+)"', part)}
        self.assertEqual(sum('H' in edge for edge in edges), 9, 'one around each block')
        self.assertEqual(len(edges), len(layers) - 1 + 9)

    def test_evaluate_adds_up(self):
        scores = self.object('evaluate', self.model, self.three)
        self.assertLessEqual({'accuracy', 'loss', 'macro_f1', 'classes', 'confusion', 'suspects', 'top_k', 'temperature',
                              *self.SCORES},
                             set(scores))
        self.assertEqual(set(scores['intervals']), {'accuracy', 'macro_f1', *self.SCORES})
        self.assertEqual([sorted(row) for row in scores['classes']],
                         [sorted(('name', 'support', 'intervals', *self.OF_A_CLASS))] * 3)
        for row in scores['classes']:
            self.assertEqual(set(row['intervals']), set(self.OF_A_CLASS))
        self.assertEqual([sum(row) for row in scores['confusion']], [row['support'] for row in scores['classes']])
        right = sum(scores['confusion'][i][i] for i in range(3))
        self.assertAlmostEqual(scores['accuracy'], right / 60)
        for name in ('f1', 'roc_auc', 'average_precision'):
            self.assertAlmostEqual(scores[name if name != 'f1' else 'macro_f1'],
                                   sum(row[name] for row in scores['classes']) / 3)
        self.assertAlmostEqual(scores['loss'], scores['log_loss'], places=4)
        for name, interval in scores['intervals'].items():
            if interval is not None and not name.startswith('ece'):
                self.assertLessEqual(interval[0], scores[name], name)
                self.assertGreaterEqual(interval[1], scores[name], name)

    def test_evaluate_says_how_often_the_truth_is_among_the_likeliest(self):
        shares = [self.object('evaluate', self.model, self.three, '--top', k)['top_k'] for k in (1, 2, 3, 9)]
        self.assertEqual([share['k'] for share in shares], [1, 2, 3, 3])
        self.assertEqual(shares[0]['accuracy'], self.object('evaluate', self.model, self.three)['accuracy'])
        self.assertLessEqual(shares[0]['accuracy'], shares[1]['accuracy'])
        self.assertEqual(shares[2]['accuracy'], 1)

    def test_evaluate_writes_what_was_said_of_each_image(self):
        scores = self.object('evaluate', self.model, self.three, '--predictions', 'said.csv')
        rows = self.table('said.csv')
        self.assertEqual(list(rows[0]), ['file', 'truth', 'said', 'blue', 'green', 'red'])
        self.assertEqual(sorted(row['file'] for row in rows),
                         sorted(str(path.relative_to(self.three)) for path in self.three.glob('*/*.png')))
        for row in rows:
            share = {name: float(row[name]) for name in ('blue', 'green', 'red')}
            self.assertEqual(row['truth'], row['file'].split('/')[0])
            self.assertEqual(share[row['said']], max(share.values()))
            self.assertAlmostEqual(sum(share.values()), 1, places=5)
        self.assertAlmostEqual(scores['accuracy'], sum(row['truth'] == row['said'] for row in rows) / 60)

    def test_evaluate_writes_curves_whose_area_is_the_score(self):
        scores = self.object('evaluate', self.model, self.three, '--curves', 'curves.csv')
        rows = self.table('curves.csv')
        for found in scores['classes']:
            points = [(float(row['false_positive_rate']), float(row['recall'])) for row in rows
                      if row['class'] == found['name']]
            self.assertEqual((points[0], points[-1]), ((0, 0), (1, 1)))
            area = sum((x - before[0]) * (y + before[1]) / 2 for before, (x, y) in zip(points, points[1:]))
            self.assertAlmostEqual(area, found['roc_auc'])

    def table(self, name):
        with open(self.folder / name, newline='') as file:
            return list(csv.DictReader(file))

    def test_evaluate_at_a_threshold_counts_what_the_table_shows(self):
        found = self.object('evaluate', self.model, self.three, '--positive', 'green', '--threshold', '0.4', '--costs',
                            '1/5', '--predictions', 'said.csv')
        rows = self.table('said.csv')

        def counts(threshold):
            said = [(float(row['green']) >= threshold, row['truth'] == 'green') for row in rows]
            return {'true_positives': said.count((True, True)), 'false_positives': said.count((True, False)),
                    'false_negatives': said.count((False, True)), 'true_negatives': said.count((False, False))}

        at, cheapest = found['at_threshold'], found['cheapest']
        self.assertEqual({key: at[key] for key in counts(0.4)}, counts(0.4))
        self.assertEqual((at['positive'], at['threshold']), ('green', 0.4))
        costs = [(count['false_positives'] + 5 * count['false_negatives']) / 60
                 for count in (counts(float(row['green'])) for row in rows)]
        self.assertAlmostEqual(cheapest['cost'], min(*costs, 5 * 20 / 60))
        self.assertAlmostEqual(at['cost'], (at['false_positives'] + 5 * at['false_negatives']) / 60)

    def test_evaluate_compares_two_models_on_the_same_images(self):
        self.train(self.three, '--network', 'mlp', '--epochs', '1', '--seed', '9', '--out', 'other.safetensors')
        mine, others = (self.table('said.csv') for model in (self.model, 'other.safetensors')
                        if self.object('evaluate', model, self.three, '--predictions', 'said.csv'))
        found = self.object('evaluate', self.model, self.three, '--compare', 'other.safetensors')['comparison']
        right = [(a['said'] == a['truth'], b['said'] == b['truth']) for a, b in zip(mine, others)]
        self.assertEqual([found[key] for key in ('both_right', 'only_this_right', 'only_other_right', 'both_wrong')],
                         [right.count(pair) for pair in ((True, True), (True, False), (False, True), (False, False))])
        self.assertEqual(sorted(row['file'] for row in found['disagreements']),
                         sorted(row['file'] for row, (a, b) in zip(mine, right) if a != b))
        self.assertAlmostEqual(found['difference'],
                               (found['only_other_right'] - found['only_this_right']) / 60)
        same = self.object('evaluate', self.model, self.three, '--compare', self.model)['comparison']
        self.assertEqual((same['p_value'], same['difference'], same['disagreements']), (1, 0, []))

    def test_evaluate_mends_how_sure_a_model_is(self):
        copy = self.folder / 'copy'
        shutil.copytree(self.three, copy)
        for i in range(3):
            (copy / 'red' / f'{i:03}.png').rename(copy / 'blue' / f'moved-{i}.png')
        before = self.object('evaluate', self.model, copy, '--mend', 'mended.safetensors')
        after = self.object('evaluate', 'mended.safetensors', copy)
        self.assertNotAlmostEqual(before['temperature'], 1, 1)
        self.assertAlmostEqual(after['temperature'], 1, 4)
        self.assertAlmostEqual(after['log_loss'], before['log_loss_at_temperature'], 5)
        self.assertAlmostEqual(after['ece'], before['ece_at_temperature'], 5)
        self.assertEqual(after['confusion'], before['confusion'])
        self.assertEqual(self.object('info', 'mended.safetensors')['temperature'], before['temperature'])
        for form in ('pytorch-program', 'keras-program'):
            self.assertEqual(self.call('export', 'mended.safetensors', 'network.py', '--format', form).returncode, 0)
            cooled = re.search(r'logits = logits / ([\d.]+)\n', (self.folder / 'network.py').read_text())
            self.assertEqual(float(cooled.group(1)), before['temperature'])
        self.assertEqual(self.object('info', self.model)['temperature'], 1)

    def test_evaluate_leaves_out_classes_that_the_model_does_not_know(self):
        copy = self.folder / 'copy'
        shutil.copytree(self.three, copy)
        shutil.copytree(copy / 'red', copy / 'zebra')
        found = self.object('evaluate', self.model, copy, '--known')
        self.assertEqual(found['unknown_classes'], ['zebra'])
        self.assertEqual(found['confusion'], self.object('evaluate', self.model, self.three)['confusion'])
        self.assertIn('zebra', self.assert_refused(1, 'evaluate', self.model, copy))
        for name in THREE:
            shutil.rmtree(copy / name)
        self.assertIn('zebra', self.assert_refused(1, 'evaluate', self.model, copy, '--known'))

    def test_evaluate_names_images_that_are_labelled_wrongly(self):
        copy = self.folder / 'copy'
        shutil.copytree(self.three, copy)
        (copy / 'red' / '000.png').rename(copy / 'blue' / 'moved.png')
        first = self.object('evaluate', self.model, copy)['suspects'][0]
        self.assertEqual((first['file'], first['truth'], first['likelier']), ('blue/moved.png', 'blue', 'red'))
        self.assertLess(first['margin'], 0)
        self.assertRegex(self.call('evaluate', self.model, copy).stdout, r'(?m)^blue/moved\.png +blue +red$')

    def test_evaluate_finds_wrong_labels_that_were_learned_by_what_was_said_in_each_epoch(self):
        copy, model, runs = self.folder / 'copy', self.folder / 'learned.safetensors', self.folder / 'runs'
        shutil.copytree(self.three, copy)
        (copy / 'red' / '000.png').rename(copy / 'blue' / 'moved.png')
        self.train(copy, '--network', 'mlp', '--epochs', '4', '--split', '100/0/0', '--out', model, '--runs', runs)
        found = self.object('evaluate', model, copy, '--runs', runs)
        first = found['suspects'][0]
        self.assertEqual(found['suspects_by'], 'epochs')
        self.assertEqual((first['file'], first['truth'], first['likelier'], first['times']),
                         ('blue/moved.png', 'blue', 'red', 4))
        self.assertLess(first['named'], 2)
        self.assertRegex(self.call('evaluate', model, copy, '--runs', runs).stdout,
                         rf'(?m)^blue/moved\.png +blue +red +{first["named"]} of 4$')
        self.assertEqual(self.object('evaluate', model, copy)['suspects_by'], 'answers')

    def test_evaluate_refuses_what_it_cannot_do(self):
        for option in (['--threshold', '1.5'], ['--threshold', '0.5'], ['--costs', '1'], ['--costs', '1/-2', '--positive',
                       'red'], ['--positive', 'purple'], ['--top', '0'], ['--resamples', '-1']):
            with self.subTest(option):
                self.assert_refused(2, 'evaluate', self.model, self.three, *option)
        for option in (['--predictions', '.'], ['--curves', 'missing/curves.csv'], ['--compare', 'missing']):
            with self.subTest(option):
                self.assert_refused(1, 'evaluate', self.model, self.three, *option)

    def test_evaluate_says_the_same_on_any_number_of_threads(self):
        scores = [self.object('evaluate', self.model, self.three, '--threads', n)['intervals'] for n in (1, 3)]
        self.assertEqual(scores[0], scores[1])

    def test_evaluate_shows_people_the_same_numbers(self):
        scores = self.object('evaluate', self.model, self.three)
        shown = self.call('evaluate', self.model, self.three, LC_ALL='C.UTF-8').stdout
        for row, counts in zip(scores['classes'], scores['confusion']):
            self.assertRegex(shown, rf"(?m)^ *{row['name']} .*\b{row['support']}$")
            self.assertRegex(shown, rf"(?m)^ *{row['name']} +{' +'.join(map(str, counts))}$")
        self.assertRegex(shown, rf"(?m)^Accuracy +{100 * scores['accuracy']:.1f} % ")
        self.assertRegex(shown, rf"(?m)^Macro F1 +{scores['macro_f1']:.3f} ")
        self.assertIn('\nOn 60 images\n', shown)

    def test_evaluate_tells_people_everything_when_asked(self):
        scores = self.object('evaluate', self.model, self.three)
        short, full = (self.call('evaluate', self.model, self.three, *more, LC_ALL='C.UTF-8').stdout
                       for more in ([], ['--full', '--threshold', '0.5', '--positive', 'red', '--compare', self.model]))
        low, high = scores['intervals']['accuracy']
        for shown in (short, full):
            self.assertIn(f'{100 * low:.1f} – {100 * high:.1f} %', shown)
        for name, key in (('Cohen’s kappa', 'kappa'), ('Brier score', 'brier'), ('Area under the ROC curve', 'roc_auc')):
            self.assertRegex(full, rf'(?m)^{name} +{scores[key]:.3f} ')
            self.assertNotIn(name, short)
        self.assertIn('“red” said from a probability of 0.5 on', full)
        self.assertIn('McNemar’s test: p = 1, which may be chance', full)

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
        self.assertEqual(set(info), {'name', 'preset', 'input', 'parameters', 'trainable', 'multiply_adds', 'layers',
                                     'memory_bytes'})
        self.assertEqual((info['preset']['title'], info['preset']['paper']), ('Seed', None))
        for memory in info['memory_bytes'].values():
            self.assertEqual(memory.pop('total'), sum(memory.values()) - memory['batch'])
        self.assertEqual((info['name'], info['input'], info['parameters']), ('seed', [128, 128, 3], 8129537))
        self.assertEqual(sum(layer['parameters'] for layer in info['layers']), info['parameters'])
        self.assertEqual(set(info['layers'][1]), {'name', 'kind', 'output', 'parameters', 'multiply_adds'})
        self.assertEqual(info['layers'][1]['output'], [126, 126, 32])

    def test_info_of_a_preset_says_where_it_was_published(self):
        paper = self.object('info', 'lenet')['preset']['paper']
        self.assertEqual(set(paper), {'authors', 'title', 'year', 'url'})
        self.assertEqual((paper['year'], paper['url']), (1998, 'https://doi.org/10.1109/5.726791'))
        self.assertIn(paper['url'], self.call('info', 'lenet').stdout)
        self.assertIn(paper['url'], self.call('train', '--help').stdout)

    def test_suggestion_says_why_and_is_followed(self):
        suggestion = self.object('suggest', self.three)
        self.assertEqual(set(suggestion), {'network', 'input', 'parameters', 'multiply_adds', 'hyperparameters',
                                           'seconds', 'reasons'})
        text = self.call('suggest', self.three).stdout
        for reason in suggestion['reasons']:
            self.assertIn(f'\n{reason}\n', text)
        self.assertIn('--network suggested', text)

        model = self.folder / 'suggested.safetensors'
        *_, done = self.objects('train', self.three, '--network', 'suggested', '--epochs', '1', '--augment', 'flip',
                                '--out', str(model))
        self.assertEqual(done['event'], 'done')
        info = self.object('info', model)
        self.assertEqual((info['input'], info['parameters']), (suggestion['input'], suggestion['parameters']))
        self.assert_refused(2, 'train', self.three, '--network', 'suggested', '--recipe', 'fast')

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
        short = self.object('bench', '--network', 'lenet', '--steps', '2', '--rounds', '1', '--batch', '8', '--threads',
                            '1', '--precision', 'bf16')
        self.assertEqual((short['precision'], 'bf16' in short['kernels']), ('bf16', True))
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

    def test_in_bf16_a_model_takes_half_the_room_and_answers_nearly_the_same(self):
        half = self.folder / 'half.safetensors'
        done = self.object('export', self.model, half, '--format', 'safetensors', '--quantize', 'bf16')
        self.assertEqual(done['quantization'], {'type': 'bf16'})
        self.assertEqual(done['proof']['largest_difference'], 0)
        self.assertLess(half.stat().st_size, 0.6 * pathlib.Path(self.model).stat().st_size)
        answers = [self.object('predict', model, self.image)['predictions'] for model in (self.model, half)]
        for before, after in zip(*(sorted(each, key=lambda answer: answer['label']) for each in answers)):
            self.assertEqual(before['label'], after['label'])
            self.assertAlmostEqual(before['probability'], after['probability'], delta=0.05)
        self.assertIn('ONNX', self.assert_refused(2, 'export', self.model, 'x.onnx', '--format', 'onnx', '--quantize', 'bf16'))
        self.assertIn('--calibrate', self.assert_refused(2, 'export', self.model, half, '--format', 'safetensors',
                                                         '--quantize', 'bf16', '--calibrate', 'kl'))
        self.assertIn('the file alone', self.assert_refused(1, 'export', half, 'bundle', '--format', 'safetensors', '--bundle'))

    def test_elsewhere_what_was_rounded_to_bf16_is_used_as_any_other(self):
        half = self.folder / 'half.safetensors'
        self.object('export', self.model, half, '--format', 'safetensors', '--quantize', 'bf16')
        for form in ('onnx', 'c'):
            proof = self.object('export', half, f'bundle-{form}', '--format', form, '--bundle')['proof']
            self.assertLess(proof['largest_difference'], 1e-4)
            self.assertTrue((self.folder / f'bundle-{form}' / 'samples.json').exists())

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


class Smaller(Case):
    """A model that is pruned, and a network that learns from a model."""

    def export(self, *options):
        return self.object('export', self.model, 'out.safetensors', '--format', 'safetensors', *options)

    def test_channels_go_and_the_file_says_so(self):
        before = self.object('info', self.model)
        said = self.export('--prune', '0.5')
        pruned, after = said['pruned'], self.object('info', self.folder / 'out.safetensors')
        self.assertEqual((pruned['what'], pruned['by'], pruned['of'], pruned['share'], pruned['epochs']),
                         ('channels', 'magnitude', 'multiply-adds', 0.5, 0))
        self.assertEqual(pruned['multiply_adds_before'], before['multiply_adds'])
        self.assertEqual(pruned['multiply_adds'], after['multiply_adds'])
        self.assertEqual(pruned['parameters'], said['parameters'])
        self.assertLessEqual(after['multiply_adds'], before['multiply_adds'] / 2)
        self.assertIsNone(pruned['validation_accuracy'])
        self.assertEqual(self.call('predict', 'out.safetensors', self.image).returncode, 0)

    def test_training_afterwards_brings_accuracy_back_and_twice_the_same_bits(self):
        words = ['--prune', '0.6', '--fine-tune', '3', '--images', self.three, '--lr', '0.003']
        first = self.export(*words)
        sha256 = self.object('info', self.folder / 'out.safetensors')['weights_sha256']
        self.assertEqual(self.export(*words, '--threads', '1')['pruned'], first['pruned'])
        self.assertEqual(self.object('info', self.folder / 'out.safetensors')['weights_sha256'], sha256)
        self.assertGreaterEqual(first['pruned']['validation_accuracy'], 0.9)
        self.assertFalse(first['proof']['noise'])

    def test_single_weights_become_zero(self):
        pruned = self.export('--prune', '0.9', '--prune-what', 'weights')['pruned']
        self.assertEqual(pruned['parameters'], pruned['parameters_before'])
        self.assertAlmostEqual(pruned['zeros'] / pruned['parameters'], 0.9, delta=0.02)
        self.assertIn('are zero', self.call('export', self.model, 'out.c', '--format', 'c', '--no-proof', '--prune', '0.9',
                                            '--prune-what', 'weights').stdout)

    def test_channels_go_until_it_is_fast_enough(self):
        words = ['--format', 'safetensors', '--no-proof', '--threads', '1']
        refused = self.assert_refused(1, 'export', self.model, 'out.safetensors', *words, '--prune-to-time', '1e6')
        milliseconds = float(re.search(r'takes (\S+) milliseconds an image as it is', refused)[1])
        pruned = self.export('--no-proof', '--threads', '1', '--prune-to-time', str(0.7 * milliseconds))['pruned']
        self.assertLessEqual(pruned['milliseconds'], 1.05 * pruned['milliseconds_wanted'])
        self.assertLess(pruned['milliseconds'], pruned['milliseconds_before'])
        self.assertLess(pruned['multiply_adds'], pruned['multiply_adds_before'])
        self.assertIn('as small as pruning can', self.assert_refused(1, 'export', self.model, 'out.safetensors', *words,
                                                                     '--prune-to-time', '1e-6'))

    def test_what_cannot_be_pruned_is_refused(self):
        for words in (['--prune-to-time', '0'], ['--prune-to-time', 'fast'], ['--prune', '0.5', '--prune-to-time', '1'],
                      ['--prune-to-time', '1', '--prune-what', 'weights'], ['--prune', '0'], ['--prune', '1'], ['--prune', 'half'], ['--prune-by', 'scale'], ['--fine-tune', '1'],
                      ['--prune', '0.5', '--fine-tune', '1'], ['--prune', '0.5', '--prune-what', 'layers'],
                      ['--prune', '0.5', '--prune-what', 'weights', '--prune-by', 'scale']):
            with self.subTest(words):
                self.assert_refused(2, 'export', self.model, 'out.safetensors', '--format', 'safetensors', *words)
        self.assert_refused(2, 'export', 'lenet', 'out.py', '--format', 'pytorch-program', '--prune', '0.5')
        self.assertIn('no more than', self.assert_refused(1, 'export', self.model, 'out.safetensors', '--format',
                                                          'safetensors', '--prune', '0.999'))
        self.assertIn('other classes', self.assert_refused(1, 'export', self.model, 'out.safetensors', '--format',
                                                           'safetensors', '--prune', '0.5', '--fine-tune', '1', '--images',
                                                           self.two))

    def test_a_network_learns_from_a_teacher(self):
        words = [self.three, '--network', 'lenet', '--epochs', '1', '--teacher', self.model]
        start, *_, taught = self.objects('train', *words, '--out', 'a.safetensors', '--threads', '1')
        self.assertEqual((start['temperature'], start['distil_weight']), (4, 0.9))
        self.assertEqual(start['teacher_sha256'], self.object('info', self.model)['weights_sha256'])
        again = self.train(*words, '--out', 'b.safetensors', '--threads', '2')
        other = self.train(*words, '--out', 'c.safetensors', '--temperature', '2', '--distil-weight', '0.5')
        self.assertEqual(taught['weights_sha256'], again['weights_sha256'])
        self.assertNotEqual(taught['weights_sha256'], other['weights_sha256'])

    def test_a_run_with_a_teacher_cannot_be_replayed(self):
        self.train(self.three, '--network', 'mlp', '--epochs', '1', '--teacher', self.model, '--out', 'a.safetensors',
                   '--runs', 'list')
        self.assertIn('another model’s answers', self.assert_refused(1, 'runs', 'list', '1', '--verify'))

    def test_a_teacher_that_does_not_fit_is_refused(self):
        for words in (['--temperature', '4'], ['--distil-weight', '0.5'], ['--teacher', self.model, '--temperature', 'x']):
            with self.subTest(words):
                self.assert_refused(2, 'train', self.three, *words)
        for words in ([self.two], [self.three, '--size', '8x8'], [self.three, '--temperature', '0'],
                      [self.three, '--distil-weight', '2'], [self.three, '--normalize', 'data']):
            with self.subTest(words):
                self.assert_refused(1, 'train', *words, '--network', 'mlp', '--teacher', self.model)


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

    def test_a_run_that_lacks_its_teacher_is_kept_until_it_has_it(self):
        teacher = ['--teacher', self.model]
        self.interrupt(signal.SIGINT, '--out', 'part', '--runs', 'list', *teacher)
        before, = self.objects('runs', 'list')
        done = self.call('train', self.three, '--resume', 'part', '--runs', 'list')
        self.assertEqual(done.returncode, 1)
        self.assertIn('learned from a teacher', done.stderr)
        after, = self.objects('runs', 'list')
        self.assertEqual(after['state'], 'failed')
        for key in 'epoch', 'best_epoch', 'weights_sha256':
            self.assertEqual(after[key], before[key])
        last = self.train(self.three, '--resume', 'part', '--runs', 'list', '--epochs', '1', *teacher)
        self.assertEqual(last['event'], 'done')

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
                   '--optimizer newton', '--loss guess', '--schedule never', '--clip-norm -1', '--precision fp8', '--augment turn',
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



class Runs(Case):
    """A list of what was trained."""

    def runs(self, *arguments):
        return self.objects('runs', 'list', *arguments)

    def test_what_was_trained_is_listed_the_newest_first(self):
        for lr in ('0.01', '0.002'):
            done = self.train(self.three, '--network', 'mlp', '--epochs', '2', '--lr', lr, '--runs', 'list',
                              '--out', f'{lr}.safetensors')
        newest, oldest = self.runs()
        self.assertEqual((newest['run'], oldest['run']), (2, 1))
        self.assertEqual((newest['state'], newest['epoch'], newest['network']), ('finished', 2, 'mlp'))
        self.assertEqual(newest['weights_sha256'], done['weights_sha256'])
        self.assertEqual(newest['test_accuracy'], done['test_accuracy'])
        self.assertEqual([run['hyperparameters']['learning-rate'] for run in (newest, oldest)], [.002, .01])
        self.assertRegex(self.call('runs', 'list').stdout.splitlines()[1], r'2 .*mlp +finished +2/2 ')

    def test_how_a_run_went_is_told_with_what_is_to_be_seen_in_it(self):
        done = self.train(self.three, '--network', 'mlp', '--epochs', '2', '--runs', 'list')
        self.assertIn('few-images', [advice['kind'] for advice in done['advice']])
        run, *rest = self.runs('1', '--show')
        told = {event: [line for line in rest if line['event'] == event] for event in ('epoch', 'point', 'layers', 'course')}
        self.assertEqual((run['run'], len(rest)), (1, sum(map(len, told.values()))))
        self.assertEqual([epoch['epoch'] for epoch in told['epoch']], [1, 2])
        self.assertLessEqual(sum(told['epoch'][1]['phases'].values()), told['epoch'][1]['seconds'] + 0.001)
        self.assertEqual(told['point'][-1]['steps_done'], told['epoch'][1]['steps_done'])
        self.assertGreater(told['point'][-1]['gradient_norm'], 0)
        for layer in told['layers'][1]['layers']:
            self.assertEqual(sum(layer['weights']['bins']), layer['weights']['n'])
        text = self.call('runs', 'list', '1', '--show').stdout
        self.assertRegex(text, r'reading \d+ %, forward \d+ %, backward \d+ %')
        self.assertRegex(text, r'Dead units')
        self.assertIn('--show is for one run', self.assert_refused(2, 'runs', 'list', '--show'))

    def test_a_run_is_named_deleted_and_brought_back(self):
        self.train(self.three, '--network', 'mlp', '--epochs', '1', '--runs', 'list')
        self.assertEqual(self.runs('1', '--name', 'a, "b"', '--tags', 'x,y')[0]['name'], 'a, "b"')
        self.runs('1', '--delete')
        self.assertEqual(self.call('runs', 'list').stdout, 'Nothing was trained here yet.\n')
        self.runs('1', '--restore')
        self.runs('--csv', 'runs.csv')
        with open(self.folder / 'runs.csv', newline='', encoding='utf-8') as file:
            row, = csv.DictReader(file)
        self.assertEqual((row['run'], row['name'], row['tags'], row['epochs'], row['seed']),
                         ('1', 'a, "b"', 'x,y', '1', '1'))

    def test_a_run_goes_by_its_name_too(self):
        self.train(self.three, '--network', 'mlp', '--epochs', '1', '--runs', 'list')
        self.runs('1', '--name', 'a try')
        self.assertEqual([run['run'] for run in self.runs('a try')], [1])
        self.assert_refused(2, 'runs', 'list', 'another try')

    def test_all_that_is_known_is_exported(self):
        self.train(self.three, '--network', 'mlp', '--epochs', '1', '--runs', 'list')
        run, = self.runs('--export', 'runs.json')
        self.assertEqual(json.loads((self.folder / 'runs.json').read_text()), [run])
        self.runs('--csv', 'one.csv')
        self.runs('--export', 'other.csv')
        self.assertEqual((self.folder / 'one.csv').read_text(), (self.folder / 'other.csv').read_text())
        self.assertIn('nowhere', self.assert_refused(1, 'runs', 'list', '--export', 'nowhere/runs.json'))

    def count_instructions(self, *arguments):
        done = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', CLI, 'runs', 'list',
                               *arguments], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                              check=True)
        return int(re.search(r'Collected : (\d+)', done.stderr)[1])

    @unittest.skipUnless(shutil.which('valgrind'), 'valgrind is not installed')
    def test_ten_thousand_runs_are_told_in_a_fraction_of_a_second(self):
        """By what a run more takes: 150,000 instructions are less than 50 µs, and 10,000 of them half a second."""
        self.train(self.three, '--network', 'mlp', '--epochs', '1', '--runs', 'list')
        one = self.count_instructions('--json')
        with contextlib.closing(sqlite3.connect(self.folder / 'list' / 'runs.db')) as runs:
            columns = [name for _, name, *_ in runs.execute('PRAGMA table_info (run)')]
            change = {'id': 'i', 'hyperparameters': """replace (hyperparameters, '"seed":"1"', '"seed":"' || i || '"')"""}
            runs.execute('WITH RECURSIVE n (i) AS (VALUES (2) UNION ALL SELECT i + 1 FROM n WHERE i < 501) INSERT INTO run '
                         f'SELECT {", ".join(change.get(name, name) for name in columns)} FROM run, n WHERE id = 1')
            runs.commit()
        for way in ([], ['--json'], ['--csv', 'runs.csv']):
            self.assertLess((self.count_instructions(*way) - one) / 500, 150e3, way)

    def verify(self, *arguments):
        return self.object('runs', 'list', '1', '--verify', *arguments)

    def test_a_run_is_verified_by_replaying_it(self):
        done = self.train(self.three, '--network', 'mlp', '--epochs', '3', '--augment', 'flip', '--threads', '1',
                          '--runs', 'list')
        found = self.verify()
        self.assertEqual((found['run'], found['same'], found['weights_sha256']), (1, True, done['weights_sha256']))
        self.assertEqual(found['epochs'], self.runs()[0]['best_epoch'])

    def test_a_run_that_cannot_be_replayed_says_what_has_changed(self):
        pets = make_dataset(self.folder / 'pets', THREE, 10)
        self.train(pets, '--network', 'mlp', '--epochs', '1', '--runs', 'list')
        (pets / 'red' / '000.png').unlink()
        self.assertIn('“red” had ', self.assert_refused(1, 'runs', 'list', '1', '--verify'))
        (pets / 'red' / '000.png').write_bytes(noisy(random.Random(8), (1, 2, 3), 16))
        self.assert_refused(1, 'runs', 'list', '1', '--verify')
        shutil.rmtree(pets)
        self.assertIn('pets', self.assert_refused(1, 'runs', 'list', '1', '--verify'))

    def test_a_run_that_began_with_a_model_is_verified_with_it(self):
        self.train(self.three, '--weights', self.model, '--epochs', '1', '--runs', 'list')
        self.assertIn('--weights', self.assert_refused(1, 'runs', 'list', '1', '--verify'))
        self.assertTrue(self.verify('--weights', self.model)['same'])

    def test_the_runs_of_a_folder_are_listed_where_the_window_has_them(self):
        pets = make_dataset(self.folder / 'pets', THREE, 10)
        self.train(pets, '--network', 'mlp', '--epochs', '1')
        self.train('pets', '--network', 'mlp', '--epochs', '1', '--out', 'other.safetensors')
        self.assertEqual([run['run'] for run in self.objects('runs', 'pets')], [2, 1])
        name = hashlib.sha256(str(pets).encode()).hexdigest()
        self.assertTrue((pathlib.Path(os.environ['XDG_DATA_HOME']) / f'lathe/projects/{name}.runs/runs.db').exists())

    def test_where_nothing_can_be_written_down_training_goes_on(self):
        (self.folder / 'no folder').write_text('')
        done = self.call('train', self.three, '--network', 'mlp', '--epochs', '1', '--json',
                         XDG_DATA_HOME=str(self.folder / 'no folder'))
        self.assertEqual((done.returncode, json.loads(done.stdout.splitlines()[-1])['event']), (0, 'done'))
        self.assertIn('The list of trainings', done.stderr)

    write = Project.write

    def test_a_project_lists_its_own(self):
        self.write()
        self.train('pets.lathe', '--epochs', '1')
        run = self.object('runs', 'pets.lathe')
        self.assertEqual((run['state'], run['model']), ('finished', str(self.folder / 'pets.safetensors')))
        self.assertEqual(self.object('runs', 'pets.runs'), run)

    def test_a_report_tells_how_its_model_was_trained(self):
        self.write()
        self.train('pets.lathe', '--epochs', '2')
        self.call('evaluate', 'pets.safetensors', 'pets.lathe', '--report', 'report.html')
        html = (self.folder / 'report.html').read_text(encoding='utf-8')
        self.assertIn('>Training</h2>', html)
        self.assertEqual(html.count('<polyline'), 4 + 6)  # two charts of two lines, and two of a line a class
        self.assertIn(self.object('runs', 'pets.lathe')['weights_sha256'], html)
        self.call('evaluate', self.model, 'pets.lathe', '--report', 'report.html')  # which another program trained
        self.assertNotIn('>Training</h2>', (self.folder / 'report.html').read_text(encoding='utf-8'))

    def test_the_network_of_a_run_trains_again_to_the_same_weights(self):
        first = self.train(self.three, '--network', 'mlp', '--epochs', '1', '--runs', 'list')
        self.runs('1', '--network', 'again.json')
        again = self.train(self.three, '--network', 'again.json', '--epochs', '1')
        self.assertEqual(again['weights_sha256'], first['weights_sha256'])

    def test_another_program_pauses_and_stops_it(self):
        with self.train_long() as trainer:
            self.wait_for('under-way')
            while '"epoch"' not in (self.folder / 'said').read_text():  # before there is no model
                time.sleep(.1)
            self.runs('1', '--pause')
            self.wait_for('paused')
            self.runs('1', '--stop')
            self.assertEqual(trainer.wait(60), 0)
        self.assertEqual(self.runs()[0]['state'], 'stopped')
        self.assert_refused(1, 'runs', 'list', '1', '--pause')

    def train_long(self):
        with open(self.folder / 'said', 'w') as said:
            return subprocess.Popen([CLI, 'train', self.three, '--network', 'mlp', '--epochs', '100000', '--runs', 'list',
                                     '--json'], cwd=self.folder, stdout=said)

    def wait_for(self, state):
        for _ in range(600):
            done = self.call('runs', 'list', '--json')
            if done.returncode == 0 and done.stdout and json.loads(done.stdout)['state'] == state:
                return
            time.sleep(.1)
        self.fail(f'it never was {state}')

    def test_wrong_usage(self):
        self.train(self.three, '--network', 'mlp', '--epochs', '1', '--runs', 'list')
        self.assert_refused(1, 'runs', 'list', '9')
        self.assert_refused(1, 'runs', '.')
        self.assert_refused(2, 'runs', 'list', 'one')
        self.assert_refused(2, 'runs', 'list', '--delete')
        self.assert_refused(2, 'runs', 'list', '1', '--pause', '--stop')


class Sweep(Case):
    """Settings that vary."""

    def sweep(self, *arguments):
        return self.objects('sweep', self.three, '--network', 'mlp', *arguments)

    def test_every_run_of_a_grid_is_listed_with_its_settings(self):
        *events, done = self.sweep('--vary', 'lr=0.001,0.01', '--vary', 'batch=16,32', '--epochs', '1', '--list', 'list')
        ended = [event for event in events if event.get('state') == 'finished']
        self.assertEqual([event['settings'] for event in ended],
                         [{'learning-rate': lr, 'batch': batch} for lr in (.001, .01) for batch in (16, 32)])
        runs = self.objects('runs', 'list')
        self.assertEqual([run['group'] for run in runs], [done['group']] * 4)
        self.assertEqual({run['val_accuracy'] for run in runs if run['run'] == done['best']['run']},
                         {max(run['val_accuracy'] for run in runs)})
        self.assertTrue(self.object('runs', 'list', '4', '--verify')['same'])

    def test_halving_trains_few_of_them_to_the_end(self):
        *_, done = self.sweep('--vary', 'lr=1e-4..1e-1', '--method', 'halving', '--runs', '4', '--epochs', '3')
        self.assertEqual((done['event'], done['runs'], done['best']['epoch']), ('done', 4, 3))
        self.assertEqual(sorted(run['epoch'] for run in self.objects('runs', self.three)[:4]), [1, 1, 3, 3])

    def test_what_was_interrupted_keeps_what_there_is(self):
        with subprocess.Popen([CLI, 'sweep', self.three, '--network', 'mlp', '--vary', 'seed=1,2', '--epochs', '100000',
                               '--json'], cwd=self.folder, stdout=subprocess.PIPE, text=True) as sweeper:
            while '"training"' not in sweeper.stdout.readline():
                pass
            time.sleep(.5)
            sweeper.send_signal(signal.SIGINT)
            done = json.loads(sweeper.stdout.read().splitlines()[-1])
            self.assertEqual(sweeper.wait(60), 130)
        self.assertTrue(done['interrupted'])
        self.assertEqual([run['state'] for run in self.objects('runs', self.three)][:1], ['stopped'])

    def test_wrong_usage(self):
        self.assert_refused(2, 'sweep', self.three)
        self.assertIn('speed', self.assert_refused(2, 'sweep', self.three, '--vary', 'speed=1,2'))
        self.assert_refused(2, 'sweep', self.three, '--vary', 'lr=0.1', '--method', 'guess')
        self.assert_refused(1, 'sweep', self.three, '--vary', 'lr=0.1,0.2,0.3', '--runs', '2')


if __name__ == '__main__':
    tap.main()
