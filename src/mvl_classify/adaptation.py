"""A user's own labels, dimensions and base rates: from tens of sentences to a model, and what it gained.

The labels stand alone, or on top of a trained model (`base`): then the fit adds to that model's logits
(`inheritance`), so that the corpus behind it need not be at hand. The gain is measured on held-out folds,
each predicted by a model that saw neither the sentence nor its near duplicates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn import config_context
from sklearn.model_selection import GroupKFold

from mvl_classify import artifact, corpus, training
from mvl_classify.artifact import Model
from mvl_classify.corpus import Row
from mvl_classify.dimensions import LABELS, POLES, DimensionSet
from mvl_classify.errors import CorpusError, InputError
from mvl_classify.estimator import score_texts
from mvl_classify.evaluation import FIGURES, SEED, Predictions
from mvl_classify.heads import LinearHead
from mvl_classify.model import Options, Targets, fit_table, hard_targets
from mvl_classify.segment import Segmenter
from mvl_classify.table import Calibration, Floats, Table, labels
from mvl_classify.vectors import load as load_vectors

LEAST_ROWS: Final = 10
"""Fewer labelled sentences are refused."""

ENOUGH_ROWS: Final = 50
ENOUGH_OF_A_POLE: Final = 10
"""With fewer sentences, or fewer that show a pole, a warning says so."""

RESAMPLES: Final = 100
_LEAST_SLOPE: Final = 1e-3
_SHRINK: Final = 10.0
"""How freely a calibration may leave the former one: the head's C."""


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
    curves = (
        base.calibration
        if base
        else recalibrated(held.logits, gold, weight, (Calibration(1, 0), Calibration(1, 0)))
    )
    poles = calibrated(held.logits, curves)
    thresholds = base.thresholds if base else training.choose_thresholds(poles, gold, weight)
    progress("final fit")
    table = replace(work.fit(rows), calibration=curves, thresholds=thresholds)
    after = predictions(rows, poles, thresholds, np.array(dimensions.ids)[held.dimension])
    gain = gained(_scored(compared, rows), after, compared.dimensions.ids == dimensions.ids)
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


def check(rows: Sequence[Row], dimensions: DimensionSet) -> list[str]:
    """Return what is thin about the labels; raise CorpusError where they are too few to train on."""
    counts = Counter(row.label for row in rows)
    if len(rows) < LEAST_ROWS or len(counts) < 2:
        raise CorpusError(
            f"{rows[0].place.rpartition(':')[0] if rows else 'labels'}: {len(rows)} labelled sentences of "
            f"{len(counts)} labels are too few to train on; at least {LEAST_ROWS} of two labels are needed."
        )
    for row in rows:
        if row.dimension is not None and row.dimension not in dimensions:
            raise CorpusError(
                f"{row.place}: {row.dimension!r} is none of the dimensions {', '.join(dimensions.ids)}."
            )
    found = []
    if len(rows) < ENOUGH_ROWS:
        found.append(
            f"{len(rows)} sentences are few, and the figures uncertain; {ENOUGH_ROWS} or more are better."
        )
    for pole in POLES:
        shown = counts[pole] + counts["both"]
        if shown < ENOUGH_OF_A_POLE:
            found.append(f"only {shown} sentences show {pole}: label at least {ENOUGH_OF_A_POLE}.")
    if not counts["neutral"]:
        found.append("no sentence is neutral: the model cannot learn what is to be left alone.")
    return found


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
        targets = hard_targets(gold, [row.dimension for row in every], [row.kind for row in every], self.ids)
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


def calibrated(logits: Floats, curves: tuple[Calibration, Calibration]) -> Floats:
    """Return the probabilities (rows, 2) of the two poles."""
    return np.stack([curve(logits[:, k]) for k, curve in enumerate(curves)], axis=1)


def recalibrated(
    logits: Floats, gold: npt.NDArray[Any], weight: Floats, former: tuple[Calibration, Calibration]
) -> tuple[Calibration, Calibration]:
    """Fit Platt's logistic curves anew, drawn towards the former ones so that few rows move them little."""
    return (
        _recalibrated(logits[:, 0], np.isin(gold, ("management", "both")), weight, former[0]),
        _recalibrated(logits[:, 1], np.isin(gold, ("leadership", "both")), weight, former[1]),
    )


