#!/usr/bin/env python3
# make-onnx.py: writes the small ONNX files of tests/fixtures/onnx, which damaged ones are made of.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: make-onnx.py ONNX-CASE FOLDER"""

import json
import pathlib
import sys

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from onnx_engine import Engine
from onnx_file import graph_file, node
from programs_networks import all_networks, network

NAMES = ('conv2d-grouped', 'transposed-explicit', 'max-pool-same', 'average-pool-explicit', 'up-sampling-bilinear',
         'prelu-image-no', 'batch-norm-vectors', 'layer-norm-image', 'group-norm-image', 'dropout', 'reshape-vectors',
         'add-many', 'gate-image', 'end-sigmoid', 'permute-width-channels-height', 'embedding-alone', 'silu-layer')
SMALL = network(('conv2d', {'filters': 2, 'activation': 'relu6'}), ('flatten', {}), ('dense', {'units': 2}),
                size=(5, 5, 3))


def export(engine, graph, takes_bytes=False, **more):
    text = {'graph': json.dumps(graph).encode()}
    rng = numpy.random.default_rng(1)
    tensors = {name: rng.uniform(0.1, 1, shape.astype(int)).astype(numpy.float32)
               for name, shape in engine.ask('shapes', 1, text).items()}
    return engine.ask('export', int(takes_bytes), text | tensors | more)['onnx']


def others():
    """As other programs write them."""
    weight = {'w': numpy.ones((12, 2), numpy.float32)}
    yield 'shapes', graph_file(
        [node('Shape', ['x'], 's'), node('Gather', ['s', 'zero'], 'n', axis=0), node('Unsqueeze', ['n', 'axes'], 'u'),
         node('Constant', [], 'rest', value=numpy.array([-1])), node('Concat', ['u', 'rest'], 'shape', axis=0),
         node('Reshape', ['x', 'shape'], 'f'), node('MatMul', ['f', 'w'], 'm'), node('Add', ['m', 'b'], 'y')],
        weight | {'zero': numpy.array(0), 'axes': numpy.array([0]), 'b': numpy.ones(2, numpy.float32)}, ('n', 3, 2, 2))
    yield 'padding', graph_file(
        [node('Pad', ['x', 'pads'], 'p'), node('Conv', ['p', 'k'], 'c', auto_pad='SAME_UPPER', strides=[2, 2]),
         node('Mul', ['c', 'by'], 'm'), node('Transpose', ['m'], 't', perm=[0, 2, 3, 1]),
         node('ReduceMean', ['t'], 'y', axes=[1, 2], keepdims=0)],
        {'pads': numpy.array([0, 0, 1, 1, 0, 0, 1, 1]), 'k': numpy.ones((2, 3, 3, 3), numpy.float16),
         'by': numpy.ones((2, 1, 1), numpy.float32)}, (1, 3, 4, 4))


def main(program, folder):
    engine, networks = Engine(program), dict(all_networks())
    files = {name: export(engine, networks[name]) for name in NAMES} | dict(others())
    prepared = {'width': 5, 'height': 5, 'channels': 3, 'mean': [0.5] * 3, 'deviation': [0.25] * 3, 'views': 6}
    files['bytes'] = export(engine, SMALL, True, preprocess=json.dumps(prepared).encode(),
                            temperature=numpy.float32([1.5]))
    engine.close()
    for name, file in files.items():
        (pathlib.Path(folder) / f'{name}.onnx').write_bytes(file)


if __name__ == '__main__':
    main(*sys.argv[1:])
