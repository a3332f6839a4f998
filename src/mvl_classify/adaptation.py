"""A user's own labels and dimensions: from tens of sentences to a model, and what it gained.

The labels stand alone, or on top of a trained model (`base`): then the fit adds to that model's logits
(`inheritance`), so that the corpus behind it need not be at hand. The gain is measured on held-out folds,
each predicted by a model that saw neither the sentence nor its near duplicates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import GroupKFold

from mvl_classify import corpus, training
from mvl_classify.artifact import Model
from mvl_classify.corpus import Row
from mvl_classify.dimensions import POLES, DimensionSet
from mvl_classify.engine import Calibration, Floats, calibrated
from mvl_classify.estimator import score_texts
from mvl_classify.gain import gained, predictions, scored
from mvl_classify.model import Options, Targets, fit_table, targets_of
from mvl_classify.recalibration import recalibrated
from mvl_classify.segment import Segmenter
from mvl_classify.sufficiency import check
from mvl_classify.table import Table
from mvl_classify.vectors import load as load_vectors

_FLAT: Final = (Calibration(1.0, 0.0), Calibration(1.0, 0.0))


@dataclass(frozen=True, slots=True)
class Learnt:
    """A written model's manifest, what it gained on held-out folds, and what is thin about the labels."""

    manifest: dict[str, Any]
    gain: dict[str, Any]
    warnings: list[str]


def learn(
    rows: Sequence[Row],
    out: Path,
    dimensions: DimensionSet,
    compared: Model,
    *,
    on_top: bool = False,
    options: Options | None = None,
    neutral: float = training.BASE_NEUTRAL,
    progress: training.Progress = training.quiet,
) -> Learnt:
    """Train on labelled rows and write a model folder.

    `compared` is the model that the gain is measured against, and with `on_top` the one that is built upon.
    The seed phrases of dimensions that it does not have are learnt as sentences of their pole. `neutral` is
    the share of neutral sentences in the text to be scored. Raises CorpusError where the rows are too few.
    """
    options, base = options or Options(), compared.table if on_top else None
    warnings = check(rows, dimensions)
    seeds = seed_rows(dimensions, frozenset() if base is None else frozenset(base.dimensions))
    work = _Work(dimensions.ids, options, base, neutral, seeds)
    held = work.held_out(rows, progress)
    gold, weight = (
        np.array([row.label for row in rows]),
        training.base_weights([row.label for row in rows], neutral),
    )
    curves = base.calibration if base else recalibrated(held.logits, gold, weight, _FLAT)
    poles = calibrated(held.logits, curves)
    thresholds = base.thresholds if base else training.choose_thresholds(poles, gold, weight)
    progress("final fit")
    table = replace(work.fit(rows), calibration=curves, thresholds=thresholds)
    after = predictions(rows, poles, thresholds, np.array(dimensions.ids)[held.dimension])
    gain = gained(scored(compared, rows), after, compared.dimensions.ids == dimensions.ids)
    about = {
        "name": out.resolve().name,
        "version": "1",
        "corpus": {"digest": corpus.digest(rows), "rows": len(rows), "sources": training.sources(rows)},
        "training": {
            **training.versions(),
            "options": training.plain(asdict(options)),
            "vectors": load_vectors().digest,
            "soft": False,
            "base": compared.digest if on_top else None,
        },
        "base_neutral": neutral,
        "figures": {**training.figures(rows, after, resamples=0), "gain": training.plain(gain)},
    }
    return Learnt(training.write(out, table, dimensions, about, _phrases(dimensions)), gain, warnings)


def seed_rows(dimensions: DimensionSet, known: frozenset[str]) -> list[Row]:
    """Return the phrases of the dimensions that are not known yet as labelled rows."""
    return [
        Row(f"{key}/{pole}/{number}", phrase, pole, key, None, "phrases", f"dimensions: {key}", {})
        for key, dimension in dimensions.items()
        if key not in known
        for pole in POLES
        for number, phrase in enumerate(dimension.pole(pole).phrases)
    ]


@dataclass(frozen=True, slots=True)
class _Held:
    logits: Floats
    dimension: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Work:
    """What every fit of one training shares."""

    ids: tuple[str, ...]
    options: Options
    base: Table | None
    neutral: float
    seeds: list[Row]

    def fit(self, rows: Sequence[Row]) -> Table:
        """Fit a table to rows and the seed phrases."""
        every = [*rows, *self.seeds]
        gold = [row.label for row in every]
        targets = targets_of(every, self.ids)
        if self.base is not None:
            targets = Targets(
                targets.poles, targets.dimensions, targets.ads, training.base_weights(gold, self.neutral)
            )
        texts = [row.text for row in every]
        return fit_table(Segmenter(), texts, targets, self.ids, load_vectors(), self.options, self.base)

    def held_out(self, rows: Sequence[Row], progress: training.Progress) -> _Held:
        """Predict every row by a table that saw neither it nor its near duplicates."""
        logits, dimension = np.zeros((len(rows), 2)), np.zeros(len(rows), np.int64)
        groups = corpus.groups(list(rows))
        folds = GroupKFold(n_splits=min(training.FOLDS, len(set(groups))))
        for number, (fitted, held) in enumerate(folds.split(groups, groups=groups), 1):
            progress(f"fold {number} of {folds.n_splits}")
            table = self.fit([rows[k] for k in fitted])
            scores = score_texts(Segmenter(), table, [rows[k].text for k in held])
            logits[held], dimension[held] = scores.logits[:, :2], scores.dimension
        return _Held(logits, dimension)


def _phrases(dimensions: DimensionSet) -> list[str]:
    """Return the seed phrases: golden sentences that hold nothing of the user's texts."""
    return [
        phrase
        for dimension in dimensions.values()
        for pole in POLES
        for phrase in dimension.pole(pole).phrases
    ]
