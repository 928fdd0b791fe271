# onnx_worker.py: runs ONNX files that test-onnx-files.py has written, in a Python of its own that has ONNX Runtime.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: onnx_worker.py FOLDER

Requests are lines of JSON, {"name": NAME}: runs FOLDER/NAME.onnx on FOLDER/NAME.npy, and writes FOLDER/NAME.out.npy.
The answer is a line, too: {"output": shape, "checked": whether the checker was there}, or {"error": text}.
"""

import json
import pathlib
import sys
import traceback

import numpy
import onnxruntime

try:
    import onnx
except ImportError:
    onnx = None

FOLDER = pathlib.Path(sys.argv[1])


def do(name):
    path = str(FOLDER / f'{name}.onnx')
    if onnx is not None:
        onnx.checker.check_model(path, full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=['CPUExecutionProvider'])
    images = numpy.load(FOLDER / f'{name}.npy')
    output, = session.run(None, {session.get_inputs()[0].name: images})
    numpy.save(FOLDER / f'{name}.out.npy', output)
    return {'output': list(output.shape), 'checked': onnx is not None}


for line in sys.stdin:
    try:
        answer = do(json.loads(line)['name'])
    except Exception:
        answer = {'error': traceback.format_exc()}
    print(json.dumps(answer), flush=True)
