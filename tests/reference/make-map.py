#!/usr/bin/env python3
# make-map.py: writes fixtures/map.json: points, and their principal components as NumPy's singular value
# decomposition has them.
#
# SPDX-License-Identifier: GPL-3.0-or-later

import json
import pathlib

import numpy

RESULT = pathlib.Path(__file__).resolve().parent.parent / 'fixtures' / 'map.json'
COMPONENTS = 3


def principal(points):
    less = points - points.mean(axis=0)
    _, sizes, axes = numpy.linalg.svd(less, full_matrices=False)
    largest = numpy.abs(axes).argmax(axis=1)
    axes *= numpy.sign(axes[numpy.arange(len(axes)), largest])[:, None]
    variances = sizes ** 2 / (len(points) - 1)
    return {'variance': variances.sum(), 'variances': variances[:COMPONENTS].tolist(),
            'axes': axes[:COMPONENTS].tolist(), 'places': (less @ axes[:COMPONENTS].T).tolist()}


def main():
    generator = numpy.random.default_rng(5)
    cases = []
    for n, features in ((40, 6), (12, 30)):
        mixing = generator.normal(size=(features, features)) * numpy.geomspace(3, 0.3, features)
        points = (generator.normal(size=(n, features)) @ mixing + generator.normal(size=features) * 5)
        points = points.astype(numpy.float32)
        cases.append({'n': n, 'features': features, 'points': points.astype(float).ravel().tolist(),
                      **principal(points.astype(float))})
    RESULT.write_text(json.dumps({'components': COMPONENTS, 'cases': cases}) + '\n')


main()
