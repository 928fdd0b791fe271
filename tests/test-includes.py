#!/usr/bin/env python3
# test-includes.py: reads the sources and says where one knows what it must not know.
#
# SPDX-License-Identifier: GPL-3.0-or-later

import fnmatch
import pathlib
import re
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import tap

ROOT = pathlib.Path(__file__).resolve().parent.parent

# An arrow from a room to those it may include; what those may include, it may too.
ARROWS = {
    'base': [],
    'kernels': ['base'],
    'layers': ['kernels'],
    'model': ['layers'],
    'dataset': ['base'],
    'formats': ['model'],
    'train': ['model', 'dataset', 'formats'],
    'decoder': ['dataset', 'formats'],
    'serve': ['train'],
}

# Headers of libraries that only some may include: header, where it may be, where the rule holds.
LIBRARIES = [
    (r'gdk-pixbuf/.*', ['engine/dataset/*', 'engine/train/lathe-predictor.h', 'engine/decoder/*'], 'engine/*'),
    (r'(gtk|gdk|gsk|adwaita|libadwaita|cairo|pango)(/.*|\.h)', [], 'engine/*'),
    (r'archive(_entry)?\.h|zlib\.h', ['engine/dataset/*'], 'engine/*'),
    (r'libsoup/.*', ['engine/serve/*'], '*'),
    (r'sqlite3\.h', ['engine/train/lathe-runs-private.h'], '*'),
    (r'seccomp\.h', ['engine/decoder/*'], '*'),
    (r'.*intrin\.h|arm_neon\.h|arm_sve\.h', ['engine/kernels/lathe-kernels-*.c'], '*'),
]
# Headers that the build makes, from data/presets and data/serve, and the room of each.
GENERATED = [('formats/lathe-onnx.pb-c.h', 'engine/formats'), ('lathe-presets.h', 'engine/model'),
             ('lathe-serve-files.h', 'engine/serve')]
REFERENCE_KERNELS = 'engine/kernels/lathe-kernels-generic.c'

# The window: who may include a header, by its name. The first pattern that fits counts.
WINDOW = [
    ('wb-application.h', ['main.c', 'wb-application*', 'wb-window*']),
    ('wb-window*.h', ['main.c', 'wb-application*', 'wb-window*']),
    ('wb-page-*.h', ['wb-window*']),
    ('wb-page.h', ['wb-page*', 'wb-window*']),
]

CALLS = [
    ('the engine neither prints nor ends the program',
     r'v?f?printf|puts|fputs|putchar|g_print|g_printerr|g_message|g_warning|g_critical|g_error|_?_?exit|_Exit|abort',
     'engine/*', ['engine/cli/*', 'engine/base/lathe-arena.c']),  # the arena ends it as g_malloc () does
    ('only wb-thread.c crosses threads',
     r'g_task_\w+|g_thread_\w+|g_idle_add\w*|g_main_context_invoke\w*',
     'src/*', ['src/wb-thread.c']),
]

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def reach(room):
    """The room itself, and all that its arrows lead to."""
    found = {room}
    for nearer in ARROWS[room]:
        found |= reach(nearer)
    return found


def fits(name, patterns):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def check_library(file, header):
    for pattern, allowed, where in LIBRARIES:
        if re.fullmatch(pattern, header) and fnmatch.fnmatchcase(file, where):
            if not fits(file, allowed) or (file == REFERENCE_KERNELS and 'intrin' in pattern):
                yield f'<{header}> is not for this file'


def check_engine(root, file, header):
    """A room's own header is named bare, another room's with its room."""
    room = file.split('/')[1]
    if '/' not in header:
        if not (root / 'engine' / room / header).is_file():
            yield f'"{header}" is no header of {room}/'
    elif header.split('/')[0] not in reach(room) - {room}:
        yield f'{room}/ must not know "{header}"'


