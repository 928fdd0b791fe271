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
import shutil
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
EACH = 300  # images of a class: half of the set, so that there are some checkpoints in a run that takes a second


class Kill(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.random = random.Random(int(os.environ.get('LATHE_SEED', '1')))
        images = tempfile.TemporaryDirectory()
        cls.addClassCleanup(images.cleanup)
        cls.images = pathlib.Path(images.name)
        for label in pathlib.Path(SAMPLES).iterdir():
            if label.is_dir():
                (cls.images / label.name).mkdir()
                for image in sorted(label.iterdir())[:EACH]:
                    shutil.copy(image, cls.images / label.name)
        with tempfile.TemporaryDirectory() as folder:
            process = cls.start(folder, *RUN)
            cls.wait_for_the_first_checkpoint(folder)
            begin = time.monotonic()
            cls.whole = cls.last_event(process)
            cls.seconds = time.monotonic() - begin
        assert cls.whole['event'] == 'done', cls.whole

    @classmethod
    def start(cls, folder, *options):
        return subprocess.Popen([CLI, 'train', cls.images, '--json', *options, '--out', 'model'], cwd=folder, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    @staticmethod
    def last_event(process, timeout=None):
        output, complaint = process.communicate(timeout=timeout)
        assert process.returncode == 0, complaint
        return json.loads(output.splitlines()[-1])

    @staticmethod
    def wait_for_the_first_checkpoint(folder):
        """It is there from the first moment of training on."""
        end = time.monotonic() + 60
        while not os.path.exists(os.path.join(folder, 'model.checkpoint')):
            assert time.monotonic() < end
            time.sleep(0.001)

    def end_or_kill(self, process, seconds):
        """The last event, or None when the run was killed before it had one."""
        try:
            return self.last_event(process, seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
            last = json.loads(output.splitlines()[-1]) if output.endswith('}\n') else {'event': None}
            return last if last['event'] == 'done' else None

    @staticmethod
    def had_ended(folder):
        """Whether it was killed between its end, at which the checkpoint goes, and saying so."""
        return os.listdir(folder) == ['model']

    def test_killed_once_at_any_moment(self):
        killed = tried = 0
        seconds = self.seconds
        while killed < KILLS:
            tried += 1
            with tempfile.TemporaryDirectory() as folder, self.subTest(tried):
                process = self.start(folder, *RUN)
                self.wait_for_the_first_checkpoint(folder)
                if self.end_or_kill(process, self.random.uniform(0, seconds)):
                    seconds *= 0.9  # faster than the whole run was, which may have been disturbed
                    continue
                if self.had_ended(folder):
                    continue
                killed += 1
                last = self.last_event(self.start(folder, '--resume', 'model'))
                self.assertEqual(last['weights_sha256'], self.whole['weights_sha256'])
                self.assertEqual(os.listdir(folder), ['model'])
            self.assertLess(tried, 4 * KILLS)

    def test_killed_again_and_again(self):
        with tempfile.TemporaryDirectory() as folder:
            process, killed, last = self.start(folder, *RUN), 0, None
            self.wait_for_the_first_checkpoint(folder)
            while killed < KILLS and not last:
                last = self.end_or_kill(process, self.random.uniform(0.2, 0.2 + self.seconds / 2))
                if not last and self.had_ended(folder):
                    return
                if not last:
                    killed += 1
                    process = self.start(folder, '--resume', 'model')
            self.assertGreater(killed, 0)
            self.assertEqual((last or self.last_event(process))['weights_sha256'], self.whole['weights_sha256'])


if __name__ == '__main__':
    if not os.path.isdir(SAMPLES):
        print('1..0 # SKIP the sample set is not there')
    else:
        tap.main()
