#!/usr/bin/env python3
# bench.py: times the preset networks, and other frameworks in turn with them.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: bench.py LATHE-CLI OUT.json [--rounds N] [--only PART] [NETWORK…]

Prints tables, and writes what is in them to OUT.json. The parts:

  speed    milliseconds an image in training and in answering, against the peers that the environment gives
  growth   training at other batches, on one thread, and on small and large sets of images
  memory   the most that a training of vgg at batch 32 holds
  augment  milliseconds that a batch of 32 colour images of 128 × 128 takes to be augmented
  scan     seconds and memory that a look at 100,000 small files takes, and another one when nothing has changed

LATHE_PEERS is a script that takes a framework (torch, tf, ort) and a network, and prints the keys of
"lathe-cli bench --json". LATHE_PEER_TORCH, LATHE_PEER_TF and LATHE_PEER_ORT are the Pythons that have them;
LATHE_PEER_ONNX is EfficientNet-Lite0 as an ONNX file. All are timed in turn, several rounds, and of each figure the best
counts. A ratio is the best peer's time over Lathe's: above 1, Lathe is faster.
"""

import argparse
import gzip
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
NETWORKS = ('seed', 'resnet20', 'vgg')
KEYS = ('train_ms_per_sample', 'infer_ms_per_sample', 'infer_b1_ms')
PEERS = {'torch': 'LATHE_PEER_TORCH', 'tf': 'LATHE_PEER_TF', 'ort': 'LATHE_PEER_ORT'}
BATCHES = (8, 32, 256)
SETS = (1000, 70000)  # images
FASHION = pathlib.Path('/usr/share/datasets/fashion-mnist')  # Debian's dataset-fashion-mnist
AUGMENTATIONS = ('flip,shift', 'flip,shift,rotate,brightness,contrast,saturation,hue', 'randaugment', 'blur', 'noise', 'cutout')
FILES, FOLDERS = 100000, 100
PARTS = ('speed', 'growth', 'memory', 'augment', 'scan')
THREADS = len(os.sched_getaffinity(0))


def call(command, **environment):
    """The JSON objects that a command prints, and the most bytes it held; without any when it failed, which is said."""
    with tempfile.TemporaryFile('w+') as out, tempfile.TemporaryFile('w+') as complaints:
        process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=complaints, text=True,
                                   env={**os.environ, **environment})
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if status != 0:
            complaints.seek(0)
            print(f'{command[0]}:', *complaints.read().strip().splitlines()[-1:], file=sys.stderr)
            return [], usage.ru_maxrss * 1024
        out.seek(0)
        return [json.loads(line) for line in out if line.startswith('{')], usage.ru_maxrss * 1024


def row(*cells):
    print('{:<20} {:<20} {:>10} {:>10} {:>10} {:>8}'.format(*cells).rstrip(), flush=True)


def best_of(results):
    """Of several rounds of one program the best of each figure."""
    best = dict(results[-1])
    for key in best.keys() & set(KEYS):
        best[key] = min(result[key] for result in results)
    for key in best.keys() & {'peak_gflops', 'share_of_peak'}:
        best[key] = max(result[key] for result in results)
    return best


class Bench:
    def __init__(self, cli, rounds):
        self.cli, self.rounds = cli, rounds

    def ours(self, network, *options, threads=THREADS):
        return [self.cli, 'bench', '--network', network, '--threads', threads, '--json', *options]

    # --- Speed

    def contestants(self, network):
        """Commands by their names, Lathe's first."""
        peers, model = os.environ.get('LATHE_PEERS'), os.environ.get('LATHE_PEER_ONNX')
        commands = {'lathe': self.ours(network)}
        for name, variable in PEERS.items():
            if network in NETWORKS and peers and os.environ.get(variable):
                commands[name] = [os.environ[variable], peers, name, network, '--threads', THREADS]
        if network not in NETWORKS and model and os.environ.get('LATHE_PEER_ORT'):
            commands['lathe'] = self.ours(network, '--steps', 1)
            commands['ort'] = [os.environ['LATHE_PEER_ORT'], HERE / 'bench-onnx.py', model, 32, THREADS]
        return commands

    def compare(self, network):
        commands, results = self.contestants(network), {}
        for _ in range(self.rounds):
            for name, command in commands.items():
                results.setdefault(name, []).extend(call(command)[0][-1:])
        best = {name: best_of(found) for name, found in results.items() if found}
        for result in best.values():
            figures = (f'{result[key]:.3f}' if key in result else '' for key in KEYS)
            row(network, result['framework'].split('+')[0], *figures,
                f"{result['share_of_peak']:.0%}" if 'share_of_peak' in result else '')
        ratios = {}
        for key in KEYS:
            theirs = [result[key] for name, result in best.items() if name != 'lathe' and key in result]
            if theirs and 'lathe' in best:
                ratios[key] = min(theirs) / best['lathe'][key]
        if ratios:
            row(network, 'best peer / lathe', *(f'{ratios[key]:.2f}' if key in ratios else '' for key in KEYS), '')
        return {**best, 'ratio': ratios}

    def speed(self, networks):
        row('Milliseconds', 'an image', 'train', 'answer', 'one alone', 'of peak')
        more = ('efficientnet-lite0',) if os.environ.get('LATHE_PEER_ONNX') else ()
        return {network: self.compare(network) for network in networks or NETWORKS + more}

    # --- Growth

    def train_time(self, network, **options):
        """Milliseconds an image in training: the best round."""
        threads = options.pop('threads', THREADS)
        words = [word for name, value in options.items() for word in (f'--{name}', value)]
        times = [result['train_ms_per_sample'] for _ in range(self.rounds)
                 for result in call(self.ours(network, *words, '--rounds', 1, threads=threads))[0]]
        return min(times, default=float('nan'))

    def growth(self, networks):
        found = {}
        print()
        row('Training', 'ms an image', *(f'batch {batch}' for batch in BATCHES), '')
        for network in networks or NETWORKS:
            times = {batch: self.train_time(network, batch=batch, steps=max(1, 320 // batch)) for batch in BATCHES}
            one = self.train_time(network, steps=5, threads=1)
            found[network] = {'ms_by_batch': times, 'ms_on_one_thread': one, 'speed_up': one / times[32]}
            row(network, f'{THREADS} threads', *(f'{time:.3f}' for time in times.values()), '')
            row(network, '1 thread', '', f'{one:.3f}', f'{one / times[32]:.2f} ×', '')
        if FASHION.exists():
            found['ms_by_images'] = {size: self.train_on(size) for size in SETS}
            for size, (first, later) in found['ms_by_images'].items():
                row('lenet', f'{size:,} images', f'{first:.3f}', f'{later:.3f}', 'first epoch, later', '')
        return found

    def train_on(self, size):
        """Milliseconds an image in the first epoch, which decodes, and in the best of the later ones."""
        with tempfile.TemporaryDirectory() as folder:
            unpack(pathlib.Path(folder) / 'images', size)
            epochs = [event for event in call([self.cli, 'train', f'{folder}/images', '--network', 'lenet', '--epochs', 4,
                                               '--threads', THREADS, '--out', f'{folder}/model', '--json'])[0]
                      if event['event'] == 'epoch']
        times = [1000 / epoch['images_per_second'] for epoch in epochs]
        return (times[0], min(times[1:])) if times else (float('nan'),) * 2

    # --- Augmentation

    def augment(self, networks):
        """Milliseconds of some lists of augmentations, by bench-augment."""
        program = pathlib.Path(self.cli).resolve().parents[2] / 'tests/bench-augment'
        lines = subprocess.run([program, '128', str(THREADS), '50', *AUGMENTATIONS], check=True, text=True,
                               stdout=subprocess.PIPE).stdout.split()
        found = {name: float(line) for name, line in zip(AUGMENTATIONS, lines)}
        print()
        for name, time in found.items():
            print(f'Augmentation         {time:>6.3f} ms  {name}')
        return found

    # --- Scan

    def scan(self, networks):
        """With the system's memory of the disk dropped, where this program may, and at once again."""
        found = {}
        print()
        with tempfile.TemporaryDirectory() as folder:
            make_files(pathlib.Path(folder) / 'set')
            for name, drops in (('first', True), ('unchanged', False), ('unchanged, dropped', True)):
                dropped = drops and drop_caches()
                begin = time.monotonic()
                _, most = call([self.cli, 'dataset', f'{folder}/set', '--json'], XDG_CACHE_HOME=f'{folder}/cache')
                found[name] = {'seconds': time.monotonic() - begin, 'bytes': most, 'dropped': dropped}
                row(f'Scan, {FILES:,}', name, f"{found[name]['seconds']:.2f} s", f'{most / 1e6:.0f} MB',
                    '' if dropped == drops else 'not dropped', '')
        return found

    # --- Memory

    def memory(self, networks):
        """Bytes that a training of vgg at batch 32 holds at most, its images in memory."""
        print()
        peers, torch = os.environ.get('LATHE_PEERS'), os.environ.get('LATHE_PEER_TORCH')
        found = {'lathe': call(self.ours('vgg', '--steps', 2, '--rounds', 1))[1]}
        if peers and torch:
            found['torch'] = call([torch, peers, 'torch', 'vgg', '--steps', 2, '--rounds', 1, '--threads', THREADS])[1]
        for name, most in found.items():
            row('Memory of vgg', name, f'{most / 1e6:.0f} MB', f"{most / found['lathe']:.2f} ×", '', '')
        return found


def samples_module():
    loader = importlib.machinery.SourceFileLoader('samples', str(HERE.parent / 'data/samples/unpack-samples.py'))
    samples = importlib.util.module_from_spec(importlib.util.spec_from_loader('samples', loader))
    loader.exec_module(samples)
    return samples


def make_files(folder):
    """Images of noise, as PNG files of about a kilobyte. The last ones are older than two seconds in the end: what is
    younger is looked at again."""
    samples = samples_module()
    for i in range(FOLDERS):
        (folder / f'{i:03}').mkdir(parents=True)
        for j in range(FILES // FOLDERS):
            (folder / f'{i:03}' / f'{j:04}.png').write_bytes(samples.png_grey(os.urandom(1024), 32, 32))
    time.sleep(3)


def drop_caches():
    """Whether the system has forgotten what it read from the disk."""
    os.sync()
    try:
        pathlib.Path('/proc/sys/vm/drop_caches').write_text('3')
    except OSError:
        return False
    return True


def unpack(folder, size):
    """The first images of each class of Fashion-MNIST, as PNG files, one folder a class."""
    samples = samples_module()
    read = {kind: b''.join(gzip.decompress((FASHION / f'{part}-{kind}-ubyte.gz').read_bytes())[head:]
                           for part in ('train', 't10k'))
            for kind, head in (('images-idx3', 16), ('labels-idx1', 8))}
    seen = [0] * len(samples.CLASSES)
    for name in samples.CLASSES:
        (folder / name).mkdir(parents=True)
    for i, label in enumerate(read['labels-idx1']):
        if seen[label] < size // len(seen):
            seen[label] += 1
            pixels = read['images-idx3'][i * 784:(i + 1) * 784]
            path = folder / samples.CLASSES[label] / f'{seen[label]:05}.png'
            path.write_bytes(samples.png_grey(pixels, 28, 28))


def machine(cli):
    """What the figures were measured on."""
    facts = (call([cli, 'bench', '--network', 'lenet', '--steps', 1, '--json'])[0] or [{}])[-1]
    name = re.search(r'^model name\s*: (.*)$', pathlib.Path('/proc/cpuinfo').read_text(), re.MULTILINE)
    return {'cpu': name[1] if name else 'unknown', 'threads': THREADS, 'kernels': facts.get('kernels'),
            'peak_gflops': facts.get('peak_gflops')}


def main():
    parser = argparse.ArgumentParser(prog='bench')
    parser.add_argument('cli')
    parser.add_argument('out')
    parser.add_argument('networks', nargs='*')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--only', choices=PARTS)
    options = parser.parse_intermixed_args()
    bench = Bench(options.cli, options.rounds)
    found = {'machine': machine(options.cli)}
    print('{cpu}, {threads} threads, {kernels}, peak {peak_gflops:.0f} GFLOP/s\n'.format(**found['machine']))
    for part in (options.only,) if options.only else PARTS:
        found[part] = getattr(bench, part)(tuple(options.networks))
    pathlib.Path(options.out).write_text(json.dumps(found, indent=2) + '\n')


if __name__ == '__main__':
    main()
