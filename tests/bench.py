#!/usr/bin/env python3
# bench.py: times the preset networks, and another framework in turn with them.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: bench.py LATHE-CLI [NETWORK…]

Prints milliseconds an image in training and in answering. With LATHE_PEERS (a script that takes a framework and a
network, and prints the keys of "lathe-cli bench --json") and LATHE_PEER_TORCH (the Python that has PyTorch) in the
environment, PyTorch is timed in turn with Lathe. The ratio is PyTorch's time over Lathe's: above 1, Lathe is faster.
"""

import json
import os
import subprocess
import sys

NETWORKS = ('seed', 'resnet20', 'vgg')
KEYS = ('train_ms_per_sample', 'infer_ms_per_sample', 'infer_b1_ms')
ROW = '{:<10} {:<16} {:>12} {:>14} {:>14}'
THREADS = str(len(os.sched_getaffinity(0)))


def measure(command):
    """The last JSON object that a command prints, or None (and its complaint) when it fails."""
    done = subprocess.run(command, text=True, capture_output=True)
    if done.returncode != 0:
        print('\n'.join(done.stderr.strip().splitlines()[-1:]), file=sys.stderr)
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def show(network, who, figures):
    print(ROW.format(network, who, *figures), flush=True)


def main(lathe_cli, *networks):
    peers, torch = os.environ.get('LATHE_PEERS'), os.environ.get('LATHE_PEER_TORCH')
    known = subprocess.run([lathe_cli, 'bench', '--help'], text=True, capture_output=True).stdout
    show('network', '', ('train', 'answer', 'answer one'))
    failed = False
    for network in networks or [name for name in NETWORKS if name in known]:
        ours = measure([lathe_cli, 'bench', '--network', network, '--threads', THREADS, '--json'])
        if ours is None:
            failed = True
            continue
        show(network, 'lathe', (f'{ours[key]:.3f} ms' for key in KEYS))
        theirs = measure([torch, peers, 'torch', network, '--threads', THREADS]) if peers and torch else None
        if theirs:
            show(network, theirs['framework'].split('+')[0], (f'{theirs[key]:.3f} ms' for key in KEYS))
            show(network, 'ratio', (f'{theirs[key] / ours[key]:.2f}' for key in KEYS))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
