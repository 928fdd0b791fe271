#!/usr/bin/python3
# test-change.py: what is changed of a training while it goes on, and what becomes of it when its window is closed.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run it inside with-display; workbench.py says what the environment tells. Arguments choose cases, as tap.py says."""

import glob
import os
import pathlib
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import driver
import tap
from workbench import PROGRAM, Lathe

KILLS = int(os.environ.get('LATHE_WINDOW_KILLS', '1'))
LISTS = str(pathlib.Path(os.environ['XDG_DATA_HOME']) / 'lathe' / '**' / 'runs.db')


class Live(unittest.TestCase):
    """One window; each case leaves a training that goes on, with the rate that it had."""

    @classmethod
    def setUpClass(cls):
        cls.lathe = Lathe()
        cls.page = cls.lathe.show('Train')
        cls.lathe.set_epochs(1000)
        cls.lathe.press_run(then='Pause')
        cls.lathe.train_until(1)

    @classmethod
    def tearDownClass(cls):
        cls.lathe.close()

    def marks(self):
        """What is marked on the chart, and where: [(epoch, text)]."""
        said = self.lathe.description(self.lathe.charts['Loss'])
        return [(float(place), text) for place, text in re.findall(r'; epoch ([\d.]+): ([^;]+)', said)]

    def set_rate(self, rate):
        entry = self.lathe.find('spin button', re.compile('Learning rate'), self.page)
        self.lathe.click(entry, across=0.1)
        self.lathe.key('ctrl+a')
        self.lathe.type(f'{rate}\t')

    def wait_for_rate(self, rate):
        """In the form."""
        entry = self.lathe.find('spin button', re.compile('Learning rate'), self.page)
        self.lathe.wait(lambda: float(self.lathe.text(entry)) == rate, f'a rate of {rate}')

    def test_change_is_marked_and_taken_back_to_its_step(self):
        lathe = self.lathe
        before = self.marks()
        self.set_rate(0.0005)
        place, text = lathe.wait(lambda: self.marks()[len(before):], 'a mark')[0]
        self.assertEqual(text, 'Learning rate 0.001 → 0.0005')
        lathe.train_until(place + 3)
        lathe.key('ctrl+z')
        lathe.wait(lambda: self.marks() == before, 'the mark gone')
        self.assertLess(lathe.chart('Loss')[1], place + 2, 'the training is back')
        self.wait_for_rate(0.001)
        lathe.train_until(place + 0.5)

    def test_both_of_two_changes_are_undone_before_the_training_says_anything(self):
        """Whether a change is taken back or made once more, form and training have the same rate in the end."""
        lathe = self.lathe
        before = self.marks()
        for n, rate in enumerate((0.0005, 0.00025), 1):
            self.set_rate(rate)
            lathe.wait(lambda: len(self.marks()) == len(before) + n, 'a mark')
        lathe.process.send_signal(signal.SIGSTOP)
        try:
            lathe.key('ctrl+z', 'ctrl+z')
        finally:
            lathe.process.send_signal(signal.SIGCONT)
        self.wait_for_rate(0.001)
        lathe.wait(lambda: self.marks() == before or self.marks()[-1][1].endswith('→ 0.001'), 'the training’s rate')
        time.sleep(1)  # in which the training is told what it was not yet
        self.wait_for_rate(0.001)
        self.assertTrue(self.marks() == before or self.marks()[-1][1].endswith('→ 0.001'), self.marks())

    def test_belongings_of_the_training_are_grey(self):
        lathe = self.lathe
        lathe.find('label', re.compile('What is grey belongs to it'), self.page)
        for title, free in (('Epochs', True), ('Learning rate', True), ('Batch', False)):
            row = lathe.find('spin button', re.compile(title), self.page)
            self.assertEqual(lathe.is_sensitive(row), free, title)

    def test_end_is_offered_more_epochs(self):
        lathe = self.lathe
        lathe.set_epochs(int(lathe.chart('Loss')[1]) + 2)
        # An epoch that has begun meanwhile is finished.
        fewer = lathe.wait(lambda: re.search(r'^Epochs 1000 → (\d+)$', self.marks()[-1][1] if self.marks() else ''),
                           'the mark of fewer epochs')
        epochs = int(fewer.group(1))
        lathe.wait(lathe.has_trained, 'the end', timeout=60)
        lathe.click(lathe.find('push button', '10 More Epochs', self.page))
        lathe.wait_for_run('Pause')
        lathe.wait(lambda: self.marks()[-1:] == [(epochs, f'Epochs {epochs} → {epochs + 10}')], 'the mark of more epochs')
        lathe.train_until(epochs + 0.5)
        self.assertTrue(lathe.sees('label', re.compile(rf'^Epoch \d+ of {epochs + 10}$'), self.page))


