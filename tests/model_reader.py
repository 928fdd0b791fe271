# model_reader.py: what a model file holds.
#
# SPDX-License-Identifier: GPL-3.0-or-later

import json
import struct

import numpy


def read_model(path):
    """The network, the tensors and the metadata of a model file."""
    data = memoryview(path.read_bytes())
    n, = struct.unpack('<Q', data[:8])
    header = json.loads(bytes(data[8:8 + n]))
    metadata = header.pop('__metadata__')
    tensors = {name: numpy.frombuffer(data[8 + n:], '<f4', entry['data_offsets'][1] // 4 - entry['data_offsets'][0] // 4,
                                      entry['data_offsets'][0]).reshape(entry['shape'])
               for name, entry in header.items()}
    return json.loads(metadata['lathe.network']), tensors, metadata
