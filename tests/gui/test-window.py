#!/usr/bin/python3
# test-window.py: the window as a whole: its pages, its sizes, its looks.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run it inside with-display; workbench.py says what the environment tells. Arguments choose cases, as tap.py says."""

import pathlib
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import driver
import tap
from workbench import NARROW, PAGES, SAMPLES, SCREENSHOTS, WIDE, Lathe

MOST_MEMORY = 150e6  # bytes


class Idle(unittest.TestCase):
    def test_window_with_the_sample_set_takes_less_than_150_MB(self):
        with Lathe(MALLOC_PERTURB_='0') as lathe:  # which would fill, and so take, all that is asked for
            lathe.show('Data')
            driver.wait(lambda: not lathe.is_busy(), 'the end of the thumbnails')
            self.assertLess(lathe.resident(), MOST_MEMORY)


class Trained(unittest.TestCase):
    """With a network that has learned for two epochs."""

    @classmethod
    def setUpClass(cls):
        cls.lathe = lathe = Lathe()
        cls.addClassCleanup(lathe.close)
        lathe.show('Train')
        lathe.set_epochs(2)
        lathe.press_run(then='Pause')
        lathe.wait(lambda: lathe.run_button.get_name() == 'Start', 'the end of the training', timeout=120)

    def setUp(self):
        self.lathe.place(0, 0, *WIDE)

    def drop_on_try(self, name):
        page = self.lathe.show('Try')
        self.lathe.drop(SAMPLES / name / '0001.png', page)
        return self.lathe.wait(lambda: self.lathe.status('Try'), 'what the network says')

    def test_control_and_a_number_goes_to_a_page(self):
        for number, page in enumerate(PAGES, 1):
            self.lathe.key(f'ctrl+{number}')
            self.lathe.wait(lambda: self.lathe.is_pressed(self.lathe.tabs[page]), f'the page {page}')

    def test_every_page_goes_from_wide_to_narrow_at_once(self):
        for number, page in enumerate(PAGES, 1):
            self.lathe.place(0, 0, *WIDE)
            self.lathe.key(f'ctrl+{number}')
            time.sleep(1)
            with self.subTest(page):
                self.lathe.place(0, 0, *NARROW)

    def test_looks(self):
        """Every page, wide and narrow: the screenshots are for people to look at."""
        lathe = self.lathe
        self.drop_on_try('Boot')
        for page in PAGES:
            lathe.show(page)
            time.sleep(1)
            lathe.screenshot(SCREENSHOTS / f'{page.lower()}.png')

        lathe.place(0, 0, *NARROW)
        bar = lathe.find(None, 'AdwViewSwitcherBar')
        for page in PAGES:
            lathe.click(lathe.find('page tab', page, bar))
            time.sleep(1)
            lathe.screenshot(SCREENSHOTS / f'{page.lower()}-narrow.png')


if __name__ == '__main__':
    tap.main(tap.run_twice)
