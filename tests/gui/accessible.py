# accessible.py: reads what programs say of their windows over the accessibility bus.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of AT-SPI's D-Bus interfaces. To ask one thing at a time costs both sides more than the answer, so that what is
asked of many nodes is sent at once, and the answers are waited for together.
"""

import collections
import functools

import gi
gi.require_version('Atspi', '2.0')
from gi.repository import Atspi, Gio, GLib

ACCESSIBLE = 'org.a11y.atspi.Accessible'
COMPONENT = 'org.a11y.atspi.Component'
TEXT = 'org.a11y.atspi.Text'
PROPERTIES = 'org.freedesktop.DBus.Properties'
ROOT = '/org/a11y/atspi/accessible/root'
LONGEST_ANSWER = 20_000  # milliseconds

Extents = collections.namedtuple('Extents', 'x y width height')
NOWHERE = Extents(0, 0, 0, 0)


@functools.cache
def bus():
    """The accessibility bus of this session."""
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    return Gio.DBusConnection.new_for_address_sync(bus_address(), flags, None, None)


def bus_address():
    """Its address, for a program that has another session bus."""
    session = Gio.bus_get_sync(Gio.BusType.SESSION)
    return session.call_sync('org.a11y.Bus', '/org/a11y/bus', 'org.a11y.Bus', 'GetAddress', None, None,
                             Gio.DBusCallFlags.NONE, -1, None).unpack()[0]


def applications():
    """Those on the bus, each with the number of its process."""
    registry = Node('org.a11y.atspi.Registry', ROOT)
    found = registry.children()
    call = functools.partial(bus().call_sync, 'org.freedesktop.DBus', '/', 'org.freedesktop.DBus',
                             'GetConnectionUnixProcessID')
    for node in found:
        try:
            answer = call(GLib.Variant('(s)', (node.owner,)), None, Gio.DBusCallFlags.NONE, LONGEST_ANSWER, None)
        except GLib.Error:  # it has just ended
            continue
        yield node, answer.unpack()[0]


def ask(questions):
    """The answers to questions of the form (node, interface, method, arguments); None where there was none: the node has
    gone, or does not know the interface.
    """
    questions = list(questions)
    answers = [None] * len(questions)
    waiting = len(questions)

    def on_answer(connection, result, index):
        nonlocal waiting
        waiting -= 1
        try:
            answers[index] = connection.call_finish(result).unpack()
        except GLib.Error:
            pass

    for index, (node, interface, method, arguments) in enumerate(questions):
        bus().call(node.owner, node.path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, LONGEST_ANSWER,
                   None, on_answer, index)
    while waiting:
        GLib.MainContext.default().iteration(True)
    return answers


class Node:
    """An accessible object of a program: a widget, mostly. What is asked of one that has gone is empty."""

    above = None  # the node that a walk came from

    def __init__(self, owner, path):
        self.owner, self.path = owner, path

    def __eq__(self, other):
        return isinstance(other, Node) and (self.owner, self.path) == (other.owner, other.path)

    def __hash__(self):
        return hash((self.owner, self.path))

    def _ask(self, interface, method, arguments=None):
        return ask([(self, interface, method, arguments)])[0]

    def _property(self, interface, name):
        answer = self._ask(PROPERTIES, 'Get', GLib.Variant('(ss)', (interface, name)))
        return answer[0] if answer else None

    def get_name(self):
        return self._property(ACCESSIBLE, 'Name') or ''

    def get_description(self):
        return self._property(ACCESSIBLE, 'Description') or ''

    def get_parent(self):
        reference = self._property(ACCESSIBLE, 'Parent')
        return Node(*reference) if reference and reference[0] else None

    def get_role_name(self):
        if self not in roles:
            learn_roles([self])
        return roles.get(self, '')

    def has_state(self, state):
        """One of Atspi.StateType."""
        return is_in(state, self._ask(ACCESSIBLE, 'GetState'))

    def extents(self):
        """Where it is within the window."""
        return as_extents(self._ask(COMPONENT, 'GetExtents', IN_WINDOW)) or NOWHERE

    def text(self):
        """What is written in it; None where nothing can be."""
        length = self._property(TEXT, 'CharacterCount')
        answer = self._ask(TEXT, 'GetText', GLib.Variant('(ii)', (0, length))) if length is not None else None
        return answer[0] if answer else None

    def children(self):
        return children_of([self])[0]

    def walk(self, closed=(), crowd=0):
        """All below it that is visible and takes up room, from the top down, with its role. A page that was never shown
        takes up none. A stack's page is no widget, so it is nowhere, and left out; its child is not. What is in those of a
        closed role is left out where there is a crowd of them, of more than so many.
        """
        seen = {}
        level = [self]
        while level:
            below = [[] if roles.get(node) in closed and node != self and len(children) > crowd else children
                     for node, children in zip(level, children_of(level))]
            looks = iter(look_at([child for children in below for child in children]))
            next_level = []
            for node, children in zip(level, below):
                seen[node] = []
                for child in children:
                    role, states, extents = next(looks)
                    is_page = is_stack_page(role, extents)
                    if is_page or is_seen(states, extents):
                        child.above = node
                        seen[node].append((child, role, is_page))
                        next_level.append(child)
            level = next_level

        def descend(node):
            for child, role, is_page in seen[node]:
                if not is_page:
                    yield child, role
                yield from descend(child)
        yield from descend(self)

    def would_meet(self, node):
        """Whether another walk would meet a node that one has met before: only what lies between them is asked."""
        way = []
        while node is not None and node != self:
            way.append(node)
            node = node.above
        if not way or node is None:
            return False
        below = children_of([each.above for each in way])
        return all(each in children and (is_stack_page(role, extents) or is_seen(states, extents))
                   for each, children, (role, states, extents) in zip(way, below, look_at(way)))


IN_WINDOW = GLib.Variant('(u)', (int(Atspi.CoordType.WINDOW),))


def names_of(nodes):
    asked = GLib.Variant('(ss)', (ACCESSIBLE, 'Name'))
    return [answer[0] if answer else '' for answer in ask((node, PROPERTIES, 'Get', asked) for node in nodes)]


def in_state(state, nodes):
    """The first of the nodes that is in one of Atspi.StateType, or None."""
    nodes = list(nodes)
    answers = ask((node, ACCESSIBLE, 'GetState', None) for node in nodes)
    return next((node for node, answer in zip(nodes, answers) if is_in(state, answer)), None)


def children_of(nodes):
    answers = ask((node, ACCESSIBLE, 'GetChildren', None) for node in nodes)
    return [[Node(*reference) for reference in answer[0]] if answer else [] for answer in answers]


def look_at(nodes):
    """The role, the states and the place of each; None for a place that it has not."""
    learn_roles(node for node in nodes if node not in roles)
    answers = ask(question for node in nodes for question in ((node, ACCESSIBLE, 'GetState', None),
                                                              (node, COMPONENT, 'GetExtents', IN_WINDOW)))
    for node, states, extents in zip(nodes, answers[::2], answers[1::2]):
        yield roles.get(node, ''), states, as_extents(extents)


roles = {}  # of nodes: it is the one thing that stays


def learn_roles(nodes):
    nodes = list(nodes)
    for node, answer in zip(nodes, ask((node, ACCESSIBLE, 'GetRole', None) for node in nodes)):
        if answer:
            roles[node] = Atspi.role_get_name(Atspi.Role(answer[0]))


def is_in(state, answer):
    if not answer:
        return False
    word, bit = divmod(int(state), 32)
    return bool(answer[0][word] >> bit & 1)


def is_stack_page(role, extents):
    """It is no widget, so it is nowhere."""
    return role == 'panel' and extents is None


def is_seen(states, extents):
    return is_in(Atspi.StateType.VISIBLE, states) and extents is not None and extents.width > 0


def as_extents(answer):
    return Extents(*answer[0]) if answer else None
