# onnx_suite.py: the cases of the ONNX backend suite, out of the wheel that holds them.
#
# SPDX-License-Identifier: GPL-3.0-or-later

import hashlib
import io
import pathlib
import re
import subprocess
import sys
import types
import zipfile

VERSION = '1.22.0'  # the last one with the data of the cases
SHA256 = '1d0a2bdb15eb2b3cb65c438f3423d9620d14fdce32f92380e6bb1b2e09568ef5'
# All wheels of a version hold the same cases: one is as good as another, whatever machine this is.
DOWNLOAD = ['download', '--quiet', '--no-deps', '--only-binary=:all:', '--platform=manylinux_2_28_x86_64',
            '--python-version=3.11', '--retries=1']
PATIENCE = 120  # seconds
DATA = 'onnx/backend/test/data/'
SUITES = ('node', 'pytorch-converted')
FILES = ('pytorch-converted', 'pytorch-operator')  # whose models are taken in whole


class Missing(Exception):
    """Why there is no suite."""


# --- The wheel ----------------------------------------------------------------------------------------------------

def is_whole(wheel):
    return hashlib.sha256(wheel.read_bytes()).hexdigest() == SHA256


def find_wheel(cache):
    """The wheel in the folder `cache`, to which it is downloaded when it is not there."""
    pattern = f'onnx-{VERSION}-*.whl'
    for wheel in pathlib.Path(cache).glob(pattern):
        if is_whole(wheel):
            return wheel
        wheel.unlink()
    try:
        subprocess.run([sys.executable, '-m', 'pip', *DOWNLOAD, f'--dest={cache}', f'onnx=={VERSION}'],
                       check=True, capture_output=True, timeout=PATIENCE)
    except (OSError, subprocess.SubprocessError):
        pass
    for wheel in pathlib.Path(cache).glob(pattern):
        if is_whole(wheel):
            return wheel
    raise Missing(f'the wheel onnx {VERSION} could not be downloaded')


def load_format(archive):
    """The classes of the wheel's protocol buffers; the rest of the package is for other versions of Python."""
    module = types.ModuleType('onnx_ml_pb2')
    exec(compile(archive.read('onnx/onnx_ml_pb2.py'), 'onnx_ml_pb2.py', 'exec'), module.__dict__)
    return module


# --- The cases ----------------------------------------------------------------------------------------------------

class Case:
    """
    One operator, what goes in and what comes out.

    name, operator   'test_relu', 'Relu'; operator is None for a graph of several
    attributes       by name: numbers, lists of numbers, texts
    opset            the version of the operator's meaning
    inputs           arrays in the operator's order; None for one that is left out
    outputs          by name, in the operator's order
    """

    def __init__(self, name, model):
        self.name = name
        self.nodes = [node for node in model.graph.node if node.op_type != 'Constant']
        self.operator = self.nodes[0].op_type if len(self.nodes) == 1 else None
        self.opset = max((entry.version for entry in model.opset_import if not entry.domain), default=1)
        self.attributes = {}
        self.inputs, self.outputs = [], {}

    def get(self, attribute, default):
        return self.attributes.get(attribute, default)

    def input(self, index):
        return self.inputs[index] if index < len(self.inputs) else None


class Suite:
    def __init__(self, cache):
        import numpy

        self.numpy = numpy
        self.archive = zipfile.ZipFile(io.BytesIO(find_wheel(cache).read_bytes()))
        self.format = load_format(self.archive)
        self.types = {getattr(self.format.TensorProto, name): dtype for name, dtype in (
            ('FLOAT', '<f4'), ('DOUBLE', '<f8'), ('FLOAT16', '<f2'), ('BOOL', '?'),
            ('INT8', '<i1'), ('INT16', '<i2'), ('INT32', '<i4'), ('INT64', '<i8'),
            ('UINT8', '<u1'), ('UINT16', '<u2'), ('UINT32', '<u4'), ('UINT64', '<u8'))}

    def _parse(self, message, data):
        message.ParseFromString(data)
        return message

    def array(self, tensor):
        """A tensor's numbers; None for text, and types that NumPy does not know."""
        dtype = self.types.get(tensor.data_type)
        if dtype is None:
            return None
        if tensor.raw_data:
            numbers = self.numpy.frombuffer(tensor.raw_data, dtype)
        else:
            field = {'<f4': 'float_data', '<f8': 'double_data', '<i8': 'int64_data',
                     '<u4': 'uint64_data', '<u8': 'uint64_data'}.get(dtype, 'int32_data')
            numbers = self.numpy.array(getattr(tensor, field), dtype)
        return numbers.reshape(tensor.dims)

    def attribute(self, attribute):
        return {attribute.FLOAT: lambda: attribute.f, attribute.INT: lambda: attribute.i,
                attribute.STRING: lambda: attribute.s.decode(), attribute.INTS: lambda: list(attribute.ints),
                attribute.FLOATS: lambda: list(attribute.floats),
                attribute.TENSOR: lambda: self.array(attribute.t)}.get(attribute.type, lambda: None)()

    def _arrays(self, folder, kind, values):
        """The arrays of the first data set, by the names of the graph's inputs or outputs."""
        arrays = {}
        for index, value in enumerate(values):
            name = f'{folder}/test_data_set_0/{kind}_{index}.pb'
            if name in self.names and value.type.HasField('tensor_type'):
                arrays[value.name] = self.array(self._parse(self.format.TensorProto(), self.archive.read(name)))
        return arrays

    def _case(self, folder):
        model = self._parse(self.format.ModelProto(), self.archive.read(f'{folder}/model.onnx'))
        case = Case(folder.rpartition('/')[2], model)
        if case.operator is None:
            return case
        node, = case.nodes
        known = {tensor.name: self.array(tensor) for tensor in model.graph.initializer}
        known |= self._arrays(folder, 'input', [value for value in model.graph.input if value.name not in known])
        for constant in model.graph.node:
            if constant.op_type == 'Constant':
                known[constant.output[0]] = self.attribute(constant.attribute[0])
        expected = self._arrays(folder, 'output', model.graph.output)
        case.attributes = {attribute.name: self.attribute(attribute) for attribute in node.attribute}
        case.inputs = [known.get(name) for name in node.input]
        case.outputs = {name: expected.get(name) for name in node.output if name}
        return case

    def _folders(self, suites):
        """In the order of their names."""
        self.names = set(self.archive.namelist())
        pattern = re.compile(f'{DATA}({"|".join(suites)})/[^/]+/model.onnx')
        return [name.removesuffix('/model.onnx') for name in sorted(self.names) if pattern.fullmatch(name)]

    def cases(self):
        """Those of one operator or several, to be asked of a layer."""
        return [self._case(folder) for folder in self._folders(SUITES)]

    def files(self):
        """Those that PyTorch has written: the suite, the name, the bytes, what goes in and what comes out."""
        for folder in self._folders(FILES):
            data = self.archive.read(f'{folder}/model.onnx')
            graph = self._parse(self.format.ModelProto(), data).graph
            constants = {tensor.name for tensor in graph.initializer}
            inputs = self._arrays(folder, 'input', [value for value in graph.input if value.name not in constants])
            suite, name = folder.split('/')[-2:]
            yield suite, name, data, list(inputs.values()), list(self._arrays(folder, 'output', graph.output).values())
