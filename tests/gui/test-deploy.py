#!/usr/bin/python3
# test-deploy.py: the Deploy page: a model is taken away, proved, and asked by another program.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run it inside with-display; workbench.py says what the environment tells. Arguments choose cases, as tap.py says."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import driver
import tap
from accessible import Atspi
from workbench import PROJECTS, SAMPLES, SCREENSHOTS, Lathe, take_few

WAYS = 'Fewer channels', 'Faster, by fewer channels', 'Numbers of 8 bits', 'Numbers of 16 bits'  # to make a variant, as they are offered
ADDRESS = re.compile(r'http://127\.0\.0\.1:\d+/')


class Page(unittest.TestCase):
    """One model, which is trained for an epoch, in a window of the case's own."""

    def setUp(self):
        self.folder, self.files = (pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) for _ in range(2))
        self.lathe = lathe = self.begin()
        self.addCleanup(lathe.close)
        lathe.show('Train')
        lathe.set_epochs(1)
        lathe.press_run(then='Pause')
        lathe.wait_for_run('Start')
        self.page = lathe.show('Deploy')

    def begin(self):
        return Lathe()

    def click(self, node):
        """Once the page no longer moves, which opens rows and scrolls by and by."""
        self.lathe.reveal(node)
        self.lathe.wait(lambda: self.lies_still(node), 'the page to lie still')
        self.lathe.click(node)

    def lies_still(self, node):
        before = self.lathe.extents(node)
        time.sleep(0.3)
        return self.lathe.extents(node) == before

    def exported(self, title, dialog, place, says):
        """Exports by the button of the format, and returns what its row says then."""
        self.click(self.lathe.find('push button', f'Export as {title}…', self.page))
        self.lathe.answer_file_dialog(dialog, str(place))
        return self.lathe.find('label', says, self.page, timeout=60).get_name()


class Deploy(Page):
    """Exports, and answers over HTTP."""

    def test_c_source_comes_in_a_folder_with_all_it_takes_and_is_proved(self):
        said = self.exported('C source', 'Folder for the Export', self.folder,
                             re.compile('^Saved and proved: .* no probability differs by more than'))
        self.assertLess(float(said.split()[-1]), 1e-5)
        self.lathe.find('label', 'Read back by', self.page)
        self.lathe.find('label', re.compile('validation images$'), self.page)
        self.lathe.screenshot(SCREENSHOTS / 'proved.png')
        folder, = self.folder.iterdir()
        self.assertLessEqual({'model.c', 'model.h', 'labels.txt', 'preprocessing.json', 'samples.json'},
                             {path.name for path in folder.iterdir()})

    @staticmethod
    def ask(address):
        """What another program is told of an image."""
        image = next((SAMPLES / 'Bag').iterdir())
        request = urllib.request.Request(f'{address}v1/predict', image.read_bytes(), {'Content-Type': 'image/png'})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)['predictions'][0]['predictions'][0]['label']

    @staticmethod
    def clipboard():
        return subprocess.run(['xclip', '-selection', 'clipboard', '-out'], check=True, text=True,
                              stdout=subprocess.PIPE).stdout

    def test_it_answers_over_http_until_it_is_switched_off(self):
        lathe = self.lathe
        self.click(lathe.find(None, 'Answer Over HTTP', self.page))
        said = lathe.find('label', ADDRESS, self.page).get_name()
        address = ADDRESS.search(said).group()
        self.assertIn(self.ask(address), [path.name for path in SAMPLES.iterdir()])
        lathe.find('label', re.compile('until now about 1 image$'), self.page)
        self.click(lathe.find('push button', 'Copy the request', self.page))
        lathe.find('label', 'Copied.')
        request = self.clipboard()
        self.assertTrue(request.startswith('curl ') and f'{address}v1/predict' in request, request)
        lathe.screenshot(SCREENSHOTS / 'serving.png')
        lathe.show('Train')
        self.ask(address)
        lathe.show('Deploy')
        lathe.find('label', re.compile('until now about 2 images$'), self.page)

        self.click(lathe.find(None, 'Answer Over HTTP', self.page))
        lathe.wait(lambda: not lathe.sees('label', ADDRESS, self.page), 'the end of the answers')
        with self.assertRaises(urllib.error.URLError):
            urllib.request.urlopen(f'{address}healthz', timeout=2)


