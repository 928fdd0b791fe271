# programs_networks.py: small networks with every kind of layer and its unusual properties, for test-programs.py.
#
# SPDX-License-Identifier: GPL-3.0-or-later


def network(*layers, size=(9, 8, 4), names=None):
    """Layers one after the other, each a kind and its properties; `inputs` are numbers of layers, the input being 0."""
    nodes = [{'name': 'input', 'kind': 'input', 'height': size[0], 'width': size[1], 'channels': size[2]}]
    for i, (kind, properties) in enumerate(layers, 1):
        properties = dict(properties)
        before = properties.pop('inputs', [i - 1])
        name = names[i - 1] if names else f'{kind}-{i}'
        nodes.append({'name': name, 'kind': kind, 'inputs': [nodes[j]['name'] for j in before],
                      **{key.replace('_', '-'): value for key, value in properties.items()}})
    return {'nodes': nodes}


def one(kind, size=(9, 8, 4), **properties):
    return network((kind, properties), size=size)


def with_colours(graph):
    """Networks of images of four channels get those of three."""
    first = graph['nodes'][0]
    if first['channels'] in (1, 3):
        return graph
    stem = {'name': 'colours', 'kind': 'conv2d', 'inputs': [first['name']], 'filters': first['channels'],
            'kernel-height': 1, 'kernel-width': 1}
    nodes = [{**node, 'inputs': ['colours' if name == first['name'] else name for name in node['inputs']]}
             for node in graph['nodes'][1:]]
    return {**graph, 'nodes': [{**first, 'channels': 3}, stem, *nodes]}


SIDES = {'padding': 'explicit', 'padding_top': 2, 'padding_bottom': 0, 'padding_left': 1, 'padding_right': 2}
EVEN = {'padding': 'explicit', 'padding_top': 2, 'padding_bottom': 2, 'padding_left': 1, 'padding_right': 1}
ACTIVATIONS = ('relu', 'sigmoid', 'softmax', 'relu6', 'leaky-relu', 'elu', 'selu', 'gelu', 'gelu-tanh', 'silu',
               'hard-swish', 'hard-sigmoid', 'tanh', 'softplus')
INITIALISERS = ('auto', 'glorot-uniform', 'glorot-normal', 'he-uniform', 'he-normal', 'lecun-uniform', 'lecun-normal',
                'orthogonal', 'truncated-normal', 'constant', 'identity', 'whitening')
KEPT_SMALL = {'l1': 0.01, 'l2': 0.02, 'max_norm': 0.5}

# How a whole side of a network is a vector, a list of vectors or an image.
VECTOR = [('flatten', {})]
VECTORS = VECTOR + [('rescale', {'scale': 9, 'offset': 2}), ('embedding', {'vocabulary': 7, 'dimension': 6})]


def convolutions():
    yield 'conv2d-valid', one('conv2d', kernel_height=2, kernel_width=5, filters=6)
    yield 'conv2d-same', one('conv2d', padding='same', filters=5, bias='no')
    yield 'conv2d-same-even-kernel', one('conv2d', padding='same', kernel_height=4, kernel_width=2)
    yield 'conv2d-same-strided', one('conv2d', padding='same', stride_height=2, stride_width=3, filters=5)
    yield 'conv2d-stride-beyond-kernel', one('conv2d', padding='same', kernel_height=1, kernel_width=2,
                                             stride_height=3, stride_width=4)
    yield 'conv2d-explicit', one('conv2d', stride_height=2, **SIDES)
    yield 'conv2d-explicit-even', one('conv2d', stride_width=2, **EVEN)
    yield 'conv2d-dilated', one('conv2d', dilation_height=2, dilation_width=3, padding='same')
    yield 'conv2d-dilated-strided', one('conv2d', dilation_height=2, stride_height=2, stride_width=2, padding='same',
                                        activation='softmax')
    yield 'conv2d-dilated-strided-explicit', one('conv2d', dilation_width=2, stride_height=3, **SIDES)
    yield 'conv2d-grouped', one('conv2d', groups=2, filters=6, padding='same', activation='relu')
    yield 'conv2d-depthwise', one('conv2d', groups=4, filters=4, padding='same', stride_height=2, stride_width=2,
                                  activation='relu6')
    yield 'conv2d-depthwise-multiplied', one('conv2d', groups=4, filters=12, stride_width=2, padding='same')
    yield 'conv2d-depthwise-dilated', one('conv2d', groups=4, filters=8, dilation_height=2, stride_height=2, **SIDES)
    yield 'conv2d-one-channel', one('conv2d', (7, 7, 1), filters=3)
    yield 'transposed-same', one('transposed-conv2d', filters=5)
    yield 'transposed-same-odd', one('transposed-conv2d', filters=5, kernel_height=5, kernel_width=4, stride_width=3)
    yield 'transposed-same-gaps', one('transposed-conv2d', kernel_height=1, kernel_width=2, stride_width=3, filters=3)
    yield 'transposed-valid', one('transposed-conv2d', padding='valid', filters=5, stride_height=3, bias='no')
    yield 'transposed-valid-gaps', one('transposed-conv2d', padding='valid', kernel_height=1, stride_height=3,
                                       filters=2)
    yield 'transposed-more', one('transposed-conv2d', padding='valid', output_padding_height=1, filters=3,
                                 activation='tanh')
    yield 'transposed-explicit', one('transposed-conv2d', filters=3, activation='silu', **SIDES)
    yield 'transposed-explicit-even', one('transposed-conv2d', filters=3, **EVEN)
    yield 'transposed-explicit-more', one('transposed-conv2d', filters=3, output_padding_height=1,
                                          output_padding_width=1, **SIDES)
    yield 'transposed-explicit-much-more', one('transposed-conv2d', filters=3, stride_height=3, stride_width=3,
                                               output_padding_height=2, output_padding_width=2, **EVEN)
    yield 'transposed-grouped', one('transposed-conv2d', groups=2, filters=6, padding='valid', **KEPT_SMALL)
    yield 'transposed-depthwise', one('transposed-conv2d', groups=4, filters=8, initialiser='identity')
    yield 'transposed-dilated', one('transposed-conv2d', dilation_height=2, padding='valid', filters=3)


