#!/usr/bin/python3
# test-project.py: nothing that a person did is lost, however the window ends.
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
import accessible
import driver
import tap
from workbench import PROJECTS, SAMPLES, SCREENSHOTS, Lathe, take_few


class Project(unittest.TestCase):
    """Everything that is set is on the disk soon, and nothing is written over that another window has set."""

    def start(self, source=SAMPLES, **more):
        lathe = Lathe(source, again=True, **more)
        self.addCleanup(lathe.close)
        lathe.show('Train')
        return lathe

    def setUp(self):
        shutil.rmtree(PROJECTS, ignore_errors=True)
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def bring(self, lathe):
        """Its window before the other's."""
        driver.xdotool('windowactivate', '--sync', lathe.window)
        return lathe

    def epochs(self, lathe):
        return lathe.text(lathe.find('spin button', re.compile('Epochs'), lathe.pages['Train']))

    def wait_for_epochs(self, lathe, epochs):
        lathe.wait(lambda: self.epochs(lathe) == str(epochs), f'{epochs} epochs')

    def saved(self, path=None):
        """What the project says, the one of the sample set where none is named."""
        files = [path] if path else list(PROJECTS.glob('*.lathe'))
        return json.loads(files[0].read_text()) if files and files[0].exists() else {}

    def wait_until_saved(self, lathe, epochs, path=None):
        lathe.wait(lambda: self.saved(path).get('hyperparameters', {}).get('epochs') == epochs, f'{epochs} on the disk')

    def test_killed_window_comes_back_as_it_was(self):
        lathe = self.start()
        network = lathe.status('Network')
        page = lathe.show('Network')
        lathe.click(lathe.find('list item', re.compile('^dense-1|^Dense'), lathe.find('list', 'Layers', page)), across=0.3)
        lathe.key('Delete')
        lathe.wait(lambda: lathe.status('Network') != network, 'another network')
        changed = lathe.status('Network')
        lathe.show('Train')
        lathe.set_epochs(23)
        self.wait_until_saved(lathe, 23)
        lathe.kill()

        again = self.start()
        again.wait(lambda: again.status('Network') == changed, 'the network as it was')
        self.wait_for_epochs(again, 23)

    def test_closing_at_once_loses_nothing(self):
        lathe = self.start()
        lathe.set_epochs(31)
        lathe.close()
        self.assertEqual(self.saved()['hyperparameters']['epochs'], 31)

    def conflict(self):
        """Two windows, of which the second has changed what the first has."""
        mine = self.start()
        # On another session bus it does not find the first, and is a program of its own.
        bus = subprocess.Popen(['dbus-daemon', '--session', '--nofork', '--nopidfile', '--print-address'], text=True,
                               stdout=subprocess.PIPE)
        self.addCleanup(lambda: (bus.kill(), bus.wait(), bus.stdout.close()))
        theirs = self.start(DBUS_SESSION_BUS_ADDRESS=bus.stdout.readline().strip(),
                            AT_SPI_BUS_ADDRESS=accessible.bus_address())
        theirs.set_epochs(5)
        self.wait_until_saved(theirs, 5)
        mine.find('label', 'Another window changed this project.')
        return mine, theirs

    def test_two_windows_do_not_write_over_each_other(self):
        mine, theirs = self.conflict()
        self.bring(mine).set_epochs(6)
        time.sleep(1.5)
        self.assertEqual(self.saved()['hyperparameters']['epochs'], 5)
        mine.screenshot(SCREENSHOTS / 'conflict.png')

        mine.click(mine.find('push button', 'Keep Mine'))
        self.wait_until_saved(mine, 6)
        mine.wait(lambda: not mine.sees('push button', 'Keep Mine'), 'nothing left to choose')

        theirs.find('label', 'Another window changed this project.')
        self.bring(theirs).click(theirs.find('push button', 'Take Theirs'))
        self.wait_for_epochs(theirs, 6)
        theirs.wait(lambda: not theirs.sees('push button', 'Take Theirs'), 'nothing left to choose')
        theirs.key('ctrl+z')
        self.wait_for_epochs(theirs, 5)
        self.wait_until_saved(theirs, 5)

    def test_model_of_the_newest_training_is_there_again(self):
        lathe = self.start()
        lathe.set_epochs(2)
        lathe.press_run(then='Pause')
        lathe.wait(lathe.has_trained, 'the end of the training', timeout=120)
        size = lathe.wait(lambda: lathe.status('Deploy'), 'a model')
        lathe.close()

        lathe = self.start()
        lathe.wait(lambda: lathe.status('Deploy') == size, f'the model of {size}')
        page = lathe.show('Deploy')
        lathe.find(None, 'As trained', page)
        self.assertFalse(lathe.sees('label', 'No Model Yet', page))

    def divide(self, seed):
        """As another window would, while none is open."""
        path, = PROJECTS.glob('*.lathe')
        project = json.loads(path.read_text())
        project['split']['seed'] = str(seed)
        path.write_text(json.dumps(project))

    def evaluated(self, lathe):
        """The page, and the accuracy on the test images."""
        page = lathe.show('Evaluate')
        return page, lathe.wait(lambda: lathe.status('Evaluate'), 'an accuracy')

    def test_model_that_is_there_again_is_tested_on_the_images_that_tested_it(self):
        """However they are divided by now, and at the temperature that it was given."""
        lathe = self.start()
        lathe.set_epochs(2)
        lathe.press_run(then='Pause')
        lathe.wait(lathe.has_trained, 'the end of the training', timeout=120)
        _, accuracy = self.evaluated(lathe)
        lathe.close()

        self.divide(seed=7)
        lathe = self.start()
        page, again = self.evaluated(lathe)
        self.assertEqual(again, accuracy)
        lathe.click(lathe.find('page tab', 'Calibration', page))
        lathe.click(lathe.find('push button', 'Mend', page))
        lathe.find('push button', 'Take the Temperature Away', page)
        lathe.wait(lambda: list(PROJECTS.rglob('opened.safetensors')), 'the copy')
        lathe.close()

        lathe = self.start()
        page, again = self.evaluated(lathe)
        self.assertEqual(again, accuracy)
        lathe.click(lathe.find('page tab', 'Calibration', page))
        lathe.click(lathe.find('push button', 'Take the Temperature Away', page))
        lathe.wait(lambda: not list(PROJECTS.rglob('opened.safetensors')), 'the copy gone')

    def test_choice_that_is_not_made_waits_for_the_next_time(self):
        mine, theirs = self.conflict()
        self.bring(mine).set_epochs(6)
        mine.close()
        theirs.close()
        self.assertEqual(self.saved()['hyperparameters']['epochs'], 5)

        again = self.start()
        self.wait_for_epochs(again, 6)
        again.click(again.find('push button', 'Take Theirs'))
        self.wait_for_epochs(again, 5)
        again.close()
        self.assertEqual([path.name for path in PROJECTS.glob('*.mine')], [])

    def save_as(self, lathe, path):
        lathe.key('ctrl+shift+s')
        lathe.answer_file_dialog('Save the Project', path)
        lathe.wait(path.exists, f'{path}')

    def test_project_that_is_saved_elsewhere_is_opened_by_name(self):
        path = self.folder / 'clothes.lathe'
        lathe = self.start()
        lathe.set_epochs(7)
        self.save_as(lathe, path)
        lathe.find('label', 'clothes')
        lathe.set_epochs(8)
        self.wait_until_saved(lathe, 8, path)
        lathe.close()
        self.assertEqual(self.saved(path)['source'], str(SAMPLES.resolve()))

        again = self.start(path)
        self.wait_for_epochs(again, 8)
        again.find('label', 'clothes')
        again.close()
        told = subprocess.run([os.environ['LATHE_CLI'], 'info', path, '--json'], check=True, stdout=subprocess.PIPE).stdout
        self.assertGreater(json.loads(told)['parameters'], 0)

    def test_folder_whose_name_is_not_utf_8_is_opened_and_again_from_the_menu(self):
        folder = self.folder / os.fsdecode(b'caf\xe9')
        take_few(folder, 5)
        lathe = self.start(folder, images='50')
        lathe.click(lathe.find('label', re.compile('^caf.$')))
        lathe.choose(re.compile('/caf.$'))
        lathe.wait(lambda: re.search(r'\b50\b', lathe.status('Data')), 'its images again')
        lathe.find('label', re.compile('^caf.$'))

    def test_project_that_is_saved_elsewhere_while_it_trains_takes_the_run_along_at_its_end(self):
        path = self.folder / 'clothes.lathe'
        runs = self.folder / 'clothes.runs'
        lathe = self.start()
        page = lathe.pages['Train']
        lathe.set_epochs(100_000)
        lathe.press_run(then='Pause')
        lathe.train_until(0.2)
        self.save_as(lathe, path)
        lathe.find('label', 'clothes')
        time.sleep(0.5)
        self.assertFalse((runs / 'runs.db').exists(), 'a copy of a list that is still written to')
        lathe.find('label', 'training', page)
        lathe.click(lathe.find('push button', 'Stop', page))
        lathe.wait_for_run('Start')
        lathe.wait((runs / 'runs.db').exists, 'the list in its new place')
        lathe.find('label', 'stopped', page)
        told = subprocess.run([os.environ['LATHE_CLI'], 'runs', runs, '--json'], check=True, stdout=subprocess.PIPE).stdout
        self.assertEqual([json.loads(line)['state'] for line in told.splitlines()], ['stopped'])
        lathe.click(lathe.find('push button', 'Discard', page))  # lest the next case find it

    def test_place_that_takes_no_file_for_a_while_loses_nothing(self):
        lathe = self.start()
        lathe.set_epochs(9)
        self.wait_until_saved(lathe, 9)
        PROJECTS.rename(self.folder / 'gone')
        PROJECTS.write_text('')
        self.addCleanup(lambda: PROJECTS.is_file() and PROJECTS.unlink())
        lathe.set_epochs(10)
        time.sleep(2)
        lathe.screenshot(SCREENSHOTS / 'unsaved.png')
        self.wait_for_epochs(lathe, 10)
        PROJECTS.unlink()
        (self.folder / 'gone').rename(PROJECTS)
        lathe.set_epochs(11)
        self.wait_until_saved(lathe, 11)


