#!/usr/bin/python3
# test-train.py: the Train page: a training is set, started, watched and compared with those before.
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
from workbench import NARROW, PROGRAM, PROJECTS, SAMPLES, SCREENSHOTS, Lathe, Shared, take_few

LONGEST_STALL = 50.0  # milliseconds
LONGEST_STOP = 200.0  # milliseconds
SECONDS = int(os.environ.get('LATHE_TRAINING', 20))  # that a training is watched for; “./dev soak” does it for an hour
MOST_GROWTH = 10e6    # bytes, however long it trains
QUIET = 0.2           # seconds that other programs may take of a second that counts
FEW = SECONDS // 3    # quiet seconds that say something


class Few(unittest.TestCase):
    """With a few images, where it matters what happens and not what is learned."""

    OF_A_CLASS = 60

    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory())) / 'few'
        take_few(folder, cls.OF_A_CLASS)
        cls.few = {'source': folder, 'images': f'{10 * cls.OF_A_CLASS}'}


class Curve(unittest.TestCase):
    def test_start_makes_it_grow_and_the_accuracy_rise(self):
        # The plain kernels are slow: to look for a chart takes longer than an epoch of the fast ones.
        lathe = Lathe(LATHE_CPU='generic')
        self.addCleanup(lathe.close)
        lathe.show('Train')
        lathe.press_run(then='Pause')
        early, first = lathe.wait(lambda: lathe.chart('Accuracy') if lathe.chart('Accuracy')[1] else None, 'a point')
        self.assertLess(first, 1, 'the curve is drawn before the first epoch has ended')
        lathe.wait(lambda: first < lathe.chart('Accuracy')[1] < 2, 'a longer curve')
        lathe.train_until(3)
        late, _ = lathe.chart('Accuracy')
        self.assertGreater(late['Training accuracy'], early['Training accuracy'])
        self.assertGreater(late['validation accuracy'], 75)


