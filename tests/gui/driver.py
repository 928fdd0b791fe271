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

import os
import pathlib
import re
import subprocess
import sys
import threading
import time

import gi
gi.require_version('Atspi', '2.0')
from gi.repository import Atspi, GLib

HERE = pathlib.Path(__file__).parent
PATIENCE = 20


class NotSeen(AssertionError):
    """What was waited for did not come."""


def wait(condition, what, timeout=PATIENCE, pause=0.05):
    """Waits until the condition holds, and returns what it returned."""
    end = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise NotSeen(f'{what}: not seen within {timeout} s')
        time.sleep(pause)


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


class Program:
    """A running program and its window."""

    evidence = None  # where to put a screenshot when something is not seen

    def __init__(self, command, **environment):
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
            if not self.log[-1].startswith(('stall: ', 'work: ')):
                print(f'# {self.log[-1]}', file=sys.stderr)

    def _find_application(self):
        assert self.process.poll() is None, f'the program ended with status {self.process.returncode}'
        desktop = Atspi.get_desktop(0)
        desktop.clear_cache()
        for application in children(desktop):
            if application.get_process_id() == self.process.pid:
                application.set_cache_mask(Atspi.Cache.ROLE | Atspi.Cache.INTERFACES)  # all else may change
                return application
        return None

    def _find_window(self):
        found = subprocess.run(['xdotool', 'search', '--onlyvisible', '--all', '--pid', str(self.process.pid),
                                '--class', '.'], text=True, stdout=subprocess.PIPE).stdout.split()
        return found[0] if found else None

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
            assert self.process.poll() is None, f'the program ended with status {self.process.returncode}'
            return condition()
        try:
            return wait(still_there, what, timeout)
        except NotSeen:
            if self.evidence:
                screenshot(self.evidence)
            raise

    def walk(self, within=None):
        """All that is visible and takes up room, from the top down. A page that was never shown takes up none."""
        for child in children(within or self.application):
            if child.get_role_name() == 'panel' and not child.get_component_iface():
                # A stack's page is no widget, so it is nowhere; its child is.
                yield from self.walk(child)
            elif child.get_state_set().contains(Atspi.StateType.VISIBLE) and self.extents(child).width > 0:
                yield child
                yield from self.walk(child)

    def each(self, role, name=None, within=None):
        """All of a role (None: any) that walk() meets; the name is a text, or a compiled pattern that is searched for."""
        for node in self.walk(within):
            if role is None or node.get_role_name() == role:
                said = node.get_name() or ''
                if name is None or (said == name if isinstance(name, str) else name.search(said)):
                    yield node

    def sees(self, role, name=None, within=None):
        """The first, or None."""
        try:
            return next(self.each(role, name, within), None)
        except GLib.Error:  # the tree changed while it was read
            return None

    def find(self, role, name=None, within=None, timeout=PATIENCE):
        """Waits for it. A button and the label inside it carry the same name, so the role is asked too."""
        return self.wait(lambda: self.sees(role, name, within), f'{role or "something"} named “{name}”', timeout)

    def tree(self, within=None, depth=0):
        """Everything as text, to look at when a test fails."""
        lines = []
        for child in children(within or self.application):
            lines.append(f"{'  ' * depth}{child.get_role_name()} “{child.get_name()}” {child.get_description() or ''}")
            lines.append(self.tree(child, depth + 1))
        return '\n'.join(line for line in lines if line)

    def description(self, node):
        """What the accessibility bus says of it beyond its name: of a chart, its newest values."""
        return node.get_description() or ''

    def text(self, node):
        text = node.get_text_iface()
        return Atspi.Text.get_text(text, 0, Atspi.Text.get_character_count(text)) if text else node.get_name()

    def is_pressed(self, node):
        return node.get_state_set().contains(Atspi.StateType.PRESSED)

    def is_sensitive(self, node):
        """Itself, and all that it is in."""
        while node and node.get_state_set().contains(Atspi.StateType.SENSITIVE):
            node = node.get_parent()
        return not node or node.get_role() == Atspi.Role.APPLICATION

    def geometry(self):
        """The window's x, y, width and height."""
        found = dict(re.findall(r'^(X|Y|WIDTH|HEIGHT)=(-?\d+)$', xdotool('getwindowgeometry', '--shell', self.window),
                                re.MULTILINE))
        return tuple(int(found[key]) for key in ('X', 'Y', 'WIDTH', 'HEIGHT'))

    def extents(self, node):
        """Where it is within the window; nowhere when it has just gone."""
        component = node.get_component_iface()
        return Atspi.Component.get_extents(component, Atspi.CoordType.WINDOW) if component else Atspi.Rect()

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

    def reveal(self, node, above):
        """Turns the wheel half-way down the window, where the node's column is, until it lies above another node."""
        def turn():
            x, y, _, height = self.geometry()
            extents = self.extents(node)
            if 0 < extents.y and extents.y + extents.height < self.extents(above).y:
                return True
            xdotool('mousemove', x + extents.x + 2, y + height // 2, 'click', 5)
            time.sleep(0.1)
            return False
        self.wait(turn, f'“{node.get_name()}” in sight')

    def key(self, *keys):
        xdotool('windowfocus', self.window, 'sleep', 0.1, 'key', '--clearmodifiers', *keys)

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


def children(node):
    return [child for child in (node.get_child_at_index(index) for index in range(node.get_child_count())) if child]
