#!/usr/bin/python3
# test-window.py: the window, driven as a person would: seen through the accessibility bus, with a real pointer and keys.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run it inside with-display. The environment says what is tested: LATHE_WINDOW is the program, LATHE_CLI the command,
LATHE_SAMPLES the folder of the sample set, LATHE_SCREENSHOTS where the screenshots go. Arguments choose cases, as tap.py says.
"""

import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import driver
import tap

PROGRAM = os.environ['LATHE_WINDOW']
SAMPLES = pathlib.Path(os.environ['LATHE_SAMPLES'])
SCREENSHOTS = pathlib.Path(os.environ['LATHE_SCREENSHOTS'])

PAGES = ('Data', 'Network', 'Train', 'Evaluate', 'Try', 'Deploy')
WIDE, NARROW = (1280, 800), (360, 720)
LONGEST_STALL = 50.0   # milliseconds
LONGEST_STOP = 200.0   # milliseconds
LONGEST_WORK = 20.0    # milliseconds of the processor's; it is to be 8, and a slow machine takes longer
A_MINUTE = 60          # seconds
MOST_MEMORY = 150e6    # bytes
QUIET = 0.2            # seconds that other programs may take of a second that counts

# GTK says this of itself when another program's drag ends with a drop.
FORGIVEN = re.compile('gdk_drop_set_actions: assertion')


class Lathe(driver.Program):
    """The window with the sample set in it. What is there all the time is looked for once."""

    evidence = SCREENSHOTS / 'failed.png'
    killed = False

    def __init__(self, source=SAMPLES, images='6.?000', **environment):
        super().__init__([PROGRAM, source], **environment)
        self.place(0, 0, *WIDE)
        self.run_button = self.find('push button', 'Start')
        self.tabs = {page: self.find('page tab', page) for page in PAGES}
        self.pages, self.charts = {}, {}
        self.wait(lambda: re.search(rf'\b{images}\b', self.status('Data')), f'the {images} images')

    def close(self, timeout=10):
        """Closes the window as a person would, and wants it to have gone quietly."""
        status = super().close(timeout)
        complaints = [line for line in self.log if 'CRITICAL' in line and not FORGIVEN.search(line)]
        assert self.killed or status == 0 and not complaints, f'exit status {status}, {complaints}'

    def status(self, page):
        """What the tab says of where its page stands."""
        return self.description(self.tabs[page])

    def show(self, page):
        self.click(self.tabs[page])
        if page not in self.pages:
            self.pages[page] = self.find(None, f'WbPage{page}')
        return self.pages[page]

    def press_run(self, then):
        """Presses the button of the header, and waits until it offers what comes next."""
        self.click(self.run_button)
        self.wait_for_run(then)

    def wait_for_run(self, offer):
        self.wait(lambda: self.run_button.get_name() == offer, f'the button “{offer}”')

    def set_epochs(self, epochs):
        entry = self.find('spin button', re.compile('Epochs'), self.pages['Train'])
        self.click(entry, across=0.1)  # where its number is, left of its buttons
        self.key('ctrl+a')
        self.type(f'{epochs}\t')

    def chart(self, name):
        """What a chart says: the last value of each of its lines, and the epoch that it ends at."""
        if name not in self.charts:  # to look for it takes longer than an epoch may
            self.charts[name] = self.find('image', f'{name} chart', self.pages['Train'])
        said = self.description(self.charts[name])
        values, _, epoch = said.rpartition(' at epoch ')
        lines = re.findall(r'([A-Za-z]+ [a-z]+) ([\d.]+)', values)
        return {line: float(value) for line, value in lines}, float(epoch or 0)

    def kill(self):
        """As a power cut would."""
        self.killed = True
        self.process.kill()
        self.process.wait()

    def has_trained(self):
        return self.run_button.get_name() == 'Start' and self.sees('label', re.compile('^Finished'), self.pages['Train'])

    def train_until(self, epoch):
        self.wait(lambda: self.chart('Loss')[1] >= epoch, f'epoch {epoch} on the chart', timeout=120)

    def resident(self):
        """Bytes of memory that it holds, those of shared libraries counted whole."""
        status = pathlib.Path(f'/proc/{self.process.pid}/status').read_text()
        return int(re.search(r'VmRSS:\s+(\d+) kB', status).group(1)) * 1024

    def is_busy(self):
        """Whether it spends over a twentieth of a processor in half a second."""
        def spent():
            stat = pathlib.Path(f'/proc/{self.process.pid}/stat').read_text()
            return sum(map(int, stat.rpartition(')')[2].split()[11:13])) / os.sysconf('SC_CLK_TCK')
        before = spent()
        time.sleep(0.5)
        return spent() - before > 0.025

    def logged(self, kind):
        """The milliseconds in the lines of one kind that the window wrote to its standard error."""
        return [float(re.search(r'([\d.]+) ms', line).group(1)) for line in self.log if line.startswith(f'{kind}: ')]


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
        self.lathe = Lathe(LATHE_DEBUG='stalls')
        self.addCleanup(self.lathe.close)
        self.page = self.lathe.show('Train')
        self.lathe.set_epochs(1000)

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

    def test_window_stays_live_through_a_minute_of_training(self):
        lathe = self.lathe
        lathe.press_run(then='Pause')
        lathe.train_until(0.1)
        stalls = self.quiet_seconds(A_MINUTE, timeout=4 * A_MINUTE)
        self.assertEqual(lathe.run_button.get_name(), 'Pause', 'it still trains')
        self.assertLessEqual(max(stalls, default=0), LONGEST_STALL)

        self.press('Stop')
        lathe.wait_for_run('Start')
        lathe.wait(lambda: lathe.logged('stop'), 'the answer to Stop')
        self.assertLessEqual(lathe.logged('stop')[0], LONGEST_STOP)
        if len(stalls) < A_MINUTE:
            self.skipTest(f'other programs left only {len(stalls)} seconds of {4 * A_MINUTE} to this one')

    def quiet_seconds(self, wanted, timeout):
        """The longest stall of each second in which the processors were not at work for other programs."""
        stalls = []
        end = time.monotonic() + timeout
        while len(stalls) < wanted and time.monotonic() < end:
            seen, others = len(self.lathe.logged('stall')), driver.time_of_others()
            self.lathe.wait(lambda: len(self.lathe.logged('stall')) > seen, 'what the window says each second')
            if driver.time_of_others() - others < QUIET:
                stalls.append(self.lathe.logged('stall')[-1])
        return stalls


class Many(unittest.TestCase):
    """A hundred thousand images keep nobody waiting."""

    N = 100_000

    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        pixels = (number.to_bytes(16, 'little') for number in range(1, cls.N + 1))
        for name, shape, data in (('train-images-idx3-ubyte', (cls.N, 4, 4), b''.join(pixels)),
                                  ('train-labels-idx1-ubyte', (cls.N,), bytes(range(10)) * (cls.N // 10))):
            head = struct.pack(f'>HBB{len(shape)}I', 0, 8, len(shape), *shape)
            (folder / name).write_bytes(head + data)
        cls.lathe = lathe = Lathe(folder, f'{cls.N:,}', LATHE_DEBUG='stalls')
        cls.addClassCleanup(lathe.close)
        cls.page = lathe.show('Data')
        cls.classes = lathe.find('list', 'Classes', cls.page)
        driver.wait(lambda: not lathe.is_busy(), 'the end of the thumbnails')

    def takes_no_time(self, act, label):
        """What comes to this label does so in turns of the main loop that are short."""
        self.next_report()
        seen = len(self.lathe.logged('work'))
        act()
        said = self.lathe.find('label', label, self.page).get_name()
        self.next_report()
        self.next_report()
        longest = max(self.lathe.logged('work')[seen:])
        print(f'# {said}: {longest} ms')
        self.assertLessEqual(longest, LONGEST_WORK, said)

    def next_report(self):
        seen = len(self.lathe.logged('work'))
        self.lathe.wait(lambda: len(self.lathe.logged('work')) > seen, 'what the window says each second')

    def choose(self, class_name):
        row = self.lathe.find('list item', re.compile(f'^{class_name}, '), self.classes)
        return lambda: self.lathe.click(row)

    def test_class_is_chosen_and_all_again(self):
        self.takes_no_time(self.choose('3'), '3 · 10,000 images')
        self.takes_no_time(self.choose('All'), 'All · 100,000 images')

    def test_image_is_excluded_and_brought_back(self):
        lathe = self.lathe
        lathe.click(next(lathe.each('table cell', None, self.page)))
        self.takes_no_time(lambda: lathe.key('Delete'), 'All · 99,999 images')
        self.takes_no_time(lambda: lathe.key('ctrl+z'), 'All · 100,000 images')

    def test_name_is_looked_for_and_forgotten(self):
        lathe = self.lathe
        lathe.click(lathe.find(None, 'Search by file name', self.page))
        self.takes_no_time(lambda: lathe.type('9999'), re.compile(r'^All · \d\d images'))
        self.takes_no_time(lambda: lathe.key('Escape'), 'All · 100,000 images')


class Idle(unittest.TestCase):
    def test_window_with_the_sample_set_takes_less_than_150_MB(self):
        with Lathe() as lathe:
            lathe.show('Data')
            driver.wait(lambda: not lathe.is_busy(), 'the end of the thumbnails')
            self.assertLess(lathe.resident(), MOST_MEMORY)


class Form(unittest.TestCase):
    """Where a training is set."""

    def setUp(self):
        self.lathe = Lathe()
        self.addCleanup(self.lathe.close)
        self.page = self.lathe.show('Train')
        self.below = self.lathe.find('push button', 'Step', self.page)  # the form scrolls behind it

    def sees_row(self, title):
        return self.lathe.sees(None, title, self.page)

    def choose(self, title, choice, steps_down):
        box = self.lathe.find('combo box', title, self.page)
        self.lathe.reveal(box, self.below)
        self.lathe.click(box)
        self.lathe.find('label', choice, box)
        for key in ['Down'] * steps_down + ['Return']:
            time.sleep(0.3)
            driver.xdotool('key', key)

    def test_schedule_is_in_a_group_and_can_be_undone(self):
        lathe = self.lathe
        group = lathe.find('label', 'Learning rate schedule', self.page)
        self.assertFalse(self.sees_row('Schedule'), 'the groups are folded up')
        lathe.reveal(group, self.below)
        lathe.click(group)
        lathe.wait(lambda: self.sees_row('Schedule'), 'the schedule')
        self.assertFalse(self.sees_row('Final rate'), 'a constant rate has no end')

        self.choose('Schedule', 'Cosine', steps_down=3)
        lathe.find('label', 'Schedule: Cosine', self.page)
        lathe.wait(lambda: self.sees_row('Final rate'), 'what belongs to the cosine')

        lathe.key('ctrl+z')
        lathe.wait(lambda: not self.sees_row('Schedule: Cosine') and not self.sees_row('Final rate'), 'the undoing')

    def test_what_was_changed_goes_back_to_its_default(self):
        lathe = self.lathe
        lathe.set_epochs(7)
        back = lathe.find('push button', 'Back to 10', self.page)
        lathe.click(back)
        entry = lathe.find('spin button', 'Epochs', self.page)
        lathe.wait(lambda: lathe.text(entry) == '10', 'ten epochs')

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


class Archive(unittest.TestCase):
    def test_archive_that_is_dropped_becomes_the_dataset(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        for name in ('Bag', 'Trouser'):
            (pathlib.Path(folder) / 'few' / name).mkdir(parents=True)
            for image in sorted((SAMPLES / name).iterdir())[:50]:
                shutil.copy(image, pathlib.Path(folder) / 'few' / name)
        packed = shutil.make_archive(f'{folder}/few', 'zip', folder, 'few')

        with Lathe() as lathe:
            page = lathe.show('Data')
            lathe.drop(packed, page)
            lathe.wait(lambda: re.search(r'\b100\b', lathe.status('Data')), 'the 100 images of the archive')
            lathe.find('label', 'Trouser', page)
            driver.wait(lambda: not lathe.is_busy(), 'the end of the thumbnails')
            lathe.screenshot(SCREENSHOTS / 'archive.png')


class Alone(unittest.TestCase):
    def test_one_class_is_opened_and_added_to_and_training_says_that_it_takes_two(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name in ('pets/Bag', 'Trouser'):
            (folder / name).mkdir(parents=True)
            for image in sorted((SAMPLES / name.split('/')[-1]).iterdir())[:30]:
                shutil.copy(image, folder / name)

        with Lathe(folder / 'pets', '30') as lathe:
            page = lathe.show('Data')
            lathe.find('list item', re.compile('^Bag, 30 images: '), page)
            lathe.click(lathe.run_button)
            lathe.find('label', re.compile('holds the class “Bag” alone, and training takes two'))
            lathe.screenshot(SCREENSHOTS / 'alone.png')
            lathe.drop(folder / 'Trouser', lathe.find('push button', 'New Class', page))
            lathe.find('list item', re.compile('^Trouser, 30 images: '), page)
            lathe.press_run(then='Pause')


class Ending(unittest.TestCase):
    """What was decided in the last moment is on the disk."""

    def setUp(self):
        self.source = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / 'samples'
        self.source.symlink_to(SAMPLES)  # a source of its own, whose edits no other case sees

    def open(self, images):
        lathe = Lathe(self.source, images)
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


class Images(unittest.TestCase):
    """What a person decides about them. Each case undoes what it did."""

    @classmethod
    def setUpClass(cls):
        cls.lathe = lathe = Lathe()
        cls.addClassCleanup(lathe.close)
        cls.page = lathe.show('Data')
        cls.classes = lathe.find('list', 'Classes', cls.page)
        cls.grid = lathe.find('table', 'Images', cls.page)

    def row(self, class_name, images):
        """Waits until the list of classes says so of one."""
        return self.lathe.find('list item', re.compile(f'^{class_name}, {images} images?: '), self.classes)

    def select(self, *names):
        """Images of the first class, which have these names in all classes."""
        for name in names:
            driver.xdotool(*(['keydown', 'ctrl'] if name != names[0] else ['keyup', 'ctrl']))
            self.lathe.click(self.lathe.find('table cell', name, self.grid))
        driver.xdotool('keyup', 'ctrl')
        self.lathe.find('label', f'{len(names)} of 6,000 selected', self.page)

    def choose_filter(self, steps):
        self.lathe.click(self.lathe.find('combo box', 'Which images are shown', self.page))
        for key in ['Down'] * steps + ['Up'] * -steps + ['Return']:
            time.sleep(0.2)
            driver.xdotool('key', key)

    def undo(self):
        self.lathe.click(self.lathe.find('push button', re.compile('Undo$')))

    def test_delete_excludes_and_undo_brings_back(self):
        lathe = self.lathe
        self.select('0002.png', '0003.png')
        lathe.key('Delete')
        self.row('Bag', 598)
        self.choose_filter(4)
        lathe.find('label', 'All · 2 images', self.page)
        self.assertTrue(lathe.sees('table cell', '0003.png', self.grid))
        lathe.screenshot(SCREENSHOTS / 'excluded.png')
        self.choose_filter(-4)
        lathe.find('label', 'All · 5,998 images', self.page)
        self.undo()
        self.row('Bag', 600)
        lathe.find('label', 'All · 6,000 images', self.page)

    def test_images_dragged_onto_a_class_are_its_own(self):
        lathe = self.lathe
        self.select('0002.png', '0003.png', '0004.png')
        lathe.drag(lathe.find('table cell', '0003.png', self.grid), self.row('Sandal', 600))
        self.row('Sandal', 603)
        self.row('Bag', 597)
        lathe.key('ctrl+z')
        self.row('Sandal', 600)

    def test_click_on_a_bar_shows_its_class_alone(self):
        lathe = self.lathe
        lathe.click(self.row('Trouser', 600))
        lathe.find('label', 'Trouser · 600 images', self.page)
        lathe.click(self.row('All', '6,000'))
        lathe.find('label', 'All · 6,000 images', self.page)

    def test_file_dropped_onto_a_class_is_added_to_it(self):
        lathe = self.lathe
        lathe.drop(SAMPLES / 'Trouser' / '0001.png', self.row('Boot', 600))
        time.sleep(1)
        self.assertIn('6,000', lathe.status('Data'), 'a file of the dataset is moved')
        self.row('Boot', 601)
        self.row('Trouser', 599)
        lathe.key('ctrl+z')
        self.row('Boot', 600)

    def test_folder_dropped_onto_new_class_becomes_one(self):
        lathe = self.lathe
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / 'Slippers'
        folder.mkdir()
        for image in sorted((SAMPLES / 'Sandal').iterdir())[:30]:
            shutil.copy(image, folder)
        lathe.drop(folder, lathe.find('push button', 'New Class', self.page))
        self.row('Slippers', 30)
        lathe.key('ctrl+z')
        lathe.wait(lambda: '6,000' in lathe.status('Data'), 'the images without it')


class Camera(unittest.TestCase):
    """A stand-in for it shows a test card."""

    def open_camera(self, lathe, page):
        """From here on the camera's window is the one that is driven. Returns the main one, and what is in the camera's."""
        lathe.click(lathe.find('push button', re.compile('with the camera$'), page))
        lathe.wait(lambda: len(driver.children(lathe.application)) > 1, 'the window of the camera')
        focused = lambda: driver.xdotool('getwindowfocus').strip()
        main, lathe.window = lathe.window, lathe.wait(
            lambda: focused() != lathe.window and focused(), 'its focus')
        return main, driver.children(lathe.application)[-1]

    def test_pictures_become_images_of_a_class_and_go_by_undo(self):
        if not os.environ.get('LATHE_WEBCAM'):
            self.skipTest('built without the webcam')
        lathe = Lathe(LATHE_CAMERA='videotestsrc is-live=true')
        self.addCleanup(lathe.close)
        page = lathe.show('Data')
        classes = lathe.find('list', 'Classes', page)
        row = lambda images: lathe.find('list item', re.compile(f'^Bag, {images} images: '), classes)
        row(600)
        main, camera = self.open_camera(lathe, page)
        capture = lathe.find('push button', 'Capture', camera)
        lathe.wait(lambda: lathe.is_sensitive(capture), 'a picture')
        lathe.click(capture)
        lathe.find('label', '1 picture', camera)
        lathe.key('space')
        lathe.find('label', '2 pictures', camera)
        driver.xdotool('keydown', 'space')
        several = re.compile('^([4-9]|[1-9][0-9]) pictures$')
        lathe.find('label', several, camera)
        driver.xdotool('keyup', 'space')
        time.sleep(0.5)
        n = int(lathe.find('label', several, camera).get_name().split()[0])
        lathe.screenshot(SCREENSHOTS / 'camera.png')
        lathe.click(lathe.find('push button', 'Done', camera))

        lathe.window = main
        row(600 + n)
        lathe.key('ctrl+z')
        row(600)

    def test_camera_that_gives_no_pictures_says_what_to_do(self):
        if not os.environ.get('LATHE_WEBCAM'):
            self.skipTest('built without the webcam')
        for name, source, said in (
                ('silent', 'videotestsrc is-live=true ! valve drop=true', 'None has come for some seconds. Open its'),
                ('ended', 'videotestsrc num-buffers=1', 'It has stopped. Unplug it'),
                ('unknown', 'nosuchsrc', 'A part of GStreamer is missing')):
            with self.subTest(name), Lathe(LATHE_CAMERA=source) as lathe:
                main, camera = self.open_camera(lathe, lathe.show('Data'))
                lathe.find('label', re.compile(said), camera)
                lathe.find('push button', 'Try Again', camera)
                lathe.screenshot(SCREENSHOTS / f'camera-{name}.png')
                lathe.click(lathe.find('push button', 'Done', camera))
                lathe.window = main


class Prepared(unittest.TestCase):
    """How images are divided and drawn, beside them."""

    @classmethod
    def setUpClass(cls):
        cls.lathe = Lathe()
        cls.addClassCleanup(cls.lathe.close)
        cls.page = cls.lathe.show('Data')

    def test_split_is_moved_by_keys_and_comes_back_by_undo(self):
        lathe = self.lathe
        border = lathe.find('slider', 'Where training ends', self.page)
        says = lambda text: lathe.wait(lambda: lathe.description(border).startswith(text), text)
        fewer = re.compile(r'^3,[789]\d\d$')
        says('70 % training, 20 % validation')
        lathe.click(border)
        lathe.key('Left')
        says('69 % training, 21 % validation')
        lathe.key('Page_Down')
        says('64 % training, 26 % validation')
        lathe.find('label', fewer, self.page)
        lathe.key('ctrl+z')
        says('69 % training, 21 % validation')
        lathe.key('ctrl+z')
        says('70 % training, 20 % validation')
        lathe.wait(lambda: not lathe.sees('label', fewer, self.page), 'as many for training as before')

    def test_what_the_network_sees_turns_with_rotation(self):
        lathe = self.lathe
        row = lathe.find('push button', re.compile('look closer$'), self.page)
        lathe.settled(row)
        as_it_is, drawn = (lambda: lathe.pixels(row, 0, 0.25)), (lambda: lathe.pixels(row, 0.25, 1))
        plain, before = as_it_is(), drawn()

        switch = lathe.find('check box', 'Rotation', self.page)
        lathe.reveal(switch, lathe.find('label', 'What the Network Sees', self.page))
        lathe.click(switch)
        lathe.wait(lambda: self.looks_different(drawn(), before), 'turned images')
        self.assertFalse(self.looks_different(as_it_is(), plain))
        lathe.key('ctrl+z')
        lathe.wait(lambda: not self.looks_different(drawn(), before), 'images as they are')

    def type_numbers(self, entry, text):
        self.lathe.click(entry, across=0.2)
        self.lathe.key('ctrl+a')
        self.lathe.type(text)

    def test_normalisation_is_measured_or_given_and_comes_back_by_undo(self):
        lathe = self.lathe
        row = lathe.find('push button', re.compile('look closer$'), self.page)
        below = lathe.find('label', 'What the Network Sees', self.page)
        box = lathe.find('combo box', 'Normalisation', self.page)
        around = box.get_parent()
        measured = re.compile(r'^The last training had mean 0\.28\d+ and deviation 0\.35\d+\.$')

        def choose_next(choice):
            lathe.reveal(box, below)
            lathe.click(box)
            for key in ('Down', 'Return'):
                time.sleep(0.3)
                driver.xdotool('key', key)
            lathe.find('label', choice, box)

        lathe.settled(row)
        plain = lathe.pixels(row, 0, 0.25)
        choose_next('Normalised from the data')
        lathe.find('label', re.compile('^When training starts'), around)
        lathe.show('Train')
        lathe.set_epochs(1)
        lathe.press_run(then='Pause')
        lathe.wait(lambda: lathe.run_button.get_name() == 'Start', 'the end of the training', timeout=120)
        lathe.show('Data')
        lathe.find('label', measured, around)
        lathe.screenshot(SCREENSHOTS / 'normalised.png')

        choose_next('Normalised as given')
        mean, deviation = (lathe.find('text', name, around) for name in ('Mean', 'Deviation'))
        lathe.reveal(deviation, below)
        lathe.wait(lambda: re.match(r'0\.28\d+$', lathe.text(mean)), 'what was measured, to begin with')
        self.type_numbers(mean, '0.1,0.2')
        lathe.find('label', 'A number from 0 to 1', around)
        lathe.screenshot(SCREENSHOTS / 'not-normalised.png')
        lathe.key('Tab')
        lathe.wait(lambda: lathe.text(mean).startswith('0.28'), 'the mean that counts')
        self.type_numbers(mean, '0.50\t')
        lathe.wait(lambda: lathe.text(mean) == '0.5', 'the mean as it is taken')
        self.assertFalse(self.looks_different(lathe.pixels(row, 0, 0.25), plain), 'a person sees the colours')

        lathe.show('Data')  # an entry takes the keys for itself
        lathe.key('ctrl+z')
        lathe.wait(lambda: lathe.text(mean).startswith('0.28'), 'the mean before')
        lathe.key('ctrl+z')
        lathe.find('label', measured, around)
        lathe.key('ctrl+z', 'ctrl+z')  # the epochs come between
        lathe.find('label', 'Values from 0 to 1', box)
        lathe.wait(lambda: not lathe.sees('label', measured, around), 'no numbers')

    def looks_different(self, pixels, others):
        """By more than what a change of the light would be."""
        return len(pixels) != len(others) or sum(abs(a - b) for a, b in zip(pixels, others)) > 2 * len(pixels)


class Findings(unittest.TestCase):
    """What is wrong with images that were spoilt on purpose."""

    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        for name in ('Bag', 'Trouser'):
            (folder / name).mkdir()
            for image in sorted((SAMPLES / name).iterdir())[:30]:
                shutil.copy(image, folder / name)
        shutil.copy(folder / 'Bag' / '0001.png', folder / 'Bag' / 'copy.png')
        (folder / 'Bag' / 'broken.png').write_bytes(b'not an image')
        cls.folder = folder
        cls.open()

    @classmethod
    def open(cls):
        cls.lathe = Lathe(cls.folder, '61')
        cls.addClassCleanup(cls.lathe.close)
        cls.page = cls.lathe.show('Data')
        cls.lathe.click(cls.lathe.find('push button', re.compile('unreadable'), cls.page))

    def press(self, name):
        self.lathe.click(self.lathe.find('push button', name, None))

    def wait_for_images(self, n):
        self.lathe.wait(lambda: re.search(rf'\b{n}\b', self.lathe.status('Data')), f'{n} images')

    def wait_until_gone(self, name):
        self.lathe.wait(lambda: not self.lathe.sees('push button', name, self.page), f'“{name}” gone')

    def test_1_what_is_kept_is_not_named_until_it_is_asked_for(self):
        self.lathe.find('push button', 'Leave Out the Copies', self.page)
        self.press('Keep')
        self.wait_until_gone('Leave Out the Copies')
        self.press(re.compile('Undo$'))
        self.lathe.find('push button', 'Leave Out the Copies', self.page)
        self.press('Keep')
        self.wait_until_gone('Leave Out the Copies')
        self.lathe.close()
        self.open()
        self.lathe.find('push button', 'Show Kept (1)', self.page)
        self.assertFalse(self.lathe.sees('push button', 'Leave Out the Copies', self.page))
        self.press('Show Kept (1)')
        self.lathe.find('push button', 'Leave Out the Copies', self.page)

    def test_2_copy_is_found_and_left_out_and_brought_back(self):
        lathe = self.lathe
        lathe.find('label', 'Bag/broken.png', self.page)
        self.press('Look for Problems')
        lathe.find('label', re.compile('All 61 images were looked at'), self.page)
        lathe.find('push button', 'Exclude Bag/copy.png', self.page)
        lathe.screenshot(SCREENSHOTS / 'findings.png')
        self.press('Leave Out the Copies')
        self.wait_for_images(60)
        self.wait_until_gone('Leave Out the Copies')

        self.press(re.compile('Undo$'))
        self.wait_for_images(61)
        lathe.find('push button', 'Leave Out the Copies', self.page)

    def test_3_statistics_tell_of_sizes_and_of_what_was_looked_at(self):
        lathe = self.lathe
        lathe.click(lathe.find('page tab', 'Statistics', self.page))
        sizes = lathe.find('image', 'Sizes chart', self.page)
        lathe.wait(lambda: lathe.description(sizes) == '1 size. Most have 28 × 28: 61 images', 'the one size')
        brightness = lathe.find('image', 'Brightness chart', self.page)
        lathe.wait(lambda: re.match(r'Bag: 0\.\d+ on average, Trouser: 0\.\d+', lathe.description(brightness)),
                   'how bright the classes are')
        lathe.screenshot(SCREENSHOTS / 'statistics.png')


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

    def test_image_dragged_from_another_program_is_named(self):
        self.assertEqual(self.drop_on_try('Trouser'), 'Trouser')
        self.assertTrue(self.lathe.sees('label', 'Trouser', self.lathe.pages['Try']))

    def test_evaluate_shows_every_class(self):
        page = self.lathe.show('Evaluate')
        self.lathe.find('image', 'Confusion matrix', page)
        for folder in SAMPLES.iterdir():
            self.lathe.find('label', folder.name, page)

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


class Learned(unittest.TestCase):
    """What a network learned, when it is changed."""

    def test_layers_that_still_match_go_on_unless_they_are_told_not_to(self):
        lathe = Lathe()
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


class Measured(unittest.TestCase):
    """What a network comes to."""

    def setUp(self):
        self.lathe = Lathe()
        self.addCleanup(self.lathe.close)
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

        lathe.click(lathe.find('push button', 'Remove Layer', self.page))
        lathe.wait(lambda: not self.sees_pace(), 'that they are forgotten')
        self.assertNotIn('forward', lathe.description(chart))


class Recipes(unittest.TestCase):
    """All that is set, by one choice."""

    def start(self):
        self.lathe = lathe = Lathe()
        self.addCleanup(lathe.close)
        self.page = lathe.show('Train')
        self.row = lathe.find('combo box', 'Recipe', self.page)

    def choose(self, key):
        self.lathe.click(self.row)
        for each in (key, 'Return'):
            time.sleep(0.3)
            driver.xdotool('key', each)

    def choose_fast(self):
        self.choose('Down')
        self.wait_for('Fast', epochs='12')

    def wait_for(self, recipe, epochs):
        """What the row says, and the number of epochs with it."""
        self.lathe.find('label', recipe, self.row)
        entry = self.lathe.find('spin button', 'Epochs', self.page)
        self.lathe.wait(lambda: self.lathe.text(entry) == epochs, f'{epochs} epochs')

    def sees_split(self, shares):
        """As many images on each side as the command counts."""
        told = subprocess.run([os.environ['LATHE_CLI'], 'dataset', SAMPLES, '--split', shares, '--json'], check=True,
                              stdout=subprocess.PIPE).stdout
        page = self.lathe.show('Data')
        for count in json.loads(told)['split'].values():
            self.lathe.find('label', f'{count:,}', page)
        self.lathe.show('Train')

    def test_recipe_sets_everything_and_undo_brings_everything_back(self):
        self.start()
        network = self.lathe.status('Network')
        self.choose_fast()
        self.assertNotEqual(self.lathe.status('Network'), network)
        self.lathe.click(self.lathe.find('push button', re.compile('Undo$')))
        self.wait_for('Own choice', epochs='10')
        self.assertEqual(self.lathe.status('Network'), network)
        self.sees_split('70/20/10')

    def test_own_choice_is_what_was_set_before(self):
        self.start()
        self.lathe.set_epochs(7)
        self.choose_fast()
        self.sees_split('90/0/10')
        self.choose('Up')
        self.wait_for('Own choice', epochs='7')
        self.sees_split('70/20/10')

    def test_setting_that_departs_is_an_own_choice(self):
        self.start()
        self.choose_fast()
        self.lathe.set_epochs(13)
        self.wait_for('Own choice', epochs='13')
        self.lathe.set_epochs(12)
        self.wait_for('Fast', epochs='12')

    def test_killed_training_by_recipe_goes_on_by_it(self):
        self.start()
        self.choose_fast()
        self.assertTrue(self.lathe.is_sensitive(self.row))
        self.lathe.press_run(then='Pause')
        self.assertFalse(self.lathe.is_sensitive(self.row), 'it is set for the training that goes on')
        self.lathe.find('label', re.compile('^Epoch 2 of 12'), self.page, timeout=120)
        self.lathe.train_until(1.2)
        self.lathe.kill()

        self.start()
        self.wait_for('Own choice', epochs='10')
        self.lathe.click(self.lathe.find('push button', 'Continue', self.page))
        self.lathe.wait_for_run('Pause')
        self.wait_for('Fast', epochs='12')
        self.sees_split('90/0/10')


if __name__ == '__main__':
    tap.main()
