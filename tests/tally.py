#!/usr/bin/env python3
# tally.py: counts the cases in Meson's log of a test run, and says how many passed.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: tally.py testlog.json

Every line of the Test Anything Protocol is a case. A program that failed without a failed case (it crashed, or took too
long, or ran fewer cases than it had planned) counts as one more failure. A line that begins “#:” belongs to a table,
which is shown, and so are the comments below a failed case, which say why; what passed at its second try alone is named,
with what kept it from passing at the first. Exits 0 when all passed and at least one ran.
"""

import json
import re
import sys

TABLE = re.compile(r'^#: ?(.*)$', re.MULTILINE)
ACCOUNT = re.compile(r'^((?:not ok\b|# At the first try ).*\n(?:#.*\n)+)', re.MULTILINE)
AGAIN = re.compile(r'^# second try: (.*)$', re.MULTILINE)
CASE = re.compile(r'^(not )?ok\b(?: \d+)?(?: - )?\s*(.*?)\s*(?:#\s*(SKIP|TODO)\b\s*(.*))?$',
                  re.IGNORECASE | re.MULTILINE)


def count(program):
    """The passed, and the names of the failed and the skipped cases of one program."""
    passed, failed, skipped = 0, [], []
    for failure, name, directive, reason in CASE.findall(program.get('stdout') or ''):
        name = f"{program['name']}: {name}"
        if directive:
            skipped.append(f'{name} ({reason})' if reason else name)
        elif failure:
            failed.append(name)
        else:
            passed += 1
    if program['result'] not in ('OK', 'SKIP') and not failed:
        failed.append(f"{program['name']}: {program['result'].lower()}")
    return passed, failed, skipped


def main(path):
    passed, failed, skipped, again = 0, [], [], []
    try:
        with open(path, encoding='utf-8') as log:
            for line in log:
                program = json.loads(line)
                said = program.get('stdout') or ''
                one = count(program)
                passed, failed, skipped = passed + one[0], failed + one[1], skipped + one[2]
                again += [f"{program['name']}: {name}" for name in AGAIN.findall(said)]
                for row in TABLE.findall(said):
                    print(row)
                for account in ACCOUNT.findall(said):
                    print(f"{program['name']}:\n{account}", end='')
    except FileNotFoundError:
        print('tally: no test ran', file=sys.stderr)

    for name in skipped:
        print(f'skipped: {name}')
    for name in again:
        print(f'only at the second try: {name}')
    for name in failed:
        print(f'failed: {name}')
    print(f'{passed} passed{f", {len(again)} of them at the second try" if again else ""}, {len(failed)} failed')
    return 0 if passed and not failed else 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
