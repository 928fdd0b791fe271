#!/usr/bin/python3
# test-starting.py: a model is grown on one that knows many images, from the Train page.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run it inside with-display; workbench.py says what the environment tells. Arguments choose cases, as tap.py says.

No weights from elsewhere are needed: the model to begin with is a small one, of other classes, that is trained here.
"""

import contextlib
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
from workbench import NARROW, SAMPLES, SCREENSHOTS, Lathe

POINTS = pathlib.Path(os.environ['XDG_DATA_HOME']) / 'lathe' / 'pretrained'
NEW = ('Trouser', 'Boot')            # classes of the images
KNOWN = ('Bag', 'Coat', 'Sneaker')   # those that the model to begin with has learned
OF_A_CLASS = 25


def copy(label, numbers, folder):
    (folder / label).mkdir(parents=True, exist_ok=True)
    for image in sorted((SAMPLES / label).iterdir())[numbers]:
        shutil.copy(image, folder / label)


class Starting(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        for label in KNOWN:
            copy(label, slice(100), cls.folder / 'known')
        subprocess.run([os.environ['LATHE_CLI'], 'train', cls.folder / 'known', '--network', 'lenet', '--epochs', '3',
                        '--out', cls.folder / 'small.safetensors'], check=True, stdout=subprocess.DEVNULL)

    def setUp(self):
        shutil.rmtree(POINTS, ignore_errors=True)
        shutil.rmtree(self.folder / 'new', ignore_errors=True)
        for label in NEW:
            copy(label, slice(OF_A_CLASS), self.folder / 'new')

    def open(self, again=False, images=2 * OF_A_CLASS):
        self.lathe = lathe = Lathe(self.folder / 'new', images=str(images), again=again)
        self.addCleanup(lathe.close)
        self.page = lathe.show('Train')
        return lathe

    def put_model(self):
        POINTS.mkdir(parents=True)
        shutil.copy(self.folder / 'small.safetensors', POINTS)

    def says(self, pattern, timeout=driver.PATIENCE):
        return self.lathe.find('label', re.compile(pattern), self.page, timeout=timeout)

    def train(self):
        self.lathe.click(self.lathe.run_button)
        self.says('^Finished', timeout=120)
        self.lathe.wait_for_run('Start')

    def drop(self, label, number, page):
        """An image whose name, its number, is another than those of images that were dropped before."""
        image = sorted((SAMPLES / label).iterdir())[number]
        for _ in range(3):
            self.lathe.drop(image, page)
            with contextlib.suppress(driver.NotSeen):
                self.lathe.find('label', image.name, page, timeout=5)
                break

    def choose_way(self, name, key):
        """With the keys, as what is in a popover is not where the window is."""
        lathe = self.lathe
        lathe.click(lathe.find('push button', 'Other Ways', self.page))
        way = lathe.find('check box', re.compile(name), self.page)

        def is_reached():
            if not lathe.is_focused(way):
                driver.xdotool('key', key, 'sleep', 0.2)
            return lathe.is_focused(way)
        lathe.wait(is_reached, f'the keyboard at “{name}”')
        driver.xdotool('key', 'space')

    def test_fifty_images_are_learned_and_a_picture_is_named(self):
        self.put_model()
        lathe = self.open()
        self.says('^Learns from small: what it sees on your 50 images is worked out once, .* for your 2 classes')
        lathe.screenshot(SCREENSHOTS / 'starting-before.png')
        lathe.show('Data')
        self.train()
        lathe.screenshot(SCREENSHOTS / 'starting-after.png')
        self.says(r'in 5 folds')
        self.says(r'^50 images were new and looked at, 0 were known')
        self.says('The last doubling|too few images')
        self.says('^from small: a last layer$')
        page = lathe.show('Try')
        self.drop('Trouser', OF_A_CLASS, page)
        lathe.wait(lambda: lathe.status('Try') == 'Trouser', 'its name')
        self.drop('Bag', OF_A_CLASS + 1, page)
        lathe.wait(lambda: lathe.status('Try') == 'Unknown', 'that it is like nothing')
        lathe.find('label', re.compile('^Unlike all of your images. Most likely (Trouser|Boot)$'), page)
        lathe.screenshot(SCREENSHOTS / 'starting-unlike.png')

    def test_of_more_images_only_the_new_ones_are_looked_at(self):
        self.put_model()
        lathe = self.open()
        self.train()
        lathe.close()
        self.doCleanups()
        for label in NEW:
            copy(label, slice(OF_A_CLASS, OF_A_CLASS + 5), self.folder / 'new')
        copy('Bag', slice(200, 205), self.folder / 'new')
        self.open(again=True, images=2 * OF_A_CLASS + 15)
        self.says('^Learns from small: .* 65 images .* 3 classes')
        self.train()
        self.says('^15 images were new and looked at, 50 were known')

    def test_the_other_ways_are_one_click_away(self):
        self.put_model()
        lathe = self.open()
        self.choose_way('as it is drawn', 'Down')
        self.says(r'^Trains the network as it is drawn\.')
        lathe.key('Escape')
        self.choose_way('Layers before it', 'Up')
        self.says('^Learns from small: .* all its layers learn on')
        self.lathe.find('spin button', 'Rate of lower stages', self.page)
        lathe.key('Escape')
        lathe.set_epochs(2)
        self.train()
        self.says('^Finished: best epoch|nothing beat')
        self.assertEqual(lathe.chart('Loss')[1], 2)
        self.says('^from small: all layers')

    def test_where_no_model_is_there_it_says_how_one_comes(self):
        lathe = self.open()
        self.says('^With few images .* EfficientNet-Lite0 .* is not here yet')
        (self.folder / 'wrong.pth').write_bytes(b'no weights')
        lathe.click(lathe.find('push button', 'Get It…', self.page))
        before, content = lathe.enter('Starting Points')
        lathe.find('label', re.compile('SHA-256 579344248a93'), content)
        lathe.find('label', re.compile('ms an image here'), content, timeout=60)  # which makes its row another
        driver.screenshot(SCREENSHOTS / 'starting-points.png')
        lathe.click(lathe.find('push button', 'Take File…', content))
        lathe.answer_file_dialog('Choose the File of Its Weights', self.folder / 'wrong.pth')
        lathe.find('label', re.compile('wrong.pth.* cannot be used: it is not .* as it was published'), content)
        lathe.wait(lambda: not lathe.sees('label', re.compile('wrong.pth.* cannot be used'), content), 'the toast to go')
        lathe.click(lathe.find('push button', 'Add a Model of Yours…', content))
        lathe.answer_file_dialog('Add a Model', self.folder / 'small.safetensors')
        lathe.find('label', 'small is there to begin with.', content)
        lathe.key('Escape')
        lathe.window = before
        self.says('^Learns from small')
        self.assertEqual([path.name for path in POINTS.iterdir()], ['small.safetensors'])

    def drop_weights(self, page):
        """Which are none; returns the window that was, and what is in the one that opens."""
        (self.folder / 'dropped.pth').write_bytes(b'no weights')
        for _ in range(3):
            self.lathe.drop(self.folder / 'dropped.pth', page)
            with contextlib.suppress(driver.NotSeen):
                return self.lathe.enter('Starting Points')
        return self.fail('what was dropped opened no window')

    def test_weights_that_are_dropped_on_the_window_are_looked_at(self):
        lathe = self.open()
        before, content = self.drop_weights(lathe.show('Data'))
        lathe.find('label', re.compile('dropped.pth.* cannot be used'), content)
        lathe.key('Escape')
        lathe.window = before

    def test_what_a_model_costs_is_measured_once_the_training_has_ended(self):
        lathe = self.open()
        lathe.set_epochs(200)
        lathe.press_run(then='Pause')
        before, content = self.drop_weights(self.page)
        lathe.find('label', re.compile('ms an image here'), content, timeout=120)
        self.assertEqual(lathe.run_button.get_name(), 'Start')
        lathe.key('Escape')
        lathe.window = before

    def test_it_is_all_there_in_a_narrow_window(self):
        self.put_model()
        lathe = self.open()
        lathe.place(0, 0, *NARROW)
        lathe.wait(lambda: lathe.geometry()[2] == NARROW[0], 'a narrow window')
        self.train()
        lathe.screenshot(SCREENSHOTS / 'starting-narrow.png')
        self.assertTrue(lathe.sees('push button', 'Other Ways', self.page))


if __name__ == '__main__':
    tap.main(tap.run_twice)
