#!/usr/bin/python3
# test-map.py: the map of the Evaluate page.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run it inside with-display; workbench.py says what the environment tells. Arguments choose cases, as tap.py says."""

import json
import os
import pathlib
import re
import subprocess
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import driver
import tap
from workbench import NARROW, PROJECTS, SAMPLES, SCREENSHOTS, WIDE, Lathe

CLI = os.environ['LATHE_CLI']


def ask(command, model, *arguments):
    return json.loads(subprocess.run([CLI, command, model, SAMPLES, '--split', 'test', '--json', *arguments],
                                     check=True, capture_output=True, text=True).stdout)


class Map(unittest.TestCase):
    """With a network that has learned for one epoch. Each case leaves the page as it found it."""

    @classmethod
    def setUpClass(cls):
        cls.lathe = lathe = Lathe()
        cls.addClassCleanup(lathe.close)
        lathe.show('Train')
        lathe.set_epochs(1)
        lathe.press_run(then='Pause')
        lathe.wait(lambda: lathe.run_button.get_name() == 'Start', 'the end of the training', timeout=120)
        lathe.show('Evaluate')
        cls.model = lathe.wait(lambda: next(PROJECTS.glob('*.runs/*/model.safetensors'), None), 'the model’s file')
        cls.said = ask('map', cls.model)
        lathe.find('image', 'Confusion matrix chart')
        lathe.click(lathe.find('page tab', 'Map'))
        cls.map = lathe.find('image', 'Map chart')
        lathe.wait(lambda: 'images of 10 classes' in lathe.description(cls.map), 'the map', timeout=60)

    def test_it_says_what_the_command_line_says(self):
        said = self.said
        self.assertEqual(self.lathe.description(self.map),
                         f'{said["images"]} images of 10 classes; {said["wrong"]} have a ring, as they are taken for '
                         'another class')
        self.lathe.find('label', re.compile(f'^Of the 10 nearest to an image here, {100 * said["agreement"]:.1f} %'))
        self.lathe.screenshot(SCREENSHOTS / 'map.png')

    def draw_around(self, node):
        left, top, *_ = self.lathe.geometry()
        at = self.lathe.extents(node)
        x, y = left + at.x + 12, top + at.y + 12  # within the map's margin
        right, bottom = x + at.width - 24, y + at.height - 24
        driver.xdotool('mousemove', x, y, 'sleep', 0.2, 'mousedown', 1)
        for place in ((right, y), (right, bottom), (x, bottom)):  # of moves within one frame the window hears the last
            driver.xdotool('mousemove', *place, 'sleep', 0.4)
        self.lathe.screenshot(SCREENSHOTS / 'map-outline.png')
        driver.xdotool('mouseup', 1)

    def test_a_line_around_all_images_chooses_them(self):
        self.lathe.settled(self.map)
        self.draw_around(self.map)
        self.lathe.find('label', f'{self.said["images"]} images of the map')
        self.lathe.key('Escape')

    def test_keys_go_from_image_to_image_and_choose_one(self):
        self.lathe.click(self.map, across=0.01)
        self.lathe.key('Right')
        self.lathe.wait(lambda: re.match(r'An image of \S+, taken for \S+$', self.lathe.description(self.map)),
                        'an image that is pointed at')
        self.lathe.key('plus', 'plus', 'Return')
        self.lathe.find('label', '1 image of the map')
        self.lathe.key('0', 'Escape')
        self.lathe.wait(lambda: 'images of 10 classes' in self.lathe.description(self.map), 'nothing pointed at')

    def test_the_components_are_there_at_once(self):
        methods = self.lathe.find('combo box', 'Layout')
        self.lathe.click(methods)
        self.lathe.choose('Principal components (PCA)', methods)
        told = ask('map', self.model, '--method', 'pca')
        shares = [f'{100 * told[name]:.1f} %' for name in ('x_share', 'y_share')]
        self.lathe.find('label', re.compile(f'The axes hold {shares[0]} and {shares[1]} of'))
        self.lathe.screenshot(SCREENSHOTS / 'components.png')
        self.lathe.click(methods)
        self.lathe.choose('Neighbourhoods (t-SNE)', methods)
        self.lathe.find('label', re.compile('how far groups are apart cannot'))

    def test_the_window_stays_as_narrow_as_it_was(self):
        self.lathe.place(0, 0, *NARROW)
        try:
            time.sleep(0.5)
            self.assertEqual(self.lathe.geometry()[2:], NARROW)
            self.lathe.screenshot(SCREENSHOTS / 'map-narrow.png')
        finally:
            self.lathe.place(0, 0, *WIDE)


if __name__ == '__main__':
    tap.main(tap.run_twice)