class Smaller(Page):
    """What cases do that make one."""

    def wait_for_measures(self):
        """Of the model as it was trained: until then no smaller one is made of it."""
        self.lathe.find('label', re.compile(r'^\d.* % \(.* – .* %\) · .* an image · .* parameters$'), self.page,
                        timeout=60)

    def choose_how(self, place):
        """In which way a variant is made, in the row that opens for it, unless it is open; the first has place 0."""
        lathe = self.lathe
        box = lathe.sees('combo box', 'How', self.page)
        if not (box and box.has_state(Atspi.StateType.SHOWING)):  # what was closed again has its old place
            self.click(lathe.find(None, 'Make a Smaller One', self.page))
        box = lathe.find('combo box', 'How', self.page)
        lathe.wait(lambda: lathe.sees('label', WAYS[place], box) or self.press_to(box, place), WAYS[place], timeout=30)

    def press_to(self, box, place):
        """Each key moves what has the keyboard, of which nothing else tells in the list of such a row."""
        self.click(box)
        for key in ('Home', *['Down'] * place, 'Return'):
            time.sleep(0.5)
            self.lathe.key(key)
        time.sleep(0.5)

    def saved(self, name):
        """Saves the model, and returns how many bytes it takes."""
        path = self.files / f'{name}.safetensors'
        self.click(self.lathe.find('push button', 'Save Model…', self.page))
        self.lathe.answer_file_dialog('Save Model', str(path))
        self.lathe.wait(path.exists, 'the file')
        self.lathe.wait(lambda: not self.lathe.sees('label', re.compile('^Saved as')), 'the toast to go')
        return path.stat().st_size

    def make(self, name):
        """Makes it, and waits until it is the chosen one."""
        self.click(self.lathe.find('push button', 'Make It', self.page))
        mark = self.lathe.find('check box', re.compile(name), self.page, timeout=120)
        self.lathe.wait(lambda: mark.has_state(Atspi.StateType.CHECKED), 'the new one to be chosen')


class Variants(Smaller):
    """The same model, smaller."""

    def test_a_smaller_variant_is_made_measured_chosen_and_exported(self):
        lathe = self.lathe
        self.wait_for_measures()
        self.choose_how(0)
        lathe.screenshot(SCREENSHOTS / 'smaller-how.png')
        self.make('^Pruned: 50 % of the multiply-adds gone, 2 epochs of training$')
        lathe.screenshot(SCREENSHOTS / 'variants.png')

        whole = lathe.find(None, 'As trained', self.page)
        remove = lathe.find('push button', re.compile('^Remove “Pruned'), self.page)
        small = self.saved('small')
        self.click(whole)
        self.assertLess(small, self.saved('whole'))
        self.click(remove)
        lathe.wait(lambda: not lathe.sees('check box', re.compile('^Pruned'), self.page), 'its going')
        self.click(lathe.find('push button', re.compile('Undo$'), self.page))
        lathe.find('check box', re.compile('^Pruned'), self.page)
        lathe.wait(lambda: list(PROJECTS.rglob('variants/*/1.safetensors')), 'the file that is kept')

    def test_one_in_8_bits_is_made_exported_and_evaluated(self):
        lathe = self.lathe
        self.wait_for_measures()
        self.choose_how(2)
        lathe.find('combo box', 'What 8 Bits Stand For', self.page)
        lathe.screenshot(SCREENSHOTS / 'bytes-how.png')
        self.make(r'^8 bits: calibrated on 512 images \(Whole range\)$')
        lathe.screenshot(SCREENSHOTS / 'bytes.png')

        whole = lathe.find(None, 'As trained', self.page)
        small = self.saved('bytes')
        self.click(lathe.find('check box', 'With All It Takes to Use It', self.page))
        said = self.exported('ONNX model', 'Save Export', self.files / 'bytes.onnx',
                             re.compile('^Saved and proved: .* all probabilities are exactly the same'))
        self.assertIn('kB', said)
        lathe.wait(lambda: not lathe.sees('label', re.compile('^Saved as')), 'the toast to go')
        self.click(whole)
        self.assertLess(small, self.saved('whole of 8 bits') / 3)
        evaluate = lathe.show('Evaluate')
        self.click(lathe.find(None, 'Which model', evaluate))
        lathe.choose(re.compile('^8 bits: calibrated on 512 images'))
        lathe.find('label', re.compile('^8 bits: calibrated on 512 images'), evaluate)
        lathe.screenshot(SCREENSHOTS / 'bytes-evaluated.png')
        lathe.show('Deploy')

    def test_a_time_may_be_asked_for(self):
        """What comes of it is tested without a window: the sample set's networks are too quick to be made quicker surely."""
        lathe = self.lathe
        self.wait_for_measures()
        self.choose_how(1)
        lathe.find('spin button', 'Milliseconds an Image', self.page)
        self.assertFalse(lathe.sees('spin button', 'Multiply-Adds That Go, in Percent', self.page))
        lathe.screenshot(SCREENSHOTS / 'faster-how.png')


