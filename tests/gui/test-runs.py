#!/usr/bin/env python3
# test-runs.py: sweeps of settings, and the many runs that come of them.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: test-runs.py [PATTERN…]; see workbench.py for the environment."""

import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1])]
import driver
import tap
from workbench import SCREENSHOTS, Lathe


class Sweeps(unittest.TestCase):
    """One window, in which what comes later finds what came before."""

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


if __name__ == '__main__':
    tap.main(tap.run_twice)
