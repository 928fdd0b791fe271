#!/usr/bin/env python3
# test-runs.py: sweeps of settings, and the many runs that come of them.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: test-runs.py [PATTERN…]; see workbench.py for the environment."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1])]
import driver
import tap
from workbench import PROGRAM, PROJECTS, SCREENSHOTS, Lathe, take_few

LONGEST_WORK = 50  # milliseconds of a turn, with all that is told to the accessibility bus meanwhile
COPY = """
WITH RECURSIVE number (id) AS (SELECT 2 UNION ALL SELECT id + 1 FROM number WHERE id < 10000)
INSERT INTO run (id, sweep, state, began, source, split, network, graph, preprocess, hyperparameters, parameters, epochs,
                 epoch, seconds, best_epoch, validation_accuracy, machine, program, checkpoint)
SELECT number.id, iif (number.id % 1000 BETWEEN 1 AND 599, 'sweep-' || (number.id / 100), ''), state, began, source, split, network,
       graph, preprocess, json_set (hyperparameters, '$.batch', number.id), parameters, epochs, epoch, seconds, best_epoch,
       0.5 + (number.id * 7919 % 10000) / 25000.0, machine, program, '' FROM run, number WHERE run.id = 1
"""


class Window(unittest.TestCase):
    """One for all cases of a class."""

    @classmethod
    def setUpClass(cls):
        cls.lathe = lathe = Lathe()
        cls.addClassCleanup(lathe.close)
        cls.page = lathe.show('Train')
        lathe.set_epochs(1)

    def open(self, button, title):
        """Another window, which is the one that is driven until close_it()."""
        lathe = self.lathe
        lathe.click(lathe.find('push button', button, self.page))
        self.main, dialog = lathe.enter(title)
        return dialog

    def close_it(self):
        self.lathe.key('Escape')
        self.lathe.window = self.main
        driver.xdotool('windowfocus', self.main, 'sleep', 0.3)


class Sweeps(Window):
    """What comes later finds what came before."""

    def list(self, *words):
        folder, = (path.parent for path in
                   pathlib.Path(os.environ['XDG_DATA_HOME']).glob('lathe/projects/*.runs/runs.db'))
        done = subprocess.run([os.environ['LATHE_CLI'], 'runs', folder, '--json', *words], check=True, text=True,
                              stdout=subprocess.PIPE)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_1_a_sweep_is_chosen_started_and_listed_as_one_group(self):
        lathe = self.lathe
        dialog = self.open('Sweep…', 'Sweep Settings')
        lathe.find('label', re.compile(r'^10 runs, 10 epochs in all: about '), dialog)
        lathe.screenshot(SCREENSHOTS / 'sweep.png')
        sweep, lathe.window = lathe.window, self.main
        lathe.key('ctrl+z')  # there are as many epochs as are usual again
        lathe.find('label', re.compile(r'^10 runs, \d{3,} epochs in all: about '), dialog)
        lathe.key('ctrl+shift+z')
        lathe.find('label', re.compile(r'^10 runs, 10 epochs in all: about '), dialog)
        lathe.window = sweep
        lathe.click(lathe.find('text', 'Learning rate', dialog))
        lathe.key('ctrl+a')
        lathe.type('0.01..0.001')
        lathe.find('label', re.compile('from the smaller value to the larger'), dialog)
        self.assertFalse(lathe.is_sensitive(lathe.find('push button', 'Start Sweep', dialog)))
        lathe.key('ctrl+a')
        lathe.type('0.001, 0.01')
        lathe.find('label', re.compile(r'^2 runs, 2 epochs in all'), dialog)
        lathe.click(lathe.find('push button', 'Start Sweep', dialog))
        lathe.find('push button', 'Stop Sweep', dialog)
        lathe.find('label', re.compile('^2 of 2 runs are over. Run .* did best'), dialog, timeout=60)
        lathe.screenshot(SCREENSHOTS / 'swept.png')
        self.close_it()
        group = lathe.find('label', re.compile(r'^sweep-\d+: 2 runs$'), self.page)
        self.assertEqual(len({run['group'] for run in self.list()}), 1)
        self.assertEqual({run['state'] for run in self.list()}, {'finished'})
        self.assertFalse(lathe.sees('label', re.compile(r'^Run \d+$'), self.page))
        lathe.screenshot(SCREENSHOTS / 'group.png')
        x, y = lathe.place_of(group, across=0)
        driver.xdotool('mousemove', x - 14, y, 'sleep', 0.2, 'click', 1)  # the arrow before its name
        lathe.find('label', re.compile(r'^Run \d+$'), self.page)
        lathe.screenshot(SCREENSHOTS / 'unfolded.png')

    def test_2_a_run_is_verified_from_its_menu(self):
        lathe = self.lathe
        menu = lathe.find('push button', 'Run menu', self.page)
        lathe.click(menu)
        lathe.choose('Verify', menu)
        lathe.find('label', re.compile('comes out the same, to the bit'), timeout=60)
        lathe.screenshot(SCREENSHOTS / 'verified.png')

    def test_3_a_run_that_is_selected_shows_its_layers(self):
        lathe = self.lathe
        chart = lathe.find('image', 'Loss chart', self.page)
        driver.xdotool('mousemove', *lathe.place_of(chart), 'click', '--repeat', 10, 4)  # what is above it comes in sight
        lathe.click(lathe.find('page tab', 'Layers', self.page))
        lathe.click(lathe.find('label', re.compile(r'^Run \d+$'), self.page))
        back = lathe.find('push button', 'Present Training', self.page)
        weights = lathe.find('image', 'Weights chart', self.page)
        lathe.wait(lambda: re.search(r'mean [-\d.e]+, deviation [\d.e-]+', lathe.description(weights)), 'the layers')
        lathe.screenshot(SCREENSHOTS / 'layers-of-a-run.png')
        lathe.click(back)
        lathe.find('label', re.compile('^How the weights and the outputs'), self.page)

    def test_4_runs_are_compared_as_dots_and_lines(self):
        lathe = self.lathe
        dialog = self.open('Compare Runs', 'Compare Runs')
        plot = lathe.find('image', re.compile('^Runs'), dialog)
        lathe.wait(lambda: '2 runs. The best: Run' in lathe.description(plot), 'the best run')
        lathe.screenshot(SCREENSHOTS / 'dots.png')
        lathe.click(lathe.find(None, 'Lines', dialog))
        lathe.click(plot)
        lathe.key('Home')
        lathe.screenshot(SCREENSHOTS / 'lines.png')
        lathe.key('Return')
        lathe.find('label', re.compile(r'^Run \d+: .*Learning rate'), dialog)
        self.close_it()


