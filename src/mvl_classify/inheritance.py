"""What a fit starts from: nothing, or the weights of a table that was trained before.

A user's tens of labels are too few to learn the language of a domain from, and enough to correct a model. So
the fit adds to the logits of the table it inherits, under the usual penalty on what it adds (Chelba and
Acero 2004): with no labels it is that table, with many it is the labels' own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mvl_classify.dimensions import POLES
from mvl_classify.engine import Floats
from mvl_classify.segment import Ints
from mvl_classify.table import Table
from mvl_classify.vocabulary import BEGIN, END, Vocabulary


@dataclass(frozen=True, slots=True)
class Start:
    """A vocabulary with the weights (features, heads) and the bias (heads,) that a fit adds to.

    `slope` and `intercept` (heads,) turn a logit of the table into that of a probability.
    """

    vocabulary: Vocabulary
    weights: Floats | None = None
    bias: Floats | None = None
    slope: Floats | None = None
    intercept: Floats | None = None

    def logits(self, counts: Any) -> Floats | None:
        """Return the calibrated logits (sentences, heads) that the start gives; None where it is nothing."""
        if self.weights is None:
            return None
        return np.asarray((counts @ self.weights + self.bias) * self.slope + self.intercept)

    def add(self, weights: Floats, bias: Floats) -> tuple[Floats, Floats]:
        """Return the start's weights and bias plus what a fit added on the scale of probabilities."""
        if self.weights is None or self.bias is None or self.slope is None:
            return weights, bias
        return self.weights + weights / self.slope, self.bias + bias / self.slope


def inherit(base: Table, learnt: Vocabulary, dimensions: tuple[str, ...]) -> Start:
    """Return a table's weights under its vocabulary and the words and runs learnt since.

    A dimension that the table does not have begins at zero. A word that it does not have begins at the mean
    of its pieces, as the table itself reads it.
    """
    vocabulary = _united(base.vocabulary, learnt)
    heads = (*POLES, *dimensions, "ad")
    former = {name: place for place, name in enumerate((*base.heads, "ad"))}
    columns = [former.get(head, -1) for head in heads]
    table = np.concatenate([base.weights.astype(np.float64), np.zeros((len(base.vocabulary), 1))], axis=1)[
        :, columns
    ]
    bias = np.append(base.bias, 0.0)[columns]
    slope, intercept = np.ones(len(heads)), np.zeros(len(heads))
    for place, curve in enumerate(base.calibration):
        slope[place], intercept[place] = curve.slope, curve.intercept
    return Start(vocabulary, _moved(base.vocabulary, vocabulary, table), bias, slope, intercept)


def _united(base: Vocabulary, learnt: Vocabulary) -> Vocabulary:
    """Return the words and runs of both, with the base's pieces."""
    words = Vocabulary.build((*base.words, *learnt.words), base.pieces)
    runs = np.unique(np.concatenate([_renumbered(base, words), _renumbered(learnt, words)]), axis=0)
    keys = Vocabulary(words.words, words.pieces, runs).keys
    return Vocabulary(words.words, words.pieces, runs[np.argsort(keys, kind="stable")])


def _renumbered(old: Vocabulary, new: Vocabulary) -> Ints:
    """Return a vocabulary's runs with the word ids of one that holds all its words."""
    ids = np.concatenate([[BEGIN, END], np.searchsorted(new.hashes, old.hashes) + END + 1])
    return np.where(old.runs >= 0, ids[old.runs], old.runs)


def _moved(base: Vocabulary, vocabulary: Vocabulary, table: Floats) -> Floats:
    """Return the weights in the order of the new vocabulary."""
    out = np.zeros((len(vocabulary), table.shape[1]))
    words, pieces = len(base.words), len(base.pieces)
    kept = np.searchsorted(vocabulary.hashes, base.hashes)
    out[kept] = table[:words]
    for number in np.setdiff1d(np.arange(len(vocabulary.words)), kept).tolist():
        cut = base.cut(vocabulary.words[number])
        if cut:
            out[number] = table[cut].mean(axis=0)
    first = len(vocabulary.words)
    out[first : first + pieces] = table[words : words + pieces]
    keys = Vocabulary(vocabulary.words, vocabulary.pieces, _renumbered(base, vocabulary)).keys
    out[first + pieces + np.searchsorted(vocabulary.keys, keys)] = table[words + pieces :]
    return out


__all__ = ["Start", "inherit"]
