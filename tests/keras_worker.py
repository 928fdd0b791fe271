#!/usr/bin/env python3
# keras_worker.py: what Keras makes of files, for test-keras-files.py.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: keras_worker.py, with a Python that has Keras 2 or 3

A line of standard input is JSON. {"load": FILE, "images": NPY, "out": NPY} writes what the model answers;
with "labels", a NPY as well, the answer says what model.evaluate says of its accuracy. "save" saves the model again, and
"graph" builds one of those below first. {"files": JSON, "channels": N, "out": NPY} writes the pixels of pictures. A line
is answered by a line.
"""

import json
import sys
import traceback

import numpy as np


def branches(keras):
    """Of whatever people put into a model of images that Lathe has, too."""
    layers = keras.layers
    images = keras.Input((20, 16, 3), name='pictures')
    x = layers.RandomFlip('horizontal')(images)
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    x = layers.Conv2D(8, (3, 2), strides=(2, 1), padding='same', activation='relu', kernel_regularizer='l2')(x)
    left = layers.ZeroPadding2D(((1, 1), (2, 0)))(x)
    left = layers.DepthwiseConv2D(3, depth_multiplier=2, padding='valid', use_bias=False)(left)
    left = layers.BatchNormalization(scale=False, epsilon=1e-4)(left)
    left = layers.ReLU(6.0)(left)
    left = layers.Conv2D(8, 1, activation='gelu')(left)
    left = layers.Conv2DTranspose(8, 3, strides=2, padding='same', activation='leaky_relu')(left)
    right = layers.MaxPooling2D(3, strides=1, padding='same')(x)
    right = layers.GroupNormalization(4)(right)
    right = layers.UpSampling2D(2, interpolation='bilinear')(right)
    right = layers.Cropping2D(((0, 2), (0, 0)))(layers.Conv2DTranspose(8, (3, 1), padding='valid')(right))
    right = layers.Conv2D(8, (2, 1), dilation_rate=(1, 1), groups=2, activation='elu')(right)
    left = layers.Conv2D(8, (2, 1))(left)
    left = layers.AveragePooling2D((1, 2), strides=1, padding='same')(left)
    gate = layers.GlobalAveragePooling2D(keepdims=True)(left)
    gate = layers.Conv2D(8, 1, activation='sigmoid')(gate)
    left = layers.Multiply()([left, gate])
    return images, left, right


def build(keras, name):
    """An untrained model, whose weights are no ones or zeros."""
    layers = keras.layers
    if name == 'branches':
        images, left, right = branches(keras)
        left = layers.LayerNormalization()(left)
        right = layers.PReLU(shared_axes=[1, 2])(right)
        x = layers.Concatenate()([layers.Add()([left, right]), left])
        x = layers.SpatialDropout2D(0.3)(layers.Activation('swish')(x))
        x = layers.Flatten()(layers.Permute((2, 1, 3))(x))
        x = layers.Dense(5)(layers.Dropout(0.2)(x))
        model = keras.Model(images, layers.Softmax()(x))
    else:
        model = keras.Sequential([keras.Input((20, 16, 3)),
                                  layers.Normalization(mean=[120, 110, 100], variance=[3000, 4000, 5000]),
                                  layers.Conv2D(4, 3, activation='relu'), layers.MaxPooling2D(),
                                  layers.Reshape((-1,)), layers.Dense(1, activation='sigmoid')])
    rng = np.random.default_rng(3)
    for variable in model.weights:
        value = rng.uniform(0.1, 0.6, variable.shape)
        variable.assign(value if 'variance' in variable.name else value - 0.3)
    return model


def serve(keras, ask):
    if 'files' in ask:
        import tensorflow as tf
        np.save(ask['out'], np.stack([tf.io.decode_png(tf.io.read_file(file), int(ask['channels'])).numpy()
                                      for file in json.loads(ask['files'])]))
        return {}
    model = build(keras, ask['graph']) if 'graph' in ask else keras.models.load_model(ask['load'])
    facts = {'keras': keras.__version__, 'parameters': int(model.count_params()),
             'trained': int(sum(np.prod(variable.shape) for variable in model.trainable_variables))}
    if 'images' in ask:
        images = np.load(ask['images'])
        np.save(ask['out'], np.asarray(model(images, training=False)))
        if 'labels' in ask:
            facts['accuracy'] = float(model.evaluate(images, np.load(ask['labels']), verbose=0, return_dict=True)
                                      .get('accuracy'))
    if 'save' in ask:
        model.save(ask['save'])
    return facts


def main():
    import keras
    for line in sys.stdin:
        try:
            answer = serve(keras, json.loads(line))
        except Exception:  # whatever the framework says is the answer
            answer = {'error': traceback.format_exc()}
        keras.backend.clear_session()
        sys.__stdout__.write(json.dumps(answer) + '\n')
        sys.__stdout__.flush()


if __name__ == '__main__':
    sys.stdout = sys.stderr
    main()
