# test-network.py: a network is put together on its canvas, by pointer, by keys, and by what mends it.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads where and how from the environment, as test-window.py does, whose window it drives."""

import importlib.util
import pathlib
import re
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import driver
import tap
from gi.repository import Atspi

specification = importlib.util.spec_from_file_location('window', HERE / 'test-window.py')
window = importlib.util.module_from_spec(specification)
specification.loader.exec_module(window)

CHOICES = ('None', 'ReLU', 'Sigmoid', 'Softmax')  # of an activation, as its popup lists them
FIRST_CHOICE, CHOICE_HEIGHT = (60, 52), 36
OUTLINE = re.compile(rb'(?:\x1c\x71\xd8){150,}')  # in the accent colour of the light style
EMPTY = 'Input'


class Network(unittest.TestCase):
    """The page with the network that a new project begins with."""

    size = window.WIDE

    def setUp(self):
        self.lathe = lathe = window.Lathe()
        self.addCleanup(lathe.close)
        self.page = lathe.show('Network')
        self.canvas = lathe.find('panel', 'Network', self.page)
        self.list = lathe.find('list', 'Layers', self.page)
        self.begun_with = self.layers()

    # --- Seeing

    def layers(self):
        """What the list says of each layer, its last number left out: that one is counted in words."""
        return [row.get_name() for row in driver.children(self.list)]

    def wait_for_layers(self, *patterns):
        def are_there():
            names = self.layers()
            return len(names) == len(patterns) and all(map(re.match, patterns, names)) and names
        return self.lathe.wait(are_there, f'the layers {patterns}')

    def row(self, pattern):
        return self.lathe.find('list item', re.compile(pattern), self.list)

    def card(self, says):
        """Selects a layer in the list, and says where its card is: left, top, right, bottom, of the screen."""
        self.lathe.click(self.row('^' + says), across=0.3)
        said = says.replace(',', '')
        self.lathe.wait(lambda: self.lathe.description(self.canvas).startswith(said), f'“{says}” selected')
        return self.lathe.wait(self.find_outline, f'the card of “{says}”')

    def find_outline(self):
        """The long level lines of the colour of what is selected: the outline of a card."""
        extents = self.lathe.extents(self.canvas)
        pixels, width = self.lathe.pixels(self.canvas), extents.width
        x, y, *_ = self.lathe.geometry()
        lines = []
        for row in range(extents.height):
            line = pixels[row * width * 3:(row + 1) * width * 3]
            run = OUTLINE.search(line)
            while run and run.start() % 3:
                run = OUTLINE.search(line, run.start() + 1)
            if run:
                lines.append((run.start() // 3, row, run.end() // 3))
        if len(lines) < 2:
            return None
        left, top, right = lines[0]
        return x + extents.x + left, y + extents.y + top, x + extents.x + right, y + extents.y + lines[-1][1]

    # --- Acting

    def press_at(self, x, y, button=1, times=1):
        driver.xdotool('mousemove', round(x), round(y), 'sleep', 0.15, 'click', '--repeat', times, '--delay', 80, button)

    def drag(self, start, end):
        (x, y), (to_x, to_y) = start, end
        driver.xdotool('mousemove', round(x), round(y), 'sleep', 0.25, 'mousedown', 1, 'sleep', 0.1)
        for step in (0.1, 0.3, 0.6, 0.9, 1):
            driver.xdotool('mousemove', round(x + (to_x - x) * step), round(y + (to_y - y) * step), 'sleep', 0.1)
        driver.xdotool('mousemove_relative', '--', 2, 1, 'sleep', 0.2, 'mouseup', 1, 'sleep', 0.2)

    def choose_from_palette(self, title):
        lathe = self.lathe
        x, _, _, height = lathe.geometry()
        label = lathe.find('label', title, lathe.find('list', 'Choices', self.page))
        while not 150 < lathe.place_of(label)[1] < height - 60:
            below = lathe.place_of(label)[1] >= height - 60
            driver.xdotool('mousemove', x + 100, height // 2, 'click', 5 if below else 4, 'sleep', 0.1)
        return label

    def popup(self):
        """Where its window is on the screen: what it shows is told as if it were within the main window."""
        def find():
            found = driver.xdotool('search', '--onlyvisible', '--pid', self.lathe.process.pid).split()
            return [each for each in found if each != self.lathe.window]
        time.sleep(0.5)  # it opens
        window = self.lathe.wait(find, 'the popup')[0]
        shell = dict(re.findall(r'^(X|Y)=(-?\d+)$', driver.xdotool('getwindowgeometry', '--shell', window), re.MULTILINE))
        return int(shell['X']), int(shell['Y'])

    def choose_activation(self, title):
        box = self.lathe.find('combo box', 'Activation', self.page)
        self.lathe.reveal(box, self.lathe.find('label', 'Multiply-adds', self.page))
        self.lathe.click(box)
        self.lathe.find('label', title, box)
        x, y = self.popup()
        self.press_at(x + FIRST_CHOICE[0], y + FIRST_CHOICE[1] + CHOICE_HEIGHT * CHOICES.index(title))
        self.lathe.wait(lambda: title in self.lathe.description(self.canvas), f'{title} on the card')


class Pointer(Network):
    def test_network_is_built_from_nothing(self):
        lathe = self.lathe
        extents, (x, y) = lathe.extents(self.canvas), lathe.place_of(self.canvas)
        self.drag((x - extents.width / 2 + 8, y - extents.height / 2 + 8),
                  (x + extents.width / 2 - 12, y + extents.height / 2 - 12))
        lathe.click(lathe.find('push button', 'Remove Layer', self.page))
        self.wait_for_layers(EMPTY)
        lathe.find('label', re.compile('^Nothing comes after the input'), self.page)
        lathe.screenshot(window.SCREENSHOTS / 'network-empty.png')

        lathe.click(self.row(EMPTY))
        lathe.click(lathe.find('page tab', 'Add', self.page))
        for title, activation in (('Convolution 2D', 'ReLU'), ('Max-pooling 2D', None), ('Flatten', None),
                                  ('Dense', 'ReLU'), ('Dense', 'Softmax')):
            lathe.click(self.choose_from_palette(title))
            lathe.wait(lambda: lathe.description(self.canvas).startswith(title), f'the layer {title}')
            if activation:
                self.choose_activation(activation)
        lathe.click(lathe.find('push button', 'Fit to the Dataset', self.page))
        lathe.click(lathe.find('page tab', 'Layers', self.page))
        lathe.wait(lambda: self.layers() == self.begun_with, 'the network that it began with')

        lathe.show('Train')
        lathe.set_epochs(1)
        lathe.press_run(then='Pause')
        lathe.wait_for_run('Start')
        lathe.find('label', re.compile(r'^Finished: best epoch 1, [\d.]+ % on validation'), lathe.pages['Train'])

    def test_line_from_a_port_feeds_a_layer_and_is_taken_off_at_its_end(self):
        left, top, right, bottom = self.card('Dense, 10')
        target = (left + 30, (top + bottom) / 2)
        left, top, right, bottom = self.card('Flatten')
        self.drag(((left + right) / 2, bottom), target)
        last = self.row('^Dense, 10')
        self.lathe.wait(lambda: 'Reads: flatten-1' in self.lathe.description(last), 'that it is fed')
        self.lathe.screenshot(window.SCREENSHOTS / 'network-fork.png')
        self.lathe.key('ctrl+z')
        self.lathe.wait(lambda: self.layers() == self.begun_with and 'Reads: dense-1' in self.lathe.description(last),
                        'what was before')

        left, top, right, bottom = self.card('Flatten')
        self.drag(((left + right) / 2, top), (left - 60, bottom + 80))
        self.lathe.wait(lambda: 'Reads: nothing' in self.lathe.description(self.row('^Flatten')), 'that it is cut')

    def test_line_that_would_run_in_a_circle_is_refused(self):
        left, top, right, bottom = self.card('Convolution 2D')
        target = (left + 30, (top + bottom) / 2)
        left, top, right, bottom = self.card('Flatten')
        self.drag(((left + right) / 2, bottom), target)
        self.lathe.find('label', re.compile('in a circle'), None)
        self.assertEqual(self.layers(), self.begun_with)

    def test_palette_drops_a_layer_on_an_edge_and_on_an_empty_place(self):
        lathe = self.lathe
        left, top, right, bottom = self.card('Flatten')
        lathe.click(lathe.find('page tab', 'Add', self.page))
        for place in (((left + right) / 2, top - 14), (left - 50, bottom + 90)):
            label = self.choose_from_palette('Max-pooling 2D')
            lathe.settled(label)
            self.drag(lathe.place_of(label), place)
        lathe.click(lathe.find('page tab', 'Layers', self.page))
        lathe.wait(lambda: 'Reads: max-pool-2.' in lathe.description(self.row('^Flatten')), 'one on the edge')
        lathe.find('label', re.compile('^Needs one input'), self.canvas)
        lathe.wait(lambda: len(self.layers()) == len(self.begun_with) + 2, 'another that stands alone')

    def test_card_stays_where_it_is_dragged_until_all_is_arranged(self):
        left, top, right, bottom = self.card('Flatten')
        self.drag((left + 20, (top + bottom) / 2), (left + 120, (top + bottom) / 2 + 4))
        moved = self.lathe.wait(lambda: (self.find_outline() or (0,))[0] > left + 60 and self.find_outline(), 'the move')
        self.assertAlmostEqual(moved[0] - left, 100, delta=14)
        self.lathe.key('ctrl+z')
        self.lathe.wait(lambda: abs(self.find_outline()[0] - left) < 3, 'the card where it was')

    def test_wheel_scrolls_and_with_control_it_zooms(self):
        left, top, right, bottom = self.card('Flatten')
        driver.xdotool('mousemove', left - 30, top, 'click', 5)
        scrolled = self.lathe.wait(lambda: (self.find_outline() or (0, top))[1] < top and self.find_outline(), 'the scroll')
        self.assertEqual(scrolled, (left, top - 60, right, bottom - 60))
        driver.xdotool('keydown', 'ctrl', 'click', 4, 'keyup', 'ctrl')
        self.lathe.wait(lambda: self.find_outline() != scrolled, 'another size')
        self.press_at(left - 30, top)
        self.lathe.key('ctrl+0')
        left, _, right, _ = self.card('Flatten')
        self.assertEqual(right - left, scrolled[2] - scrolled[0])


class Keys(Network):
    def focus_of(self, node):
        return node.get_state_set().contains(Atspi.StateType.FOCUSED)

    def start_at(self, pattern):
        """On the canvas, to which Escape leads from all that is beside it."""
        self.lathe.click(self.row(pattern))
        self.lathe.key('Escape')
        self.lathe.wait(lambda: self.focus_of(self.canvas), 'the focus')

    def tab_to(self, node):
        for _ in range(60):
            if any(map(self.focus_of, [node, *self.lathe.walk(node)])):
                return
            driver.xdotool('key', 'Tab', 'sleep', 0.15)
        self.fail(f'Tab does not lead to “{node.get_name()}”')

    def add(self, typed, title):
        self.lathe.type(typed)
        self.lathe.find('list', 'Choices', self.canvas)
        self.lathe.find('label', title, self.canvas)
        self.lathe.key('Return')
        self.lathe.wait(lambda: self.lathe.description(self.canvas).startswith(title), f'the layer {title}')

    def set_activation(self, title, steps):
        """In the inspector, which Enter opens, and Escape leaves for the canvas."""
        self.lathe.key('Return')
        box = self.lathe.find('combo box', 'Activation', self.page)
        self.tab_to(box)
        self.lathe.key('space')
        self.lathe.find('label', title, box)
        for key in ['Down'] * steps + ['Return']:
            driver.xdotool('key', key, 'sleep', 0.15)
        self.lathe.wait(lambda: title in self.lathe.description(self.canvas), f'{title} on the card')
        self.lathe.key('Escape')

    def test_network_is_built_from_nothing(self):
        lathe = self.lathe
        self.start_at('^Input')
        lathe.key('ctrl+a')
        lathe.key('Delete')
        self.wait_for_layers(EMPTY)
        for typed, title, activation in (('convol', 'Convolution 2D', ('ReLU', 1)), ('max-pooling', 'Max-pooling 2D', None),
                                         ('flatten', 'Flatten', None), ('dense', 'Dense', ('ReLU', 1)),
                                         ('dense', 'Dense', None)):
            self.add(typed, title)
            if activation:
                self.set_activation(*activation)
        fit = lathe.find('push button', 'Fit to the Dataset', self.page)
        self.tab_to(fit)
        lathe.key('space')
        lathe.wait(lambda: self.layers() == self.begun_with, 'the network that it began with')

    def test_layer_is_duplicated_connected_moved_and_undone(self):
        lathe = self.lathe
        self.start_at('^Max-pooling')
        lathe.key('ctrl+c', 'ctrl+v')
        pasted = list(self.begun_with)
        lathe.wait(lambda: len(self.layers()) == len(pasted) + 1, 'the copy')
        lathe.key('ctrl+z')
        lathe.wait(lambda: self.layers() == pasted, 'what was before')

        lathe.key('Home', 'Down', 'alt+Down')
        self.wait_for_layers('Input', 'Max-pooling', 'Convolution', 'Flatten', 'Dense', 'Dense')
        lathe.key('ctrl+z')
        lathe.wait(lambda: self.layers() == pasted, 'what was before')

        lathe.key('Home', 'Down', 'ctrl+l', 'Down', 'Return')  # past the next, to the one behind it
        lathe.wait(lambda: 'Reads: conv2d-1' in lathe.description(self.row('^Flatten')), 'the connection')

    def test_group_is_one_card_until_it_is_opened(self):
        lathe = self.lathe
        self.start_at('^Convolution')
        lathe.key('shift+Down', 'ctrl+g')
        lathe.wait(lambda: lathe.description(self.canvas).startswith('group-1 2 layers'), 'the group')
        lathe.screenshot(window.SCREENSHOTS / 'network-group.png')
        lathe.key('Return')
        lathe.wait(lambda: not lathe.description(self.canvas).startswith('group-1'), 'its layers')
        lathe.key('ctrl+z')


class Mending(Network):
    def test_error_is_read_and_mended_by_its_button(self):
        lathe = self.lathe
        lathe.click(self.row('^Flatten'))
        lathe.click(lathe.find('push button', 'Remove Layer', self.page))
        lathe.find('label', re.compile('^Needs a vector, gets 13×13×32'), self.canvas)
        lathe.wait(lambda: lathe.status('Network') == '1 problem', 'one problem')
        lathe.screenshot(window.SCREENSHOTS / 'network-broken.png')
        lathe.click(lathe.find('push button', re.compile('Flatten'), self.canvas))
        lathe.wait(lambda: self.layers() == self.begun_with, 'the network that it began with')
        lathe.key('ctrl+z')
        lathe.find('label', re.compile('^Needs a vector'), self.canvas)

    def test_narrow_window_is_all_canvas(self):
        lathe = self.lathe
        lathe.place(0, 0, *window.NARROW)
        lathe.wait(lambda: lathe.extents(self.canvas).width > window.NARROW[0] - 30, 'a canvas as wide as the window')
        lathe.screenshot(window.SCREENSHOTS / 'network-narrow.png')


if __name__ == '__main__':
    tap.main()
