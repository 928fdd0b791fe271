#!/usr/bin/env python3
# make-metrics.py: scores of random answers, as scikit-learn and SciPy work them out, for test-metrics.c.
#
# SPDX-License-Identifier: GPL-3.0-or-later
"""Needs scikit-learn, SciPy and NumPy; written with scikit-learn 1.9, SciPy 1.17 and NumPy 2.4.

Probabilities are written as counts of 64ths, which single precision holds exactly, and of which many are equal. Logits
are the counts themselves (they have the same order) or, where a temperature is looked for, counts of 16ths.

What scikit-learn refuses or warns of, as there is nothing to tell apart, is null here. Where it has no function, or
where Lathe's is meant to differ, this script says what is meant:
- Of equal probabilities the first class is said, and is the likelier; top_k_accuracy_score() takes the last, so it is
  given the classes backwards.
- The mean area over the classes leaves out those that have none, where roc_auc_score() gives nothing at all, and
  average_precision_score() counts a class without images as 0.
"""

import json
import math
import pathlib
import warnings

import numpy
from philox import philox
from scipy import optimize, special, stats
from sklearn import exceptions, metrics

RESULT = pathlib.Path(__file__).resolve().parent.parent / 'fixtures' / 'metrics.json'

WHOLE = 64
BINS = 15
RESAMPLES, SEED, BOOTSTRAP = 200, 7, 8  # the last is the purpose of lathe-rng.h


# --- Answers ------------------------------------------------------------------------------------------------------

def answers(rng, truths, classes, skill):
    """Counts of 64ths: n × classes."""
    shares = rng.dirichlet(numpy.full(classes, 0.4), len(truths))
    shares[numpy.arange(len(truths)), truths] += skill * rng.random(len(truths))
    shares /= shares.sum(axis=1, keepdims=True)
    return numpy.array([rng.multinomial(WHOLE, row) for row in shares])


def certain(said, classes):
    return WHOLE * numpy.eye(classes, dtype=int)[said]


def make_cases():
    rng = numpy.random.default_rng(1)
    ten = rng.integers(0, 10, 300)
    two = rng.integers(0, 2, 200)
    some = rng.choice([0, 1, 3, 4, 6], 150)
    few = answers(rng, some, 10, 1)
    few[:, 0] += few[:, 8] + few[:, 9]  # two classes that are neither there nor said
    few[:, 8:] = 0
    unequal = rng.choice(3, 250, p=[0.9, 0.08, 0.02])
    four = rng.integers(0, 4, 40)
    yield 'ten-classes', 10, ten, answers(rng, ten, 10, 1)
    yield 'two-classes', 2, two, answers(rng, two, 2, 0.5)
    yield 'empty-classes', 10, some, few
    yield 'unequal-classes', 3, unequal, answers(rng, unequal, 3, 0.7)
    yield 'no-better-than-chance', 5, rng.integers(0, 5, 100), answers(rng, rng.integers(0, 5, 100), 5, 0)
    yield 'one-class-there', 4, numpy.full(30, 2), answers(rng, numpy.full(30, 2), 4, 0.5)
    yield 'one-class-there-and-said', 3, numpy.full(12, 1), certain(numpy.full(12, 1), 3)
    yield 'one-class-said', 4, four, certain(numpy.full(40, 3), 4)
    yield 'all-right', 4, four, certain(four, 4)
    yield 'all-wrong', 4, four, certain((four + 1) % 4, 4)
    yield 'all-equal', 4, four, numpy.full((40, 4), WHOLE // 4)
    yield 'one-image-right', 3, numpy.array([1]), numpy.array([[10, 40, 14]])
    yield 'one-image-wrong', 2, numpy.array([0]), numpy.array([[20, 44]])


# --- Scores -------------------------------------------------------------------------------------------------------

def one(function, *arguments, **options):
    """A score, or NaN where it is refused or warned of."""
    with warnings.catch_warnings():
        warnings.simplefilter('error', exceptions.UndefinedMetricWarning)
        warnings.filterwarnings('error', message='No positive class')
        try:
            return float(function(*arguments, **options))
        except (ValueError, exceptions.UndefinedMetricWarning, UserWarning):
            return math.nan


def mean(values, weights):
    there = ~numpy.isnan(values)
    total = weights[there].sum()
    return (values[there].mean() if there.any() else math.nan,
            (values[there] * weights[there]).sum() / total if total > 0 else math.nan)


def bins_of_width(confidence):
    edges = numpy.arange(BINS + 1) / BINS
    return numpy.clip(numpy.digitize(confidence, edges, right=True) - 1, 0, BINS - 1)


def bins_of_mass(confidence):
    """By the rank of the first image of the same confidence."""
    first = stats.rankdata(confidence, method='min').astype(int) - 1
    return first * BINS // len(confidence)


def calibration_error(places, confidence, right):
    return sum(abs(math.fsum(right[places == b]) - math.fsum(confidence[places == b]))
               for b in range(BINS)) / len(confidence)


def class_scores(truths, said, p, classes):
    there = range(classes)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truths, said, labels=list(there), zero_division=0)
    return {'precision': precision, 'recall': recall, 'f1': f1, 'support': support,
            'roc_auc': numpy.array([one(metrics.roc_auc_score, truths == k, p[:, k]) for k in there]),
            'average_precision': numpy.array([one(metrics.average_precision_score, truths == k, p[:, k])
                                              for k in there])}


