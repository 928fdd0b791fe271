#!/usr/bin/env python3
# coverage.py: how many of the engine's lines the tests have run, a room and in all.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: coverage.py SUMMARY.json LEAST

Reads what gcovr --json-summary wrote and prints a table, with the files that stand far below the rest. Exits 1 when
less than LEAST per cent of all lines have run. A line that was compiled twice, in single and in double precision,
counts once, and has run when either has.
"""

import collections
import json
import sys

LOW = 15  # per cent below LEAST: worth a line of its own


def percent(covered, lines):
    return 100 * covered / lines if lines else 100.0


def main(path, least):
    with open(path, encoding='utf-8') as summary:
        files = json.load(summary)['files']
    rooms = collections.defaultdict(lambda: [0, 0, 0])
    for one in files:
        for name in (one['filename'].split('/')[1], 'in all'):
            for i, number in enumerate((1, one['line_covered'], one['line_total'])):
                rooms[name][i] += number

    print(f'{"room":<10} {"files":>5} {"lines":>6} {"run":>6}')
    for name in [room for room in sorted(rooms) if room != 'in all'] + ['in all']:
        n_files, covered, lines = rooms[name]
        print(f'{name:<10} {n_files:5} {lines:6} {percent(covered, lines):5.1f} %')
    for one in files:
        share = percent(one['line_covered'], one['line_total'])
        if share < least - LOW:
            print(f'low: {one["filename"]}, {share:.1f} %')

    share = percent(*rooms['in all'][1:])
    if share < least:
        print(f'coverage: {share:.1f} % of the lines have run, fewer than {least:g} %', file=sys.stderr)
    return 0 if share >= least else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