class Closing(Window):
    def test_a_sweep_goes_on_hidden_or_stops_as_a_person_says_who_closes_the_window(self):
        lathe = self.lathe
        lathe.set_epochs(1000)
        dialog = self.open('Sweep…', 'Sweep Settings')
        lathe.find('label', re.compile(r' epochs in all: about '), dialog)
        lathe.click(lathe.find('push button', 'Start Sweep', dialog))
        lathe.find('push button', 'Stop Sweep', dialog)
        self.close_it()
        lathe.key('alt+F4')
        lathe.find('label', re.compile('^The sweep can go on without its window'))
        lathe.screenshot(SCREENSHOTS / 'close-sweep.png')
        lathe.answer('alt+g')
        lathe.wait(lambda: not lathe._find_window(), 'no window')
        subprocess.run([PROGRAM], check=True, timeout=20)  # a second start shows the window of the first
        lathe.window = lathe.wait(lathe._find_window, 'the window again')
        lathe.find('push button', re.compile('^Sweep: .* done$'))
        lathe.key('alt+F4')
        lathe.answer('alt+s')
        driver.wait(lambda: lathe.process.poll() is not None, 'the end of the program')


class Many(unittest.TestCase):
    """Ten thousand runs."""

    def setUp(self):
        source = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / 'few'
        take_few(source, 5)
        runs = PROJECTS / (hashlib.sha256(bytes(source)).hexdigest() + '.runs')
        subprocess.run([os.environ['LATHE_CLI'], 'train', source, '--network', 'mlp', '--epochs', '1', '--runs', runs,
                        '--out', source.parent / 'model.safetensors'], check=True, stdout=subprocess.DEVNULL)
        self.addCleanup(shutil.rmtree, runs)
        with sqlite3.connect(runs / 'runs.db') as database:
            database.execute(COPY)
        database.close()
        self.lathe = Lathe(source, '50', again=True, LATHE_DEBUG='stalls', MALLOC_PERTURB_='0')
        self.addCleanup(self.lathe.close)

    def test_they_are_listed_sorted_and_searched_while_the_window_answers(self):
        lathe = self.lathe
        page = lathe.show('Train')
        newest = lathe.find('label', 'Run 10000', page)
        begun = len(lathe.logged('work'))
        lathe.click(newest)
        # Of rows that it has not laid out the list guesses where they end, and is there at another press.
        lathe.wait(lambda: lathe.key('End') or lathe.sees('label', 'Run 1', page), 'the oldest run', timeout=60)
        lathe.key('Home')
        lathe.find('label', 'Run 10000', page)
        lathe.click(lathe.find('label', 'Validation', page))
        lathe.click(lathe.find('entry', 'Search the runs', page))
        lathe.type('batch 4700')
        lathe.find('label', re.compile('Batch 4700'), page)
        time.sleep(2)  # until it has told of all that
        longest = max(lathe.logged('work')[begun:])
        print(f'# longest turn {longest} ms')
        self.assertLessEqual(longest, LONGEST_WORK)


if __name__ == '__main__':
    tap.main(tap.run_twice)
