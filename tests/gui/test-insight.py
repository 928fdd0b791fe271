#!/usr/bin/python3
# test-insight.py: the Data page, and what a network that knows many images tells there.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run it inside with-display; workbench.py says what the environment tells. Arguments choose cases, as tap.py says.

The network is a small one with random weights, in the place of one that others have published: they tell bags from
trousers well enough."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import driver
import tap
from workbench import NARROW, SAMPLES, SCREENSHOTS, WIDE, Lathe

PRETRAINED = pathlib.Path(os.environ['XDG_DATA_HOME']) / 'lathe' / 'pretrained' / 'efficientnet-lite0.safetensors'
N = 30


def images_of(name, n=N):
    return sorted((SAMPLES / name).iterdir())[:n]


def setUpModule():
    folder = pathlib.Path(unittest.enterModuleContext(tempfile.TemporaryDirectory()))
    for name in ('Bag', 'Trouser'):
        (folder / name).mkdir()
        for image in images_of(name):
            shutil.copy(image, folder / name)
    PRETRAINED.parent.mkdir(parents=True, exist_ok=True)
    unittest.addModuleCleanup(PRETRAINED.unlink)
    subprocess.run([os.environ['LATHE_CLI'], 'train', folder, '--network', 'lenet', '--epochs', '1', '--lr', '1e-9',
                    '--out', PRETRAINED], check=True, stdout=subprocess.PIPE)


class Case(unittest.TestCase):
    @classmethod
    def open(cls, folder, n):
        cls.lathe = Lathe(folder, str(n))
        cls.addClassCleanup(cls.lathe.close)
        cls.page = cls.lathe.show('Data')

    def press(self, name, within=None):
        self.lathe.click(self.lathe.find('push button', name, within))

    def look_down_to(self, name):
        """Turns the wheel until a button of this name is there: a long list makes its lines when they are looked at."""
        x, y, width, height = self.lathe.geometry()

        def turn():
            found = self.lathe.sees('push button', name, self.page)
            if not found:
                driver.xdotool('mousemove', x + width // 2, y + height // 2, 'click', '--repeat', 10, '--delay', 20, 5)
            return found
        button = self.lathe.wait(turn, f'“{name}” further down')
        self.lathe.reveal(button)
        return button

    def shoot(self, name):
        self.lathe.screenshot(SCREENSHOTS / f'{name}.png')
        self.lathe.place(0, 0, *NARROW)
        self.lathe.screenshot(SCREENSHOTS / f'{name}-narrow.png')
        self.lathe.place(0, 0, *WIDE)


class Labelled(Case):
    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        for name in ('Bag', 'Trouser'):
            (folder / name).mkdir()
            for image in images_of(name):
                shutil.copy(image, folder / name)
        shutil.move(folder / 'Trouser' / images_of('Trouser')[3].name, folder / 'Bag' / 'really.png')
        cls.open(folder, 2 * N)

    def test_1_a_wrong_label_is_found_and_mended_and_comes_back_by_undo(self):
        lathe = self.lathe
        lathe.click(lathe.find('page tab', 'Findings', self.page))
        self.press('Ask the Network', self.page)
        lathe.find('label', re.compile(f'EfficientNet-Lite0 has looked at {2 * N} images'), self.page)
        self.look_down_to('Move to “Trouser”')
        lathe.find('push button', 'Exclude Bag/really.png', self.page)
        self.shoot('wrong-label')
        lathe.click(self.look_down_to('Move to “Trouser”'))
        lathe.find('list item', re.compile(f'^Trouser, {N} images: '), self.page)
        lathe.wait(lambda: not lathe.sees('push button', 'Move to “Trouser”', self.page), 'the finding gone')
        self.press(re.compile('Undo$'))
        lathe.find('list item', re.compile(f'^Bag, {N + 1} images: '), self.page)
        self.look_down_to('Move to “Trouser”')

    def test_2_images_like_one_are_shown_and_all_again(self):
        lathe = self.lathe
        lathe.click(lathe.find('page tab', 'Images', self.page))
        lathe.find('label', f'All · {2 * N} images', self.page)
        image = next(lathe.each('table cell', None, self.page))
        lathe.click(image)
        lathe.key('shift+F10')
        lathe.choose('More Like This')
        lathe.find('label', re.compile('^Most like “.*”, as EfficientNet-Lite0 sees it'), self.page)
        self.shoot('more-like-this')
        self.press('Show All', self.page)
        lathe.wait(lambda: not lathe.sees('push button', 'Show All', self.page), 'all images again')


class Unlabelled(Case):
    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory())) / 'heap'
        folder.mkdir()
        for name in ('Bag', 'Trouser'):
            for image in images_of(name):
                shutil.copy(image, folder / f'{name} {image.name}')
        cls.open(folder, 2 * N)

    def test_groups_are_named_and_made_classes_and_come_back_by_undo(self):
        lathe = self.lathe
        lathe.find('list item', re.compile(f'^heap, {2 * N} images: '), self.page)
        self.shoot('unlabelled')
        self.press('Propose Classes…', self.page)
        before, window = lathe.enter('Propose Classes')
        first = lathe.find('text', re.compile('^Class of group 1, '), window)
        lathe.screenshot(SCREENSHOTS / 'propose.png')
        lathe.click(first)
        driver.xdotool('key', 'ctrl+a', 'type', '--delay', 20, 'things')
        lathe.wait(lambda: lathe.text(first) == 'things', 'the name')
        lathe.click(lathe.find('push button', 'Make Classes', window))
        lathe.window = before
        lathe.find('list item', re.compile(r'^things, \d+ images: '), self.page)
        lathe.find('list item', re.compile(r'^Group 2, \d+ images: '), self.page)
        self.press(re.compile('Undo$'))
        lathe.find('list item', re.compile(f'^heap, {2 * N} images: '), self.page)


if __name__ == '__main__':
    tap.main(tap.run_twice)
