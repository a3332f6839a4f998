"""What every engine gives, whatever it is made of: the scores of sentences, and the words that decided.

The two poles are independent questions ("does this sentence show the pole?"), each calibrated by a logistic curve
(Platt 1999); the dimensions are a softmax. One further head, `ad`, guesses the kind of text and takes no part in a
score. `table` is the engine that ships as the default, `transformer` the slower one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, Protocol

import numpy as np
import numpy.typing as npt

from mvl_classify.dimensions import LABELS
from mvl_classify.segment import Bools, Ints, Segmenter, Sentences, Tokens

Floats = npt.NDArray[np.float64]
EngineName = Literal["table", "transformer"]

KIND_HEAD: Final = "ad"

Contribution = tuple[int, int, Floats, str | None]
"""First token, last token (included), what is added to each head's logit, and the reason of a term of one's own."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """One head's logistic curve from logit to probability; monotone, because `slope` is above 0."""

    slope: float
    intercept: float

    def __call__(self, logits: Floats) -> Floats:
        """Return probabilities in [0, 1]."""
        return sigmoid(self.slope * logits + self.intercept)


Curves = tuple[Calibration, Calibration]


def sigmoid(values: Floats) -> Floats:
    """Return 1 / (1 + exp(-values)) without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * values)))


def softmax(values: Floats) -> Floats:
    """Return each row's exponentials divided by their sum."""
    shifted = np.exp(values - values.max(axis=1, keepdims=True)) if values.size else np.exp(values)
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def calibrated(logits: Floats, curves: Curves) -> Floats:
    """Return the probabilities (rows, 2) of the two poles, whose logits are the first two columns."""
    return np.stack([curve(logits[:, k]) for k, curve in enumerate(curves)], axis=1)


def labels(poles: Floats, thresholds: tuple[float, float]) -> Ints:
    """Return indexes into `LABELS` from the two probabilities: both, one, or neither above its threshold."""
    shown = poles >= np.asarray(thresholds)
    order = [LABELS.index(name) for name in ("neutral", "management", "leadership", "both")]
    return np.asarray(np.array(order)[shown[:, 0] * 1 + shown[:, 1] * 2])


@dataclass(frozen=True, slots=True)
class Parts:
    """What words add to the logits of the two poles: one row a word or run of words, sentence by sentence.

    `first` and `last` (included) are tokens, `sentence` the sentence they stand in, `poles` is (rows, 2). Several
    rows may name one place: they add up.
    """

    first: Ints
    last: Ints
    sentence: Ints
    poles: Floats


class Attribution(Protocol):
    """What an engine remembers of the sentences it read, to tell which words decided."""

    def contributions(self, sentence: int) -> list[Contribution]:
        """List what the words of a sentence add to its logits; words that add nothing are left out."""
        ...

    def rest(self, sentence: int, found: Sequence[Contribution]) -> Floats:
        """Return (heads,): the part of a sentence's logits that its contributions `found` leave over."""
        ...

    def parts(self, chosen: Bools) -> Parts:
        """Return what `contributions` lists, for the poles, of all chosen sentences at once."""
        ...


@dataclass(frozen=True, slots=True)
class SentenceArrays:
    """The scores of many sentences: one row a sentence, in the order given.

    `logits` has one column a head; `poles` the two calibrated probabilities; `dimensions` one column a
    dimension; `label` indexes `LABELS`, `dimension` the top-ranked dimension; `ad` is the kind logit. `known` is
    (sentences, 2): how many words the engine knows, and how many not.
    """

    logits: Floats
    poles: Floats
    dimensions: Floats
    label: Ints
    dimension: Ints
    ad: Floats
    known: Ints
    attribution: Attribution


def judged(
    logits: Floats,
    curves: Curves,
    thresholds: tuple[float, float],
    known: Ints,
    attributed: Callable[[Ints], Attribution],
) -> SentenceArrays:
    """Read logits (sentences, 2 + dimensions + 1), the last of them the kind's, as scores.

    `attributed` makes the attribution, given the labels.
    """
    dimensions = logits[:, 2:-1]
    poles = calibrated(logits, curves)
    label = labels(poles, thresholds)
    return SentenceArrays(
        logits=logits[:, :-1],
        poles=poles,
        dimensions=softmax(dimensions),
        label=label,
        dimension=dimensions.argmax(axis=1) if len(dimensions) else np.zeros(0, np.int64),
        ad=logits[:, -1],
        known=known,
        attribution=attributed(label),
    )


Reader = Callable[[Sequence[str], Tokens, Sentences], SentenceArrays]
"""Scores the sentences of some texts; it may remember words, so each process has its own."""


class Engine(Protocol):
    """What reads sentences: trained, and not changed by reading.

    `heads` are the two poles and the dimensions; `thresholds` the probabilities from which a pole counts as shown;
    `tolerance` is how far a logit may differ on another machine.
    """

    name: ClassVar[EngineName]
    tolerance: ClassVar[float]

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The ids of the dimensions, in column order."""
        ...

    @property
    def heads(self) -> tuple[str, ...]:
        """The heads that evidence is given for, in column order."""
        ...

    @property
    def calibration(self) -> Curves:
        """The curves of the two poles."""
        ...

    @property
    def thresholds(self) -> tuple[float, float]:
        """The probabilities from which each pole counts as shown."""
        ...

    def reader(self, segmenter: Segmenter) -> Reader:
        """Return what scores sentences of tokens that `segmenter` made."""
        ...


def read_sentences(engine: Engine, texts: Sequence[str]) -> SentenceArrays:
    """Score each string as one unsplit sentence."""
    segmenter = Segmenter()
    tokens = segmenter.tokens(texts)
    return engine.reader(segmenter)(texts, tokens, segmenter.whole(tokens, len(texts)))