class Training(unittest.TestCase):
    def setUp(self):
        self.lathe = Lathe(LATHE_DEBUG='stalls', MALLOC_PERTURB_='0')  # which would fill all that comes and goes
        self.addCleanup(self.lathe.close)
        self.page = self.lathe.show('Train')
        self.lathe.set_epochs(100_000)

    def press(self, name):
        self.lathe.click(self.lathe.find('push button', name, self.page))

    def test_pause_step_and_stop_answer(self):
        lathe = self.lathe
        lathe.press_run(then='Pause')
        lathe.train_until(0.2)

        lathe.press_run(then='Resume')
        paused = lathe.chart('Loss')
        time.sleep(0.5)
        self.assertEqual(lathe.chart('Loss'), paused, 'nothing moves while paused')

        self.press('Step')
        lathe.wait(lambda: lathe.chart('Loss') != paused, 'one step more')
        lathe.wait_for_run('Resume')

        self.press('Stop')
        lathe.wait_for_run('Start')
        lathe.wait(lambda: lathe.logged('stop'), 'the answer to Stop')

    def test_window_stays_live_and_small_while_it_trains(self):
        lathe = self.lathe
        lathe.press_run(then='Pause')
        lathe.train_until(0.1)
        begin = lathe.resident()
        seconds, quiet = self.seconds_of_training(SECONDS)
        growth = lathe.resident() - begin
        self.assertEqual(lathe.run_button.get_name(), 'Pause', 'it still trains')
        print(f'# longest {max(gap for gap, _ in seconds)} ms, {max(own for _, own in seconds)} ms of its own; '
              f'{len(quiet)} quiet seconds: {sorted(quiet)[-5:]} ms; {growth / 1e6:+.1f} MB of {begin / 1e6:.0f}', flush=True)
        self.assertLess(growth, MOST_GROWTH)
        self.assertLessEqual(max(own for _, own in seconds), LONGEST_STALL)

        self.press('Stop')
        lathe.wait_for_run('Start')
        lathe.wait(lambda: lathe.logged('stop'), 'the answer to Stop')
        if len(quiet) < FEW:
            self.skipTest(f'other programs left only {len(quiet)} seconds of {SECONDS} to this one')
        # A processor that another program had for a moment makes a gap that the window can do nothing about.
        self.assertLessEqual(sorted(quiet)[len(quiet) * 9 // 10], LONGEST_STALL)
        self.assertLessEqual(lathe.logged('stop')[0], LONGEST_STOP)

    def seconds_of_training(self, wanted):
        """The longest gap of each second, and the most of the processor's time that the main loop took in one; and the
        gaps of the seconds in which the processors were not at work for other programs.
        """
        seconds, quiet = [], []
        time.sleep(2)  # to answer who looked for the chart was work, too, which the next report tells of
        while len(seconds) < wanted:
            seen, others = len(self.lathe.logged('work')), driver.time_of_others()
            self.lathe.wait(lambda: len(self.lathe.logged('work')) > seen, 'what the window says each second')
            seconds.append((self.lathe.logged('stall')[-1], self.lathe.logged('own')[-1]))
            if driver.time_of_others() - others < QUIET:
                quiet.append(seconds[-1][0])
        return seconds, quiet


class Settings(Shared):
    """What is set on the Train page."""

    def look(self):
        self.page = self.lathe.show('Train')
        self.below = self.lathe.find('push button', 'Step', self.page)  # the form scrolls behind it

    def put_back(self):
        super().put_back()
        self.lathe.reveal(self.lathe.find('combo box', 'Recipe', self.page), self.below)  # it comes first
        epochs = self.lathe.find('spin button', 'Epochs', self.page)
        self.lathe.wait(lambda: self.lathe.text(epochs) == '10', 'ten epochs', timeout=5)


class Form(Settings):
    """Where a training is set."""

    def sees_row(self, title):
        return self.lathe.sees(None, title, self.page)

    def choose(self, title, choice):
        box = self.lathe.find('combo box', title, self.page)
        self.lathe.reveal(box, self.below)
        self.lathe.click(box)
        self.lathe.choose(choice, box)

    def test_details_of_the_schedule_are_in_a_group_and_come_and_go_with_it(self):
        lathe = self.lathe
        self.choose('Schedule', 'Cosine')
        group = lathe.find('label', 'Schedule details', self.page)
        self.assertFalse(self.sees_row('Warm-up'), 'the groups are folded up')
        lathe.reveal(group, self.below)
        lathe.click(group)
        lathe.wait(lambda: self.sees_row('Final rate'), 'what belongs to the cosine')

        lathe.key('ctrl+z')
        lathe.wait(lambda: not self.sees_row('Final rate'), 'the undoing')
        self.assertTrue(self.sees_row('Warm-up'), 'a constant rate can be warmed up to')

    def test_what_was_changed_goes_back_to_its_default(self):
        lathe = self.lathe
        lathe.set_epochs(7)
        back = lathe.find('push button', 'Back to 10', self.page)
        lathe.click(back)
        entry = lathe.find('spin button', 'Epochs', self.page)
        lathe.wait(lambda: lathe.text(entry) == '10', 'ten epochs')

    def test_network_is_shown_after_a_setting_was_undone_and_another_made(self):
        self.lathe.set_epochs(7)
        self.lathe.key('Escape', 'ctrl+z')
        entry = self.lathe.find('spin button', 'Epochs', self.page)
        self.lathe.wait(lambda: self.lathe.text(entry) == '10', 'ten epochs')
        self.lathe.set_epochs(8)
        layers = self.lathe.find('list', 'Layers', self.lathe.show('Network'))
        self.lathe.find('list item', re.compile('^Input'), layers)

    def type_rate(self, text):
        entry = self.lathe.find('spin button', 'Learning rate', self.page)
        self.lathe.click(entry, across=0.1)
        self.lathe.key('ctrl+a')
        self.lathe.type(text)
        return entry

    def test_small_rate_is_shown_as_it_is(self):
        entry = self.type_rate('2e-5\t')
        self.lathe.wait(lambda: self.lathe.text(entry) == '2e-05', 'a rate of 0.00002')

    def test_what_is_no_rate_is_marked_while_it_is_typed(self):
        lathe = self.lathe
        entry = self.type_rate('fast')
        lathe.find('label', re.compile('Learning rate cannot be “fast”'), self.page)
        lathe.key('Tab')
        lathe.wait(lambda: lathe.text(entry) == '0.001', 'the rate that counts')


class Measured(Settings):
    """What a network comes to."""

    def setUp(self):
        super().setUp()
        self.page = self.lathe.show('Network')

    def sees_pace(self):
        return self.lathe.sees('label', 'images a second', self.page)

    def test_dry_run_tells_times_until_the_network_is_another(self):
        lathe = self.lathe
        lathe.click(lathe.find(None, 'Cost by Layer', self.page))
        chart = lathe.find(None, re.compile('^Cost by layer'), self.page)
        self.assertRegex(lathe.description(chart), r'dense-1: 346\.1 k multiply-adds, 63\.9 %')
        self.assertFalse(self.sees_pace(), 'nothing has been measured yet')
        lathe.click(lathe.find('push button', 'Measure', self.page))
        lathe.wait(self.sees_pace, 'what was measured')
        self.assertTrue(lathe.sees('label', 'an epoch', self.page))
        lathe.wait(lambda: re.search(r'[\d.]+ ms forward, [\d.]+ ms backward', lathe.description(chart)),
                   'milliseconds of the heaviest layer')

        lathe.click(lathe.find('list item', re.compile('^Convolution'), lathe.find('list', 'Layers', self.page)), across=0.3)
        lathe.key('Delete')
        lathe.wait(lambda: not self.sees_pace(), 'that they are forgotten')
        self.assertNotIn('forward', lathe.description(chart))


class Recipes(Settings, Few):
    """All that is set, by one choice."""

    source = SAMPLES

    def look(self):
        super().look()
        self.row = self.lathe.find('combo box', 'Recipe', self.page)

    def choose(self, recipe):
        self.lathe.click(self.row)
        self.lathe.choose(recipe, self.row)

    def choose_fast(self):
        self.choose('Fast')
        self.wait_for('Fast', epochs='12')

    def wait_for(self, recipe, epochs):
        """What the row says, and the number of epochs with it."""
        self.lathe.find('label', recipe, self.row)
        entry = self.lathe.find('spin button', 'Epochs', self.page)
        self.lathe.wait(lambda: self.lathe.text(entry) == epochs, f'{epochs} epochs')

    def sees_split(self, shares):
        """As many images on each side as the command counts."""
        told = subprocess.run([os.environ['LATHE_CLI'], 'dataset', self.source, '--split', shares, '--json'], check=True,
                              stdout=subprocess.PIPE).stdout
        page = self.lathe.show('Data')
        for count in json.loads(told)['split'].values():
            self.lathe.find('label', f'{count:,}', page)
        self.lathe.show('Train')

    def test_recipe_sets_everything_and_undo_brings_everything_back(self):
        network = self.lathe.status('Network')
        self.choose_fast()
        self.assertNotEqual(self.lathe.status('Network'), network)
        self.lathe.click(self.lathe.find('push button', re.compile('Undo$')))
        self.wait_for('Own choice', epochs='10')
        self.assertEqual(self.lathe.status('Network'), network)
        self.sees_split('70/20/10')

    def test_own_choice_is_what_was_set_before(self):
        self.lathe.set_epochs(7)
        self.choose_fast()
        self.sees_split('90/0/10')
        self.choose('Own choice')
        self.wait_for('Own choice', epochs='7')
        self.sees_split('70/20/10')

    def test_setting_that_departs_is_an_own_choice(self):
        self.choose_fast()
        self.lathe.set_epochs(13)
        self.wait_for('Own choice', epochs='13')
        self.lathe.set_epochs(12)
        self.wait_for('Fast', epochs='12')

    def test_killed_training_by_recipe_goes_on_by_it(self):
        self.source = self.few['source']
        self.begin(**self.few)
        self.addCleanup(self.end)
        self.choose_fast()
        self.assertTrue(self.lathe.is_sensitive(self.row))
        self.lathe.press_run(then='Pause')
        self.assertFalse(self.lathe.is_sensitive(self.row), 'it is set for the training that goes on')
        self.lathe.find('label', re.compile(r'^Epoch ([2-9]|1\d) of 12'), self.page, timeout=120)
        self.lathe.train_until(1.2)
        self.lathe.kill()

        self.begin(**self.few)
        self.wait_for('Own choice', epochs='10')
        self.lathe.click(self.lathe.find('push button', 'Continue', self.page))
        self.lathe.wait_for_run('Pause')
        self.wait_for('Fast', epochs='12')
        self.sees_split('90/0/10')


class Learned(Few):
    """What a network learned, when it is changed."""

    def test_layers_that_still_match_go_on_unless_they_are_told_not_to(self):
        lathe = Lathe(**self.few)
        self.addCleanup(lathe.close)
        train = lathe.show('Train')
        lathe.set_epochs(1)
        lathe.press_run(then='Pause')
        lathe.wait_for_run('Start')
        lathe.find('label', 'The next training begins anew. 3 of 3 layers could go on from what they learned.', train)

        page = lathe.show('Network')
        filters = lathe.find('spin button', 'Filters', page)
        lathe.click(filters, across=0.1)
        lathe.key('ctrl+a')
        lathe.type('16\t')
        goes_on = 'The next training goes on from what 1 of 3 layers learned.'
        lathe.find('label', goes_on, page)
        lathe.click(lathe.find('push button', 'Begin Anew', page))
        lathe.find('label', 'The next training begins anew. 1 of 3 layers could go on from what they learned.', page)
        lathe.key('ctrl+z')
        lathe.find('label', goes_on, page)

    def test_in_a_narrow_window_the_note_scrolls_away(self):
        lathe = Lathe(**self.few)
        self.addCleanup(lathe.close)
        train = lathe.show('Train')
        lathe.set_epochs(1)
        lathe.press_run(then='Pause')
        lathe.wait_for_run('Start')
        lathe.place(0, 0, *NARROW)
        lathe.wait(lambda: lathe.geometry()[2] == NARROW[0], 'a narrow window')
        note = re.compile('^The next training begins anew')
        lathe.reveal(lathe.find('image', 'Accuracy chart', train))
        lathe.wait(lambda: lathe.extents(lathe.find('label', note, train)).y < 0, 'the note out of sight')


class Runs(Few):
    """What was trained is listed, beside what is trained now."""

    def start(self, again=False):
        if not again:  # nor is there a training that another case left unfinished
            shutil.rmtree(PROJECTS.with_name('runs'), ignore_errors=True)
        self.lathe = lathe = Lathe(**self.few, again=again)
        self.addCleanup(lathe.close)
        self.page = lathe.show('Train')

    def train(self, epochs):
        self.lathe.set_epochs(epochs)
        self.lathe.press_run(then='Pause')
        self.lathe.wait_for_run('Start')

    def bring_into_sight(self, node):
        """Once the rows stay as they are."""
        driver.wait(lambda: not self.lathe.is_busy(), 'the end of what comes after a training')
        self.lathe.reveal(node, above=self.lathe.find('label', 'Watched Pictures', self.page))

    def choose(self, row, item):
        """From the menu of the row, the newest being the first."""
        def find_button():
            buttons = list(self.lathe.each('push button', 'Run menu', self.page))
            return buttons[2 * row] if len(buttons) > 2 * row else None  # GTK has a button in each menu button
        button = self.lathe.wait(find_button, f'the menu of row {row}')
        self.bring_into_sight(button)
        self.lathe.click(button)
        self.lathe.choose(item, button)

    def command(self, *words):
        folder, = (path.parent for path in pathlib.Path(os.environ['XDG_DATA_HOME']).glob('lathe/projects/*.runs/runs.db'))
        return subprocess.run([os.environ['LATHE_CLI'], 'runs', folder, '--json', *words], check=True, text=True,
                              stdout=subprocess.PIPE).stdout.splitlines()

    def test_a_run_is_drawn_named_deleted_and_brought_back(self):
        self.start()
        lathe = self.lathe
        self.train(1)
        self.train(2)
        lathe.find('label', '2 of 2', self.page)
        lathe.find('label', 'Epochs 1', self.page)
        name = f"Run {json.loads(self.command()[1])['run']}"
        shown = lathe.find('check box', f'Draw “{name}” in the charts', self.page)
        self.bring_into_sight(shown)
        lathe.click(shown)
        chart = lathe.find('image', 'Loss chart', self.page)
        lathe.wait(lambda: f'{name}: validation loss' in lathe.description(chart), 'the other run in the chart')

        self.choose(1, 'Rename…')
        lathe.write('Name of the Run', 'the first')
        lathe.find('label', 'the first', self.page)
        self.choose(1, 'Delete')
        lathe.wait(lambda: not lathe.sees('label', 'the first', self.page), 'the run gone')
        lathe.click(lathe.find('push button', re.compile('Undo$')))
        lathe.find('label', 'the first', self.page)
        self.assertEqual([json.loads(line)['name'] for line in self.command()][:2], ['', 'the first'])
        self.assertEqual([line for line in lathe.log if 'restore-run' in line], [], 'the button of the toast')

    def test_a_deletion_cannot_be_undone_in_another_project_s_list(self):
        self.start()
        self.train(1)
        self.choose(0, 'Delete')
        self.lathe.find('push button', re.compile('Undo$'))
        subprocess.run([PROGRAM, SAMPLES], check=True, timeout=20)  # a second start opens it in the window of the first
        self.lathe.wait(lambda: re.search(r'6.?000', self.lathe.status('Data')), 'the other images')
        self.lathe.wait(lambda: not self.lathe.sees('push button', re.compile('Undo$')), 'the offer gone', timeout=4)

    def test_runs_of_an_earlier_day_are_listed_without_an_empty_progress(self):
        self.start()
        self.train(1)
        self.lathe.find('progress bar', 'Training progress', self.page)
        self.lathe.close()
        self.start(again=True)
        self.lathe.find('label', '1 of 1', self.page)
        self.assertIsNone(self.lathe.sees('progress bar', 'Training progress', self.page))

    def newest(self):
        return json.loads(self.command()[0])

    def stop(self):
        self.lathe.click(self.lathe.find('push button', 'Stop', self.page))
        self.lathe.wait_for_run('Start')
        self.lathe.wait(lambda: self.newest()['state'] == 'stopped', 'its end')

    def begin_and_stop(self, before=0):
        """A training that goes no further than its first epochs; returns its number, above that of the one before."""
        self.lathe.press_run(then='Pause')
        self.lathe.train_until(1.1)
        self.lathe.wait(lambda: self.newest()['run'] > before and self.newest()['epoch'] > 0, 'an epoch in the list')
        self.stop()
        return self.newest()['run']

    def test_a_run_goes_on_from_its_own_state_and_not_from_a_later_one_s(self):
        self.start()
        lathe = self.lathe
        lathe.set_epochs(100_000)
        first = self.begin_and_stop()
        offer = re.compile('^The last training here ended in epoch')
        lathe.find('label', offer, self.page)
        self.choose(0, 'Continue')
        lathe.wait_for_run('Pause')
        lathe.wait(lambda: not lathe.sees('label', offer, self.page), 'nothing on offer of a run that goes on')
        lathe.wait(lambda: self.newest()['state'] == 'under-way', 'the same run again')
        self.stop()
        self.assertEqual(self.newest()['run'], first)

        lathe.find('label', offer, self.page)
        self.command(str(self.begin_and_stop(first)), '--delete')  # in the window a toast would stand before what follows
        lathe.wait(lambda: len(list(lathe.each('push button', 'Run menu', self.page))) == 2, 'one run')
        self.choose(0, 'Continue')
        lathe.find('label', re.compile('^This run cannot go on: '))
        self.assertEqual(lathe.run_button.get_name(), 'Start')
        self.assertEqual((self.newest()['run'], self.newest()['state']), (first, 'stopped'))

    def test_a_list_that_cannot_be_read_for_a_moment_is_followed_again(self):
        self.start()
        self.train(1)
        self.lathe.find('label', '1 of 1', self.page)
        run = str(json.loads(self.command()[0])['run'])
        path, = PROJECTS.glob('*.runs/runs.db')
        driver.wait(lambda: not path.with_name('runs.db-wal').exists(), 'the end of what is written')
        aside = path.rename(path.with_name('aside.db'))
        path.write_text('x' * 5000)
        self.lathe.find('label', re.compile('^The list of trainings .* is damaged'))
        aside.replace(path)
        self.command(run, '--name', 'still followed')
        self.lathe.find('label', 'still followed', self.page)

    def test_another_program_sees_it_live_and_pauses_it(self):
        self.start()
        self.lathe.set_epochs(100_000)
        self.lathe.press_run(then='Pause')
        self.lathe.train_until(1.1)
        self.assertEqual(json.loads(self.command()[0])['state'], 'under-way')
        run = str(json.loads(self.command()[0])['run'])
        self.command(run, '--pause')
        self.lathe.wait_for_run('Resume')
        self.lathe.find('label', 'paused', self.page)
        self.command(run, '--stop')
        self.lathe.wait_for_run('Start')


class Charts(Few):
    """The charts of a training: what of them is shown, and how."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lathe = Lathe(**cls.few)
        cls.addClassCleanup(cls.lathe.close)
        cls.page = cls.lathe.show('Train')
        cls.lathe.set_epochs(4)
        cls.lathe.press_run(then='Pause')
        cls.lathe.wait_for_run('Start')
        cls.loss = cls.lathe.find('image', 'Loss chart', cls.page)
        cls.accuracy = cls.lathe.find('image', 'Accuracy chart', cls.page)

    def shown(self, chart):
        """The part of its horizontal axis that it says is shown, or None."""
        found = re.search(r'; shown from epoch (\S+) to ([^;\s]+)', self.lathe.description(chart))
        return found and tuple(map(float, found.groups()))

    def choose(self, chart, item):
        self.lathe.click(chart)
        self.lathe.key('Menu')
        self.lathe.choose(item, chart)
        self.leave(chart)

    def leave(self, chart):
        """Without the pointer, and so without its crosshair, a chart says its last values."""
        self.lathe.point(self.lathe.tabs['Train'])
        self.lathe.wait(lambda: re.search(r' at epoch 4\b(?!\.)', self.lathe.description(chart)), 'the last values')

    def reset(self, chart):
        self.lathe.click(chart)
        self.lathe.key('0')
        self.lathe.wait(lambda: self.shown(chart) is None, 'the whole range')

    def test_keys_zoom_and_move(self):
        self.reset(self.loss)
        self.lathe.key('Home', 'plus', 'plus')
        start, end = self.lathe.wait(lambda: self.shown(self.loss), 'a part of it')
        self.assertLess(end - start, 2)
        self.lathe.key('shift+Right')
        self.lathe.wait(lambda: self.shown(self.loss)[0] > start, 'what is to the right')
        self.lathe.key('shift+Left', 'shift+Left', 'shift+Left')
        self.lathe.wait(lambda: self.shown(self.loss)[0] == 0, 'its beginning')
        self.lathe.screenshot(SCREENSHOTS / 'chart-zoomed.png')
        self.lathe.key('End')
        self.lathe.wait(lambda: self.shown(self.loss)[1] == 4, 'what the crosshair goes to')
        self.lathe.key('minus', 'minus', 'minus')
        self.lathe.wait(lambda: self.shown(self.loss) is None, 'all of it')

    def test_pointer_zooms_into_what_it_is_drawn_over(self):
        self.reset(self.accuracy)
        x, y = self.lathe.place_of(self.accuracy, 0.3)
        driver.xdotool('mousemove', x, y, 'sleep', 0.2, 'mousedown', 1)
        for step in range(1, 9):
            driver.xdotool('mousemove', x + 20 * step, y, 'sleep', 0.05)
        self.lathe.screenshot(SCREENSHOTS / 'chart-range.png')
        driver.xdotool('mouseup', 1)
        start, end = self.lathe.wait(lambda: self.shown(self.accuracy), 'a part of it')
        self.assertGreater(start, 0)
        self.assertLess(end, 4)
        self.assertIsNone(self.shown(self.loss))

        driver.xdotool('keydown', 'shift', 'mousedown', 1, 'sleep', 0.1)
        for step in range(7, 3, -1):
            driver.xdotool('mousemove', x + 20 * step, y, 'sleep', 0.05)
        driver.xdotool('mouseup', 1, 'keyup', 'shift')
        self.lathe.wait(lambda: self.shown(self.accuracy)[0] > start, 'what is to the right')
        moved = self.shown(self.accuracy)
        self.assertAlmostEqual(moved[1] - moved[0], end - start, delta=0.01)
        driver.xdotool('click', '--repeat', 2, '--delay', 60, 1)
        self.lathe.wait(lambda: self.shown(self.accuracy) is None, 'the whole range')

    def test_wheel_zooms_only_with_control(self):
        self.reset(self.loss)
        self.lathe.point(self.loss)
        driver.xdotool('click', 4)
        driver.xdotool('keydown', 'ctrl', 'click', 4, 'keyup', 'ctrl')
        start, end = self.lathe.wait(lambda: self.shown(self.loss), 'a part of it')
        self.assertAlmostEqual(end - start, 4 / 1.5, delta=0.01)

    def test_menu_makes_it_logarithmic_and_shows_the_values_themselves(self):
        self.reset(self.loss)
        self.leave(self.loss)
        said = self.lathe.description(self.loss)
        self.assertNotIn('logarithmic', said)
        self.choose(self.loss, 'Logarithmic')
        self.lathe.wait(lambda: 'on a logarithmic axis' in self.lathe.description(self.loss), 'a logarithmic axis')
        self.lathe.screenshot(SCREENSHOTS / 'chart-logarithmic.png')
        self.choose(self.loss, 'Smoothed')
        value = re.compile(r'Training loss ([\d.]+)')
        self.lathe.wait(lambda: value.search(self.lathe.description(self.loss)).group(1) != value.search(said).group(1),
                        'the last value itself')
        self.choose(self.loss, 'Logarithmic')
        self.choose(self.loss, 'Smoothed')
        self.lathe.wait(lambda: self.lathe.description(self.loss) == said, 'what was shown before')
        self.lathe.click(self.accuracy)
        self.lathe.key('Menu')
        self.lathe.find('menu item', 'Smoothed', self.accuracy)
        self.lathe.screenshot(SCREENSHOTS / 'chart-menu.png')
        self.assertIsNone(self.lathe.sees('menu item', 'Logarithmic', self.accuracy), 'shares have no logarithmic axis')
        self.lathe.key('Escape')


class Remembered(Few):
    """What the charts were set to, when the program is started again."""

    def test_each_chart_is_logarithmic_or_not_as_it_was(self):
        with tempfile.TemporaryDirectory() as settings:
            for start in range(2):
                lathe = Lathe(**self.few, GSETTINGS_BACKEND='keyfile', XDG_CONFIG_HOME=settings)
                self.addCleanup(lathe.close)
                page = lathe.show('Train')
                lathe.set_epochs(1)
                lathe.press_run(then='Pause')
                lathe.wait_for_run('Start')
                loss = lathe.find('image', 'Loss chart', page)
                if start == 0:
                    lathe.click(loss)
                    lathe.key('Menu')
                    lathe.choose('Logarithmic', loss)
                lathe.wait(lambda: 'on a logarithmic axis' in lathe.description(loss), 'a logarithmic axis')
                self.assertNotIn('logarithmic', lathe.description(lathe.find('image', 'Accuracy chart', page)))
                lathe.close()


if __name__ == '__main__':
    tap.main(tap.run_twice)
