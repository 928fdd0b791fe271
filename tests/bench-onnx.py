#!/usr/bin/env python3
# bench-onnx.py: times ONNX Runtime on a model of one image input, for bench.py.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: bench-onnx.py MODEL.onnx BATCH THREADS, with a Python that has onnxruntime and numpy.

Prints the keys of "lathe-cli bench --json". Where the model's batch is fixed, it answers that many at a time.
"""

import json
import sys
import time

import numpy
import onnxruntime

ROUNDS, PASSES = 3, 8


def time_answer(session, batch):
    """Milliseconds of an answer to so many images: the best round's mean."""
    given, = session.get_inputs()
    first, *rest = given.shape
    batch = first if isinstance(first, int) else batch
    images = {given.name: numpy.random.rand(batch, *rest).astype('float32')}
    session.run(None, images)
    best = float('inf')
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        for _ in range(PASSES):
            session.run(None, images)
        best = min(best, time.perf_counter() - begin)
    return best * 1000 / PASSES / batch


def main(model, batch, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(threads)
    session = onnxruntime.InferenceSession(model, options, providers=['CPUExecutionProvider'])
    print(json.dumps({'framework': f'onnxruntime {onnxruntime.__version__}',
                      'infer_ms_per_sample': time_answer(session, int(batch)),
                      'infer_b1_ms': time_answer(session, 1)}))


if __name__ == '__main__':
    main(*sys.argv[1:])
