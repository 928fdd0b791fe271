#!/usr/bin/env python3
# weights_worker.py: saves weights with PyTorch, for test-weights-files.py.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: weights_worker.py FOLDER; the Python must have torch, and for its networks torchvision and onnx.

A line of standard input is JSON. {"program": NAME}: FOLDER/NAME.py, a program that Lathe has written, takes the weights
of NAME.safetensors, and its state dictionary is saved as NAME.pth, in the older format as NAME.old.pth, and within a
checkpoint of a wrapped network as NAME.ckpt. {"vision": NAME, "side": SIDE, "norms"}: a network of torchvision's, of
10 classes and with drawn weights, goes out as NAME.onnx, its norms in it or not, and as NAME.pth; what it answers to
NAME.npy is written to NAME.out.npy. The answer is a line, too.
"""

import importlib.util
import json
import pathlib
import sys
import traceback

import numpy as np
import torch

FOLDER = pathlib.Path(sys.argv[1])


def save_program(name):
    spec = importlib.util.spec_from_file_location('program', FOLDER / f'{name}.py')
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    model = program.Network()
    program.load_weights_from_lathe(model, FOLDER / f'{name}.safetensors')
    state = model.state_dict()
    torch.save(state, FOLDER / f'{name}.pth')
    torch.save(state, FOLDER / f'{name}.old.pth', _use_new_zipfile_serialization=False)
    wrapped = {f'module.{key}': torch.nn.Parameter(value) if value.is_floating_point() else value
               for key, value in state.items()}
    torch.save({'epoch': 3, 'best': 0.5, 'loss': torch.ones(()), 'state_dict': wrapped}, FOLDER / f'{name}.ckpt')


def settle(model):
    """Norms as after a training: a network that has them as they begin could do without."""
    for layer in model.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.1)
            layer.running_var.uniform_(0.5, 2)
            torch.nn.init.uniform_(layer.weight, 0.5, 1.5)
            torch.nn.init.normal_(layer.bias, 0, 0.1)


def narrow(model):
    """VGG's two large layers with fewer units: it is their order that counts, and not half a gigabyte."""
    if hasattr(model, 'classifier') and len(model.classifier) == 7:
        model.classifier[0] = torch.nn.Linear(model.classifier[0].in_features, 48)
        model.classifier[3] = torch.nn.Linear(48, 48)
        model.classifier[6] = torch.nn.Linear(48, 10)


def save_vision(name, side, norms):
    import torchvision
    torch.manual_seed(3)
    model = torchvision.models.get_model(name, num_classes=10)
    narrow(model)
    settle(model)
    model.eval()
    torch.save(model.state_dict(), FOLDER / f'{name}.pth')
    mode = torch.onnx.TrainingMode.PRESERVE if norms else torch.onnx.TrainingMode.EVAL
    torch.onnx.export(model, torch.zeros(1, 3, side, side), FOLDER / f'{name}.onnx', dynamo=False, training=mode)
    with torch.no_grad():
        images = torch.from_numpy(np.load(FOLDER / f'{name}.npy')).permute(0, 3, 1, 2)
        np.save(FOLDER / f'{name}.out.npy', model(images).numpy())


for line in sys.stdin:
    request = json.loads(line)
    try:
        if 'program' in request:
            save_program(request['program'])
        else:
            save_vision(request['vision'], request['side'], request['norms'])
        answer = {}
    except Exception:
        answer = {'error': traceback.format_exc()}
    print(json.dumps(answer), flush=True)
