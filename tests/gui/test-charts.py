#!/usr/bin/python3
# test-charts.py: how a training is watched: over which axis, where its time goes, its layers, and what is seen in it.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run it inside with-display; workbench.py says what the environment tells. Arguments choose cases, as tap.py says."""

import pathlib
import re
import statistics
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import tap
from workbench import NARROW, SCREENSHOTS, WIDE, Lathe, take_few

OF_A_CLASS = 12
EPOCHS = 40
LEAST_HEIGHT = 200  # pixels
LONGEST_FRAME = 50.0  # milliseconds of work from what the training says until it is seen


class Course(unittest.TestCase):
    """A training on a handful of images, which learns them by heart."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        few = pathlib.Path(folder.name) / 'few'
        take_few(few, OF_A_CLASS)
        cls.lathe = Lathe(few, images=str(10 * OF_A_CLASS), LATHE_DEBUG='stalls')
        cls.addClassCleanup(cls.lathe.close)
        cls.page = cls.lathe.show('Train')
        cls.lathe.set_epochs(EPOCHS)
        cls.lathe.press_run(then='Pause')
        cls.lathe.wait_for_run('Start')

    def said(self, name):
        return self.lathe.description(self.lathe.find('image', name, self.page))

    def choose(self, button, item):
        button = self.lathe.find('push button', button, self.page)
        self.lathe.click(button)
        self.lathe.choose(item, button.get_parent())

    def show_view(self, name):
        self.lathe.click(self.lathe.find('page tab', name, self.page))

    def test_axis_counts_epochs_steps_or_seconds(self):
        self.assertRegex(self.said('Loss chart'), rf'at epoch {EPOCHS}$')
        self.choose('By Epoch', 'By Step')
        self.lathe.wait(lambda: re.search(r'at step \d+$', self.said('Loss chart')), 'steps')
        steps = float(self.said('Loss chart').rpartition(' ')[2])
        self.assertEqual(steps % EPOCHS, 0, 'all steps of all epochs')
        self.lathe.screenshot(SCREENSHOTS / 'charts-by-step.png')
        self.choose('By Step', 'By Second')
        self.lathe.wait(lambda: re.search(r'at second [\d.]+$', self.said('Accuracy chart')), 'seconds')
        self.choose('By Second', 'By Epoch')
        self.lathe.wait(lambda: re.search(rf'at epoch {EPOCHS}$', self.said('Loss chart')), 'epochs')

    def test_charts_are_shown_and_hidden(self):
        for name in 'Macro F1 chart', 'Gradient norm chart':
            self.assertFalse(self.lathe.sees('image', name, self.page))
        self.choose('Which Charts Are Shown', 'Gradient Norm')
        self.lathe.find('image', 'Gradient norm chart', self.page)
        self.assertRegex(self.said('Gradient norm chart'), rf'^Gradient norm [\d.e-]+ at epoch {EPOCHS}$')
        self.choose('Which Charts Are Shown', 'Gradient Norm')
        self.lathe.wait(lambda: not self.lathe.sees('image', 'Gradient norm chart', self.page), 'one chart less')

    def test_loss_and_accuracy_are_large_and_in_sight(self):
        _, page_top, _, page_height = self.page.extents()
        for name in 'Loss chart', 'Accuracy chart':
            _, top, _, height = self.lathe.find('image', name, self.page).extents()
            self.assertGreaterEqual(height, LEAST_HEIGHT)
            self.assertLessEqual(top + height, page_top + page_height)

    def test_strip_says_what_the_time_goes_to(self):
        shares = re.findall(r'(\w+) (\d+) %', self.said('What the Time Goes To'))
        self.assertEqual([name for name, _ in shares], ['reading', 'forward', 'backward', 'optimiser', 'validation'])
        self.assertAlmostEqual(sum(int(share) for _, share in shares), 100, delta=3)

    def test_what_is_seen_is_told_with_what_helps(self):
        letter = self.lathe.find(None, 'What the Training Shows', self.page)
        self.lathe.find('label', re.compile(r'^The validation accuracy of [\d.]+ % is that of \d+ images'), letter)
        self.lathe.find('label', re.compile(r'^Give more images to the validation side'), letter)

    def test_layers_are_shown_with_their_dead_units(self):
        self.show_view('Layers')
        self.lathe.find('image', 'Outputs chart', self.page)
        self.assertRegex(self.said('Outputs chart'), r'mean [-\d.e]+, deviation [\d.e-]+, \d+ of \d+ dead')
        self.assertRegex(self.said('Weights chart'), r'dense-1: mean [-\d.e]+, deviation [\d.e-]+')
        self.lathe.point(self.lathe.find('image', 'Outputs chart', self.page))
        self.lathe.screenshot(SCREENSHOTS / 'charts-layers.png')
        self.show_view('Charts')
        self.lathe.find('image', 'Loss chart', self.page)

    def test_narrow_window_does_not_grow(self):
        self.lathe.place(0, 0, *NARROW)
        self.addCleanup(self.lathe.place, 0, 0, *WIDE)
        self.assertEqual(self.lathe.geometry()[2:], NARROW)
        self.lathe.screenshot(SCREENSHOTS / 'charts-narrow.png')

    def test_what_the_training_says_is_soon_drawn(self):
        drawing = self.lathe.logged('drawing')
        self.assertTrue(drawing)
        self.assertLessEqual(statistics.median(drawing), LONGEST_FRAME)


if __name__ == '__main__':
    tap.main(tap.run_twice)
