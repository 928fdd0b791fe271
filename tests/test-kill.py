#!/usr/bin/env python3
# test-kill.py: no crash loses a run: SIGKILL at random moments, and the weights come out the same.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: test-kill.py LATHE-CLI

LATHE_KILLS says how many moments there are (6), LATHE_SEED which.
"""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import tap

CLI = os.path.abspath(sys.argv.pop(1))
SAMPLES = os.environ.get('LATHE_SAMPLES', '')
KILLS = int(os.environ.get('LATHE_KILLS', '6'))
RUN = ('--network', 'lenet', '--epochs', '3', '--batch', '64', '--optimizer', 'adamw', '--average', '0.9',
       '--schedule', 'one-cycle', '--checkpoint-minutes', '0.01')


class Kill(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.random = random.Random(int(os.environ.get('LATHE_SEED', '1')))
        with tempfile.TemporaryDirectory() as folder:
            begin = time.monotonic()
            cls.whole = cls.last_event(cls.start(folder, *RUN))
            cls.seconds = time.monotonic() - begin
        assert cls.whole['event'] == 'done', cls.whole

    @staticmethod
    def start(folder, *options):
        return subprocess.Popen([CLI, 'train', SAMPLES, '--json', *options, '--out', 'model'], cwd=folder, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    @staticmethod
    def last_event(process):
        output, complaint = process.communicate()
        assert process.returncode == 0, complaint
        return json.loads(output.splitlines()[-1])

    def go_on(self, folder):
        """The run anew, or from its checkpoint when there is one: there is one from the first moment of training on."""
        there = os.path.exists(os.path.join(folder, 'model.checkpoint')) or os.path.exists(
            os.path.join(folder, 'model.checkpoint.previous'))
        return there, self.start(folder, *(('--resume', 'model') if there else RUN))

    def kill_after(self, process, seconds):
        """Whether the signal came before the end."""
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return True
        return False

    def test_killed_once_at_any_moment(self):
        resumed = 0
        for moment in range(KILLS):
            with tempfile.TemporaryDirectory() as folder, self.subTest(moment):
                if not self.kill_after(self.start(folder, *RUN), self.random.uniform(0, self.seconds)):
                    continue
                there, process = self.go_on(folder)
                resumed += there
                self.assertEqual(self.last_event(process)['weights_sha256'], self.whole['weights_sha256'])
                self.assertEqual(os.listdir(folder), ['model'])
        self.assertGreaterEqual(resumed, KILLS // 2)

    def test_killed_again_and_again(self):
        with tempfile.TemporaryDirectory() as folder:
            for kill in range(KILLS):
                there, process = self.go_on(folder)
                if not self.kill_after(process, self.random.uniform(0, self.seconds / 2)):
                    break
            if os.listdir(folder) == ['model']:
                self.assertGreater(kill, 1)
                return
            there, process = self.go_on(folder)
            self.assertEqual(self.last_event(process)['weights_sha256'], self.whole['weights_sha256'])


if __name__ == '__main__':
    if not os.path.isdir(SAMPLES):
        print('1..0 # SKIP the sample set is not there')
    else:
        tap.main()
