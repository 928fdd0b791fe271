#!/usr/bin/env python3
# test-instructions.py: a step of training and an answer take no more instructions than they did.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: test-instructions.py PASSES [--keep]

Counts with valgrind, which sees the same processor on every machine: one with AVX2, without AVX-512. What was kept, in
instructions.json beside this script, holds for the compiler that it names. With --keep it is written anew.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import tap

PASSES = sys.argv.pop(1)
KEPT = pathlib.Path(__file__).with_name('instructions.json')
TOLERANCE = 0.005  # either way: what got better is to be kept, too
WORK = [(network, what) for network in ('vgg', 'seed', 'resnet20') for what in ('train', 'answer')]  # the longest first
ENVIRONMENT = {**os.environ, 'LATHE_CPU': 'avx2'}


def count(work):
    """What it runs on, and how many instructions it takes for one picture."""
    done = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', '--collect-atstart=no',
                           '--toggle-collect=counted', PASSES, *work, '1'],
                          env=ENVIRONMENT, text=True, capture_output=True)
    found = re.search(r'Collected : (\d+)', done.stderr)
    if done.returncode != 0 or not found:
        raise RuntimeError(done.stderr)
    return done.stdout.strip(), int(found[1])


def count_all():
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return dict(zip(WORK, pool.map(count, WORK)))


class Instructions(unittest.TestCase):
    """One case a network and kind of work."""

    @classmethod
    def setUpClass(cls):
        if not shutil.which('valgrind'):
            raise unittest.SkipTest('valgrind is not installed')
        cls.kept = json.loads(KEPT.read_text())
        runs_on = subprocess.run([PASSES, 'lenet', 'answer', '1'], env=ENVIRONMENT, check=True, text=True,
                                 stdout=subprocess.PIPE).stdout.strip()
        if runs_on != cls.kept['runs_on']:
            raise unittest.SkipTest(f"figures are kept of {cls.kept['runs_on']}, not of {runs_on}")
        cls.counted = count_all()

    def check(self, network, what):
        kept, now = self.kept['instructions'][f'{network} {what}'], self.counted[network, what][1]
        change = now / kept - 1
        self.assertLessEqual(change, TOLERANCE, f'{now:,} instructions, {change:+.1%} of the kept {kept:,}')
        self.assertGreaterEqual(change, -TOLERANCE, f'{now:,} instructions, {change:+.1%} of the kept {kept:,}: that is '
                                                    'better; write it down with “./dev bench --keep”')


for network, what in WORK:
    setattr(Instructions, f'test_{network}_{what}_takes_no_more_than_it_did',
            lambda self, work=(network, what): self.check(*work))


def keep():
    counted = count_all()
    runs_on, = {runs_on for runs_on, _ in counted.values()}
    kept = {'runs_on': runs_on, 'instructions': {' '.join(work): n for work, (_, n) in sorted(counted.items())}}
    KEPT.write_text(json.dumps(kept, indent=2) + '\n')
    print(KEPT.read_text(), end='')


if __name__ == '__main__':
    if sys.argv[1:] == ['--keep']:
        keep()
    else:
        tap.main()
