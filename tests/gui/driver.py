# driver.py: drives a program's window from outside: sees through the accessibility bus, acts with pointer and keys.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run it inside with-display.

    with Program(['build/src/lathe', folder]) as program:
        program.click(program.find('push button', 'Start'))
        program.wait(lambda: program.sees('label', 'Finished'), 'the end of the training', timeout=60)
        program.screenshot('finished.png')

Times are in seconds, places in pixels of the screen.
"""

import contextlib
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

import accessible
from accessible import Atspi

HERE = pathlib.Path(__file__).parent
PATIENCE = 20
A_MOMENT = 2
MOST_PRESSES = 50  # of keys in a menu
GRID, CELL, CROWD = 'table', 'table cell', 50
EDGE = 60  # pixels
HEADER = 46  # pixels of a window, above all that can be scrolled
ITEMS = ('menu item', 'list item')


class NotSeen(AssertionError):
    """What was waited for did not come."""


class Ended(AssertionError):
    """The program ended though nobody had told it to, or it ended badly."""

    final = True  # which no second try makes good


def wait(condition, what, timeout=PATIENCE, pause=0.05):
    """Waits until the condition holds, and returns what it returned."""
    end = time.monotonic() + timeout
    while True:
        asked = time.monotonic()
        result = condition()
        if result:
            return result
        now = time.monotonic()
        if now > end:
            raise NotSeen(f'{what}: not seen within {timeout} s')
        time.sleep(max(pause, now - asked))  # to look takes work of the program, too: it gets as much time for its own


def is_named(name, said):
    """Whether what is said is the name, which is a text, or a compiled pattern that is searched for, or None: any."""
    return name is None or bool(said == name if isinstance(name, str) else name.search(said))


def xdotool(*arguments):
    return subprocess.run(['xdotool', *map(str, arguments)], check=True, text=True, stdout=subprocess.PIPE).stdout


def time_of_others():
    """Seconds that the processors have spent, since the machine started, on what is not of this session."""
    user, nice, system, _, _, interrupts, soft, stolen = map(int, pathlib.Path('/proc/stat').read_text().split()[1:9])
    total = user + nice + system + interrupts + soft + stolen
    for stat in pathlib.Path('/proc').glob('[0-9]*/stat'):
        try:
            fields = stat.read_text().rpartition(')')[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(fields[3]) == os.getsid(0):
            total -= sum(map(int, fields[11:15]))
    return total / os.sysconf('SC_CLK_TCK')


def screenshot(path):
    """Of the whole screen."""
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(['import', '-window', 'root', str(path)], check=True)


class Choice:
    """One item of a menu or a list that is open, to which the keys lead. What opens is seen, and says that it has the focus,
    before it gets keys: so each is answered before the next, or pressed again.
    """

    def __init__(self, program, title, within):
        self.program, self.title, self.within = program, title, within or program.application
        self.items, self.wanted, self.at = [], None, None

    def look(self):
        """The items, and of them the one that is wanted and the one that has the focus."""
        shown = {node: role for node, role in self.within.walk((GRID,), CROWD) if role in ITEMS}
        names = dict(zip(shown, accessible.names_of(shown)))
        wanted = next((node for node, name in names.items() if is_named(self.title, name) or
                       not name and self.program.sees('label', self.title, node)), None)
        items = [node for node in shown if shown[node] == shown.get(wanted)]
        return items, wanted, focused(items)

    def settled(self):
        """What is filled as it opens has new items a moment later."""
        found = self.look()
        time.sleep(0.1)
        return found if found == self.look() and found[1] and found[2] else None

    def is_over(self):
        """It has gone, or has lost the keyboard, as to a menu within it. One that was filled anew has other items."""
        items, wanted, at = self.look()
        return wanted is None or self.wanted in items and at != self.wanted

    def press(self):
        """One key, and the answer to it; returns whether the choice is made."""
        if self.at is None:
            self.items, self.wanted, self.at = self.program.wait(self.settled, f'the keyboard in what has “{self.title}”')
        at, items, wanted = self.at, self.items, self.wanted
        # A list that opens again has the focus where it was, and Enter takes what is selected.
        there = at == wanted == (accessible.in_state(Atspi.StateType.SELECTED, items) or at)
        forth = items.index(at) < items.index(wanted) or at == wanted == items[0]
        xdotool('key', 'Return' if there else 'Down' if forth else 'Up')
        with contextlib.suppress(NotSeen):
            wait(self.is_over if there else lambda: focused(items) != at, self.title, timeout=A_MOMENT)
        self.at = focused(items)
        return there and self.is_over()


def focused(nodes):
    """The one of them that has the keyboard, or None."""
    return accessible.in_state(Atspi.StateType.FOCUSED, nodes)


class Program:
    """A running program and its window."""

    evidence = None  # where to put a screenshot when something is not seen

    def __init__(self, command, **environment):
        self.met = {}  # what was seen last of a role and a name, and within what
        self.log = []  # the lines that it wrote to standard error
        self.process = subprocess.Popen([str(word) for word in command], env={**os.environ, **environment},
                                        stderr=subprocess.PIPE, text=True, errors='replace')
        self.reader = threading.Thread(target=self._read_log, daemon=True)
        self.reader.start()
        self.application = wait(self._find_application, f'{command[0]} on the accessibility bus')
        self.window = wait(self._find_window, f'the window of {command[0]}')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _read_log(self):
        for line in self.process.stderr:
            self.log.append(line.rstrip('\n'))
            if not self.log[-1].startswith(('stall: ', 'own: ', 'work: ', 'frame: ')):
                print(f'# {self.log[-1]}', file=sys.stderr)

    def _check(self):
        if self.process.poll() is not None:
            raise Ended(f'the program ended with status {self.process.returncode}')

    def _find_application(self):
        self._check()
        return next((node for node, pid in accessible.applications() if pid == self.process.pid), None)

    def _find_window(self):
        found = subprocess.run(['xdotool', 'search', '--onlyvisible', '--all', '--pid', str(self.process.pid),
                                '--class', '.'], text=True, stdout=subprocess.PIPE).stdout.split()
        return min(found, key=int, default=None)  # the oldest: a tooltip over it is a window, too

    def close(self, timeout=5):
        """Asks the window to close, and returns the exit status; kills the program when it does not answer."""
        if self.process.poll() is None:
            self.key('alt+F4')
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.reader.join(timeout)
        return self.process.returncode

    # --- Seeing

    def wait(self, condition, what, timeout=PATIENCE):
        def still_there():
            self._check()
            return condition()
        try:
            return wait(still_there, what, timeout)
        except NotSeen:
            if self.evidence:
                screenshot(self.evidence)
            raise

    def walk(self, within=None):
        """All that is visible and takes up room, from the top down."""
        return (node for node, _ in (within or self.application).walk())

    def each(self, role, name=None, within=None):
        """All of a role (None: any) that walk() meets, and of a name as is_named() takes it.

        What is in a grid of many images is the grid's own affair: it is met within the grid alone, and its cells when
        they are asked for.
        """
        look = ((CELL,), 0) if role == CELL else ((GRID,), CROWD)
        nodes = [node for node, its_role in (within or self.application).walk(*look) if role is None or its_role == role]
        for node, said in zip(nodes, accessible.names_of(nodes) if name else nodes):
            if is_named(name, said):
                yield node

    def sees(self, role, name=None, within=None):
        """The first, or None. What was met once is met again for as long as it is there, which is asked at once."""
        wanted = role, name, within
        known = self.met.get(wanted)
        if known and (within or self.application).would_meet(known) and is_named(name, known.get_name()):
            return known
        found = self.met[wanted] = next(self.each(role, name, within), None)
        return found

    def find(self, role, name=None, within=None, timeout=PATIENCE):
        """Waits for it. A button and the label inside it carry the same name, so the role is asked too."""
        return self.wait(lambda: self.sees(role, name, within), f'{role or "something"} named “{name}”', timeout)

    def tree(self, within=None, depth=0):
        """Everything as text, to look at when a test fails."""
        lines = []
        for child in (within or self.application).children():
            lines.append(f"{'  ' * depth}{child.get_role_name()} “{child.get_name()}” {child.get_description()}")
            lines.append(self.tree(child, depth + 1))
        return '\n'.join(line for line in lines if line)

    def description(self, node):
        """What the accessibility bus says of it beyond its name: of a chart, its newest values."""
        return node.get_description()

    def text(self, node):
        text = node.text()
        return node.get_name() if text is None else text

    def is_pressed(self, node):
        return node.has_state(Atspi.StateType.PRESSED)

    def is_focused(self, node):
        return node.has_state(Atspi.StateType.FOCUSED)

    def is_sensitive(self, node):
        """Itself, and all that it is in."""
        while node and node.has_state(Atspi.StateType.SENSITIVE):
            node = node.get_parent()
        return not node or node == self.application

    def geometry(self):
        """The window's x, y, width and height."""
        found = dict(re.findall(r'^(X|Y|WIDTH|HEIGHT)=(-?\d+)$', xdotool('getwindowgeometry', '--shell', self.window),
                                re.MULTILINE))
        return tuple(int(found[key]) for key in ('X', 'Y', 'WIDTH', 'HEIGHT'))

    def extents(self, node):
        """Where it is within the window; nowhere when it has just gone."""
        return node.extents()

    def place_of(self, node, across=0.5):
        """A point on the screen: half-way down the node, and this share of its width from the left."""
        x, y, *_ = self.geometry()
        extents = self.extents(node)
        return x + extents.x + round(extents.width * across), y + extents.y + extents.height // 2

    def screenshot(self, path):
        """Of the window alone, as it is on the screen."""
        x, y, width, height = self.geometry()
        pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(['import', '-window', 'root', '-crop', f'{width}x{height}+{x}+{y}', '+repage', str(path)],
                       check=True)

    def pixels(self, node, left=0, right=1):
        """What is seen of it on the screen, or of a part of its width."""
        x, y, *_ = self.geometry()
        extents = self.extents(node)
        start, end = round(extents.width * left), round(extents.width * right)
        area = f'{end - start}x{extents.height}+{x + extents.x + start}+{y + extents.y}'
        return subprocess.run(['import', '-window', 'root', '-crop', area, '-depth', '8', 'rgb:-'], check=True,
                              stdout=subprocess.PIPE).stdout

    # --- Acting

    def place(self, x, y, width, height):
        xdotool('windowmove', self.window, x, y, 'windowsize', self.window, width, height)
        self.wait(lambda: self.geometry()[2:] == (width, height), f'a window of {width} × {height}')
        time.sleep(0.3)

    def point(self, node):
        xdotool('mousemove', *self.place_of(node))

    def settled(self, node):
        """Waits until the node stays where it is: what moves cannot be pointed at."""
        def stays():
            before = self.extents(node)
            time.sleep(0.1)
            after = self.extents(node)
            return before.width and (before.x, before.y, before.width) == (after.x, after.y, after.width)
        self.wait(stays, f'“{node.get_name()}” in its place')

    def click(self, node, across=0.5):
        """With the real pointer, in the middle of it, for as long as a finger takes."""
        self.settled(node)
        xdotool('mousemove', *self.place_of(node, across), 'sleep', 0.15, 'mousedown', 1, 'sleep', 0.08, 'mouseup', 1)

    def click_into(self, node, across=0.5):
        """Once more, as a person would, where the first click only closed what was open above it."""
        def has_keyboard():
            self.click(node, across)
            with contextlib.suppress(NotSeen):
                return wait(lambda: self.is_focused(node), 'the keyboard', timeout=A_MOMENT)
        self.wait(has_keyboard, f'the keyboard in “{node.get_name()}”')

    def drag(self, node, target):
        """From one to the other, within the window."""
        self.settled(node)
        (x, y), (to_x, to_y) = self.place_of(node), self.place_of(target)
        xdotool('mousemove', x, y, 'sleep', 0.2, 'mousedown', 1)
        # A drag begins once the pointer has gone a few pixels, and is answered at the pointer's next move.
        for step in range(1, 5):
            xdotool('mousemove', x - 8 * step, y, 'sleep', 0.05)
        for step in (0.5, 0.9, 1.0):
            xdotool('mousemove', round(x + (to_x - x) * step), round(y + (to_y - y) * step), 'sleep', 0.15)
        xdotool('mousemove_relative', '--', -2, 1, 'sleep', 0.2, 'mouseup', 1, 'sleep', 0.2)

    def reveal(self, node, above=None):
        """Turns the wheel half-way down the window, where the node's column is, until it lies above another node, or
        well above the window's lower edge."""
        def turn():
            x, y, _, height = self.geometry()
            extents = self.extents(node)
            over = extents.y < HEADER
            if not over and extents.y + extents.height < (self.extents(above).y if above else height - EDGE):
                return True
            xdotool('mousemove', x + extents.x + 2, y + height // 2, 'click', 4 if over else 5)
            time.sleep(0.1)
            return False
        self.wait(turn, f'“{node.get_name()}” in sight')

    def key(self, *keys):
        xdotool('windowfocus', self.window, 'sleep', 0.1, 'key', '--clearmodifiers', *keys)

    def choose(self, title, within=None):
        """From the menu or the list that is open: with the keys to what has this name, and Enter."""
        choice = Choice(self, title, within)
        for _ in range(MOST_PRESSES):
            if choice.press():
                with contextlib.suppress(NotSeen):  # of a menu that stays open, another part is on top
                    wait(lambda: choice.look()[1] is None, title, timeout=A_MOMENT)
                return
        raise NotSeen(f'the keys do not lead to “{title}”')

    def type(self, text):
        xdotool('windowfocus', self.window, 'sleep', 0.1, 'type', '--delay', 20, text)

    def drop(self, file, node):
        """Drags a file out of another program's window, beside this one, and drops it on the node."""
        x, y, width, _ = self.geometry()
        source_x, source_y = x + width + 40, y + 60
        source = subprocess.Popen(['/usr/bin/python3', str(HERE / 'drag-source.py'), str(file), str(source_x),
                                   str(source_y)], stdout=subprocess.PIPE, text=True)
        try:
            assert source.stdout.readline() == 'ready\n', 'the other window did not open'
            target_x, target_y = self.place_of(node)
            xdotool('mousemove', source_x + 100, source_y + 100, 'sleep', 0.2, 'mousedown', 1)
            # A drag begins once the pointer has gone a few pixels, and is answered at the pointer's next move.
            for step in range(1, 5):
                xdotool('mousemove', source_x + 100 - 8 * step, source_y + 100, 'sleep', 0.05)
            for step in (0.5, 0.9, 0.97, 1.0):
                xdotool('mousemove', round(source_x + 68 + (target_x - source_x - 68) * step),
                        round(source_y + 100 + (target_y - source_y - 100) * step), 'sleep', 0.15)
            xdotool('mousemove_relative', '--', -2, 1, 'sleep', 0.2, 'mouseup', 1, 'sleep', 0.2)
        finally:
            source.terminate()
            source.wait()
            source.stdout.close()
