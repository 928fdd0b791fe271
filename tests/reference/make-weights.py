#!/usr/bin/env python3
# make-weights.py: writes tests/fixtures/pth with PyTorch: small files of each kind that torch.save() makes.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: make-weights.py FOLDER

Number i of a tensor is i / 8 plus the number of its letters, so that a test knows it; of part.pth twice that.
"""

import collections
import pathlib
import sys

import torch
from torch import nn

folder = pathlib.Path(sys.argv[1])


def count(name, tensor):
    return (torch.arange(tensor.numel(), dtype=torch.float64) / 8 + len(name)).reshape(tensor.shape).to(tensor.dtype)


network = nn.Sequential(collections.OrderedDict(conv=nn.Conv2d(3, 4, 3), bn=nn.BatchNorm2d(4), flat=nn.Flatten(),
                                                fc=nn.Linear(16, 5)))
state = collections.OrderedDict((name, count(name, tensor)) for name, tensor in network.state_dict().items())
state._metadata = network.state_dict()._metadata
numbers = torch.arange(24, dtype=torch.float64).reshape(2, 3, 4) / 8
network.load_state_dict(state)
optimizer = torch.optim.Adam(network.parameters())
network(torch.zeros(2, 3, 4, 4)).sum().backward()
optimizer.step()
network.load_state_dict(state)

torch.save(state, folder / 'state.pth')
torch.save(state, folder / 'older.pth', _use_new_zipfile_serialization=False)
torch.save({'epoch': 3, 'loss': torch.ones(()), 'arguments': {'lr': 0.1, 'names': ['a', None, -7, 2**40]},
            'state_dict': network.state_dict(), 'optimizer': optimizer.state_dict()}, folder / 'checkpoint.pth')
torch.save(collections.OrderedDict((name, 2 * state[name]) for name in ('fc.weight', 'fc.bias')), folder / 'part.pth')
torch.save({'turned': numbers.float().permute(2, 0, 1), 'part': numbers.float()[:, 1:2], 'half': numbers.half(),
            'brain': numbers.bfloat16(), 'double': numbers, 'long': numbers.long(), 'parameter': nn.Parameter(numbers),
            'none': torch.zeros(0, 3), 'one': numbers[1, 2, 3]}, folder / 'odd.pth')
torch.save(network, folder / 'whole.pth')