def pools():
    for kind in ('max-pool', 'average-pool'):
        yield f'{kind}-usual', one(kind)
        yield f'{kind}-overlapping', one(kind, pool_height=3, pool_width=3)
        yield f'{kind}-same', one(kind, padding='same', pool_height=3, pool_width=2, stride_height=2, stride_width=1)
        yield f'{kind}-same-even', one(kind, padding='same', pool_height=3, pool_width=3, stride_height=1,
                                       stride_width=1)
        yield f'{kind}-same-larger-than-the-image', one(kind, (2, 3, 4), padding='same', pool_height=5, pool_width=7)
        yield f'{kind}-explicit', one(kind, pool_height=3, pool_width=4, stride_height=2, stride_width=1, **SIDES)
        yield f'{kind}-explicit-even', one(kind, pool_height=4, pool_width=2, stride_height=2, stride_width=1, **EVEN)
        yield f'{kind}-explicit-much', one(kind, pool_height=3, pool_width=2, stride_height=1, stride_width=1, **EVEN)
        yield f'{kind}-explicit-beyond-reach', one(kind, (8, 8, 3), pool_height=3, pool_width=3, stride_height=3,
                                                   stride_width=3, padding='explicit', padding_bottom=2,
                                                   padding_right=2)
    yield 'global-average-pool', one('global-average-pool')
    yield 'global-max-pool', one('global-max-pool')
    yield 'up-sampling-nearest', one('up-sampling', scale_height=3)
    yield 'up-sampling-bilinear', one('up-sampling', scale_width=3, method='bilinear')


def activations():
    for name in ACTIVATIONS:
        yield f'{name}-layer', network((name, {}), ('rescale', {'scale': 2}))
        yield f'{name}-property', network(*VECTOR, ('dense', {'units': 5, 'activation': name}),
                                          ('dense', {'units': 3}))
        yield f'{name}-vectors', network(*VECTORS, (name, {}), ('flatten', {}))
    yield 'leaky-relu-steep', one('leaky-relu', slope=0.3)
    yield 'elu-deep', one('elu', alpha=2.5)
    for name, layers in (('image', []), ('vector', VECTOR), ('vectors', VECTORS)):
        for shared in ('no', 'yes'):
            yield f'prelu-{name}-{shared}', network(*layers, ('prelu', {'shared': shared}))


def norms():
    for name, layers in (('image', [('conv2d', {'filters': 6})]), ('vector', [*VECTOR, ('dense', {'units': 6})]),
                         ('vectors', VECTORS)):
        for kind in ('batch-norm', 'layer-norm', 'group-norm'):
            properties = {'groups': 3} if kind == 'group-norm' else {}
            yield f'{kind}-{name}', network(*layers, (kind, {'epsilon': 0.003, **properties}))
    yield 'batch-norm-momentum', one('batch-norm', momentum=0.99, scale='no', l2=0.1)
    yield 'batch-norm-frozen', network(('batch-norm', {'frozen': 'yes'}), ('conv2d', {}))
    yield 'layer-norm-frozen', network(('layer-norm', {'frozen': 'yes'}), ('conv2d', {}))
    yield 'dropout', network(('dropout', {'rate': 0.3}), ('spatial-dropout', {'rate': 0.2}), *VECTOR,
                             ('dropout', {}), ('dense', {'units': 4}))


