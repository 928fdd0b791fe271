#!/usr/bin/env python3
# test-onnx.py: the engine's layers against the cases with which ONNX tests its backends.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""
Usage: test-onnx.py ONNX-CASE CACHE

Runs every single-operator case of an operator that the engine has, and prints a table of what passed, what failed and
what has no meaning here. CACHE is a folder for the wheel that holds the cases.
"""

import collections
import pathlib
import re
import sys


def leave_out(reason):
    print(f'ok 1 the cases of ONNX # SKIP {reason}\n1..1')
    sys.exit(0)


try:
    import google.protobuf
    import numpy
except ImportError as missing:
    leave_out(f'{missing.name} is not there: install python3-numpy and python3-protobuf')

import onnx_suite
from onnx_engine import Engine, Refused
from onnx_operators import OPERATORS, NotApplicable

PASSES = 273  # at least so many: what is reached is kept
# onnx/backend/test/loader: every case of these suites is compared so.
RELATIVE, ABSOLUTE = 1e-3, 1e-7

NUMBERS = 'numbers of another type (float16, float64, integers)'
EXPANDED = 'the operator written out as a graph of others'


def base_name(name):
    """The case that an expanded one was made from."""
    return re.sub(r'_expanded(_ver\d+)?$', '', name)


class Table:
    """Counts verdicts: by operator, and by reason where a case does not apply."""

    COLUMNS = ('passed', 'not applicable', 'failed')

    def __init__(self):
        self.verdicts = collections.defaultdict(collections.Counter)
        self.reasons = collections.defaultdict(collections.Counter)
        self.partial = []
        self.number = 0

    def _line(self, verdict, case, comment=''):
        self.number += 1
        print(f'{verdict} {self.number} {case}')
        for line in comment.splitlines():
            print(f'# {line}')

    def passed(self, operator, case, partial):
        self.verdicts[operator]['passed'] += 1
        if partial:
            self.partial.append(case)
        self._line('ok', case)

    def failed(self, operator, case, why):
        self.verdicts[operator]['failed'] += 1
        self._line('not ok', case, why)

    def not_applicable(self, operator, reason):
        self.verdicts[operator]['not applicable'] += 1
        self.reasons[reason][operator] += 1

    def total(self, column):
        return sum(verdicts[column] for verdicts in self.verdicts.values())

    def print(self, n_others):
        """The lines begin with “#:”, which the tally of all tests repeats."""
        def row(name, cells):
            print(f'#: {name:<26}{"".join(f"{cell:>16}" for cell in cells)}'.rstrip())

        row('ONNX operator', self.COLUMNS)
        for operator in sorted(self.verdicts):
            row(operator, [self.verdicts[operator][column] or '' for column in self.COLUMNS])
        row('all', [self.total(column) for column in self.COLUMNS])
        print(f'#: Of those that passed, {len(self.partial)} have outputs beside the main one that no layer gives '
              '(means, masks, places).')
        print('#: Not applicable:')
        for reason, operators in sorted(self.reasons.items(), key=lambda item: -item[1].total()):
            print(f'#: {operators.total():5} {reason} ({", ".join(sorted(operators))})')
        print(f'#: {n_others:5} cases of operators that the engine does not have')

    def finish(self):
        self._line('ok' if self.total('passed') >= PASSES else 'not ok', f'at least {PASSES} cases pass')
        print(f'1..{self.number}')
        return 0 if self.total('failed') == 0 and self.total('passed') >= PASSES else 1


def compare(case, outputs):
    """Raises an AssertionError when an output is not what it should be; returns whether one was not looked at."""
    assert len(outputs) == len(case.outputs), f'{len(outputs)} outputs instead of {len(case.outputs)}'
    for (name, expected), output in zip(case.outputs.items(), outputs):
        if output is None:
            continue
        assert output.shape == expected.shape, f'{name} is {output.shape} instead of {expected.shape}'
        assert output.dtype == expected.dtype, f'{name} is {output.dtype} instead of {expected.dtype}'
        numpy.testing.assert_allclose(output, expected, RELATIVE, ABSOLUTE, err_msg=name)
    return any(output is None for output in outputs)


def run_case(case, engine, table):
    first = next(iter(case.outputs.values()))
    if first is None or first.dtype != '<f4' or case.inputs[0] is None or case.inputs[0].dtype != '<f4':
        return table.not_applicable(case.operator, NUMBERS)
    case.shape = first.shape
    try:
        partial = compare(case, OPERATORS[case.operator](case, engine))
    except NotApplicable as reason:
        table.not_applicable(case.operator, str(reason))
    except (AssertionError, Refused) as why:
        table.failed(case.operator, case.name, f'{case.attributes}\n{why}')
    else:
        table.passed(case.operator, case.name, partial)


def main(program, cache):
    pathlib.Path(cache).mkdir(parents=True, exist_ok=True)
    try:
        cases = onnx_suite.Suite(cache).cases()
    except onnx_suite.Missing as reason:
        leave_out(reason)

    engine, table, n_others = Engine(program), Table(), 0
    operator_of = {case.name: case.operator for case in cases}
    for case in cases:
        base = base_name(case.name)
        if operator_of.get(base) not in OPERATORS:
            n_others += 1
        elif base != case.name:
            table.not_applicable(operator_of[base], EXPANDED)
        else:
            run_case(case, engine, table)
    assert engine.close() == 0
    table.print(n_others)
    return table.finish()


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
