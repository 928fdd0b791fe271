#!/usr/bin/env python3
# unpack-samples.py: writes the sample set as ordinary PNG files, one folder a class.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: unpack-samples.py fashion-mnist-600.idx4.xz FOLDER [STAMP]

The stamp is written last, so a set that was cut short is unpacked again. Without a stamp the program is being
installed: FOLDER is below the prefix that Meson gives.
"""

import lzma
import os
import pathlib
import struct
import sys
import zlib

CLASSES = ('T-shirt', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Boot')
IDX_HEADER = struct.Struct('>4B4I')


def png_chunk(kind, content):
    checksum = zlib.crc32(kind + content)
    return struct.pack('>I', len(content)) + kind + content + struct.pack('>I', checksum)


def png_grey(pixels, width, height):
    """A PNG file of 8-bit grey; every row is stored with filter 0, none."""
    rows = b''.join(b'\0' + pixels[y * width:(y + 1) * width] for y in range(height))
    return (b'\x89PNG\r\n\x1a\n'
            + png_chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 0, 0, 0, 0))
            + png_chunk(b'IDAT', zlib.compress(rows, 9))
            + png_chunk(b'IEND', b''))


def main(archive, folder, stamp=None):
    content = lzma.decompress(pathlib.Path(archive).read_bytes())
    *_, classes, each, height, width = IDX_HEADER.unpack_from(content)
    size = width * height
    at = IDX_HEADER.size
    if classes != len(CLASSES) or len(content) != at + classes * each * size:
        sys.exit(f'unpack-samples: {archive} is damaged')

    folder = pathlib.Path(folder) if stamp else pathlib.Path(os.environ['MESON_INSTALL_DESTDIR_PREFIX'], folder)
    for name in CLASSES:
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        for number in range(1, each + 1):
            (place / f'{number:04}.png').write_bytes(png_grey(content[at:at + size], width, height))
            at += size
    if stamp:
        pathlib.Path(stamp).write_text(f'{classes * each} images\n', encoding='utf-8')


if __name__ == '__main__':
    main(*sys.argv[1:])
