#!/usr/bin/python3
# test-form.py: the Train page's form tells what does not go together, draws the schedule, and watches pictures.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run it inside with-display; workbench.py says what the environment tells. Arguments choose cases, as tap.py says."""

import json
import pathlib
import re
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import tap
from workbench import PROJECTS, SAMPLES, SCREENSHOTS, Lathe


class Advice(unittest.TestCase):
    """One window; each case puts back what it changed."""

    @classmethod
    def setUpClass(cls):
        cls.lathe = Lathe()
        cls.addClassCleanup(cls.lathe.close)
        cls.page = cls.lathe.show('Train')
        cls.below = cls.lathe.find('push button', 'Step', cls.page)  # the form scrolls behind it
        cls.schedule = cls.lathe.find('image', 'Learning rate chart', cls.page)

    def set_number(self, title, text):
        entry = self.lathe.find('spin button', title, self.page)
        self.lathe.reveal(entry, self.below)
        self.lathe.click(entry, across=0.1)
        self.lathe.key('ctrl+a')
        self.lathe.type(f'{text}\t')

    def choose(self, title, choice):
        box = self.lathe.find('combo box', title, self.page)
        self.lathe.reveal(box, self.below)
        self.lathe.click(box)
        self.lathe.choose(choice, box)

    def wait_for_schedule(self, text):
        self.lathe.wait(lambda: self.lathe.description(self.schedule) == text, f'the schedule “{text}”')

    def test_rate_that_is_far_out_is_told_and_mended(self):
        lathe = self.lathe
        self.set_number('Learning rate', '0.5')
        lathe.find('label', re.compile('^This optimiser usually learns at'), self.page)
        mend = lathe.find('push button', 'Set to 0.001', self.page)
        lathe.reveal(mend, self.below)
        lathe.click(mend)
        lathe.wait(lambda: not lathe.sees('label', re.compile('usually learns at'), self.page), 'that it is gone')
        self.assertEqual(lathe.text(lathe.find('spin button', 'Learning rate', self.page)), '0.001')

    def test_schedule_is_drawn_as_it_is_set_and_what_it_does_not_suit_is_told(self):
        lathe = self.lathe
        self.wait_for_schedule('0.001 from the first step to the last')
        self.choose('Schedule', 'Cosine')
        self.wait_for_schedule('From 0.001 down to 0')
        lathe.find('label', 'From 0.001 down to 0', self.page)
        self.set_number('Early stopping', 3)
        lathe.find('label', re.compile('^The schedule lets the rate fall until the last epoch'), self.page)
        lathe.screenshot(SCREENSHOTS / 'form-advice.png')
        self.choose('Schedule', 'Constant')
        self.wait_for_schedule('0.001 from the first step to the last')
        lathe.wait(lambda: not lathe.sees('label', re.compile('^The schedule lets'), self.page), 'that it is gone')
        self.set_number('Early stopping', 0)

    def test_precision_is_chosen_and_told_where_the_group_is_folded_up(self):
        lathe, told = self.lathe, re.compile('Precision of arithmetic: BF16')
        group = lathe.find('label', 'Chance and speed', self.page)
        lathe.reveal(group, self.below)
        lathe.click(group)
        self.choose('Precision of arithmetic', 'BF16')
        lathe.find('label', told, self.page)
        lathe.screenshot(SCREENSHOTS / 'form-precision.png')
        self.choose('Precision of arithmetic', 'FP32')
        lathe.wait(lambda: not lathe.sees('label', told, self.page), 'the usual precision')
        lathe.click(group)


class Watched(unittest.TestCase):
    """A picture that is dropped on the page is asked about, and stays with the project."""

    REMOVE = 'Watch “0003.png” No More'

    def card(self, lathe, page):
        return lathe.find('image', '0003.png chart', page)

    def test_picture_is_asked_about_while_it_trains_and_is_there_again(self):
        lathe = Lathe()
        page = lathe.show('Train')
        strip = lathe.find(None, 'Watched pictures', page)
        lathe.set_epochs(1000)
        lathe.press_run(then='Pause')
        lathe.drop(next(SAMPLES.glob('*/0003.png')), strip)
        chart = self.card(lathe, page)
        lathe.wait(lambda: re.search(r'^.+ [\d.]+ %, .+ [\d.]+ % at epoch \d+$', lathe.description(chart)),
                   'what it was taken for', timeout=120)
        lathe.click(lathe.find('push button', 'Stop', page))
        lathe.wait_for_run('Start')
        lathe.screenshot(SCREENSHOTS / 'watched.png')

        lathe.click(lathe.find('push button', self.REMOVE, page))
        lathe.wait(lambda: not lathe.sees('image', '0003.png chart', page), 'that it is gone')
        lathe.key('ctrl+z')
        self.card(lathe, page)
        lathe.close()
        kept = [json.loads(path.read_text()).get('watched', []) for path in PROJECTS.rglob('*.lathe')]
        self.assertEqual([len(paths) for paths in kept], [1])

        lathe = Lathe(again=True)
        self.addCleanup(lathe.close)
        lathe.find('push button', self.REMOVE, lathe.show('Train'))  # its chart comes with the next training


if __name__ == '__main__':
    tap.main(tap.run_twice)
