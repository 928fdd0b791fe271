# tap.py: lets a unittest file report in the Test Anything Protocol, as the GLib tests do.
#
# SPDX-License-Identifier: GPL-3.0-or-later

import sys
import time
import unittest


class TapResult(unittest.TestResult):
    """Prints a line for each case as it ends; how long it took, and what went wrong, follow as comments."""

    def __init__(self):
        super().__init__()
        self.number = 0

    def _line(self, verdict, test, remark=''):
        self.number += 1
        print(f'{verdict} {self.number} {test.id().removeprefix("__main__.")}{remark}', flush=True)

    def startTest(self, test):
        super().startTest(test)
        self.start = time.monotonic()

    def stopTest(self, test):
        super().stopTest(test)
        self._comment(f'{time.monotonic() - self.start:.1f} s')

    def _comment(self, text):
        for line in text.rstrip().splitlines():
            print(f'# {line}', flush=True)

    def addSuccess(self, test):
        self._line('ok', test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._line('ok', test, f' # SKIP {reason}')

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self._line('not ok', test)
        self._comment(self.failures[-1][1])

    def addError(self, test, error):
        super().addError(test, error)
        self._line('not ok', test)
        self._comment(self.errors[-1][1])

    def addSubTest(self, test, subtest, error):
        """A sub-test that failed is a line of its own; one that went well is part of its case."""
        super().addSubTest(test, subtest, error)
        if error is not None:
            self._line('not ok', subtest)
            self._comment((self.failures or self.errors)[-1][1])


def cases(suite):
    for each in suite:
        yield from cases(each) if isinstance(each, unittest.TestSuite) else [each]


def main():
    """Runs the cases of the calling script; arguments are parts of their names, or after a “not” of those of others."""
    names = sys.argv[1:]
    cut = names.index('not') if 'not' in names else len(names)
    chosen, others = names[:cut], names[cut + 1:]
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f'*{name}*' for name in chosen] or None
    suite = unittest.TestSuite(case for case in cases(loader.loadTestsFromModule(sys.modules['__main__']))
                               if not any(name in case.id() for name in others))
    result = TapResult()
    suite.run(result)
    print(f'1..{result.number}')
    sys.exit(0 if result.wasSuccessful() else 1)