def page_of(name):
    """A page is one file, or several that begin with its name."""
    found = re.match(r'wb-page-[a-z]+', name)
    return found and found[0]


def check_window(file, header):
    name = pathlib.PurePath(file).name
    if not fits(header, ['lathe.h', 'wb-*.h', '*-resources.h']):
        yield f'the window knows the engine through lathe.h alone, not "{header}"'
    if pathlib.PurePath(header).stem == pathlib.PurePath(name).stem or page_of(header) == page_of(name) is not None:
        return
    for pattern, allowed in WINDOW:
        if fnmatch.fnmatchcase(header, pattern):
            if not fits(name, allowed):
                yield f'{name} must not know "{header}"'
            return


def check_command_line(root, file, header):
    if header != 'lathe.h' and not (root / 'engine/cli' / header).is_file():
        yield f'the command line knows the engine through lathe.h alone, not "{header}"'


def check_include(root, file, quote, header):
    yield from check_library(file, header)
    if quote == '<':
        return
    if (header, file.rsplit('/', 1)[0]) in GENERATED:
        return
    if file.startswith('src/'):
        yield from check_window(file, header)
    elif file.startswith('engine/cli/'):
        yield from check_command_line(root, file, header)
    elif file.count('/') == 2:
        yield from check_engine(root, file, header)


def check_calls(file, text):
    code = COMMENT_OR_STRING.sub(' ', text)
    for rule, calls, where, allowed in CALLS:
        if fnmatch.fnmatchcase(file, where) and not fits(file, allowed):
            for call in re.findall(rf'(?<!\w)({calls})\s*\(', code):
                yield f'{rule}: {call}'


def violations(root):
    """Every broken rule below the root, as "file: what"."""
    found = []
    for top in ('engine', 'src', 'tests'):
        for path in sorted((root / top).rglob('*.[ch]')):
            file = path.relative_to(root).as_posix()
            text = path.read_text(encoding='utf-8')
            for quote, header in INCLUDE.findall(text):
                found += [f'{file}: {what}' for what in check_include(root, file, quote, header)]
            found += [f'{file}: {what}' for what in check_calls(file, text)]
    return found


class Arrows(unittest.TestCase):
    def test_sources_keep_the_arrows(self):
        self.assertEqual(violations(ROOT), [])

    def test_all_rooms_are_known(self):
        rooms = {path.name for path in (ROOT / 'engine').iterdir() if path.is_dir()}
        self.assertEqual(rooms - {'cli'}, set(ARROWS))


