#!/usr/bin/python3
# test-import.py: models of other programs are opened, asked about, gone on from, and refused in words.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run it inside with-display; workbench.py says what the environment tells. Arguments choose cases, as tap.py says."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import driver
import tap
import workbench as window

SHAPES = HERE.parent / 'fixtures' / 'onnx' / 'shapes.onnx'  # of two classes, which it does not name


class Import(window.Shared):
    """A LeNet-5 that knows a few images of the sample set, as another program would hold it."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        window.take_few(cls.folder / 'few', 20)
        cls.run_cli('train', cls.folder / 'few', '--network', 'lenet', '--epochs', '2', '--out',
                    cls.folder / 'lenet.safetensors')
        for form in ('onnx', 'h5'):
            cls.run_cli('export', cls.folder / 'lenet.safetensors', cls.folder / f'lenet.{form}', '--format', form)
        mangled = SHAPES.read_bytes().replace(b'MatMul', b'MutMul').replace(b'Reshape', b'Roshape')
        (cls.folder / 'mangled.onnx').write_bytes(mangled)

    @staticmethod
    def run_cli(*words):
        subprocess.run([os.environ['LATHE_CLI'], *map(str, words)], check=True, stdout=subprocess.DEVNULL)

    def look(self):
        self.page = self.lathe.show('Network')
        self.list = self.lathe.find('list', 'Layers', self.page)
        self.canvas = self.lathe.find('panel', 'Network', self.page)
        self.begun_with = self.layers()

    def layers(self):
        return [row.get_name() for row in self.list.children()]

    def open_choices(self):
        lathe = self.lathe
        lathe.click(lathe.find('push button', 'Start From', self.page))
        choices = lathe.find('list', 'Networks to Start From', self.page)
        lathe.find('list item', 'Multilayer Perceptron', choices)
        return choices

    def open_network(self, name):
        """By the dialog, as a person would."""
        self.lathe.choose('From File…', self.open_choices())
        self.lathe.answer_file_dialog('Open Network', self.folder / name)

    def open_model(self, name):
        lathe = self.lathe
        lathe.click(lathe.find('push button', 'Open Model…', lathe.show('Deploy')))
        lathe.answer_file_dialog('Open Model', self.folder / name)

    def test_network_comes_with_what_it_learned_and_trains_on(self):
        lathe = self.lathe
        self.open_network('lenet.onnx')
        lathe.find('label', '“lenet.onnx” Is Open')
        lathe.find('label', re.compile('The next training goes on from what 5 of 5 layers learned'))
        lathe.screenshot(window.SCREENSHOTS / 'taken.png')
        self.lathe.answer('alt+k')
        lathe.wait(lambda: sum('Convolution' in row for row in self.layers()) == 2, 'LeNet-5 on the canvas')
        lathe.screenshot(window.SCREENSHOTS / 'editor.png')
        page = lathe.show('Train')
        lathe.find('label', re.compile('goes on from what 5 of 5 layers learned'), page)
        lathe.set_epochs(1)
        lathe.press_run(then='Pause')
        lathe.wait_for_run('Start')
        lathe.find('label', re.compile('^Finished'), page)
        self.assertEqual(lathe.chart('Loss')[1], 1)
        self.end()

    def test_what_begins_anew_is_told_and_all_is_taken_back(self):
        lathe = self.lathe
        lathe.drop(SHAPES, self.canvas)
        lathe.find('label', 'What “shapes.onnx” Leaves Open')
        lathe.screenshot(window.SCREENSHOTS / 'questions.png')
        lathe.answer('alt+o')
        lathe.find('label', '“shapes.onnx” Is Open')
        lathe.find('label', re.compile('Begins anew: .* It told 2 classes apart, and your images have 10'))
        lathe.find('label', re.compile('Images are brought to 2 × 2 pixels in colour'))
        lathe.screenshot(window.SCREENSHOTS / 'anew.png')
        lathe.wait(lambda: self.layers() != self.begun_with, 'another network')
        lathe.answer('alt+u')
        lathe.wait(lambda: self.layers() == self.begun_with, 'the network that it began with')
        self.assertFalse(lathe.sees('label', re.compile('The next training goes on'), self.page))

    def test_model_that_was_opened_is_there_again(self):
        lathe = self.lathe
        self.open_model('lenet.safetensors')
        size = re.compile('^61,706$')
        lathe.find('label', size, lathe.pages['Deploy'])
        lathe.wait(lambda: list(window.PROJECTS.rglob('opened.safetensors')), 'the copy')
        self.end()
        lathe = window.Lathe(again=True)
        self.addCleanup(lathe.close)
        lathe.find('label', size, lathe.show('Deploy'))
        lathe.show('Train')
        lathe.set_epochs(1)
        lathe.press_run(then='Pause')
        lathe.wait_for_run('Start')
        lathe.wait(lambda: not list(window.PROJECTS.rglob('opened.safetensors')), 'its going')

    def test_model_is_opened_and_gets_the_names_of_the_classes(self):
        lathe = self.lathe
        self.open_model('lenet.h5')
        lathe.find('label', re.compile('does not say how images are prepared for it, and does not name its 10 classes'))
        main, dialog = lathe.enter()
        lathe.click(lathe.find(None, 'Its Classes Are Yours, in This Order', dialog))
        lathe.screenshot(window.SCREENSHOTS / 'names.png')
        lathe.key('alt+o')
        lathe.window = main
        lathe.find('label', re.compile('^10: .*Bag'), lathe.pages['Deploy'])
        lathe.screenshot(window.SCREENSHOTS / 'opened.png')
        lathe.show('Network')
        lathe.choose('Network of the Model', self.open_choices())
        lathe.find('label', 'The Model Is in the Drawing')
        lathe.find('label', re.compile('The next training goes on from what 5 of 5 layers learned'))
        lathe.answer('alt+k')
        lathe.wait(lambda: sum('Convolution' in row for row in self.layers()) == 2, 'LeNet-5 on the canvas')
        self.end()

    def test_what_cannot_be_taken_is_listed_and_copied(self):
        lathe = self.lathe
        self.open_model('mangled.onnx')
        lathe.find('label', '“mangled.onnx” Cannot Be Opened')
        lathe.find('label', re.compile('It holds 2 things that'))
        lathe.find('label', re.compile('•.“f” .Roshape.*\n•.*MutMul', re.DOTALL))
        lathe.screenshot(window.SCREENSHOTS / 'problems.png')
        main, dialog = lathe.enter()
        lathe.click(lathe.find('push button', 'Copy', dialog))
        lathe.find('push button', 'Copied', dialog)
        lathe.key('Escape')
        lathe.window = main
        lathe.wait(lambda: not lathe.asks(), 'the window alone')
        lathe.show('Network')
        self.assertEqual(self.layers(), self.begun_with)


if __name__ == '__main__':
    sys.exit(tap.main())
