#!/usr/bin/env python3
# test-onnx.py: the engine's layers and its import against the cases with which ONNX tests its backends.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""
Usage: test-onnx.py ONNX-CASE CACHE

Runs every single-operator case of an operator that the engine has, imports every model that PyTorch has written, and
prints tables of what passed, what failed and what has no meaning here. CACHE is a folder for the wheel that holds the
cases.
"""

import collections
import json
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

PASSES, FILES_PASS = 273, 28  # at least so many: what is reached is kept
# onnx/backend/test/loader: every case of these suites is compared so.
RELATIVE, ABSOLUTE = 1e-3, 1e-7

NUMBERS = 'numbers of another type (float16, float64, integers)'
EXPANDED = 'the operator written out as a graph of others'
NO_IMAGES = 'what goes in are no images: one tensor of four dimensions in single precision'
NO_ANSWER = 'what comes out is not one tensor in single precision, with as many samples as go in'


def base_name(name):
    """The case that an expanded one was made from."""
    return re.sub(r'_expanded(_ver\d+)?$', '', name)


class Report:
    """The cases of both tables, in the Test Anything Protocol."""

    def __init__(self):
        self.number = 0

    def line(self, verdict, case, comment=''):
        self.number += 1
        print(f'{verdict} {self.number} {case}')
        for line in comment.splitlines():
            print(f'# {line}')


class Table:
    """Counts verdicts: by operator, or by suite, and by reason where a case does not apply."""

    COLUMNS = ('passed', 'not applicable', 'failed')

    def __init__(self, report, title):
        self.report, self.title = report, title
        self.verdicts = collections.defaultdict(collections.Counter)
        self.reasons = collections.defaultdict(collections.Counter)
        self.partial = []

    def passed(self, operator, case, partial):
        self.verdicts[operator]['passed'] += 1
        if partial:
            self.partial.append(case)
        self.report.line('ok', case)

    def failed(self, operator, case, why):
        self.verdicts[operator]['failed'] += 1
        self.report.line('not ok', case, why)

    def not_applicable(self, operator, reason):
        self.verdicts[operator]['not applicable'] += 1
        self.reasons[reason][operator] += 1

    def total(self, column):
        return sum(verdicts[column] for verdicts in self.verdicts.values())

    def print(self):
        """The lines begin with “#:”, which the tally of all tests repeats."""
        def row(name, cells):
            print(f'#: {name:<26}{"".join(f"{cell:>16}" for cell in cells)}'.rstrip())

        row(self.title, self.COLUMNS)
        for operator in sorted(self.verdicts):
            row(operator, [self.verdicts[operator][column] or '' for column in self.COLUMNS])
        row('all', [self.total(column) for column in self.COLUMNS])
        if self.partial:
            print(f'#: Of those that passed, {len(self.partial)} have outputs beside the main one that no layer gives '
                  '(means, masks, places).')
        print('#: Not applicable:')
        for reason, operators in sorted(self.reasons.items(), key=lambda item: -item[1].total()):
            print(f'#: {operators.total():5} {reason} ({", ".join(sorted(operators))})')

    def is_good(self, passes):
        """Whether nothing failed, and at least so many passed."""
        self.report.line('ok' if self.total('passed') >= passes else 'not ok', f'{self.title}: at least {passes} pass')
        return self.total('failed') == 0 and self.total('passed') >= passes


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


def run_cases(cases, engine, table):
    """Returns how many are of operators that the engine does not have."""
    n_others = 0
    operator_of = {case.name: case.operator for case in cases}
    for case in cases:
        base = base_name(case.name)
        if operator_of.get(base) not in OPERATORS:
            n_others += 1
        elif base != case.name:
            table.not_applicable(operator_of[base], EXPANDED)
        else:
            run_case(case, engine, table)
    return n_others


def answer(back, n):
    """What a model that came in says: the last activation belongs to the loss, and is left out of the network."""
    logits, last = back['output'].reshape(n, -1), json.loads(back['graph'])['nodes'][-1]
    if 'sigmoid' in (last['kind'], last.get('activation')):
        return 1 / (1 + numpy.exp(-logits))
    if 'softmax' in (last['kind'], last.get('activation')):
        powers = numpy.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)
    return logits


def run_file(suite, name, file, inputs, outputs, engine, table):
    """What is refused does not apply, for the reason that the refusal gives."""
    if len(inputs) != 1 or inputs[0] is None or inputs[0].dtype != '<f4' or inputs[0].ndim != 4:
        return table.not_applicable(suite, NO_IMAGES)
    images, n = inputs[0], len(inputs[0])
    if len(outputs) != 1 or outputs[0] is None or outputs[0].dtype != '<f4' or outputs[0].shape[:1] != (n,):
        return table.not_applicable(suite, NO_ANSWER)
    try:
        back = engine.ask('import', n, {'file': file, 'input': numpy.moveaxis(images, 1, -1)})
    except Refused as why:
        return table.not_applicable(suite, re.sub('“[^”]*” ', '', str(why)))
    try:
        numpy.testing.assert_allclose(answer(back, n), outputs[0].reshape(n, -1), RELATIVE, ABSOLUTE)
    except AssertionError as why:
        return table.failed(suite, f'{suite}: {name}', str(why))
    table.passed(suite, f'{suite}: {name}', False)


def main(program, cache):
    pathlib.Path(cache).mkdir(parents=True, exist_ok=True)
    try:
        suite = onnx_suite.Suite(cache)
    except onnx_suite.Missing as reason:
        leave_out(reason)

    engine, report = Engine(program), Report()
    operators, files = Table(report, 'ONNX operator'), Table(report, 'ONNX files of PyTorch')
    n_others = run_cases(suite.cases(), engine, operators)
    for file in suite.files():
        run_file(*file, engine, files)
    assert engine.close() == 0
    operators.print()
    print(f'#: {n_others:5} cases of operators that the engine does not have')
    files.print()
    good = [operators.is_good(PASSES), files.is_good(FILES_PASS)]
    print(f'1..{report.number}')
    return 0 if all(good) else 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
