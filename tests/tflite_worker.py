#!/usr/bin/env python3
# tflite_worker.py: what TensorFlow Lite makes of files, for test-exports.py.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: tflite_worker.py FOLDER, with a Python that has TensorFlow

Asks every NAME.tflite of the folder about the images in NAME.npy, and writes its answers to NAME.said.npy.
"""

import pathlib
import sys

import numpy as np
import tensorflow

for path in sorted(pathlib.Path(sys.argv[1]).glob('*.tflite')):
    images = np.load(path.with_suffix('.npy'))
    interpreter = tensorflow.lite.Interpreter(str(path))
    ask = interpreter.get_signature_runner('serving_default')
    np.save(path.with_suffix('.said.npy'), ask(images=images)['probabilities'])