def _recalibrated(
    logits: Floats, shown: npt.NDArray[np.bool_], weight: Floats, former: Calibration
) -> Calibration:
    if shown.all() or not shown.any():
        return former
    known = former.slope * logits + former.intercept
    head = LinearHead(C=_SHRINK).fit(known[:, None], shown, weight, known)
    stretch = max(1.0 + float(head.coef_[0, 0]), _LEAST_SLOPE)
    return Calibration(former.slope * stretch, former.intercept * stretch + float(head.intercept_[0]))


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


def _scored(model: Model, rows: Sequence[Row]) -> Predictions:
    scores = score_texts(Segmenter(), model.table, [row.text for row in rows])
    return predictions(
        rows, scores.poles, model.table.thresholds, np.array(model.table.dimensions)[scores.dimension]
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


def recalibrate(
    model: Model, out: Path, rows: Sequence[Row] = (), neutral: float | None = None
) -> dict[str, Any]:
    """Write a model anew with curves, and with labelled rows also thresholds, for another kind of text.

    With rows, the curves are fitted to them, weighted to the share `neutral` (None: the model's). Without
    rows the curves are moved by the change of the odds that `neutral` makes (Saerens, Latinne and Decaestecker
    2002). The weights stay. Returns the figures before and after (held-out folds where there are rows).
    """
    share = model.manifest["base_neutral"] if neutral is None else neutral
    if not 0 < share < 1:
        raise InputError(f"neutral: expected a share above 0 and below 1, found {share}.")
    if not rows and neutral is None:
        raise InputError(
            "calibrate: give labelled sentences, or the share of neutral ones (--neutral), or both."
        )
    table, found = (_moved(model, share), {}) if not rows else _fitted(model, rows, share)
    manifest = {
        **model.manifest,
        "name": out.resolve().name,
        "base_neutral": share,
        "calibration": [{"slope": curve.slope, "intercept": curve.intercept} for curve in table.calibration],
        "thresholds": list(table.thresholds),
        "recalibrated": {
            "from": model.digest,
            "rows": len(rows),
            "digest": corpus.digest(rows),
            **training.plain(found),
        },
    }
    out.mkdir(parents=True, exist_ok=True)
    if out.resolve() != model.path.resolve():
        for name in model.manifest["files"]:
            (out / name).write_bytes((model.path / name).read_bytes())
    artifact.write_manifest(out, manifest)
    training.write_card(out)
    return found


def _moved(model: Model, share: float) -> Table:
    """Move the curves by the odds; a pole is taken to be shown by half of the oriented sentences."""
    former = model.manifest["base_neutral"]
    odds = [(1 - part) / 2 / (part + (1 - part) / 2) for part in (former, share)]
    by = float(np.log(odds[1] / odds[0]))
    one, two = (Calibration(curve.slope, curve.intercept + by) for curve in model.table.calibration)
    return replace(model.table, calibration=(one, two))


def _fitted(model: Model, rows: Sequence[Row], share: float) -> tuple[Table, dict[str, Any]]:
    warnings = check([replace(row, dimension=None) for row in rows], model.dimensions)
    table, gold = model.table, np.array([row.label for row in rows])
    scores = score_texts(Segmenter(), table, [row.text for row in rows])
    logits, weight = scores.logits[:, :2], training.base_weights(gold.tolist(), share)
    poles, label = np.zeros_like(scores.poles), np.zeros(len(rows), np.int64)
    groups = corpus.groups(list(rows))
    for fitted, held in GroupKFold(n_splits=min(training.FOLDS, len(set(groups)))).split(
        groups, groups=groups
    ):
        curves = recalibrated(logits[fitted], gold[fitted], weight[fitted], table.calibration)
        pair = training.choose_thresholds(calibrated(logits[fitted], curves), gold[fitted], weight[fitted])
        poles[held] = calibrated(logits[held], curves)
        label[held] = labels(poles[held], pair)
    names = np.array(table.dimensions)[scores.dimension]
    after = replace(predictions(rows, poles, table.thresholds, names), predicted=np.array(LABELS)[label])
    curves = recalibrated(logits, gold, weight, table.calibration)
    thresholds = training.choose_thresholds(calibrated(logits, curves), gold, weight)
    found = {"gain": gained(_scored(model, rows), after, False), "warnings": warnings}
    return replace(table, calibration=curves, thresholds=thresholds), found


def _phrases(dimensions: DimensionSet) -> list[str]:
    """Return the seed phrases: golden sentences that hold nothing of the user's texts."""
    return [
        phrase
        for dimension in dimensions.values()
        for pole in POLES
        for phrase in dimension.pole(pole).phrases
    ]
