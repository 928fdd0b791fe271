#!/usr/bin/env python3
# program_worker.py: runs exported programs in their framework, for test-programs.py.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: program_worker.py torch|keras FOLDER; the Python must have the framework.

A line of standard input is JSON: {"name"}, perhaps with "train" or "files". FOLDER/NAME.py is run with the weights of
NAME.safetensors: on the images of NAME.npy, to write what comes out to NAME.out.npy, or on image files. The answer is a
line, too: how many parameters the model has and how many of them are trained, how large the weights are with which it
begins, the penalty on those of the file, the loss of a step of training where that was asked for, and how long the
weights are afterwards that lead to one output; or what the program says of each file.
"""

import importlib.util
import json
import pathlib
import sys
import traceback

import numpy as np

FOLDER = pathlib.Path(sys.argv[2])


def load(name):
    spec = importlib.util.spec_from_file_location('program', FOLDER / f'{name}.py')
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    return program


def root_mean_square(array):
    return float(np.sqrt(np.mean(np.square(array, dtype=np.float64))))


def run_torch(program, weights):
    """The model, and facts of it."""
    import torch
    torch.manual_seed(1)
    model = program.Network()
    begun = {theirs: root_mean_square(model.get_parameter(f'{ours}.weight').detach().numpy())
             for theirs, ours in program.LAYERS.items()}
    program.load_weights_from_lathe(model, weights)
    return model, {
        'parameters': sum(tensor.numel() for name, tensor in model.state_dict().items()
                          if not name.endswith('num_batches_tracked')),
        'trained': sum(tensor.numel() for tensor in model.parameters() if tensor.requires_grad),
        'begun': begun,
        'penalty': float(model.penalty()) if hasattr(model, 'penalty') else 0,
    }


def longest_torch(model):
    """The largest norm of the weights that lead to one output, in each layer."""
    from torch import nn
    lengths = []
    for layer in model.modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            lengths.append(layer.weight.flatten(1).norm(dim=1).max())
        elif isinstance(layer, nn.Embedding):
            lengths.append(layer.weight.norm(dim=0).max())
        elif isinstance(layer, nn.ConvTranspose2d):
            lengths.append(max(part.transpose(0, 1).flatten(1).norm(dim=1).max()
                               for part in layer.weight.chunk(layer.groups)))
    return [float(length) for length in lengths]


def answer_torch(model, images):
    import torch
    model.eval()
    with torch.no_grad():
        return model(torch.from_numpy(images)).numpy()


def train_torch(program, model, images, labels):
    import torch
    return program.train_step(model, program.make_optimizer(model), torch.from_numpy(images), torch.from_numpy(labels))


def run_keras(program, weights):
    import keras
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    model = program.build_model()
    begun = {theirs: root_mean_square(np.asarray(model.get_layer(ours).weights[0]))
             for theirs, ours in program.LAYERS.items()}
    program.load_weights_from_lathe(model, weights)
    return model, {'parameters': model.count_params(), 'begun': begun,
                   'trained': sum(int(np.prod(variable.shape)) for variable in model.trainable_variables),
                   'penalty': float(sum(np.asarray(loss) for loss in model.losses))}


def longest_keras(model):
    from keras import layers
    lengths = []
    for layer in model.layers:
        if layer.weights:
            weight = np.asarray(layer.weights[0])
            axes = {layers.DepthwiseConv2D: (0, 1), layers.Conv2D: (0, 1, 2), layers.Conv2DTranspose: (0, 1, 3),
                    layers.Dense: 0, layers.Embedding: 0}.get(type(layer))
            if axes is not None:
                lengths.append(float(np.sqrt(np.square(weight).sum(axis=axes)).max()))
    return lengths


def answer_keras(model, images):
    return np.asarray(model(images, training=False))


def train_keras(program, model, images, labels):
    program.compile_model(model)
    return float(model.train_on_batch(images, labels)[0])


FRAMEWORKS = {'torch': (run_torch, answer_torch, train_torch, longest_torch),
              'keras': (run_keras, answer_keras, train_keras, longest_keras)}


def do(request):
    run, answer, train, longest = FRAMEWORKS[sys.argv[1]]
    name = request['name']
    program = load(name)
    model, facts = run(program, FOLDER / f'{name}.safetensors')
    if 'files' in request:
        return facts | {'predictions': [program.predict(model, file) for file in request['files']]}
    images = np.load(FOLDER / f'{name}.npy')
    np.save(FOLDER / f'{name}.out.npy', answer(model, images))
    if request.get('train'):
        facts['loss'] = train(program, model, images, np.arange(len(images)) % 2)
        facts['longest'] = longest(model)
    return facts


def main():
    answers = sys.stdout
    sys.stdout = sys.stderr  # what a framework has to say is no answer
    for line in sys.stdin:
        try:
            facts = do(json.loads(line))
        except Exception:
            facts = {'error': traceback.format_exc()}
        print(json.dumps(facts), file=answers, flush=True)


if __name__ == '__main__':
    main()
