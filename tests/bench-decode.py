#!/usr/bin/env python3
# bench-decode.py: times how fast photographs come from their files, and PyTorch's DataLoader in turn.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: bench-decode.py BENCH-DECODE FOLDER

FOLDER has one sub-folder of JPEG files for each class. Prints images a second, decoded and brought to 128×128 and to
224×224 on two threads, in batches of 32 in a shuffled order: the best of several rounds. With LATHE_PEER_TORCH (the
Python that has PyTorch and torchvision) in the environment, its DataLoader is timed in turn, with two workers, with
torchvision's decoder and with Pillow's, which decodes reduced. The ratio is ours over the faster of the two: above 1,
Lathe is faster. LATHE_PEER_SIMD (a folder with pillow-simd) is put before the peer's own Pillow.

The peer stops at bytes; Lathe goes on to the numbers that a network takes, which it cannot leave out.
"""

import os
import pathlib
import subprocess
import sys
import time

SIZES = (128, 224)
ROUNDS = 3  # and the peer another before them, in which its workers start
TURNS = 2
PEERS = ('torchvision', 'pillow')
ROW = '{:<9} {:<14} {:>12}'


def photographs(paths, decoder, size):
    """A dataset of the peer's: decodes and scales one image."""
    import numpy
    import torch
    import torchvision
    from PIL import Image
    from torchvision.transforms.v2 import functional

    class Photographs(torch.utils.data.Dataset):
        def __len__(self):
            return len(paths)

        def __getitem__(self, i):
            if decoder == 'torchvision':
                image = torchvision.io.decode_image(paths[i], torchvision.io.ImageReadMode.RGB)
                return functional.resize(image, [size, size], antialias=True)
            image = Image.open(paths[i])
            image.draft('RGB', (size, size))
            image = image.convert('RGB').resize((size, size), Image.BILINEAR)
            return torch.from_numpy(numpy.array(image)).permute(2, 0, 1)

    return Photographs()


def peer(folder, decoder, size):
    """Runs in the peer's Python, and prints images a second of each round."""
    if os.environ.get('LATHE_PEER_SIMD'):
        sys.path.insert(0, os.environ['LATHE_PEER_SIMD'])
    import torch

    paths = sorted(str(path) for path in pathlib.Path(folder).glob('*/*.jpg'))
    loader = torch.utils.data.DataLoader(photographs(paths, decoder, int(size)), batch_size=32, shuffle=True,
                                         num_workers=2, persistent_workers=True)
    for a_round in range(1 + ROUNDS):
        begin = time.perf_counter()
        n = sum(len(batch) for batch in loader)
        if a_round > 0:
            print(n / (time.perf_counter() - begin), flush=True)


def best(command):
    done = subprocess.run(command, text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(done.stderr.strip().splitlines()[-1])
    return max(map(float, done.stdout.split()))


def main(bench_decode, folder):
    torch = os.environ.get('LATHE_PEER_TORCH')
    for size in map(str, SIZES):
        fastest = {}
        for _ in range(TURNS):
            commands = {'lathe': [bench_decode, folder, size, '2', str(ROUNDS)]}
            if torch:
                commands |= {name: [torch, __file__, '--peer', folder, name, size] for name in PEERS}
            for name, command in commands.items():
                fastest[name] = max(fastest.get(name, 0), best(command))
        for name, rate in fastest.items():
            print(ROW.format(f'{size}×{size}', name, f'{rate:.0f} /s'))
        if torch:
            ratio = fastest['lathe'] / max(fastest[name] for name in PEERS)
            print(ROW.format(f'{size}×{size}', 'ratio', f'{ratio:.2f}'), flush=True)


if __name__ == '__main__':
    if sys.argv[1] == '--peer':
        peer(*sys.argv[2:])
    else:
        main(*sys.argv[1:])
