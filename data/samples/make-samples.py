#!/usr/bin/env python3
# make-samples.py: makes fashion-mnist-600.idx4.xz from Debian's dataset-fashion-mnist.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the first 600 training images of each class, in the order of the original file.

The result is an IDX file of four dimensions, classes × images × rows × columns, of unsigned bytes, compressed with xz.
"""

import gzip
import lzma
import pathlib
import struct
import sys

SOURCE = pathlib.Path('/usr/share/datasets/fashion-mnist')
RESULT = pathlib.Path(__file__).with_name('fashion-mnist-600.idx4.xz')
CLASSES, EACH, SIDE = 10, 600, 28
IDX_HEADER = struct.Struct('>4B4I')
IDX_UNSIGNED_BYTE = 8


def main():
    try:
        images = gzip.decompress((SOURCE / 'train-images-idx3-ubyte.gz').read_bytes())[16:]
        labels = gzip.decompress((SOURCE / 'train-labels-idx1-ubyte.gz').read_bytes())[8:]
    except FileNotFoundError as error:
        sys.exit(f'make-samples: {error.filename} is not there: apt-get install dataset-fashion-mnist')

    kept = [[] for _ in range(CLASSES)]
    for index, label in enumerate(labels):
        if len(kept[label]) < EACH:
            kept[label].append(images[index * SIDE * SIDE:(index + 1) * SIDE * SIDE])

    header = IDX_HEADER.pack(0, 0, IDX_UNSIGNED_BYTE, 4, CLASSES, EACH, SIDE, SIDE)
    content = header + b''.join(image for images in kept for image in images)
    RESULT.write_bytes(lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))


if __name__ == '__main__':
    main()
