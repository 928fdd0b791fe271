# workbench.py: Lathe's window, as every file of cases that drives it from outside uses it.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment says what is tested: LATHE_WINDOW is the program, LATHE_CLI the command, LATHE_SAMPLES the folder of the
sample set, LATHE_SCREENSHOTS where the screenshots go.
"""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import unittest

import driver
from accessible import names_of

PROGRAM = os.environ['LATHE_WINDOW']
SAMPLES = pathlib.Path(os.environ['LATHE_SAMPLES'])
SCREENSHOTS = pathlib.Path(os.environ['LATHE_SCREENSHOTS'])

PROJECTS = pathlib.Path(os.environ['XDG_DATA_HOME']) / 'lathe' / 'projects'

PAGES = ('Data', 'Network', 'Train', 'Evaluate', 'Try', 'Deploy')
WIDE, NARROW = (1280, 800), (360, 720)

# GTK says this of itself when another program's drag ends with a drop.
FORGIVEN = re.compile('gdk_drop_set_actions: assertion')


def take_few(folder, n, source=SAMPLES):
    """Copies so many images of each class, where it matters what happens and not what is learned."""
    for label in sorted(path for path in source.iterdir() if path.is_dir()):
        (folder / label.name).mkdir(parents=True)
        for image in sorted(label.iterdir())[:n]:
            shutil.copy(image, folder / label.name)


class Lathe(driver.Program):
    """The window with the sample set in it. What is there all the time is looked for once."""

    evidence = SCREENSHOTS / 'failed.png'
    killed = False

    def __init__(self, source=SAMPLES, images='6.?000', again=False, **environment):
        if 'DBUS_SESSION_BUS_ADDRESS' not in environment:
            Shared.end()  # of which this would be a second start, and no program of its own
        if not again:  # what was set in another window does not come back
            shutil.rmtree(PROJECTS, ignore_errors=True)
        super().__init__([PROGRAM, source], **environment)
        self.place(0, 0, *WIDE)
        seen = self.wait(self.look_around, 'the button “Start”')
        self.run_button = seen['push button', 'Start']
        self.tabs = {page: seen['page tab', page] for page in PAGES}
        self.stack = seen['filler', f'WbPage{PAGES[0]}'].get_parent().get_parent()
        self.pages, self.charts = {}, {}
        self.wait(lambda: re.search(rf'\b{images}\b', self.status('Data')), f'the {images} images')

    def look_around(self):
        """What is seen at first, by role and name; None until the window is there."""
        found = list(self.application.walk((driver.GRID,), driver.CROWD))
        names = names_of([node for node, _ in found])
        seen = {(role, name): node for (node, role), name in reversed(list(zip(found, names)))}
        return seen if ('push button', 'Start') in seen and ('filler', f'WbPage{PAGES[0]}') in seen else None

    def close(self, timeout=10):
        """Closes the window as a person would, and wants it to have gone quietly. A training is stopped."""
        if self.process.poll() is None and self.run_button.get_name() != 'Start':
            self.key('alt+F4')
            driver.wait(lambda: self.process.poll() is not None or self.asks(), 'what becomes of the training')
            if self.process.poll() is None:
                self.answer('alt+s')
                driver.wait(lambda: self.process.poll() is not None, 'the end of the program')
        status = super().close(timeout)
        complaints = [line for line in self.log if 'CRITICAL' in line and not FORGIVEN.search(line)]
        if not self.killed:
            if complaints or status not in (0, -signal.SIGKILL):
                raise driver.Ended(f'exit status {status}, {complaints}')
            assert status == 0, 'it did not close when it was told to'

    def enter(self, title=None):
        """Waits for another window of the program that has taken the keyboard; from here on it is the one that is driven.
        Returns the one that was, to go back to, and what is in the new one.
        """
        def find_focused():
            focused = driver.xdotool('getwindowfocus').strip()
            return focused in self.asks() and focused

        def find_content():
            others = self.application.children()[1:]
            return next((each for each in others if title in (None, each.get_name())), None)
        content = self.wait(find_content, f'the window “{title}”')
        before, self.window = self.window, self.wait(find_focused, 'its focus')
        return before, content

    def write(self, name, text):
        """Into the one entry of the dialog that has opened, and closes it with Enter."""
        entry = self.find('text', name)
        self.wait(lambda: self.is_focused(entry), f'the keyboard at “{name}”')
        before, _ = self.enter()
        driver.xdotool('type', '--delay', 20, text)
        self.wait(lambda: self.text(entry) == text, f'“{text}” in “{name}”')
        driver.xdotool('key', 'Return')
        self.window = before

    def asks(self):
        """Whether a dialog is open over the window."""
        found = subprocess.run(['xdotool', 'search', '--onlyvisible', '--all', '--pid', str(self.process.pid),
                                '--class', '.'], text=True, stdout=subprocess.PIPE).stdout.split()
        return [window for window in found if window != self.window]

    def answer(self, *keys):
        """Presses keys in the dialog that is open."""
        dialog = driver.wait(self.asks, 'a dialog')[0]
        driver.xdotool('windowfocus', dialog, 'sleep', 0.5, 'key', *keys)

    def answer_file_dialog(self, title, path):
        """It is a window of its own, of which the accessibility bus is not told."""
        def find():
            found = subprocess.run(['xdotool', 'search', '--onlyvisible', '--name', f'^{title}$'], text=True,
                                   stdout=subprocess.PIPE)
            return found.stdout.split()
        dialog = self.wait(find, f'the dialog “{title}”')[0]
        driver.xdotool('windowfocus', dialog, 'sleep', 0.3, 'key', 'ctrl+a')
        driver.xdotool('type', '--delay', 10, path)

        def is_closed():  # Enter means nothing until it has looked the folder up; behind the dialog it means another thing
            if find():
                driver.xdotool('key', 'Return', 'sleep', 1)
            return not find()
        self.wait(is_closed, f'the end of the dialog “{title}”')

    def status(self, page):
        """What the tab says of where its page stands."""
        return self.description(self.tabs[page])

    def show(self, page):
        self.click(self.tabs[page])
        self.pages[page] = self.wait(lambda: self.find_page(page), f'the page {page}')
        return self.pages[page]

    def find_page(self, page):
        """It is there while it is shown."""
        shown = (child for of_stack in self.stack.children() for child in of_stack.children())
        return next((child for child in shown if child.get_name() == f'WbPage{page}' and child.extents().width), None)

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
        return {line: float(value) for line, value in lines}, float(epoch.partition(';')[0]) if values else 0

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


class Shared(unittest.TestCase):
    """Cases that share one window, also with those of other classes of their file. Each finds it as a new one would be; one
    that closes it, or begins another, leaves the next to begin its own.
    """

    MOST_STEPS = 30  # that a case makes of what can be undone
    shared = None

    def setUp(self):
        if not (Shared.shared and self.is_put_back()):
            self.begin()

    def begin(self, **how):
        """A new window, for this case and those after it."""
        self.end()
        Shared.shared = self.lathe = lathe = Lathe(**how)
        unittest.addModuleCleanup(lathe.close)
        self.look()

    @staticmethod
    def end():
        """The next case begins with a new window."""
        last, Shared.shared = Shared.shared, None
        if last:
            last.close()

    def is_put_back(self):
        """Makes the window what a new one is; returns whether that went well."""
        self.lathe = lathe = Shared.shared
        if lathe.process.poll() is not None:
            return False
        with contextlib.suppress(driver.NotSeen):
            if lathe.geometry()[2:] != WIDE:
                lathe.place(0, 0, *WIDE)
            lathe.key('Escape')
            self.look()
            self.put_back()
            return True
        return False

    def look(self):
        """Shows the page, and finds on it what the cases need."""

    def put_back(self):
        """Undoes what cases before did to what is on the page, and waits until it is what a new window shows."""
        self.lathe.key(*['ctrl+z'] * self.MOST_STEPS)
