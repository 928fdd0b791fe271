# model_writer.py: model files with any weights, for tests of what is made of them.
#
# SPDX-License-Identifier: GPL-3.0-or-later

import hashlib
import json
import struct

import numpy


def draw(rng, name, shape):
    """Such that what flows through keeps its size; a variance is above 0."""
    if name.endswith('.running-variance'):
        return rng.uniform(0.5, 2, shape).astype(numpy.float32)
    if name.endswith('.gamma'):
        return rng.uniform(0.5, 1.5, shape).astype(numpy.float32)
    deviation = (2 / numpy.prod(shape[:-1])) ** 0.5 if len(shape) > 1 else 0.1
    return rng.standard_normal(shape, numpy.float32) * numpy.float32(deviation)


def write_tensors(path, tensors, metadata=None):
    """A safetensors file of arrays by their names."""
    header, at = {'__metadata__': metadata} if metadata else {}, 0
    for name, array in tensors.items():
        header[name] = {'dtype': 'F32', 'shape': array.shape, 'data_offsets': [at, at + array.nbytes]}
        at += array.nbytes
    text = json.dumps(header).encode()
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text)
        for array in tensors.values():
            file.write(array.tobytes())


def write_model(path, graph, tensors, labels, temperature=None, **preprocess):
    """A model file of a network, as Lathe writes it; the tensors are in the order of computation."""
    node = next(node for node in graph['nodes'] if node['kind'] == 'input')
    prepared = {side: node[side] for side in ('width', 'height', 'channels')}
    prepared |= {'mean': [0.5] * node['channels'], 'deviation': [0.25] * node['channels'], **preprocess}
    sums = hashlib.sha256(b''.join(array.tobytes() for array in tensors.values())).hexdigest()
    values = {'lathe.network': json.dumps({'lathe-network': 1, **graph}), 'lathe.labels': json.dumps(labels),
              'lathe.preprocess': json.dumps(prepared), 'lathe.scores': '{"best-epoch":1}', 'lathe.weights_sha256': sums}
    if temperature is not None:
        values['lathe.temperature'] = repr(float(temperature))
    signature = hashlib.sha256(''.join(value + '\n' for value in values.values()).encode()).hexdigest()
    write_tensors(path, tensors, {'format': 'lathe', 'lathe.version': '1' if temperature is None else '2', **values,
                                  'lathe.metadata_sha256': signature})
