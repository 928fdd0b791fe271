#!/usr/bin/env python3
# make-trajectories.py: trains the presets with PyTorch, and writes down how it went, for test-trajectories.c.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Needs PyTorch and NumPy. Takes no weights and no images from anywhere: both come from the same counter-based
generator as Lathe's own, so that the result, fixtures/trajectories.json, is small and both sides start alike.

The truth is a run in double precision. Each is made again in single precision, to see how far rounding alone drifts:
deep networks with batch norm double it at every step, at least, whoever computes them. "single-steps" counts the steps
before PyTorch's own single precision comes near the tolerance of the test, which compares noise from there on.
"""

import json
import math
import pathlib
import sys

import numpy
import torch
from philox import philox
from torch.nn import functional

TESTS = pathlib.Path(__file__).resolve().parent.parent
PRESETS = TESTS.parent / 'data' / 'presets'
RESULT = TESTS / 'fixtures' / 'trajectories.json'

SEED, STEPS, SAMPLES = 1, 20, 8
INITIALISE, AUGMENT = 3, 5  # purposes of lathe-rng.h
NOISE, COLOUR, LABELS = 0, 1, 2  # streams of the batches

# The scale of a norm that ends a residual branch starts at "residual-gamma": near zero, a deep network starts as a
# shallow one, and rounding grows slower (Goyal et al. 2017, section 5.1).
RUNS = [
    {'network': 'seed', 'side': 64, 'batch': 16, 'classes': 10, 'optimizer': 'adam', 'learning-rate': 1e-3,
     'residual-gamma': 1},
    {'network': 'resnet20', 'side': 32, 'batch': 16, 'classes': 10, 'optimizer': 'momentum', 'learning-rate': 2e-3,
     'residual-gamma': 0.25},
    {'network': 'mobilenet', 'side': 64, 'batch': 8, 'classes': 10, 'optimizer': 'momentum', 'learning-rate': 1e-3,
     'residual-gamma': 0.25},
]
# How far rounding may drift where it is compared: a third of the tolerances of the test.
LOSS_DRIFT, TENSOR_DRIFT = 3e-5, 3e-4
# A tensor that has no gradient (a shift in front of a norm) holds rounding alone: the least that counts as its size.
LEAST = 1e-3
MOMENTUM = 0.9

# What is left out of a node is at its default, as in the tables of engine/layers.
DEFAULTS = {
    'conv2d': {'kernel-height': 3, 'kernel-width': 3, 'stride-height': 1, 'stride-width': 1, 'padding': 'valid',
               'activation': 'none', 'bias': 'yes', 'groups': 1},
    'max-pool': {'pool-height': 2, 'pool-width': 2, 'stride-height': 2, 'stride-width': 2, 'padding': 'valid'},
    'batch-norm': {'momentum': 0.9, 'epsilon': 1e-5},
    'dense': {'activation': 'none', 'bias': 'yes'},
}


def uniform(*stream):
    return philox(*stream).astype(numpy.float64) * 2.0**-32


def make_batch(run, step):
    """Noise over one colour a class: something to learn in twenty steps. Single precision, channels last."""
    side, batch, classes = run['side'], run['batch'], run['classes']
    labels = (philox(SEED, AUGMENT, step, LABELS, batch) * numpy.uint64(classes)) >> numpy.uint64(32)
    colours = numpy.stack([uniform(SEED, AUGMENT, label, COLOUR, 3) for label in range(classes)])
    noise = uniform(SEED, AUGMENT, step, NOISE, batch * side * side * 3).reshape(batch, side, side, 3)
    images = (noise + colours[labels.astype(int)][:, None, None, :]) / 2
    return images.astype(numpy.float32), labels.astype(numpy.int64)


class Network:
    """A preset in PyTorch. Images are NCHW inside; parameters keep the shapes and the order of Lathe's."""

    def __init__(self, name, height, width, classes=None):
        nodes = json.loads((PRESETS / f'{name}.json').read_text())['nodes']
        self.nodes = [{**DEFAULTS.get(node['kind'], {}), **node} for node in nodes]
        self.parameters = {}
        self.states = set()
        if classes is not None:
            self.nodes[-1]['units'] = classes
        self.shapes = {'input': (height, width, 3)}
        for index, node in enumerate(self.nodes[1:], 1):
            self.plan(index, node)

    def draw(self, index, node, name, shape, fan_in=0, fan_out=0, fill=None):
        """As lathe_network_initialise () does: He's limit before a ReLU, else Glorot's."""
        place = sum(key.startswith(node['name'] + '.') for key in self.parameters)
        if fill is not None:
            value = numpy.full(shape, fill, numpy.float32)
        else:
            he = node['activation'] in ('relu', 'relu6')
            limit = math.sqrt(6 / fan_in) if he else math.sqrt(6 / (fan_in + fan_out))
            value = limit * (2 * uniform(SEED, INITIALISE, index, place, math.prod(shape)) - 1)
        self.parameters[f'{node["name"]}.{name}'] = value.astype(numpy.float32).reshape(shape)

    def plan(self, index, node):
        kind, name = node['kind'], node['name']
        shape = self.shapes[node['inputs'][0]]
        if kind == 'conv2d':
            kernel = (node['kernel-height'], node['kernel-width'])
            inner, outer = shape[2] // node['groups'], node['filters'] // node['groups']
            self.draw(index, node, 'weight', (*kernel, inner, node['filters']), math.prod(kernel) * inner,
                      math.prod(kernel) * outer)
            if node['bias'] == 'yes':
                self.draw(index, node, 'bias', (node['filters'],), fill=0)
            shape = (*self.windows(node, shape, kernel)[0], node['filters'])
        elif kind == 'max-pool':
            shape = (*self.windows(node, shape, (node['pool-height'], node['pool-width']))[0], shape[2])
        elif kind == 'batch-norm':
            for parameter, fill in ('gamma', 1), ('beta', 0), ('running-mean', 0), ('running-variance', 1):
                self.draw(index, node, parameter, (shape[2],), fill=fill)
            self.states |= {f'{name}.running-mean', f'{name}.running-variance'}
        elif kind == 'flatten':
            shape = (math.prod(shape),)
        elif kind == 'global-average-pool':
            shape = (shape[2],)
        elif kind == 'dense':
            self.draw(index, node, 'weight', (shape[0], node['units']), shape[0], node['units'])
            self.draw(index, node, 'bias', (node['units'],), fill=0)
            shape = (node['units'],)
        self.shapes[name] = shape

    @staticmethod
    def windows(node, shape, kernel):
        """How many windows there are down and across, and the padding left, right, above and below."""
        strides = (node['stride-height'], node['stride-width'])
        if node['padding'] == 'same':
            out = [math.ceil(n / s) for n, s in zip(shape, strides)]
            margin = [max(0, (o - 1) * s + k - n) for o, s, k, n in zip(out, strides, kernel, shape)]
            sides = [(m // 2, m - m // 2) for m in margin]
        elif node['padding'] == 'explicit':
            sides = [(node['padding-top'], node['padding-bottom']), (node['padding-left'], node['padding-right'])]
        else:
            sides = [(0, 0), (0, 0)]
        out = [(n + sum(p) - k) // s + 1 for n, p, k, s in zip(shape, sides, kernel, strides)]
        return out, (*sides[1], *sides[0])

    def run_node(self, node, x, w, training):
        """w: the tensors by name. Dropout is taken to drop nothing."""
        kind, name, (x, *others) = node['kind'], node['name'], x
        shape = self.shapes[node['inputs'][0]]
        if kind == 'conv2d':
            kernel = (node['kernel-height'], node['kernel-width'])
            x = functional.conv2d(functional.pad(x, self.windows(node, shape, kernel)[1]),
                                  w[f'{name}.weight'].permute(3, 2, 0, 1), w.get(f'{name}.bias'),
                                  (node['stride-height'], node['stride-width']), groups=node['groups'])
        elif kind == 'max-pool':
            kernel = (node['pool-height'], node['pool-width'])
            x = functional.max_pool2d(functional.pad(x, self.windows(node, shape, kernel)[1], value=-math.inf), kernel,
                                      (node['stride-height'], node['stride-width']))
        elif kind == 'batch-norm':
            x = functional.batch_norm(x, w[f'{name}.running-mean'], w[f'{name}.running-variance'], w[f'{name}.gamma'],
                                      w[f'{name}.beta'], training, 1 - node['momentum'], node['epsilon'])
        elif kind == 'flatten':
            x = x.permute(0, 2, 3, 1).flatten(1)
        elif kind == 'global-average-pool':
            x = x.mean((2, 3))
        elif kind == 'dense':
            x = x @ w[f'{name}.weight'] + w[f'{name}.bias']
        elif kind == 'add':
            x = x + others[0]
        if 'relu' in (kind, node.get('activation')):
            x = functional.relu(x)
        elif 'relu6' in (kind, node.get('activation')):
            x = functional.relu6(x)
        return x

    def run(self, images, w, training):
        """The logits: the softmax at the end belongs to the loss."""
        values = {'input': images.permute(0, 3, 1, 2)}
        for node in self.nodes[1:]:
            values[node['name']] = self.run_node(node, [values[name] for name in node['inputs']], w, training)
        return values[self.nodes[-1]['name']]


def train(run, kind):
    """Returns the losses, and the tensors before and after."""
    network = Network(run['network'], run['side'], run['side'], run['classes'])
    for node in network.nodes:
        if node['kind'] == 'add' and f'{node["inputs"][0]}.gamma' in network.parameters:
            network.parameters[f'{node["inputs"][0]}.gamma'] *= numpy.float32(run['residual-gamma'])
    w = {name: torch.tensor(value, dtype=kind) for name, value in network.parameters.items()}
    trained = [value.requires_grad_() for name, value in w.items() if name not in network.states]
    if run['optimizer'] == 'adam':
        optimizer = torch.optim.Adam(trained, run['learning-rate'])
    else:
        optimizer = torch.optim.SGD(trained, run['learning-rate'], MOMENTUM)
    losses = []
    for step in range(STEPS):
        images, labels = make_batch(run, step)
        optimizer.zero_grad()
        loss = functional.cross_entropy(network.run(torch.tensor(images, dtype=kind), w, True), torch.tensor(labels))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, network.parameters, {name: value.detach().double().numpy() for name, value in w.items()}


def sampled(values):
    """Spread evenly over the tensor."""
    flat = values.reshape(-1)
    return [flat[(2 * i + 1) * flat.size // (2 * SAMPLES)] for i in range(SAMPLES)]


def number(value):
    return float(f'{value:.9g}')


def record(losses, before, after):
    """What the test compares."""
    return [number(loss) for loss in losses], [{
        'name': name,
        'norm': number(numpy.linalg.norm(value)),
        'moved': number(numpy.linalg.norm(value - before[name])),
        'largest': number(numpy.abs(value).max()),
        'samples': [number(sample) for sample in sampled(value)],
    } for name, value in after.items()]


def drift(truth, other):
    """The differences of two records, as the test takes them: of each loss, and the largest of the tensors."""
    tensors = []
    for a, b in zip(truth[1], other[1]):
        tensors += [(abs(a[what] - b[what]) / max(LEAST, a[what]), what, a['name']) for what in ('norm', 'moved')]
        tensors += [(abs(x - y) / max(LEAST, a['largest']), 'a sample', a['name'])
                    for x, y in zip(a['samples'], b['samples'])]
    return [abs(a / b - 1) for a, b in zip(truth[0], other[0])], max(tensors)


def make(run):
    truth = record(*train(run, torch.float64))
    losses, (tensors, what, name) = drift(truth, record(*train(run, torch.float32)))
    near = [value < LOSS_DRIFT for value in losses] + [tensors < TENSOR_DRIFT]
    steps = near.index(False) if False in near else STEPS
    print(f'{run["network"]}: the loss goes from {truth[0][0]:.4f} to {truth[0][-1]:.4f}; single precision drifts by '
          f'{max(losses):.1e} in the losses, near enough for {steps} steps, and by {tensors:.1e} in the tensors, most '
          f'in {what} of {name}', file=sys.stderr)
    if abs(truth[0][-1] / truth[0][0] - 1) < 0.1:
        sys.exit('make-trajectories: hardly anything moves: take a larger learning rate')
    head = json.dumps({**run, 'momentum': MOMENTUM, 'single-steps': steps, 'single-tensors': all(near),
                       'losses': truth[0]})
    tensors = ',\n'.join('  ' + json.dumps(line) for line in truth[1])
    return f'{head[:-1]}, "tensors": [\n{tensors}\n]}}'


def main():
    RESULT.write_text('[\n' + ',\n'.join(make(run) for run in RUNS) + '\n]\n')


if __name__ == '__main__':
    main()