class PlantedViolations(unittest.TestCase):
    """Each is planted alone in a small tree that is sound without it, and must be caught."""

    SOUND = {
        'engine/lathe.h': '#include "base/lathe-pool.h"\n',
        'engine/base/lathe-pool.h': '#include <glib.h>\n',
        'engine/kernels/lathe-kernels.h': '#include "base/lathe-pool.h"\n',
        'engine/kernels/lathe-kernels-generic.c': '#include "lathe-kernels.h"\n',
        'engine/kernels/lathe-kernels-avx2.c': '#include <immintrin.h>\n',
        'engine/layers/lathe-step.h': '#include "kernels/lathe-kernels.h"\n',
        'engine/model/lathe-graph.h': '#include "layers/lathe-step.h"\n',
        'engine/dataset/lathe-decode.h': '#include <gdk-pixbuf/gdk-pixbuf.h>\n',
        'engine/train/lathe-trainer.c': '#include "model/lathe-graph.h"\n#include "dataset/lathe-decode.h"\n',
        'engine/formats/lathe-model-file.c': '/* printf ("…") */ g_strdup_printf ("exit (1)");\n',
        'engine/cli/main.c': '#include "lathe.h"\nprintf ("%d");\n',
        'src/main.c': '#include "wb-application.h"\n',
        'src/wb-application.h': '#include <adwaita.h>\n',
        'src/wb-window.h': '#include "wb-page-train.h"\n',
        'src/wb-page.h': '#include "lathe.h"\n',
        'src/wb-page-data.h': '#include "wb-page.h"\n',
        'src/wb-page-train.h': '#include "wb-page.h"\n',
        'src/wb-chart.h': '#include <gtk/gtk.h>\n',
        'src/wb-thread.c': 'g_idle_add (func, data);\n',
    }
    PLANTED = {
        'base_knows_kernels': ('engine/base/lathe-pool.h', '#include "kernels/lathe-kernels.h"'),
        'kernels_know_layers': ('engine/kernels/lathe-kernels.h', '#include "layers/lathe-step.h"'),
        'layers_know_model': ('engine/layers/lathe-step.h', '#include "model/lathe-graph.h"'),
        'model_knows_train': ('engine/model/lathe-graph.h', '#include "train/lathe-trainer.h"'),
        'dataset_knows_kernels': ('engine/dataset/lathe-decode.h', '#include "kernels/lathe-kernels.h"'),
        'formats_know_train': ('engine/formats/lathe-model-file.c', '#include "train/lathe-trainer.h"'),
        'formats_know_dataset': ('engine/formats/lathe-model-file.c', '#include "dataset/lathe-decode.h"'),
        'another_rooms_header_named_bare': ('engine/layers/lathe-step.h', '#include "lathe-pool.h"'),
        'engine_includes_lathe_h': ('engine/train/lathe-trainer.c', '#include "lathe.h"'),
        'train_knows_serve': ('engine/train/lathe-trainer.c', '#include "serve/lathe-server.h"'),
        'soup_outside_serve': ('engine/train/lathe-trainer.c', '#include <libsoup/soup.h>'),
        'pixbuf_outside_dataset': ('engine/model/lathe-graph.h', '#include <gdk-pixbuf/gdk-pixbuf.h>'),
        'gtk_in_the_engine': ('engine/dataset/lathe-decode.h', '#include <gtk/gtk.h>'),
        'gtk_in_the_command_line': ('engine/cli/main.c', '#include <gtk/gtk.h>'),
        'intrinsics_outside_kernels': ('engine/layers/lathe-step.h', '#  include <immintrin.h>'),
        'intrinsics_in_the_reference': ('engine/kernels/lathe-kernels-generic.c', '#include <immintrin.h>'),
        'window_knows_a_room': ('src/wb-page.h', '#include "train/lathe-trainer.h"'),
        'command_line_knows_a_room': ('engine/cli/main.c', '#include "model/lathe-graph.h"'),
        'page_knows_page': ('src/wb-page-data.h', '#include "wb-page-train.h"'),
        'page_knows_window': ('src/wb-page-data.h', '#include "wb-window.h"'),
        'chart_knows_page': ('src/wb-chart.h', '#include "wb-page.h"'),
        'chart_knows_window': ('src/wb-chart.h', '#include "wb-window.h"'),
        'application_known_from_below': ('src/wb-chart.h', '#include "wb-application.h"'),
        'thread_in_a_page': ('src/wb-page-data.h', 'g_task_run_in_thread (task, func);'),
        'idle_in_a_page': ('src/wb-page-data.h', 'g_idle_add_full (0, func, data, NULL);'),
        'engine_prints': ('engine/train/lathe-trainer.c', 'g_printerr ("x");'),
        'engine_exits': ('engine/train/lathe-trainer.c', 'exit (1);'),
    }

    def plant(self, file=None, line=''):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in self.SOUND.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text + (line + '\n' if name == file else ''), encoding='utf-8')
            return violations(root)

    def test_sound_tree_is_let_through(self):
        self.assertEqual(self.plant(), [])


def planted_case(file, line):
    def test(self):
        found = self.plant(file, line)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(f'{file}: '), found)
    return test


for name, planted in PlantedViolations.PLANTED.items():
    setattr(PlantedViolations, f'test_{name}', planted_case(*planted))


if __name__ == '__main__':
    tap.main()
