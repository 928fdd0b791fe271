# onnx_engine.py: networks of the engine, built layer by layer and run by the program onnx-case.
#
# SPDX-License-Identifier: GPL-3.0-or-later

import json
import subprocess

import numpy

# What ends a network with these belongs to its loss: the network leaves it out unless something follows.
BELONGS_TO_LOSS = ('sigmoid', 'softmax')

BYTES = ('graph', 'labels', 'file')  # answers that are no numbers


class Refused(Exception):
    """What the engine said instead of an answer."""


class Engine:
    """A running onnx-case."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait()

    def _line(self):
        line = self.process.stdout.readline().split()
        if not line:
            raise Refused(f'the program ended with status {self.process.wait()}')
        return [int(part) if part.isdigit() else part.decode() for part in line]

    def ask(self, kind, count, arrays):
        """Sends named arrays (numbers or bytes), and returns those of the answer: texts and files as bytes, numbers flat."""
        self.process.stdin.write(f'{kind} {count} {len(arrays)}\n'.encode())
        for name, data in arrays.items():
            data = data if isinstance(data, bytes) else numpy.ascontiguousarray(data).tobytes()
            self.process.stdin.write(f'{name} {len(data)}\n'.encode() + data)
        self.process.stdin.flush()
        verdict, _, n_arrays = self._line()
        answer = {}
        for _ in range(n_arrays):
            name, size = self._line()
            answer[name] = self.process.stdout.read(size)
        if verdict != 'ok':
            raise Refused(answer['message'].decode())
        return {name: data if name in BYTES else numpy.frombuffer(data, numpy.float32) for name, data in answer.items()}


class Network:
    """A network being built for `images` (samples × height × width × channels). A layer follows the one before it,
    unless its inputs are named."""

    def __init__(self, engine, images):
        self.engine, self.images = engine, images
        _, height, width, channels = images.shape
        self.nodes = [{'name': 'input', 'kind': 'input', 'height': height, 'width': width, 'channels': channels}]
        self.tensors = {}

    def add(self, kind, *inputs, weights=None, **properties):
        """Returns the layer's name. `weights` are its tensors by name, in the engine's order of dimensions."""
        name = f'{kind}-{len(self.nodes)}'
        node = {'name': name, 'kind': kind, 'inputs': list(inputs) or [self.nodes[-1]['name']]}
        self.nodes.append(node | {key.replace('_', '-'): value for key, value in properties.items()})
        for tensor, numbers in (weights or {}).items():
            self.tensors[f'{name}.{tensor}'] = numbers.astype(numpy.float32)
        return name

    def run(self, training=False):
        """Returns samples × numbers. Afterwards `tensors` holds what a training step has left in them."""
        if self.nodes[-1]['kind'] in BELONGS_TO_LOSS:
            self.add('rescale')
        arrays = {'graph': json.dumps({'nodes': self.nodes}).encode(), 'input': self.images} | self.tensors
        if training:
            arrays['training'] = b''
        answer = self.engine.ask('network', len(self.images), arrays)
        output = answer.pop('output')
        self.tensors = answer
        return output.reshape(len(self.images), -1)
