# tap.py: lets a unittest file report in the Test Anything Protocol, as the GLib tests do.
#
# SPDX-License-Identifier: GPL-3.0-or-later

import sys
import time
import unittest


class TapResult(unittest.TestResult):
    """Prints a line for each case as it ends; how long it took, and what went wrong, follow as comments.

    Of a first try only the good news count: what failed has to come again, and is told of as comments alone. An error whose
    class says that it is final, as of a program that crashed, fails the case at once.
    """

    def __init__(self, number=0, first_try=False):
        super().__init__()
        self.number = number
        self.first_try = first_try
        self.passed, self.failed = set(), set()  # names; of a first try, the failed are those that get no second

    def _line(self, verdict, test, remark=''):
        self.number += 1
        print(f'{verdict} {self.number} {name_of(test)}{remark}', flush=True)

    def startTest(self, test):
        super().startTest(test)
        self.start = time.monotonic()

    def stopTest(self, test):
        super().stopTest(test)
        self._comment(f'{time.monotonic() - self.start:.1f} s')

    def _comment(self, text):
        for line in text.rstrip().splitlines():
            print(f'# {line}', flush=True)

    def _fail(self, test, error, account):
        late = name_of(test).startswith('tearDown')  # what fails before a class's cases is tried again with them
        if self.first_try and not late and not getattr(error[0], 'final', False):
            self._comment(f'At the first try {name_of(test)} failed:')
        else:
            self.failed.add(name_of(test))
            self._line('not ok', test)
        self._comment(account)

    def addSuccess(self, test):
        self.passed.add(name_of(test))
        self._line('ok', test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.passed.add(name_of(test))
        self._line('ok', test, f' # SKIP {reason}')

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self._fail(test, error, self.failures[-1][1])

    def addError(self, test, error):
        super().addError(test, error)
        self._fail(test, error, self.errors[-1][1])

    def addSubTest(self, test, subtest, error):
        """A sub-test that failed is a line of its own; one that went well is part of its case."""
        super().addSubTest(test, subtest, error)
        if error is not None:
            told = self.failures if issubclass(error[0], test.failureException) else self.errors
            self._fail(subtest, error, told[-1][1])


def name_of(test):
    return test.id().removeprefix('__main__.')


def cases(suite):
    for each in suite:
        yield from cases(each) if isinstance(each, unittest.TestSuite) else [each]


def run_twice(chosen):
    """Runs the cases, and once more those that failed. What passes then is said to have passed at the second try, and
    tally.py names it: that a window was not quick enough beside others is one thing, that it cannot do a thing another.
    """
    first = TapResult(first_try=True)
    unittest.TestSuite(chosen).run(first)
    again = [case for case in chosen if name_of(case) not in first.passed | first.failed]
    second = TapResult(first.number)
    unittest.TestSuite(again).run(second)
    for case in again:
        if name_of(case) in second.passed:
            print(f'# second try: {name_of(case)}', flush=True)
    return second.number, not first.failed | second.failed


def run_once(chosen):
    result = TapResult()
    unittest.TestSuite(chosen).run(result)
    return result.number, not result.failed


def main(run=run_once):
    """Runs the cases of the calling script; arguments are parts of their names, or after a “not” of those of others."""
    names = sys.argv[1:]
    cut = names.index('not') if 'not' in names else len(names)
    wanted, others = names[:cut], names[cut + 1:]
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f'*{name}*' for name in wanted] or None
    chosen = [case for case in cases(loader.loadTestsFromModule(sys.modules['__main__']))
              if not any(name in case.id() for name in others)]
    n, good = run(chosen)
    print(f'1..{n}')
    sys.exit(0 if good else 1)
