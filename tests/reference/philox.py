# philox.py: the random numbers that the engine draws, for the other side of a comparison.
#
# SPDX-License-Identifier: GPL-3.0-or-later

import numpy


def philox(seed, purpose, major, minor, n):
    """The first n draws of a stream: Philox 4×32-10, as lathe-rng.c has it."""
    blocks = (n + 3) // 4
    low = numpy.uint64(0xFFFFFFFF)
    half = numpy.uint64(32)
    c = [numpy.arange(blocks, dtype=numpy.uint64)]
    c += [numpy.full(blocks, value, numpy.uint64) for value in (minor, major, purpose)]
    k0, k1 = seed & 0xFFFFFFFF, seed >> 32
    for _ in range(10):
        p0, p1 = c[0] * numpy.uint64(0xD2511F53), c[2] * numpy.uint64(0xCD9E8D57)
        c = [(p1 >> half) ^ c[1] ^ numpy.uint64(k0), p1 & low, (p0 >> half) ^ c[3] ^ numpy.uint64(k1), p0 & low]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return numpy.stack(c, axis=1).reshape(-1)[:n]
