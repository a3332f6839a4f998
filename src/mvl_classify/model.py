"""The estimator that training uses: sentences and labels in, an additive table out.

The linear heads are fitted on the counts of words and runs beside what these share (`sharing`), which carries
weight to words the corpus never saw and folds into one weight a feature. Soft labels (a teacher's
probabilities) may stand beside the labels; they are fitted by giving each sentence to both sides of a
question with its two weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from mvl_classify.corpus import Row
from mvl_classify.dimensions import POLES
from mvl_classify.engine import Calibration, Floats
from mvl_classify.features import Extractor, matrix, neighbours, scale, sequences
from mvl_classify.heads import LinearHead
from mvl_classify.inheritance import Start, inherit
from mvl_classify.segment import Ints, Segmenter, normal
from mvl_classify.sharing import shared
from mvl_classify.table import Table
from mvl_classify.vectors import Vectors
from mvl_classify.vocabulary import BEGIN, BEGIN_NAME, END, END_NAME, Vocabulary

HALF: Final = (Calibration(1.0, 0.0), Calibration(1.0, 0.0))
_LEAST_WEIGHT: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Options:
    """What the fit can be told.

    `c` is the inverse strength of the penalty (poles, dimensions); `vector_weight` how freely vectors are
    used beside counts, and `letters_weight` the first `letters` letters; `least` in how many sentences a
    word, a pair and a triple must stand; `power` and `offset` give the sentence's scale (see `table`);
    `soft_weight` the part of the teacher in [0, 1]; `thresholds` the probabilities from which a pole counts as
    shown (None: chosen on held-out folds).
    """

    c: float = 3.0
    c_dimensions: float = 3.0
    vector_weight: float = 0.4
    letters: int = 5
    letters_weight: float = 1.5
    least: tuple[int, int, int] = (2, 3, 4)
    power: float = 0.3
    offset: float = 0.0
    soft_weight: float = 0.5
    roles_visible: bool = False
    thresholds: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Targets:
    """What the heads are fitted to, one row a sentence.

    `poles` (n, 2) and `dimensions` (n, d) hold probabilities; a row of `dimensions` that is all zero (a
    neutral sentence) does not take part. `ads` is 1, 0 or NaN (kind not known). `weight` is a sentence's weight.
    """

    poles: Floats
    dimensions: Floats
    ads: Floats
    weight: Floats

    def part(self, rows: Ints) -> Targets:
        """Return the targets of some rows."""
        return Targets(self.poles[rows], self.dimensions[rows], self.ads[rows], self.weight[rows])


def hard_targets(
    labels: Sequence[str], dimensions: Sequence[str | None], kinds: Sequence[str | None], ids: Sequence[str]
) -> Targets:
    """Return the targets that labels alone give."""
    count = len(labels)
    poles = np.array([[label in (pole, "both") for pole in POLES] for label in labels], float).reshape(count, 2)
    by_dimension = np.zeros((count, len(ids)))
    for row, dimension in enumerate(dimensions):
        if dimension is not None:
            by_dimension[row, ids.index(dimension)] = 1.0
    ads = np.array([np.nan if kind is None else float(kind == "ad") for kind in kinds])
    return Targets(poles, by_dimension, ads, np.ones(count))


def targets_of(rows: Sequence[Row], ids: Sequence[str]) -> Targets:
    """Return the targets that the labels of a corpus' rows give."""
    return hard_targets([row.label for row in rows], [row.dimension for row in rows], [row.kind for row in rows], ids)