def averages(truths, said, scores):
    for average in ('macro', 'micro', 'weighted'):
        values = metrics.precision_recall_fscore_support(truths, said, average=average, zero_division=0)
        for name, value in zip(('precision', 'recall', 'f1'), values):
            scores[f'{average}_{name}'] = value


def score(truths, said, p, classes, places=None):
    each = class_scores(truths, said, p, classes)
    confidence, right = p[numpy.arange(len(p)), said], (said == truths).astype(float)
    scores = {
        'accuracy': metrics.accuracy_score(truths, said),
        'balanced_accuracy': one(metrics.balanced_accuracy_score, truths, said),
        'kappa': one(metrics.cohen_kappa_score, truths, said),
        'matthews': metrics.matthews_corrcoef(truths, said),
        'log_loss': metrics.log_loss(truths, p, labels=range(classes)),
        'brier': metrics.brier_score_loss(truths, p, labels=range(classes)) if classes > 2
        else metrics.brier_score_loss(truths, p[:, 1], labels=[0, 1], pos_label=1),
        'ece': calibration_error(bins_of_width(confidence) if places is None else places[0], confidence, right),
        'ece_equal_mass': calibration_error(bins_of_mass(confidence) if places is None else places[1], confidence,
                                            right),
    }
    averages(truths, said, scores)
    for name in ('roc_auc', 'average_precision'):
        scores[name], scores[f'weighted_{name}'] = mean(each[name], each['support'])
    return scores, each


def check_means(truths, p, classes, scores):
    """Where scikit-learn has a mean over the classes it is the one of this script."""
    if classes > 2 and len(set(truths)) == classes:
        for average, name in (('macro', 'roc_auc'), ('weighted', 'weighted_roc_auc')):
            found = metrics.roc_auc_score(truths, p, multi_class='ovr', average=average)
            assert abs(found - scores[name]) < 1e-12


def top_k(truths, counts, classes):
    backwards, truth = counts[:, ::-1], classes - 1 - truths
    if classes == 2:  # of which top_k_accuracy_score() takes one column, and no k but 1
        return [metrics.accuracy_score(truths, counts.argmax(axis=1)), 1.0]
    return [metrics.top_k_accuracy_score(truth, backwards, k=k, labels=range(classes)) if k < classes else 1.0
            for k in range(1, classes + 1)]


def curves(truths, p, positive):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        found = {}
        for name, drop in (('roc', False), ('roc_dropped', True)):
            x, y, thresholds = metrics.roc_curve(truths == positive, p[:, positive], drop_intermediate=drop)
            found[name] = {'x': x, 'y': y, 'threshold': thresholds}
        precision, recall, thresholds = metrics.precision_recall_curve(truths == positive, p[:, positive])
        if not (truths == positive).any():
            recall = numpy.full(recall.shape, math.nan)
        found['precision_recall'] = {'x': recall[::-1], 'y': precision[::-1],
                                     'threshold': numpy.append(thresholds, math.inf)[::-1]}
    return found


def suspects(truths, p, classes):
    """Confident learning's off-diagonal images (Northcutt et al. 2021), those furthest from their label first."""
    thresholds = [p[truths == k, k].mean() if (truths == k).any() else math.inf for k in range(classes)]
    found = []
    for i, (truth, row) in enumerate(zip(truths, p)):
        confident = [k for k in range(classes) if row[k] >= thresholds[k]]
        likelier = max(confident, key=lambda k: row[k]) if confident else truth
        if likelier != truth:
            found.append((row[truth] - numpy.delete(row, truth).max(), i, likelier))
    return [{'place': i, 'likelier': likelier, 'margin': margin} for margin, i, likelier in sorted(found)]


# --- Intervals ----------------------------------------------------------------------------------------------------

def resampled(truths, said, p, classes):
    """Low and high of each score, of the same draws as Lathe makes."""
    n = len(truths)
    confidence = p[numpy.arange(n), said]
    bins = (bins_of_width(confidence), bins_of_mass(confidence))
    estimate, _ = score(truths, said, p, classes)
    found = {name: [] for name in estimate}
    each_found = {name: [] for name in ('f1', 'roc_auc', 'average_precision')}
    for resample in range(RESAMPLES):
        drawn = ((philox(SEED, BOOTSTRAP, resample, 0, n) * numpy.uint64(n)) >> numpy.uint64(32)).astype(int)
        scores, each = score(truths[drawn], said[drawn], p[drawn], classes, [places[drawn] for places in bins])
        for name, values in found.items():
            values.append(scores[name])
        for name, values in each_found.items():
            values.append(each[name])
    intervals = {name: numpy.nanpercentile(values, [2.5, 97.5]) for name, values in found.items()}
    for name in ('ece', 'ece_equal_mass'):  # reflected: what resampling adds is taken away
        low, high = 2 * estimate[name] - intervals[name][::-1]
        intervals[name] = numpy.array([max(min(low, estimate[name]), 0), min(max(high, estimate[name]), 1)])
    wilson = stats.binomtest(int((said == truths).sum()), n).proportion_ci(method='wilson')
    intervals['accuracy'] = intervals['micro_f1'] = numpy.array(wilson)
    classes_found = {name: numpy.nanpercentile(values, [2.5, 97.5], axis=0).T for name, values in each_found.items()}
    return {'scores': intervals, 'classes': classes_found}


