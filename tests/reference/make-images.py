#!/usr/bin/env python3
# make-images.py: a photograph, and what Pillow makes of it: decoded, decoded at half the size, scaled.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: make-images.py FOLDER

Needs NumPy and Pillow; written with Pillow 13.0 (libjpeg-turbo 3.2). "test-decode" compares with what is in
tests/fixtures/images.
"""

import sys

import numpy
from PIL import Image

WIDTH, HEIGHT = 64, 48


def photograph():
    """Slow and quick changes, edges and noise, in all three channels."""
    y, x = numpy.mgrid[:HEIGHT, :WIDTH]
    noise = numpy.random.default_rng(1).normal(0, 9, (HEIGHT, WIDTH, 3))
    slow = numpy.stack([128 + 90 * numpy.sin(x / 9), 3.5 * x, 5 * y], axis=-1)
    disc = (x - 40) ** 2 + (y - 20) ** 2 < 150
    slow[disc] = (230, 40, 60)
    slow[(x + y) % 23 < 4] *= 0.4
    return Image.fromarray(numpy.clip(slow + noise, 0, 255).astype(numpy.uint8))


def main(folder):
    photograph().save(f'{folder}/photo.jpg', quality=90, subsampling='4:2:0')
    whole = Image.open(f'{folder}/photo.jpg')
    half = Image.open(f'{folder}/photo.jpg')
    half.draft('RGB', (WIDTH // 2, HEIGHT // 2))
    whole.save(f'{folder}/photo-whole.png')
    half.save(f'{folder}/photo-half.png')
    whole.resize((20, 15), Image.BILINEAR).save(f'{folder}/photo-20.png')
    whole.resize((100, 75), Image.BILINEAR).save(f'{folder}/photo-100.png')


if __name__ == '__main__':
    main(*sys.argv[1:])
