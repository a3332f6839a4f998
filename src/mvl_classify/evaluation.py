"""How well scores agree with labels: figures with bootstrap intervals, and folds across the documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mvl_classify.corpus import Row
from mvl_classify.dimensions import LABELS, POLES
from mvl_classify.engine import Floats, read_sentences
from mvl_classify.intake import text_of
from mvl_classify.scorer import Scorer

RESAMPLES: Final = 1000
BINS: Final = 15
SEED: Final = 20

Names = npt.NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Predictions:
    """Labelled sentences with what a model says of them, one entry a sentence.

    `dimension` holds the gold dimension ("" where there is none), `predicted_dimension` the top-ranked one.
    """

    label: Names
    dimension: Names
    management: Floats
    leadership: Floats
    predicted: Names
    predicted_dimension: Names

    def part(self, rows: npt.NDArray[Any]) -> Predictions:
        """Return some of the sentences."""
        return Predictions(*(getattr(self, name)[rows] for name in self.__slots__))

    def __len__(self) -> int:
        return len(self.label)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % bootstrap interval; null where the rows do not allow it."""

    value: float | None
    low: float | None
    high: float | None

    def to_dict(self) -> dict[str, float | None]:
        """Return plain data."""
        return {"value": self.value, "low": self.low, "high": self.high}


def auc_pole(p: Predictions) -> float | None:
    """Return the area under the curve of P(leadership) - P(management) on rows labelled one or the other."""
    rows = np.isin(p.label, POLES)
    return _auc(p.label[rows] == "leadership", (p.leadership - p.management)[rows])


def auc_oriented(p: Predictions) -> float | None:
    """Return the area under the curve of 1 - (1 - m)(1 - l) for oriented against neutral; `both` is oriented."""
    return _auc(p.label != "neutral", 1 - (1 - p.management) * (1 - p.leadership))


def macro_f1(p: Predictions) -> float | None:
    """Return the mean F1 of the four labels."""
    return _macro_f1(p, LABELS)


def macro_f1_3(p: Predictions) -> float | None:
    """Return the mean F1 of three labels on rows not labelled `both`; a predicted `both` is an error."""
    rows = p.label != "both"
    return None if not rows.any() else _macro_f1(p.part(rows), [label for label in LABELS if label != "both"])


def dimension_accuracy(p: Predictions) -> float | None:
    """Return how often the top-ranked dimension is the labelled one, on rows that have one."""
    rows = p.dimension != ""
    return float(np.mean(p.dimension[rows] == p.predicted_dimension[rows])) if rows.any() else None


def ece(p: Predictions) -> float | None:
    """Return the expected calibration error, a mean over the two poles with equal bins."""
    shown = [np.isin(p.label, (pole, "both")) for pole in POLES]
    return float(np.mean([_ece(p.management, shown[0]), _ece(p.leadership, shown[1])]))


FIGURES: Final[dict[str, Callable[[Predictions], float | None]]] = {
    "auc_pole": auc_pole,
    "auc_oriented": auc_oriented,
    "macro_f1": macro_f1,
    "macro_f1_3": macro_f1_3,
    "dimension_accuracy": dimension_accuracy,
    "ece": ece,
}


def _macro_f1(p: Predictions, names: Sequence[str]) -> float:
    """Return the mean F1 of some labels; one that occurs neither in gold nor in prediction counts as 0."""
    scores = []
    for name in names:
        gold, found = p.label == name, p.predicted == name
        scores.append(2 * int((gold & found).sum()) / max(int(gold.sum()) + int(found.sum()), 1))
    return float(np.mean(scores))


def _auc(positive: npt.NDArray[np.bool_], values: Floats) -> float | None:
    """Return the share of pairs in which the positive row has the higher value; ties count half (Mann and Whitney)."""
    found = int(np.count_nonzero(positive))
    others = len(positive) - found
    if not found or not others:
        return None
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    return float((rank[positive].sum() - found * (found + 1) / 2) / (found * others))


def _ece(probability: Floats, shown: npt.NDArray[np.bool_]) -> float:
    bins = np.minimum((probability * BINS).astype(int), BINS - 1)
    gap = np.bincount(bins, weights=probability - shown, minlength=BINS)
    return float(np.abs(gap).sum() / max(len(bins), 1))


def report(p: Predictions, resamples: int = RESAMPLES) -> dict[str, Any]:
    """Return all figures with intervals, the rows, and the confusion matrix (rows: label, columns: predicted)."""
    rng = np.random.default_rng(SEED)
    draws = [p.part(rng.integers(0, len(p), len(p))) for _ in range(resamples)] if len(p) else []
    figures = {name: _figure(measure, p, draws) for name, measure in FIGURES.items()}
    matrix = [[int(np.sum((p.label == gold) & (p.predicted == found))) for found in LABELS] for gold in LABELS]
    return {
        "rows": len(p),
        **{name: figure.to_dict() for name, figure in figures.items()},
        "confusion": {"labels": list(LABELS), "matrix": matrix},
    }


def _figure(measure: Callable[[Predictions], float | None], p: Predictions, draws: Sequence[Predictions]) -> Figure:
    value = measure(p) if len(p) else None
    if value is None:
        return Figure(None, None, None)
    drawn = [found for found in map(measure, draws) if found is not None]
    low, high = np.quantile(drawn, [0.025, 0.975]) if drawn else (np.nan, np.nan)
    return Figure(value, float(low) if drawn else None, float(high) if drawn else None)


def by_dimension(p: Predictions, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return precision, recall and support of each dimension on the rows that have one."""
    rows = p.dimension != ""
    gold, found = p.dimension[rows], p.predicted_dimension[rows]
    out = []
    for key in ids:
        right = int(((gold == key) & (found == key)).sum())
        support, named = int((gold == key).sum()), int((found == key).sum())
        out.append(
            {
                "dimension": key,
                "precision": right / named if named else None,
                "recall": right / support if support else None,
                "support": support,
            }
        )
    return out


def predict(scorer: Scorer, rows: Sequence[Row]) -> Predictions:
    """Score labelled rows, each as one sentence."""
    engine = scorer.model.engine
    scored = read_sentences(engine, [text_of(row.text, place) for place, row in enumerate(rows)])
    return Predictions(
        label=np.array([row.label for row in rows], dtype=np.str_),
        dimension=np.array([row.dimension or "" for row in rows], dtype=np.str_),
        management=scored.poles[:, 0],
        leadership=scored.poles[:, 1],
        predicted=np.array(LABELS)[scored.label],
        predicted_dimension=np.array(engine.dimensions)[scored.dimension],
    )