class Kept(unittest.TestCase):
    """A training that ended with the program."""

    EPOCHS = 6
    OFFER = re.compile(f'ended in epoch [2-6] of {EPOCHS}')

    def start(self):
        lathe = Lathe()
        self.addCleanup(lathe.close)
        return lathe, lathe.show('Train')

    def leave_one(self):
        """Kills the program in its third epoch or later: what the first came to is on the disk by then."""
        lathe, _ = self.start()
        lathe.set_epochs(self.EPOCHS)
        lathe.press_run(then='Pause')
        lathe.train_until(2.2)
        lathe.kill()

    def press(self, lathe, name, page):
        lathe.click(lathe.find('push button', name, page))

    def test_killed_program_loses_no_training(self):
        self.leave_one()
        lathe, page = self.start()
        lathe.find('label', self.OFFER, page)
        self.press(lathe, 'Continue', page)
        lathe.wait_for_run('Pause')
        lathe.wait(lambda: lathe.chart('Loss')[1] >= 1, 'the epoch that was there before')
        lathe.wait(lathe.has_trained, 'the end of the training', timeout=120)
        self.assertEqual(lathe.text(lathe.find('spin button', 'Epochs', page)), str(self.EPOCHS))
        self.assertEqual(lathe.chart('Loss')[1], self.EPOCHS)
        self.assertGreater(lathe.chart('Accuracy')[0]['validation accuracy'], 75)
        lathe.close()

        lathe, page = self.start()
        lathe.find('label', re.compile('came to its end, but its model was not saved'), page)
        self.press(lathe, 'Continue', page)
        lathe.wait(lathe.has_trained, 'the test of the model')

    def test_discarded_training_comes_back_by_undo_alone(self):
        self.leave_one()
        lathe, page = self.start()
        lathe.find('label', self.OFFER, page)
        self.press(lathe, 'Discard', page)
        lathe.wait(lambda: not lathe.sees('label', self.OFFER, page), 'the offer gone')
        self.press(lathe, re.compile('Undo$'), None)
        lathe.find('label', self.OFFER, page)
        self.press(lathe, 'Discard', page)
        lathe.wait(lambda: not lathe.sees('label', self.OFFER, page), 'the offer gone')
        lathe.close()

        lathe, page = self.start()
        time.sleep(1)
        self.assertFalse(lathe.sees('label', self.OFFER, page))