def learn_vocabulary(segmenter: Segmenter, texts: Sequence[str], vectors: Vectors, options: Options) -> Vocabulary:
    """Collect the words, pairs and triples that stand in enough sentences, beside the words of the vectors."""
    tokens = segmenter.tokens(texts)
    sentences = segmenter.whole(tokens, len(texts))
    hashes = np.unique(tokens.hashes)
    places = sequences(tokens, sentences, hashes, options.roles_visible)
    size = len(hashes) + 2
    one, two, three = neighbours(places.ids)
    pair = (one >= 0) & (two >= 0) & (one != END)
    triple = pair & (three >= 0) & (two > END)

    def frequent(mask: npt.NDArray[np.bool_], keys: Ints, least: int) -> Ints:
        found = np.unique(np.stack([keys[mask], places.sentence[mask]]), axis=1)[0]
        values, counts = np.unique(found, return_counts=True)
        return np.asarray(values[counts >= least])

    def name(number: int) -> str:
        edges = {BEGIN: BEGIN_NAME, END: END_NAME}
        return edges[number] if number in edges else segmenter.word(int(hashes[number - 2]))

    words = {name(int(n)) for n in frequent(one > END, one, options.least[0])}
    words |= {normal(word) for word in vectors.words}
    pairs = frequent(pair, one * size + two, options.least[1])
    triples = frequent(triple, (one * size + two) * size + three, options.least[2])
    runs = [(name(int(n // size)), name(int(n % size))) for n in pairs]
    longer = [(name(int(n // size // size)), name(int(n // size % size)), name(int(n % size))) for n in triples]
    known = words | {BEGIN_NAME, END_NAME}
    kept = [run for run in (*runs, *longer) if known.issuperset(run)]
    return Vocabulary.build(words, vectors.pieces, kept)


def design(segmenter: Segmenter, vocabulary: Vocabulary, texts: Sequence[str], options: Options) -> Any:
    """Return the sparse matrix (sentences, features) of scaled counts."""
    tokens = segmenter.tokens(texts)
    features = Extractor(vocabulary, options.roles_visible)(segmenter, tokens, segmenter.whole(tokens, len(texts)))
    return matrix(features, len(vocabulary), scale(features.places.length, options.power, options.offset))


def fit_table(
    segmenter: Segmenter,
    texts: Sequence[str],
    targets: Targets,
    dimensions: tuple[str, ...],
    vectors: Vectors,
    options: Options,
    base: Table | None = None,
) -> Table:
    """Fit all heads; without a base the table's probabilities are not calibrated yet and its thresholds are 0.5.

    With a `base` the fit only adds to that table's logits, and its calibration and thresholds stay.
    """
    if base is not None:
        options = replace(options, power=base.power, offset=base.offset)
    vocabulary = learn_vocabulary(segmenter, texts, vectors, options)
    start = Start(vocabulary) if base is None else inherit(base, vocabulary, dimensions)
    vocabulary = start.vocabulary
    counts = design(segmenter, vocabulary, texts, options)
    common = shared(vocabulary, vectors, options.vector_weight, options.letters, options.letters_weight)
    whole = sparse.hstack([counts, counts @ common]).tocsr()
    logits = start.logits(counts)
    heads = [binary_head(whole, targets.poles[:, k], targets.weight, options.c, _column(logits, k)) for k in range(2)]
    by_dimension = None if logits is None else logits[:, 2:-1]
    heads += _multinomial(whole, targets.dimensions, targets.weight, options.c_dimensions, by_dimension)
    known = ~np.isnan(targets.ads) & (base is None)
    heads.append(binary_head(whole[known], targets.ads[known], targets.weight[known], options.c))
    coefficients = np.array([coefficient for coefficient, _ in heads])
    weights = coefficients[:, : len(vocabulary)].T.copy()
    weights += common @ coefficients[:, len(vocabulary) :].T
    weights, bias = start.add(weights, np.array([bias for _, bias in heads]))
    return Table(
        vocabulary=vocabulary,
        dimensions=dimensions,
        weights=weights.astype(np.float16).astype(np.float32),
        bias=bias,
        calibration=HALF if base is None else base.calibration,
        thresholds=(0.5, 0.5) if base is None else base.thresholds,
        power=options.power,
        offset=options.offset,
    )


def _column(logits: Floats | None, head: int) -> Floats | None:
    return None if logits is None else logits[:, head]


def binary_head(
    x: Any, target: Floats, weight: Floats, c: float, offset: Floats | None = None
) -> tuple[Floats, float]:
    """Fit one question to probabilities and return its weights and bias; one with a single answer gets no weights.

    `x` is (n, features), `target` (n,) in [0, 1], `weight` (n,), `offset` (n,) logits that the fit only adds to.
    """
    if not len(target):
        return np.zeros(x.shape[1]), 0.0
    if target.min() == target.max():
        return np.zeros(x.shape[1]), 0.0 if offset is not None else float(np.clip(target.max() * 12 - 6, -6, 6))
    rows = np.tile(np.arange(len(target)), 2)
    side = np.repeat([1, 0], len(target))
    share = np.concatenate([target, 1 - target]) * np.tile(weight, 2)
    keep = share > _LEAST_WEIGHT
    known = None if offset is None else offset[rows[keep]]
    fitted = LinearHead(C=c).fit(x[rows[keep]], side[keep], share[keep], known)
    return fitted.coef_[0], float(fitted.intercept_[0])


def _multinomial(
    x: Any, target: Floats, weight: Floats, c: float, offset: Floats | None = None
) -> list[tuple[Floats, float]]:
    """Fit the softmax over dimensions; one never seen gets a bias that keeps it last (with a base: its former one)."""
    count = target.shape[1]
    rows, columns = np.nonzero(target > 0.02)
    shown = np.unique(columns)
    unseen = -20.0 if offset is None else 0.0
    heads = [(np.zeros(x.shape[1]), unseen) for _ in range(count)]
    if len(shown) < 2:
        for column in shown:
            heads[column] = (np.zeros(x.shape[1]), 0.0)
        return heads
    known = None if offset is None else offset[rows][:, shown]
    if known is not None and len(shown) == 2:
        known = known[:, 1] - known[:, 0]
    fitted = LinearHead(C=c).fit(x[rows], columns, target[rows, columns] * weight[rows], known)
    coefficients, biases = fitted.coef_, fitted.intercept_
    if len(shown) == 2:
        coefficients = np.concatenate([-coefficients, coefficients]) / 2
        biases = np.concatenate([-biases, biases]) / 2
    for place, column in enumerate(shown):
        heads[column] = (coefficients[place], float(biases[place]))
    return heads


__all__ = ["Options", "Targets", "binary_head", "design", "fit_table", "hard_targets", "learn_vocabulary", "targets_of"]
