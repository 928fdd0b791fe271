#!/usr/bin/python3
# drag-source.py: another program's window, out of which a file can be dragged, as out of a file manager.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: drag-source.py FILE X Y

FILE is a file's name, or an address as a browser offers it. Opens a window of 200 × 200 pixels at X, Y and prints "ready" when it is on the screen.
"""

import pathlib
import sys

import gi
gi.require_version('Gdk', '3.0')
gi.require_version('Gtk', '3.0')
from gi.repository import Gdk, GLib, Gtk


def main(file, x, y):
    uri = file if '://' in file else pathlib.Path(file).resolve().as_uri()
    window = Gtk.Window(title='Another program')
    window.set_default_size(200, 200)
    window.move(int(x), int(y))
    handle = Gtk.EventBox()
    handle.add(Gtk.Label(label=pathlib.Path(file).name))
    window.add(handle)

    # A file manager offers to move as well as to copy.
    handle.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], Gdk.DragAction.MOVE | Gdk.DragAction.COPY)
    handle.drag_source_add_uri_targets()
    handle.connect('drag-data-get', lambda handle, context, data, info, time: data.set_uris([uri]))

    window.connect('destroy', Gtk.main_quit)
    window.connect('map-event', lambda *_: GLib.timeout_add(200, lambda: print('ready', flush=True)))
    window.show_all()
    Gtk.main()


if __name__ == '__main__':
    main(*sys.argv[1:])