def wilson_table():
    for k, n in ((0, 1), (1, 1), (0, 10), (5, 10), (10, 10), (3, 7), (97, 100), (9417, 10000)):
        low, high = stats.binomtest(k, n).proportion_ci(method='wilson')
        yield {'k': k, 'n': n, 'low': low, 'high': high}


def mcnemar_table():
    for b, c in ((0, 0), (0, 1), (1, 0), (3, 3), (2, 9), (0, 20), (40, 70), (480, 520), (0, 1000), (700, 900)):
        exact = stats.binomtest(min(b, c), b + c).pvalue if b + c > 0 else 1.0
        square = max(0, abs(b - c) - 1) ** 2 / max(b + c, 1)
        yield {'b': b, 'c': c, 'exact': min(1.0, exact), 'corrected': stats.chi2.sf(square, 1)}


# --- Temperature --------------------------------------------------------------------------------------------------

def temperature_cases():
    """Models that are too sure, not sure enough, of two classes, and those that have no best temperature."""
    rng = numpy.random.default_rng(2)
    for name, classes, n, skill, scale in (('too-sure', 10, 300, 1.5, 6), ('not-sure', 4, 200, 2.5, 0.5),
                                           ('two-classes', 2, 100, 1, 3)):
        truths = rng.integers(0, classes, n)
        z = rng.normal(0, 1, (n, classes))
        z[numpy.arange(n), truths] += skill
        yield name, classes, truths, numpy.rint(scale * z * 16).astype(int)
    truths = rng.integers(0, 3, 20)
    yield 'all-right', 3, truths, 16 * numpy.eye(3, dtype=int)[truths]
    yield 'misleading', 3, truths, -16 * numpy.eye(3, dtype=int)[truths]


def fit_temperature(truths, z):
    rows = numpy.arange(len(truths))

    def slope(coldness):
        p = special.softmax(coldness * z, axis=1)
        return math.fsum((p * z).sum(axis=1) - z[rows, truths])

    if not slope(2.0**-20) < 0 or not slope(2.0**20) > 0:
        return None
    return 1 / optimize.brentq(slope, 2.0**-20, 2.0**20, xtol=1e-16, rtol=4 * numpy.finfo(float).eps, maxiter=500)


def temperature_case(name, classes, truths, sixteenths):
    z = sixteenths / 16
    temperature = fit_temperature(truths, z)
    found = {'name': name, 'classes': classes, 'truths': truths, 'sixteenths': sixteenths, 'temperature': temperature}
    if temperature is not None:
        p = special.softmax(z / temperature, axis=1).astype(numpy.float32).astype(float)
        said = z.argmax(axis=1)
        confidence = p[numpy.arange(len(p)), said]
        found['ece'] = calibration_error(bins_of_width(confidence), confidence, (said == truths).astype(float))
    return found


# --- The file -----------------------------------------------------------------------------------------------------

def plain(value):
    """As JSON has it: no NaN; infinity is a text."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, numpy.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, (float, numpy.floating)):
        return None if math.isnan(value) else 'inf' if math.isinf(value) else float(value)
    return int(value) if isinstance(value, numpy.integer) else value


def case(name, classes, truths, counts):
    p, said = counts / WHOLE, counts.argmax(axis=1)
    scores, each = score(truths, said, p, classes)
    check_means(truths, p, classes, scores)
    found = {'name': name, 'classes': classes, 'truths': truths, 'counts': counts, 'scores': scores, 'each': each,
             'top_k': top_k(truths, counts, classes), 'suspects': suspects(truths, p, classes)}
    if len(truths) <= 200:
        found['curves'] = [curves(truths, p, k) for k in range(min(classes, 3))]
    if name in ('ten-classes', 'two-classes', 'unequal-classes'):
        found['intervals'] = resampled(truths, said, p, classes)
    return found


def main():
    result = {
        'resamples': RESAMPLES,
        'seed': SEED,
        'cases': [case(*one_case) for one_case in make_cases()],
        'temperatures': [temperature_case(*one_case) for one_case in temperature_cases()],
        'wilson': list(wilson_table()),
        'mcnemar': list(mcnemar_table()),
    }
    RESULT.write_text(json.dumps(plain(result), separators=(',', ':')) + '\n')


if __name__ == '__main__':
    main()
