# tflite_converter.py: Keras's models through TensorFlow's converter, and what TensorFlow Lite answers, for
# test-tflite-files.py.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: tflite_converter.py FOLDER

Writes there NAME.tflite, NAME.images.npy and NAME.said.npy.
"""

import os
import pathlib
import sys

os.environ['CUDA_VISIBLE_DEVICES'] = ''

import keras
import numpy
import tensorflow

L = keras.layers
FOLDER = pathlib.Path(sys.argv[1])


def plain(x):
    x = L.Conv2D(8, 3, padding='same', strides=2, activation='relu')(x)
    x = L.DepthwiseConv2D(3, padding='same', activation='relu6')(x)
    x = L.BatchNormalization()(L.Conv2D(12, 1)(x))
    x = L.MaxPooling2D(2)(L.LeakyReLU()(x))
    return L.Dense(5, activation='softmax')(L.Dense(16, activation='elu')(L.Flatten()(x)))


def gated(x):
    x = L.Conv2D(8, 3, activation='swish', dilation_rate=2)(L.ZeroPadding2D(1)(x))
    gate = L.Dense(8, activation='sigmoid')(L.Dense(4, activation='relu')(L.GlobalAveragePooling2D()(x)))
    x = L.Multiply()([x, L.Reshape((1, 1, 8))(gate)])
    x = L.Concatenate()([x, L.Conv2D(4, 1, activation='tanh')(x)])
    x = L.Add()([x, L.Conv2D(12, 3, padding='same', activation='gelu')(x)])
    x = L.PReLU(shared_axes=[1, 2])(L.AveragePooling2D(2, padding='same')(x))
    return L.Dense(5, activation='softmax')(L.GlobalMaxPooling2D()(x))


def larger(x):
    x = L.Conv2DTranspose(6, 3, strides=2, padding='same', activation='relu')(x)
    x = L.UpSampling2D(2, interpolation='bilinear')(L.BatchNormalization()(x))
    x = L.Conv2DTranspose(4, 2, strides=2)(L.MaxPooling2D(4)(x))
    return L.Dense(3)(L.GlobalAveragePooling2D()(x))


def convert(name, make, form, images):
    keras.utils.set_random_seed(3)
    x = keras.Input(images.shape[1:])
    model = keras.Model(x, make(x))
    converter = tensorflow.lite.TFLiteConverter.from_keras_model(model)
    if form != 'float':
        converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
    if form == 'half':
        converter.target_spec.supported_types = [tensorflow.float16]
    if form == 'int8':
        converter.representative_dataset = lambda: ([image[None]] for image in images)
    file = converter.convert()
    interpreter = tensorflow.lite.Interpreter(model_content=file)
    interpreter.allocate_tensors()
    said = []
    for image in images:
        interpreter.set_tensor(interpreter.get_input_details()[0]['index'], image[None])
        interpreter.invoke()
        said.append(interpreter.get_tensor(interpreter.get_output_details()[0]['index'])[0])
    path = FOLDER / f'{name}-{form}'
    path.with_suffix('.tflite').write_bytes(file)
    numpy.save(path.with_suffix('.images.npy'), images)
    numpy.save(path.with_suffix('.said.npy'), numpy.array(said))


IMAGES = numpy.random.default_rng(1).standard_normal((6, 12, 16, 3)).astype(numpy.float32)
for each in (plain, gated, larger):
    convert(each.__name__, each, 'float', IMAGES)
for form in ('half', 'int8'):
    convert('plain', plain, form, IMAGES)
