#!/usr/bin/env python3
# test-nasty.py: a folder with all that people, cameras and enemies leave in folders, and what is said of each.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: test-nasty.py LATHE-CLI FIXTURES"""

import collections
import ctypes
import json
import math
import os
import pathlib
import random
import shutil
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import tap

CLI = os.path.abspath(sys.argv.pop(1))
FIXTURES = pathlib.Path(sys.argv.pop(1))
SIDE = 64

# What a problem's reason says.
NOT_REGULAR = 'not a regular file'
GONE = 'cannot be opened: No such file or directory'
TRUNCATED = 'truncated'
TOO_LARGE = 'more than the 100 megapixels'


# --- Pictures -----------------------------------------------------------------------------------------------------

def png(width, height, rows):
    """Of colours; rows: height × width × 3 bytes, or whatever is to stand there."""
    def chunk(kind, body):
        return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))

    step = width * 3
    filtered = b''.join(b'\0' + rows[y * step:(y + 1) * step] for y in range(len(rows) // step)) if step else b''
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)) +
            chunk(b'IDAT', zlib.compress(filtered)) + chunk(b'IEND', b''))


def picture(seed, side=SIDE):
    """Soft waves of a few directions: the same picture at any size."""
    rng = random.Random(seed)
    waves = [[(rng.uniform(-9, 9), rng.uniform(-9, 9), rng.uniform(0, 7)) for _ in range(3)] for _ in range(3)]
    values = bytearray()
    for y in range(side):
        for x in range(side):
            for channel in waves:
                at = sum(math.sin(a * x / side + b * y / side + c) for a, b, c in channel)
                values.append(int(128 + 40 * at))
    return png(side, side, bytes(values))


def gif(width, height, frame_width, frame_height):
    """One frame, of one pixel's data."""
    return (b'GIF89a' + struct.pack('<HHBBB', width, height, 0x80, 0, 0) + bytes(3) + b'\xff\xff\xff' +
            b',' + struct.pack('<HHHHB', 0, 0, frame_width, frame_height, 0) + b'\2\2D\1\0;')


def many_frames(n):
    """An animation of one pixel that turns red, over and over."""
    head = b'GIF89a' + struct.pack('<HHBBB', SIDE, SIDE, 0x80, 0, 0) + b'\xff\0\0\0\0\xff'
    frame = b',' + struct.pack('<HHHHB', 0, 0, 1, 1, 0) + b'\2\2D\1\0'
    return head + frame * n + b';'


def tiff(width, height):
    tags = ((256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1),
            (278, 4, height), (279, 4, 16))
    entries = b''.join(struct.pack('<HHII', tag, kind, 1, value) for tag, kind, value in tags)
    return b'II*\0' + struct.pack('<I', 24) + bytes(16) + struct.pack('<H', len(tags)) + entries + bytes(4)


def mutants(n):
    """Of every fixture, with bytes flipped, cut out and spliced in."""
    rng = random.Random(1)
    sound = [path.read_bytes() for path in sorted(FIXTURES.iterdir())]
    for i in range(n):
        one = bytearray(sound[i % len(sound)])
        at, end = sorted((rng.randrange(len(one)), rng.randrange(len(one))))
        if i % 3 == 0:
            one[at] ^= 1 << rng.randrange(8)
        elif i % 3 == 1:
            del one[at:end]
        else:
            one[at:at] = rng.choice(sound)[:rng.randrange(1, 200)]
        yield bytes(one)


# --- Running ------------------------------------------------------------------------------------------------------

