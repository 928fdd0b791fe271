# test-network.py: a network is put together on its canvas, by pointer, by keys, and by what mends it.
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
import xml.etree.ElementTree as ElementTree

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import driver
import tap
import workbench as window

OUTLINE = re.compile(rb'(?:\x1c\x71\xd8){150,}')  # in the accent colour of the light style
EMPTY = 'Input'


class Network(window.Shared):
    """The page with the network that a new project begins with."""

    begun_with = None

    def look(self):
        self.page = self.lathe.show('Network')
        self.canvas = self.lathe.find('panel', 'Network', self.page)
        self.list = self.lathe.find('list', 'Layers', self.page)
        if not Network.begun_with:  # the first of all windows is a new one
            Network.begun_with = self.layers()

    def put_back(self):
        layers = self.lathe.find('page tab', 'Layers', self.page)
        if not self.lathe.is_pressed(layers):
            self.lathe.click(layers)
        self.start_at('^Input')
        super().put_back()
        self.lathe.key('ctrl+9', 'ctrl+0')
        self.lathe.wait(lambda: self.layers() == self.begun_with, 'the network that it began with', timeout=5)

    # --- Seeing

    def layers(self):
        """What the list says of each layer, its last number left out: that one is counted in words."""
        return [row.get_name() for row in self.list.children()]

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
        still = 0  # turns that moved nothing: at the end of the list
        while still < 5 and not 150 < lathe.place_of(label)[1] < height - 60:
            before = lathe.place_of(label)
            driver.xdotool('mousemove', x + 100, height // 2, 'click', 5 if before[1] >= height - 60 else 4, 'sleep', 0.1)
            still = still + 1 if lathe.place_of(label) == before else 0
        return label

    def reveal(self, control):
        """Turns the wheel beside the properties, as over a number it would change that, until one is in sight."""
        lathe = self.lathe
        rows, foot = lathe.find('list', 'Properties', self.page), lathe.find(None, 'Measure', self.page)

        def turn():
            extents = lathe.extents(control)
            if 0 < extents.y and extents.y + extents.height < lathe.extents(foot).y:
                return True
            x, y, _, height = lathe.geometry()
            driver.xdotool('mousemove', x + lathe.extents(rows).x + 4, y + height // 2, 'click', 5, 'sleep', 0.1)
            return False
        lathe.wait(turn, f'“{control.get_name()}” in sight')

    def choose_view(self, *titles):
        """In the menu of how the network is shown, and in the one within it."""
        menu = self.lathe.find('push button', 'How the network is shown', self.page)
        self.lathe.click(menu)
        for title in titles:
            self.lathe.choose(title, menu.get_parent())

    def choose_activation(self, title):
        box = self.lathe.find('combo box', 'Activation', self.page)
        self.reveal(box)
        self.lathe.click(box)
        self.lathe.choose(title, box)
        self.lathe.wait(lambda: title in self.lathe.description(self.canvas), f'{title} on the card')

    def focus_of(self, node):
        return self.lathe.is_focused(node)

    def start_at(self, pattern):
        """On the canvas, to which Escape leads from all that is beside it."""
        self.lathe.click(self.row(pattern))
        self.lathe.key('Escape')
        self.lathe.wait(lambda: self.focus_of(self.canvas), 'the focus')


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

    def set_activation(self, title):
        """In the inspector, which Enter opens, and Escape leaves for the canvas."""
        self.lathe.key('Return')
        box = self.lathe.find('combo box', 'Activation', self.page)
        self.tab_to(box)
        self.lathe.key('space')
        self.lathe.choose(title, box)
        self.lathe.wait(lambda: title in self.lathe.description(self.canvas), f'{title} on the card')
        self.lathe.key('Escape')

    def test_network_is_built_from_nothing(self):
        lathe = self.lathe
        self.start_at('^Input')
        lathe.key('ctrl+a')
        lathe.key('Delete')
        self.wait_for_layers(EMPTY)
        for typed, title, activation in (('convol', 'Convolution 2D', 'ReLU'), ('max-pooling', 'Max-pooling 2D', None),
                                         ('flatten', 'Flatten', None), ('dense', 'Dense', 'ReLU'), ('dense', 'Dense', None)):
            self.add(typed, title)
            if activation:
                self.set_activation(activation)
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


class Inspector(Network):
    def set(self, title, value):
        entry = self.lathe.find('spin button', title, self.page)
        self.reveal(entry)
        self.lathe.click(entry, across=0.1)
        self.lathe.key('ctrl+a')
        self.lathe.type(f'{value}\t')

    def test_picture_and_formula_follow_what_is_set(self):
        lathe = self.lathe
        lathe.click(self.row('^Convolution 2D'))
        picture = lathe.find('image', 'How the window moves', self.page)
        lathe.wait(lambda: lathe.description(picture).startswith(
            'A 3 × 3 window moves by 1 pixel. No padding. 28 × 28 pixels become 26 × 26'), 'the convolution in words')
        lathe.find('label', re.compile('^z equals x convolved with W plus b'), self.page)
        sizes = lathe.find('label', re.compile('W: 3 by 3 by 1 by 32'), self.page)
        self.set('Stride down', 2)
        lathe.wait(lambda: 'moves down by 2 and across by 1' in lathe.description(picture), 'another stride')
        self.set('Stride across', 2)
        lathe.wait(lambda: 'moves by 2 pixels' in lathe.description(picture), 'both strides')
        lathe.wait(lambda: 'y: 13 by 13 by 32' in sizes.get_name(), 'the new size in the formula')
        lathe.screenshot(window.SCREENSHOTS / 'network-inspector.png')

    def test_window_in_the_picture_goes_where_the_user_moves_it(self):
        lathe = self.lathe
        lathe.click(self.row('^Convolution 2D'))
        picture = lathe.find('image', 'How the window moves', self.page)
        self.assertTrue(lathe.description(picture).endswith('row 1, column 1.'))
        x, y = lathe.place_of(picture, across=0.05)
        driver.xdotool('mousemove', x, y, 'sleep', 0.1, 'mousemove', x + 60, y)
        lathe.wait(lambda: not lathe.description(picture).endswith('column 1.'), 'the window elsewhere')
        time.sleep(0.5)
        before = lathe.pixels(picture)
        time.sleep(1)
        self.assertEqual(lathe.pixels(picture), before, 'it moves by itself')
        lathe.click(picture)
        driver.xdotool('mousemove', 0, 0)
        lathe.key(*['Up'] * 5, *['Left'] * 5, 'Right')
        lathe.wait(lambda: lathe.description(picture).endswith('row 1, column 2.'), 'the window by keys')

    def test_formulas_of_the_whole_network_are_listed_and_copied(self):
        lathe = self.lathe
        self.choose_view('Formulas…')
        dialog = lathe.find('frame', 'Formulas')
        listed = lathe.find('list', 'Formulas', dialog)
        lathe.find('label', re.compile('^3 · Max-pooling 2D'), listed)
        lathe.find('label', re.compile('^y equals max over each window of x'), listed)
        lathe.screenshot(window.SCREENSHOTS / 'network-formulas.png')
        driver.xdotool('key', 'space')  # the button that has the focus
        lathe.choose('Copy as LaTeX', dialog)
        lathe.find('label', 'The formulas are on the clipboard', dialog)
        driver.xdotool('key', 'Escape')
        lathe.wait(lambda: not lathe.sees('frame', 'Formulas'), 'the window alone')


class StartFrom(Network):
    """What the network can begin with: what suits the images, a known one, a file's."""

    BROKEN = {'nodes': [
        {'name': 'input', 'kind': 'input', 'inputs': [], 'height': 28, 'width': 28, 'channels': 1},
        {'name': 'mystery', 'kind': 'hologram', 'inputs': ['input']},
        {'name': 'flatten-1', 'kind': 'flatten', 'inputs': ['mystery']},
        {'name': 'dense-1', 'kind': 'dense', 'inputs': ['flatten-1'], 'units': 10, 'activation': 'softmax'},
    ]}

    def open(self):
        lathe = self.lathe
        lathe.click(lathe.find('push button', 'Start From', self.page))
        self.choices = lathe.find('list', 'Networks to Start From', self.page)
        lathe.find('list item', 'Multilayer Perceptron', self.choices)

    def choice(self, name):
        return self.lathe.find('list item', name, self.choices)

    def press(self, *keys):
        """In what is open above the window, and has the keys."""
        for key in keys:
            driver.xdotool('key', key, 'sleep', 0.15)

    def drop(self, network):
        """A file with this text."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name) / 'drawn.json'
        path.write_text(network, encoding='utf-8')
        self.lathe.settled(self.canvas)
        self.lathe.drop(path, self.canvas)

    def test_suggestion_is_shown_with_its_reasons_and_taken(self):
        lathe = self.lathe
        self.open()
        lathe.wait(lambda: 'to train with' in lathe.description(self.choice('Small Airbench')), 'the suggestion')
        says = lathe.description(self.choice('Small Airbench'))
        for fact in (r'4,?\d\d\d images to train with', '28×28 pixels', 'not mirrored', 'epochs', 'parameters'):
            self.assertRegex(says, fact)
        lathe.screenshot(window.SCREENSHOTS / 'network-start-from.png')
        self.press('Return')  # the suggestion is what the keys begin at
        lathe.wait(lambda: self.layers() != self.begun_with, 'another network')
        lathe.find('label', re.compile('^Small Airbench is set, with images of 28×28 pixels'))
        lathe.key('ctrl+z')
        lathe.wait(lambda: self.layers() == self.begun_with, 'the network that it began with')

    def test_known_network_says_what_it_is_and_is_one_step(self):
        lathe = self.lathe
        self.open()
        says = lathe.wait(lambda: 'parameters' in lathe.description(self.choice('LeNet-5')) and
                          lathe.description(self.choice('LeNet-5')), 'what LeNet-5 costs')
        self.assertRegex(says, '^Two convolutions and three dense layers.*61.7 k parameters')
        paper = lathe.find('push button', 'Paper', self.choice('LeNet-5'))
        self.assertRegex(lathe.description(paper), r'^Yann LeCun.*Gradient-based learning .* \(1998\)$')
        lathe.choose('LeNet-5', self.choices)
        self.wait_for_layers('Input', 'Convolution', 'Max', 'Convolution', 'Max', 'Flatten', 'Dense', 'Dense', 'Dense')
        self.assertFalse(lathe.sees('label', re.compile('^Your network was replaced')))
        lathe.key('ctrl+z')
        lathe.wait(lambda: self.layers() == self.begun_with, 'the network that it began with')

    def test_network_file_that_is_broken_is_read_with_an_account(self):
        lathe = self.lathe
        self.drop(json.dumps(self.BROKEN))
        lathe.find('label', '“drawn.json” Was Read as Far as It Can Be')
        lathe.find('label', re.compile('hologram'))
        lathe.screenshot(window.SCREENSHOTS / 'network-account.png')
        self.wait_for_layers('Input', 'Flatten', 'Dense')
        self.press('alt+u')
        lathe.wait(lambda: self.layers() == self.begun_with, 'the network that it began with')

    def test_file_that_is_no_network_changes_nothing(self):
        lathe = self.lathe
        self.drop('[1, 2')
        lathe.find('label', re.compile('drawn.json is not a network file'))
        self.assertEqual(self.layers(), self.begun_with)


class Large(unittest.TestCase):
    """A network of thousands of layers keeps nobody waiting."""

    N = 4096
    LONGEST_WORK = 100.0  # milliseconds of the processor's; it is to be 8, and to look takes some of it
    MOST_ROWS = 300

    def test_list_has_rows_for_what_is_seen(self):
        lathe = window.Lathe(LATHE_DEBUG='stalls')
        self.addCleanup(lathe.close)
        page = lathe.show('Network')
        nodes = [{'name': 'input', 'kind': 'input', 'inputs': [], 'height': 28, 'width': 28, 'channels': 1}]
        for number in range(1, self.N - 2):
            nodes.append({'name': f'relu-{number}', 'kind': 'relu', 'inputs': [nodes[-1]['name']]})
        nodes += [{'name': 'flatten-1', 'kind': 'flatten', 'inputs': [nodes[-1]['name']]},
                  {'name': 'dense-1', 'kind': 'dense', 'inputs': ['flatten-1'], 'units': 10, 'activation': 'softmax'}]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / 'long.json'
            path.write_text(json.dumps({'nodes': nodes}), encoding='utf-8')
            seen = len(lathe.logged('work'))
            lathe.drop(path, lathe.find('panel', 'Network', page))
            lathe.wait(lambda: re.match(r'7\.\d+ k', lathe.status('Network')), 'the long network')
        time.sleep(3)
        work = lathe.logged('work')[seen:]
        rows = lathe.find('list', 'Layers', page).children()
        print(f'# {len(rows)} rows, made in turns of {work} ms')
        self.assertGreater(len(rows), 10)
        self.assertLess(len(rows), self.MOST_ROWS)
        self.assertLess(max(work), self.LONGEST_WORK)


class Blocks(Network):
    RESIDUAL = ('Convolution 2D', 'Batch norm', 'ReLU', 'Convolution 2D', 'Batch norm', 'Add', 'ReLU')

    def wait_for_residual(self):
        """Between the pooling, which its sum reads once more, and the flattening."""
        self.wait_for_layers('Input', 'Convolution', 'Max-pooling', *self.RESIDUAL, 'Flatten', 'Dense', 'Dense')
        self.lathe.wait(lambda: self.lathe.status('Network').endswith('parameters'), 'a network that works')
        description = self.lathe.description(self.row('^Add'))
        self.assertIn('Reads: batch-norm-2, max-pool-1', description)

    def undo(self):
        self.lathe.key('ctrl+z')
        self.lathe.wait(lambda: self.layers() == self.begun_with, 'what was before')

    def test_block_is_dropped_on_an_edge_and_undone(self):
        lathe = self.lathe
        left, top, right, bottom = self.card('Flatten')
        lathe.click(lathe.find('page tab', 'Add', self.page))
        label = self.choose_from_palette('Residual')
        lathe.settled(label)
        self.drag(lathe.place_of(label), ((left + right) / 2, top - 14))
        lathe.click(lathe.find('page tab', 'Layers', self.page))
        self.wait_for_residual()
        lathe.screenshot(window.SCREENSHOTS / 'network-block.png')
        self.undo()

    def test_block_is_typed_and_undone(self):
        lathe = self.lathe
        self.start_at('^Max-pooling')
        lathe.type('residual')
        lathe.find('label', 'Residual', self.canvas)
        lathe.key('Return')
        self.wait_for_residual()
        self.undo()

        self.start_at('^Flatten')
        lathe.type('residual')
        lathe.find('label', 'Residual', self.canvas)
        lathe.key('Return')
        lathe.find('label', re.compile('^A block works on images, and “flatten-1” gives'), None)
        self.assertEqual(self.layers(), self.begun_with)

    def test_block_on_the_edge_into_a_closed_one_is_read_on_both_its_branches(self):
        lathe = self.lathe
        self.start_at('^Max-pooling')
        lathe.type('residual')
        lathe.find('label', 'Residual', self.canvas)
        lathe.key('Return')
        self.wait_for_residual()
        lathe.key('ctrl+Return')
        lathe.wait(lambda: lathe.description(self.canvas).startswith('residual-1 7 layers'), 'one card')
        left, top, right, bottom = lathe.wait(self.find_outline, 'the card')
        self.press_at((left + right) / 2, top - 14, times=2)
        lathe.find('label', 'Residual', self.canvas)
        lathe.type('residual')
        lathe.key('Return')
        self.wait_for_layers('Input', 'Convolution', 'Max-pooling', *self.RESIDUAL, *self.RESIDUAL, 'Flatten', 'Dense',
                             'Dense')
        sums = [row for row in self.list.children() if row.get_name().startswith('Add')]
        self.assertIn('Reads: batch-norm-4, max-pool-1', lathe.description(sums[0]))
        self.assertIn('Reads: batch-norm-2, relu-4', lathe.description(sums[1]))

    def save(self, name):
        """The convolution and the pooling, by keys alone."""
        lathe = self.lathe
        self.start_at('^Convolution')
        lathe.key('shift+Down', 'shift+F10')
        lathe.choose('Save as Block…', self.canvas)
        lathe.write('Name', name)
        lathe.find('label', re.compile(f'^“{name}” is among Your Blocks'), None)

    def own(self):
        """The list of what can be added, and what it has of one's own."""
        lathe = self.lathe
        lathe.click(lathe.find('page tab', 'Add', self.page))
        choices = lathe.find('list', 'Choices', self.page)
        return [button.get_name() for button in lathe.each('push button', re.compile('^Remove “'), choices)]

    def test_selection_is_kept_as_a_block_and_there_again_after_a_restart(self):
        lathe = self.lathe
        self.save('Stem')
        lathe.wait(lambda: self.own() == ['Remove “Stem”'], 'the block')
        lathe.click(lathe.find('page tab', 'Layers', self.page))
        self.start_at('^Max-pooling')
        lathe.type('stem')
        lathe.find('label', 'Stem', self.canvas)
        lathe.key('Return')
        doubled = [*self.begun_with[:3], *self.begun_with[1:]]
        self.wait_for_layers(*[name.split(',')[0].split(' ')[0] for name in doubled])
        lathe.screenshot(window.SCREENSHOTS / 'network-own-block.png')
        self.begin()
        lathe = self.lathe
        lathe.wait(lambda: self.own() == ['Remove “Stem”'], 'the block')


class Hands(Network):
    """The drawing is moved about, carried to another window, and taken away as a file."""

    def test_middle_button_and_space_move_the_drawing(self):
        left, top, right, bottom = self.card('Flatten')
        empty = left - 60, bottom + 40
        for press, hold in ((2, ()), (1, ('space',))):
            driver.xdotool('windowfocus', self.lathe.window, 'mousemove', *empty, 'sleep', 0.2)
            for key in hold:
                self.lathe.key('Escape')
                self.lathe.wait(lambda: self.lathe.is_focused(self.canvas), 'the focus')
                driver.xdotool('keydown', key, 'sleep', 0.2)
            driver.xdotool('mousedown', press, 'sleep', 0.1)
            for step in (10, 25, 40):
                driver.xdotool('mousemove', empty[0] + step, empty[1] - step, 'sleep', 0.1)
            driver.xdotool('mouseup', press, 'sleep', 0.2)
            for key in hold:
                driver.xdotool('keyup', key)
            left, top, right, bottom = left + 40, top - 40, right + 40, bottom - 40
            self.lathe.wait(lambda: self.find_outline() == (left, top, right, bottom), f'what button {press} moved')
        self.assertEqual(self.layers(), self.begun_with)

    def another_process(self):
        """A program of its own: on another session bus it does not meet the one that runs. The accessibility bus is the
        same."""
        bus = subprocess.Popen(['dbus-daemon', '--session', '--nofork', '--print-address'], text=True,
                               stdout=subprocess.PIPE)
        self.addCleanup(bus.wait)
        self.addCleanup(bus.stdout.close)
        self.addCleanup(bus.terminate)
        said = subprocess.run(['gdbus', 'call', '--session', '--dest', 'org.a11y.Bus', '--object-path', '/org/a11y/bus',
                               '--method', 'org.a11y.Bus.GetAddress'], check=True, text=True, stdout=subprocess.PIPE)
        lathe = window.Lathe(DBUS_SESSION_BUS_ADDRESS=bus.stdout.readline().strip(),
                             AT_SPI_BUS_ADDRESS=re.search("'(.*)'", said.stdout).group(1))
        self.addCleanup(self.end)  # it has lost its project to the other one
        self.addCleanup(lathe.close)
        return lathe

    def test_layers_are_pasted_into_the_window_of_another_process(self):
        self.lathe.click(self.row('^Convolution'))
        self.lathe.key('shift+Down', 'ctrl+c')
        self.lathe = self.another_process()
        self.look()
        self.lathe.click(self.row('^Max-pooling'))
        self.lathe.key('ctrl+v')
        self.wait_for_layers('Input', 'Convolution', 'Max-pooling', 'Convolution', 'Max-pooling', 'Flatten', 'Dense', 'Dense')

    def test_text_that_is_no_layers_is_refused(self):
        self.lathe.click(self.row('^Convolution'))
        subprocess.run(['xclip', '-selection', 'clipboard'], input='What a nice day.', text=True, check=True)

        def is_refused():  # what is said goes again, and is looked for slowly on a busy machine
            self.lathe.key('ctrl+v')
            time.sleep(0.3)
            return self.lathe.sees('label', re.compile('^What is in the clipboard cannot be pasted'))
        self.lathe.wait(is_refused, 'the reason')
        self.assertEqual(self.layers(), self.begun_with)

    def test_flow_is_remembered(self):
        for begun_with, then in (('down', 'Flow to the Right'), ('right', 'Flow Down')):
            self.begin(GSETTINGS_BACKEND='keyfile')
            self.addCleanup(self.end)
            lathe = self.lathe
            lathe.click(self.row('^Convolution'), across=0.3)
            lathe.key('Escape', 'Right')  # along the flow to the next layer, or nowhere
            reached = 'Max-pooling' if begun_with == 'right' else 'Convolution'
            time.sleep(0.5)
            self.assertTrue(lathe.description(self.canvas).startswith(reached), begun_with)
            self.choose_view(then)

    def test_drawing_is_saved(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        for kind, name in (('PNG Image…', 'drawing.png'), ('SVG Image…', 'drawing.svg'), ('PDF Document…', 'drawing.pdf')):
            self.choose_view('Save Drawing As', kind)
            self.lathe.answer_file_dialog('Save Drawing', folder / name)
            self.lathe.wait((folder / name).exists, name)
        words = [text.text for text in ElementTree.parse(folder / 'drawing.svg').iter('{http://www.w3.org/2000/svg}text')]
        for word in ('Input', 'Convolution 2D', 'Max-pooling 2D', 'Flatten', 'Dense'):
            self.assertIn(word, words)
        self.assertIn(b'/ToUnicode', (folder / 'drawing.pdf').read_bytes())


class Search(Network):
    """Its window, which from open_search() on is the one that is driven."""

    OF_A_CLASS = 60  # images: what is searched with matters here, not what is learned

    def setUp(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / 'few'
        window.take_few(folder, self.OF_A_CLASS)
        self.begin(source=folder, images=f'{10 * self.OF_A_CLASS}')
        self.addCleanup(self.end)

    def open_search(self):
        lathe = self.lathe
        lathe.click(lathe.find('push button', re.compile('^Search'), self.page))
        self.main, self.dialog = lathe.enter('Search Networks')
        self.window_of_search = lathe.window

    def start_searching(self, candidates):
        lathe = self.lathe
        networks = lathe.find('spin button', re.compile('^Networks at Most'), self.dialog)
        lathe.click(networks, across=0.2)
        lathe.key('ctrl+a')
        lathe.type(f'{candidates}\t')
        lathe.click(lathe.find('push button', 'Start Searching', self.dialog))
        lathe.find('push button', 'Stop Searching', self.dialog)

    def bring(self, node):
        """Turns the wheel at the window's edge until all of the node is in sight."""
        def turn():
            x, y, _, height = self.lathe.geometry()
            extents = self.lathe.extents(node)
            below = extents.y + extents.height >= height - 12
            if extents.y > 60 and not below:
                return node
            driver.xdotool('mousemove', x + 5, y + height // 2, 'click', 5 if below else 4, 'sleep', 0.15)
            return None
        return self.lathe.wait(turn, f'“{node.get_name()}” in sight')

    def summary(self):
        return self.lathe.sees('label', re.compile('networks tried'), self.dialog)

    def test_networks_are_found_one_is_opened_and_undone(self):
        lathe = self.lathe
        self.open_search()
        self.start_searching(4)
        lathe.window = self.main
        lathe.key('ctrl+r')  # what one cannot do at the same time
        lathe.find('label', re.compile('^A search for networks takes the whole machine'))
        lathe.find('push button', 'Start Searching', self.dialog, timeout=120)
        self.assertRegex(self.summary().get_name(), r'for at most 9 epochs\. On the validation images .* the network as it is.* \d+\.\d %')
        chart = lathe.find('image', re.compile('^Accuracy against'), self.dialog)
        self.assertRegex(lathe.description(chart), r'^\d+ networks\. The most accurate: \d')
        rows = lathe.find('list', 'Networks that were tried', self.dialog)
        self.assertGreaterEqual(len(rows.children()), 4)

        lathe.window = self.window_of_search
        lathe.screenshot(window.SCREENSHOTS / 'network-search.png')
        other = next(row for row in rows.children() if not lathe.sees('label', 'the network as it is', row))
        lathe.click(self.bring(other), across=0.3)
        lathe.click(self.bring(lathe.find('push button', 'Open in the Editor', self.dialog)))
        lathe.wait(lambda: self.layers() != self.begun_with, 'another network in the editor')
        lathe.screenshot(window.SCREENSHOTS / 'network-search-opened.png')
        lathe.key('ctrl+z')
        lathe.wait(lambda: self.layers() == self.begun_with, 'the network that it began with')
        lathe.window = self.main


if __name__ == '__main__':
    tap.main(tap.run_twice)