def weights():
    for name in INITIALISERS:
        scale = {'initialiser': name, 'initialiser_scale': 0.7 if name == 'constant' else 0}
        yield f'begin-{name}', network(
            ('conv2d', {'filters': 8, 'padding': 'same', **scale}), ('conv2d', {'filters': 12, 'groups': 2, **scale}),
            ('transposed-conv2d', {'filters': 8, **scale}), ('flatten', {}), ('dense', {'units': 12, **scale}),
            ('embedding', {'vocabulary': 64, 'dimension': 8, **scale}), ('flatten', {}), ('dense', {'units': 3}))
    yield 'kept-small', network(
        ('conv2d', {'filters': 6, **KEPT_SMALL}), ('conv2d', {'groups': 6, 'filters': 6, **KEPT_SMALL}),
        ('transposed-conv2d', {'filters': 4, **KEPT_SMALL}), ('flatten', {}), ('dense', {'units': 12, **KEPT_SMALL}),
        ('embedding', {'vocabulary': 9, 'dimension': 5, **KEPT_SMALL}), ('flatten', {}), ('dense', {'units': 3, **KEPT_SMALL}))
    yield 'frozen', network(('conv2d', {'frozen': 'yes', **KEPT_SMALL}), ('conv2d', {'frozen': 'weights'}),
                            ('prelu', {'frozen': 'yes'}), ('group-norm', {'frozen': 'yes'}), *VECTOR,
                            ('dense', {'frozen': 'weights'}), ('embedding', {'frozen': 'yes'}), ('flatten', {}),
                            ('dense', {'units': 2}))


def shapes():
    for order in ('height-width-channels', 'height-channels-width', 'width-height-channels', 'width-channels-height',
                  'channels-height-width', 'channels-width-height'):
        yield f'permute-{order}', one('permute', order=order)
    yield 'reshape', network(('reshape', {'height': 6, 'width': 0, 'channels': 3}), ('conv2d', {}))
    yield 'reshape-vector', network(*VECTOR, ('reshape', {'height': 6, 'width': 12, 'channels': 4}), ('conv2d', {}))
    yield 'reshape-vectors', network(*VECTORS, ('reshape', {'height': 9, 'width': 8, 'channels': 24}))
    yield 'flatten-vectors', network(*VECTORS, ('flatten', {}), ('dense', {'units': 1}))
    yield 'rescale-negative', one('rescale', scale=-0.25, offset=-3)
    yield 'embedding-alone', network(*VECTORS)


def branches():
    for name, layers in (('image', []), ('vector', VECTOR), ('vectors', VECTORS)):
        n = len(layers)
        for kind in ('add', 'concatenate', 'multiply'):
            yield f'{kind}-{name}', network(*layers, ('tanh', {}), ('sigmoid', {'inputs': [n]}),
                                            (kind, {'inputs': [n + 1, n + 2]}), ('relu', {}))
    yield 'add-many', network(('relu', {}), ('elu', {'inputs': [0]}), ('silu', {'inputs': [0]}),
                              ('add', {'inputs': [1, 2, 3, 0, 1]}), ('concatenate', {'inputs': [4, 0, 2]}))
    yield 'gate', network(('conv2d', {'filters': 6}), ('global-average-pool', {}), ('dense', {'units': 6}),
                          ('multiply', {'inputs': [1, 3]}))
    yield 'gate-image', network(('conv2d', {'filters': 6}), ('global-max-pool', {}), ('reshape', {'channels': 6}),
                                ('multiply', {'inputs': [1, 3]}))
    yield 'gate-word', network(('conv2d', {'filters': 6}), ('global-average-pool', {}), ('dense', {'units': 1}),
                               ('embedding', {'vocabulary': 3, 'dimension': 6}), ('multiply', {'inputs': [1, 4]}))


def ends():
    yield 'end-softmax', network(*VECTOR, ('dense', {'units': 3, 'activation': 'softmax'}))
    yield 'end-sigmoid', network(*VECTOR, ('dense', {'units': 1, 'activation': 'sigmoid'}))
    yield 'end-softmax-layer', network(*VECTOR, ('dense', {'units': 3}), ('softmax', {}))
    yield 'end-sigmoid-layer', network(*VECTOR, ('dense', {'units': 1}), ('sigmoid', {}))
    yield 'end-sigmoid-of-many', network(*VECTOR, ('dense', {'units': 3, 'activation': 'sigmoid'}))
    yield 'end-image', network(('conv2d', {'filters': 3, 'activation': 'softmax'}))
    yield 'end-image-layer', network(('conv2d', {'filters': 3}), ('softmax', {}))
    yield 'end-logits', network(*VECTOR, ('dense', {'units': 2}))


# Nothing with a space in it: these are sent to the engine line by line.
NAMES = ('forward', 'class', 'x")\\nimport/**/os#', '"""', '\\', "self.x=__import__('os').system('true')", '日本語', 'x', 'F',
         'pad-1', 'train', '1st', '__class__', 'Forward', '\u202egnp', 'average-pool', 'inputs', 'variable', 'keras',
         'average-pool-padding')


def names():
    kinds = [('conv2d', {'filters': 4, 'kernel_height': 1, 'kernel_width': 1, 'inputs': [i]})
             for i in range(len(NAMES))]
    kinds[15] = ('average-pool', {'inputs': [15], **SIDES, 'pool_height': 3, 'pool_width': 3})
    yield 'names', network(*kinds, names=NAMES)
    residual = [('prelu', {'inputs': [0]}) for _ in NAMES[:7]]
    yield 'names-of-branches', network(*residual, ('add', {'inputs': list(range(1, 8))}),
                                       names=(*NAMES[:7], 'sum'))


def all_networks():
    for part in (convolutions, pools, activations, norms, weights, shapes, branches, ends, names):
        yield from part()