class Ending(unittest.TestCase):
    """What was decided in the last moment is on the disk."""

    def setUp(self):
        self.source = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / 'samples'
        self.source.symlink_to(SAMPLES)  # a source of its own, whose edits no other case sees

    def open(self, images):
        lathe = Lathe(self.source, images, again=True)
        self.addCleanup(lathe.close)
        return lathe, lathe.show('Data')

    def decide(self, end):
        """Excludes an image, and another one just before the program ends."""
        lathe, page = self.open('6.?000')
        grid = lathe.find('table', 'Images', page)
        lathe.click(lathe.find('table cell', '0002.png', grid))
        lathe.find('label', '1 of 6,000 selected', page)
        lathe.key('Delete')
        lathe.find('label', 'All · 5,999 images', page)
        lathe.click(lathe.find('table cell', '0004.png', grid))
        lathe.find('label', '1 of 5,999 selected', page)
        end(lathe)
        driver.wait(lambda: lathe.process.poll() is not None, 'the end of the program')
        lathe.close()

    def test_decision_before_quitting_is_kept(self):
        self.decide(lambda lathe: lathe.key('Delete', 'sleep', 0.05, 'key', 'ctrl+q'))
        self.open('5.?998')

    def test_decision_before_a_session_ends_is_kept(self):
        def end(lathe):
            lathe.key('Delete')
            lathe.process.terminate()
        self.decide(end)
        self.open('5.?998')


if __name__ == '__main__':
    tap.main(tap.run_twice)
