#!/usr/bin/python3
# test-evaluate.py: the Evaluate page: how good a model is, and where it is wrong.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run it inside with-display; workbench.py says what the environment tells. Arguments choose cases, as tap.py says."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import driver
import tap
from accessible import names_of
from workbench import NARROW, PROJECTS, SAMPLES, SCREENSHOTS, WIDE, Lathe

CLI = os.environ['LATHE_CLI']


def evaluate(model, *arguments, source=SAMPLES):
    """What the command line says of the model, on the test images unless another side is asked for."""
    side = [] if '--split' in arguments else ['--split', 'test']
    return json.loads(subprocess.run([CLI, 'evaluate', model, source, *side, '--json', *arguments], check=True,
                                     capture_output=True, text=True).stdout)


def percent(share):
    return f'{100 * share:.1f} %'


class Evaluate(unittest.TestCase):
    """With a network that has learned for two epochs. Each case leaves the page as it found it."""

    @classmethod
    def setUpClass(cls):
        cls.lathe = lathe = Lathe()
        cls.addClassCleanup(lathe.close)
        lathe.show('Train')
        lathe.set_epochs(2)
        lathe.press_run(then='Pause')
        lathe.wait(lambda: lathe.run_button.get_name() == 'Start', 'the end of the training', timeout=120)
        cls.page = lathe.show('Evaluate')
        cls.model = lathe.wait(lambda: next(PROJECTS.glob('*.runs/*/model.safetensors'), None), 'the model’s file')
        cls.said = evaluate(cls.model)
        cls.matrix = lathe.find('image', 'Confusion matrix chart', cls.page)

    def find(self, role, name):
        return self.lathe.find(role, name, self.page)

    def show_view(self, name):
        self.lathe.click(self.find('page tab', name))

    def count_in(self, title):
        """How many images the right side says that it shows under this title."""
        self.find('label', title)
        said = self.find('label', re.compile(r'^([\d,]+ images?, the worst first|No images)$')).get_name()
        return int(said.split()[0].replace(',', '')) if said[0].isdigit() else 0

    def assert_shows(self, title, n):
        self.lathe.wait(lambda: self.count_in(title) == n, f'{n} images under “{title}”')

    def assert_labels(self, wanted):
        seen = names_of(list(self.lathe.each('label', within=self.page)))
        self.assertEqual(wanted - set(seen), set(), 'not seen')

    def test_numbers_are_those_of_the_command_line(self):
        said, intervals = self.said, self.said['intervals']
        low, high = intervals['macro_f1']
        self.find('label', f'{low:.3f} – {high:.3f}')
        self.assertEqual(self.lathe.status('Evaluate'), percent(said['accuracy']))
        of_classes = {text for row in said['classes'] for text in (row['name'], f'{row["recall"]:.3f}')}
        self.assert_labels(of_classes | {percent(said['accuracy']), f'{said["macro_f1"]:.3f}', f'{said["log_loss"]:.3f}'})
        self.lathe.click(self.find('label', 'All Scores'))
        self.find('label', f'Among the {said["top_k"]["k"]} likeliest')
        scores = {percent(said['top_k']['accuracy']), percent(said['balanced_accuracy'])}
        for name in ('kappa', 'matthews', 'roc_auc', 'average_precision', 'brier', 'weighted_f1'):
            low, high = intervals[name]
            scores |= {f'{said[name]:.3f}', f'{low:.3f} – {high:.3f}'}
        self.assert_labels(scores)
        self.lathe.click(self.find('label', 'All Scores'))

    def test_the_worst_mistakes_come_first_and_a_cell_shows_its_own(self):
        confusion, names = self.said['confusion'], [row['name'] for row in self.said['classes']]
        mistakes = sum(map(sum, confusion)) - sum(row[i] for i, row in enumerate(confusion))
        self.lathe.click(self.find('push button', f'{mistakes} mistakes'))
        self.assert_shows('Mistakes', mistakes)
        self.show_view('Matrix')
        self.lathe.click(self.find('label', names[0]))  # of the table: its row, which is the first cell
        self.assert_shows(f'{names[0]}, recognised', confusion[0][0])
        self.lathe.click(self.matrix, across=0.01)
        for key, truth, said in (('Right', 0, 1), ('Down', 1, 1), ('Down', 2, 1)):
            self.lathe.key(key)
            title = f'{names[truth]}, recognised' if truth == said else f'{names[truth]}, taken for {names[said]}'
            self.assert_shows(title, confusion[truth][said])
        self.assertIn(f'Truth: {names[2]}, said: {names[1]}', self.lathe.description(self.matrix))

    def test_a_threshold_counts_as_the_command_line_does(self):
        name = self.said['classes'][0]['name']
        self.show_view('ROC')
        chart = self.find('image', 'ROC chart')
        self.assertIn(f'Area {self.said["roc_auc"]:.3f}', self.lathe.description(chart))
        self.lathe.click(self.find('label', name))  # of the table
        said = evaluate(self.model, '--positive', name, '--threshold', '0.5', '--costs', '1/1')
        at, cheapest = said['at_threshold'], said['cheapest']
        for title, key in (('Found', 'true_positives'), ('Missed', 'false_negatives'),
                           ('False alarms', 'false_positives'), ('Left alone', 'true_negatives')):
            self.find('push button', f'{title} {at[key]}')
        self.find('label', f'Precision {percent(at["precision"])}, recall {percent(at["recall"])}, F1 {at["f1"]:.3f}')
        self.find('label', re.compile(f'the least is {cheapest["cost"]:.4g}, at {cheapest["threshold"]:.3f}$'))
        self.lathe.click(self.find('push button', f'Missed {at["false_negatives"]}'))
        self.assert_shows(f'{name}, missed', at['false_negatives'])
        self.lathe.wait(lambda: f'Area {self.said["classes"][0]["roc_auc"]:.3f}' in self.lathe.description(chart),
                        'the area of the class’s curve')
        self.show_view('Matrix')

    def test_a_temperature_mends_what_the_command_line_says_it_mends(self):
        self.show_view('Calibration')
        self.find('label', re.compile(f'^Calibration error {percent(self.said["ece"])}'))
        self.find('label', re.compile(f'At a temperature of {self.said["temperature"]:.3f} .* would be '
                                      f'{percent(self.said["ece_at_temperature"])}'))
        self.lathe.click(self.find('push button', 'Mend'))
        self.find('label', re.compile(f'^Calibration error {percent(self.said["ece_at_temperature"])}'))
        self.find('label', f'{self.said["log_loss_at_temperature"]:.3f}')
        self.find('label', percent(self.said['accuracy']))
        self.lathe.click(self.find('push button', 'Take the Temperature Away'))
        self.find('label', re.compile(f'^Calibration error {percent(self.said["ece"])}'))
        self.show_view('Matrix')

    def test_a_label_that_is_wrong_is_put_right_and_can_be_undone(self):
        lathe = self.lathe
        lathe.click(self.find('push button', re.compile(r'labels? may be wrong$')))
        first = self.said['suspects'][0]
        lathe.click(self.find('push button', re.compile(f'^It Is {first["likelier"]}, ')))
        accuracy = percent(self.said['accuracy'])
        lathe.wait(lambda: not lathe.sees('label', accuracy, self.page), 'another accuracy')
        lathe.key('ctrl+z')
        self.find('label', accuracy)
        self.find('push button', f'{len(self.said["suspects"])} labels may be wrong')

    def test_a_folder_of_its_own_leaves_out_the_classes_that_are_not_known(self):
        with tempfile.TemporaryDirectory() as parent:
            folder = pathlib.Path(parent) / 'others'
            for name in ('Bag', 'Boot'):
                (folder / name).mkdir(parents=True)
                for file in sorted((SAMPLES / name).iterdir())[:20]:
                    shutil.copy(file, folder / name)
            shutil.copytree(folder / 'Bag', folder / 'Zebra')
            said = evaluate(self.model, '--known', '--split', 'all', source=folder)
            self.lathe.drop(folder, self.find(None, 'WbEvaluateSubject'))
            self.find('label', 'Left out, as the model does not know them: Zebra')
            self.find('label', percent(said['accuracy']))
            choice = self.find('combo box', 'Which images')
            self.lathe.click(choice)
            self.lathe.choose('Test images', choice)
            self.find('label', percent(self.said['accuracy']))

    def test_a_model_compared_with_itself_is_no_better(self):
        self.show_view('Compare')
        models = self.find('push button', 'Compare with')
        self.lathe.click(models)
        self.lathe.choose(re.compile(r'^Run \d+$'), models)
        self.find('label', 'The difference may be chance.')
        right = sum(row[i] for i, row in enumerate(self.said['confusion']))
        self.find('push button', f'{right}')
        self.find('label', re.compile(r'differs by 0\.0 percentage points .* exact: p = 1\.$'))
        self.show_view('Matrix')

    def test_a_report_holds_the_numbers_of_the_command_line(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / 'report.html'
            self.lathe.click(self.find('push button', 'Report…'))
            self.lathe.answer_file_dialog('Save Report', file)
            said = re.compile('^The report is in “report.html”')
            self.lathe.find('label', said)
            report = file.read_text()
        self.lathe.wait(lambda: not self.lathe.sees('label', said), 'the room at the bottom of the page')
        for title, key in (('Accuracy', 'accuracy'), ('Macro F1', 'macro_f1'), ('Log loss', 'log_loss'),
                           ('Calibration error', 'ece'), ('Area under the ROC curve', 'roc_auc')):
            row = re.search(rf'>{title}</th>(.*?)</tr>', report, re.DOTALL).group(1)
            numbers = [float(value) for value in re.findall('<data value="(.*?)">', row)]
            self.assertEqual(numbers, [self.said[key], *self.said['intervals'].get(key, [])], title)
        for name in (row['name'] for row in self.said['classes']):
            self.assertIn(name, report)

    def test_the_wheel_over_the_table_scrolls_the_page(self):
        lathe = self.lathe
        lathe.place(0, 0, *NARROW)
        try:
            head = self.find('label', 'Precision')
            lathe.reveal(head, above=lathe.find(None, 'AdwViewSwitcherBar'))
            lathe.settled(head)
            before = lathe.extents(head).y
            x, y = lathe.place_of(head)
            driver.xdotool('mousemove', x, y + 60, 'sleep', 0.2, 'click', 5)  # over its second row
            lathe.wait(lambda: lathe.extents(head).y < before, 'what is further down')
        finally:
            lathe.place(0, 0, *WIDE)

    def test_every_view_has_room_in_the_narrowest_window(self):
        self.lathe.place(0, 0, *NARROW)
        try:
            time.sleep(0.5)
            self.assertEqual(self.lathe.geometry()[2:], NARROW)
            bar = self.lathe.find(None, 'AdwViewSwitcherBar')
            choice = self.find('combo box', 'What is shown')
            self.lathe.reveal(choice, above=bar)
            self.lathe.screenshot(SCREENSHOTS / 'evaluate-narrow.png')
        finally:
            self.lathe.place(0, 0, *WIDE)


if __name__ == '__main__':
    tap.main(tap.run_twice)
