"""What labels gained: the same held-out sentences before and after, figure by figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn import config_context

from mvl_classify.artifact import Model
from mvl_classify.corpus import Row
from mvl_classify.dimensions import LABELS
from mvl_classify.engine import Floats, labels, read_sentences
from mvl_classify.evaluation import FIGURES, SEED, Predictions

RESAMPLES: Final = 100


def predictions(
    rows: Sequence[Row], poles: Floats, thresholds: tuple[float, float], dimension: npt.NDArray[Any]
) -> Predictions:
    """Return rows with their probabilities as evaluation reads them."""
    return Predictions(
        label=np.array([row.label for row in rows]),
        dimension=np.array([row.dimension or "" for row in rows]),
        management=poles[:, 0],
        leadership=poles[:, 1],
        predicted=np.array(LABELS)[labels(poles, thresholds)],
        predicted_dimension=dimension,
    )


def scored(model: Model, rows: Sequence[Row]) -> Predictions:
    """Return what a model says of rows."""
    scores = read_sentences(model.engine, [row.text for row in rows])
    return predictions(
        rows, scores.poles, model.engine.thresholds, np.array(model.engine.dimensions)[scores.dimension]
    )


def gained(before: Predictions, after: Predictions, same_dimensions: bool = True) -> dict[str, Any]:
    """Return each figure before and after, and the difference with its paired 95 % bootstrap interval."""
    rng = np.random.default_rng(SEED)
    draws = [rng.integers(0, len(after), len(after)) for _ in range(RESAMPLES)]
    parts = [(before.part(draw), after.part(draw)) for draw in draws]
    with config_context(skip_parameter_validation=True, assume_finite=True):
        return {"rows": len(after)} | {
            name: _difference(measure, before, after, parts)
            for name, measure in FIGURES.items()
            if same_dimensions or name != "dimension_accuracy"
        }


def _difference(
    measure: Callable[[Predictions], float | None],
    before: Predictions,
    after: Predictions,
    parts: list[tuple[Predictions, Predictions]],
) -> dict[str, Any]:
    pairs = [(measure(one), measure(two)) for one, two in parts]
    drawn = [two - one for one, two in pairs if one is not None and two is not None]
    low, high = np.quantile(drawn, [0.025, 0.975]).tolist() if drawn else (None, None)
    first, second = measure(before), measure(after)
    value = None if first is None or second is None else second - first
    return {"before": first, "after": second, "difference": {"value": value, "low": low, "high": high}}