class Rounded(Smaller):
    """In fewer bits, of a model of few images."""

    def begin(self):
        few = self.files / 'few'
        take_few(few, 30)
        return Lathe(source=few, images='300')

    def can_export(self, title):
        return self.lathe.is_sensitive(self.lathe.find('push button', f'Export as {title}…', self.page))

    def test_one_in_16_bits_is_half_as_large_as_lathes_own_file(self):
        lathe = self.lathe
        self.wait_for_measures()
        self.choose_how(3)
        lathe.screenshot(SCREENSHOTS / 'halves-how.png')
        self.make(r'^16 bits \(bfloat16\)$')
        lathe.screenshot(SCREENSHOTS / 'halves.png')

        self.assertFalse(self.can_export('safetensors'))
        self.assertTrue(self.can_export('ONNX model'))
        lathe.find('label', re.compile('^No program but this one uses a model in bf16'), self.page)
        self.click(lathe.find('check box', 'With All It Takes to Use It', self.page))
        lathe.wait(lambda: self.can_export('safetensors'), 'a file alone')
        small = self.saved('halves')
        self.click(lathe.find(None, 'As trained', self.page))
        self.assertLess(small, 0.55 * self.saved('whole of halves'))

    def enter(self, title, number):
        """Into the number of a row that is open."""
        spin = self.lathe.find('spin button', title, self.page)
        self.lathe.reveal(spin)
        self.lathe.click(spin, across=0.1)
        self.lathe.key('ctrl+a')
        self.lathe.type(f'{number}\t')

    def is_making(self):
        return self.lathe.sees('push button', 'Cancel', self.page)

    def test_8_bits_of_a_pruned_one_are_learned_in_or_cancelled(self):
        lathe = self.lathe
        self.wait_for_measures()
        self.choose_how(0)
        self.enter('Epochs of Training', 0)
        self.make('^Pruned: 50 % of the multiply-adds gone$')

        self.choose_how(2)
        lathe.find('label', re.compile('^Pruned: 50 %'), lathe.find('combo box', 'Made Of', self.page))
        self.enter('Epochs of Training in 8 Bits', 900)
        lathe.screenshot(SCREENSHOTS / 'bytes-of-pruned-how.png')
        self.click(lathe.find('push button', 'Make It', self.page))
        cancel = lathe.wait(self.is_making, 'the button that cancels')
        lathe.screenshot(SCREENSHOTS / 'bytes-learning.png')
        self.click(cancel)
        lathe.wait(lambda: not self.is_making(), 'its end')
        self.assertFalse(lathe.sees('check box', re.compile('^8 bits'), self.page))

        self.choose_how(2)
        self.enter('Epochs of Training in 8 Bits', 1)
        self.make('^8 bits: .*1 epoch of training.* – of Pruned: 50 % of the multiply-adds gone$')
        lathe.screenshot(SCREENSHOTS / 'bytes-of-pruned.png')
        self.assertFalse(self.can_export('Keras file'))
        lathe.find('label', re.compile('^This model is in 8 bits, which Keras file does not hold.* ONNX or TensorFlow Lite$'),
                   self.page)
        self.assertTrue(self.can_export('ONNX model') and self.can_export('TensorFlow Lite model'))


if __name__ == '__main__':
    tap.main(tap.run_twice)