class Closed(unittest.TestCase):
    """What becomes of a training whose window is closed."""

    def test_goes_on_hidden_then_at_the_next_start(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        settings = {'GSETTINGS_BACKEND': 'keyfile', 'XDG_CONFIG_HOME': folder.name}
        lathe = Lathe(**settings)
        self.addCleanup(end, lathe.process)
        lathe.show('Train')
        lathe.set_epochs(1000)
        lathe.press_run(then='Pause')
        lathe.train_until(1)

        lathe.key('alt+F4')
        lathe.answer('alt+g')  # nothing was said about the next time, which is asked about again
        lathe.wait(lambda: not lathe._find_window(), 'no window')
        reached = self.newest_epoch()
        driver.wait(lambda: self.newest_epoch() > reached + 1, 'epochs without a window')
        subprocess.run([PROGRAM], check=True, timeout=20)  # a second start shows the window of the first
        lathe.window = lathe.wait(lathe._find_window, 'the window again')
        self.assertEqual(lathe.run_button.get_name(), 'Pause', 'it still trains')

        lathe.key('alt+F4')
        lathe.answer('alt+s')
        driver.wait(lambda: lathe.process.poll() is not None, 'the end of the program')
        reached = self.newest_epoch()
        again = driver.Program([PROGRAM], **settings)
        self.addCleanup(end, again.process)
        again.find('push button', 'Pause')
        driver.wait(lambda: self.newest_epoch() > reached, 'an epoch more')

    @staticmethod
    def newest_epoch():
        with sqlite3.connect(f'file:{newest_list()}?mode=ro', uri=True) as runs:
            return runs.execute('SELECT coalesce(max(epoch), 0) FROM epoch').fetchone()[0]


def end(process):
    """So that the next one is not taken for a second start of it."""
    process.kill()
    process.wait()


def newest_list():
    return max(glob.glob(LISTS, recursive=True), key=os.path.getmtime)


class Killed(unittest.TestCase):
    """LATHE_WINDOW_KILLS says how many moments there are (1)."""

    def test_no_epoch_that_was_shown_is_lost(self):
        moments = random.Random(1)
        for _ in range(KILLS):
            lathe = Lathe()
            lathe.show('Train')
            lathe.set_epochs(1000)
            lathe.press_run(then='Pause')
            lathe.train_until(1.2)
            time.sleep(moments.uniform(0, 4))
            shown = int(re.search(r'epoch (\d+) of', lathe.status('Train')).group(1)) - 1
            lathe.kill()
            lathe.close()
            with sqlite3.connect(newest_list()) as runs:
                self.assertEqual(runs.execute('PRAGMA integrity_check').fetchall(), [('ok',)])
                run = runs.execute('SELECT max(id) FROM run').fetchone()[0]
                epochs = runs.execute('SELECT epoch FROM epoch WHERE run = ? ORDER BY epoch', (run,)).fetchall()
            print(f'# {shown} epochs were shown, {len(epochs)} are in the list')
            self.assertGreaterEqual(len(epochs), shown)
            self.assertEqual(epochs, [(epoch + 1,) for epoch in range(len(epochs))])


if __name__ == '__main__':
    tap.main(tap.run_twice)