def as_anyone():
    """In the child: even root is refused what permissions refuse."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP, which fails for those who have none anyway


def lathe(*arguments):
    done = subprocess.run([CLI, *map(str, arguments), '--json'], capture_output=True, preexec_fn=as_anyone,
                          timeout=120, env={**os.environ, 'LC_ALL': 'C.UTF-8'})
    assert done.returncode == 0 and done.stderr == b'', (done.returncode, done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


class Nasty(unittest.TestCase):
    """The folder is made by a plan, entry by entry, each with what is to be said of it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(folder.name)
        self.addCleanup(folder.cleanup)
        self.n_images = collections.Counter()
        self.problems = {}  # how the name is shown: what the reason holds
        self.findings = []  # (flaw, names)

    def path(self, name):
        path = self.folder / (os.fsdecode(name) if isinstance(name, bytes) else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def shown(self, name):
        """As it is written for people: what is no UTF-8 is replaced."""
        return os.fsencode(self.path(name)).decode(errors='replace')

    def image(self, name, contents):
        self.path(name).write_bytes(contents)
        self.n_images[os.fsdecode(name).split('/')[0]] += 1

    def nothing(self, name, contents=b'no image'):
        """Passed over in silence."""
        self.path(name).write_bytes(contents)

    def bad(self, name, reason, contents=None):
        if contents is not None:
            self.path(name).write_bytes(contents)
        self.problems[self.shown(name)] = reason

    # --- The plan ---

    def sound(self):
        for i in range(12):
            self.image(f'cats/{i:02}.png', picture(i))
            self.image(f'dogs/{i:02}.png', picture(100 + i))

    def names(self):
        self.image('cats/photo.png', (FIXTURES / 'photo.jpg').read_bytes())  # the extension is another's
        self.image('cats/no extension', picture(20))
        self.image(b'cats/not \xff\xfe UTF-8.png', picture(21))
        self.image('cats/new\nline.png', picture(22))
        self.image('cats/' + '/'.join('d' * 30) + '/deep.png', picture(23))
        self.bad(b'cats/bad \xff UTF-8.png', TRUNCATED, picture(24)[:200])
        self.bad('cats/bad\nline.png', TRUNCATED, picture(24)[:200])
        self.bad('cats/' + '/'.join('d' * 33), 'too many folders inside one another')
        self.path('cats/' + '/'.join('d' * 33) + '/deeper.png').write_bytes(picture(25))

    def hidden(self):
        self.nothing('cats/.hidden.png')
        self.nothing('cats/.git/config.png')
        self.nothing('cats/Thumbs.db')
        self.nothing('cats/__MACOSX/1.png')

    def special(self):
        os.symlink('.', self.path('cats/loop'))
        os.symlink('..', self.path('cats/up'))
        os.symlink('../../' + self.folder.name, self.path('dogs/around'))
        os.symlink('nowhere', self.path('dogs/dangling.png'))
        self.bad('dogs/dangling.png', NOT_REGULAR)
        os.symlink('self.png', self.path('dogs/self.png'))
        self.bad('dogs/self.png', NOT_REGULAR)
        os.mkfifo(self.path('dogs/pipe.png'))
        self.bad('dogs/pipe.png', NOT_REGULAR)
        self.socket = socket.socket(socket.AF_UNIX)
        self.addCleanup(self.socket.close)
        self.socket.bind(str(self.path('dogs/socket.png')))
        self.bad('dogs/socket.png', NOT_REGULAR)
        try:
            os.mknod(self.path('dogs/zero.png'), 0o600 | stat.S_IFCHR, os.makedev(1, 5))
            self.bad('dogs/zero.png', NOT_REGULAR)
        except PermissionError:
            print('# no device node: only root makes one')

    def locked(self):
        self.path('dogs/locked/1.png').write_bytes(picture(30))
        self.path('dogs/locked').chmod(0)
        self.addCleanup(self.path('dogs/locked').chmod, 0o700)
        self.bad('dogs/locked', 'cannot be opened: Permission denied')
        self.path('dogs/unreadable.png').write_bytes(picture(31))
        self.path('dogs/unreadable.png').chmod(0)
        self.bad('dogs/unreadable.png', 'cannot be opened: Permission denied')

    def bombs(self):
        self.bad('cats/bomb.png', TOO_LARGE, png(60000, 60000, bytes(1000)))
        self.bad('cats/wide.png', TOO_LARGE, png(2000000000, 1, bytes(1000)))
        self.bad('cats/flat.png', 'damaged header', png(0, 10, b''))
        self.bad('cats/bomb.gif', TOO_LARGE, gif(65535, 65535, 65535, 65535))
        self.bad('cats/bomb.tif', TOO_LARGE, tiff(12000, 12000))
        self.bad('cats/larger bomb.tif', 'image too large', tiff(60000, 60000))
        self.image('cats/frames.gif', many_frames(20000))

    def damaged(self):
        sound = picture(40)
        photo = (FIXTURES / 'photo.jpg').read_bytes()
        self.bad('cats/cut.png', TRUNCATED, sound[:len(sound) // 2])
        self.bad('cats/cut.jpg', TRUNCATED, photo[:len(photo) // 2])
        self.bad('cats/stub.gif', 'damaged', b'GIF89a')
        self.bad('cats/empty.jpg', 'empty file', b'')
        self.bad('cats/notes.txt', 'not an image', b'remember the milk')
        self.bad('cats/page.jpg', 'HTML', b'<!DOCTYPE html><html>404</html>')
        self.bad('README.md', 'not in the folder of a class', b'about the images')
        # Its header and its end are sound: only who decodes it sees.
        rotten = bytearray(sound)
        rotten[60:200] = bytes(140)
        self.image('cats/rotten.png', bytes(rotten))
        self.findings.append(('unreadable', ['cats/rotten.png']))

    def alike(self):
        self.image('cats/again.png', picture(3))
        self.findings.append(('duplicate', ['cats/03.png', 'cats/again.png']))
        self.image('cats/larger.png', picture(4, 100))
        self.findings.append(('near-duplicate', ['cats/04.png', 'cats/larger.png']))
        self.image('dogs/is a cat.png', picture(5))
        self.findings.append(('two-labels', ['cats/05.png', 'dogs/is a cat.png']))
        self.image('dogs/is a cat, too.png', picture(6, 90))
        self.findings.append(('two-labels', ['cats/06.png', 'dogs/is a cat, too.png']))

    def odd(self):
        self.image('dogs/blank.png', png(SIDE, SIDE, b'\x20\x40\x60' * SIDE * SIDE))
        self.findings.append(('blank', ['dogs/blank.png']))
        self.image('dogs/small.png', picture(50, 20))
        self.findings.append(('small', ['dogs/small.png']))
        self.image('dogs/turned.jpg', (FIXTURES / 'turned.jpg').read_bytes())
        self.findings.append(('small', ['dogs/turned.jpg']))  # 16×32, as it is seen

    # --- What is said ---

    def test_report_has_each_entry_and_no_other(self):
        for part in (self.sound, self.names, self.hidden, self.special, self.locked, self.bombs, self.damaged,
                     self.alike, self.odd):
            part()
        report, = lathe('dataset', self.folder, '--check')

        reasons = {entry['file']: entry['reason'] for entry in report['unreadable']}
        for name, reason in self.problems.items():
            with self.subTest(name):
                self.assertIn(reason, reasons.pop(name, 'nothing'))
        self.assertEqual(reasons, {})
        self.assertEqual({one['name']: one['count'] for one in report['classes']}, dict(self.n_images))

        top = len(str(self.folder)) + 1
        found = [(one['flaw'], sorted(name[top:] for name in one['files'])) for one in report['findings']]
        for flaw in self.findings:
            with self.subTest(flaw):
                self.assertIn(flaw, found)
                found.remove(flaw)
        self.assertEqual(found, [])

    def test_training_on_it_completes_and_names_what_it_left_out(self):
        for part in (self.sound, self.names, self.hidden, self.special, self.bombs, self.damaged):
            part()
        for i, mutant in enumerate(mutants(150)):
            self.path(f'dogs/mutant-{i}').write_bytes(mutant)
        events = lathe('train', self.folder, '--network', 'mlp', '--size', '16x16', '--epochs', '2',
                       '--out', self.folder / 'model')
        self.assertEqual(events[-1]['event'], 'done')
        left_out = {entry['file']: entry['reason'] for entry in events[-1]['undecodable']}
        self.assertIn('damaged', left_out.pop(self.shown('cats/rotten.png')))
        for name, reason in left_out.items():
            self.assertIn('/dogs/mutant-', name)
            self.assertNotEqual(reason, '')

    def test_files_that_vanish_while_it_trains_are_named(self):
        for name in ('cats', 'dogs'):
            self.path(f'{name}/0000.png').write_bytes(picture(name))
            for i in range(1, 1500):
                shutil.copyfile(self.path(f'{name}/0000.png'), self.path(f'{name}/{i:04}.png'))
        with subprocess.Popen([CLI, 'train', self.folder, '--network', 'mlp', '--size', '64x64', '--epochs', '2',
                               '--out', self.folder / 'model', '--json'], stdout=subprocess.PIPE, text=True) as process:
            self.assertEqual(json.loads(process.stdout.readline())['event'], 'start')
            gone = {str(self.path(f'dogs/{i:04}.png')) for i in range(1, 1500)}
            for path in gone:
                os.unlink(path)
            last = [json.loads(line) for line in process.stdout][-1]
        self.assertEqual((process.returncode, last['event']), (0, 'done'))
        left_out = {entry['file']: entry['reason'] for entry in last['undecodable']}
        self.assertGreater(len(left_out), 0)
        self.assertLessEqual(set(left_out), gone)
        self.assertEqual(set(left_out.values()), {GONE})


if __name__ == '__main__':
    tap.main()
