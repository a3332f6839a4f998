"""Probabilities and thresholds for other text, without retraining: from labels, or from a base rate alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import GroupKFold

from mvl_classify import artifact, corpus, training
from mvl_classify.artifact import Model
from mvl_classify.corpus import Row
from mvl_classify.dimensions import LABELS
from mvl_classify.engine import Calibration, Curves, Floats, calibrated, labels, read_sentences
from mvl_classify.errors import InputError
from mvl_classify.gain import gained, predictions, scored
from mvl_classify.heads import LinearHead
from mvl_classify.sufficiency import check

_LEAST_SLOPE: Final = 1e-3
_SHRINK: Final = 10.0
"""How freely a calibration may leave the former one: the head's C."""


def recalibrated(
    logits: Floats, gold: npt.NDArray[Any], weight: Floats, former: Curves
) -> Curves:
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


def recalibrate(
    model: Model, out: Path, rows: Sequence[Row] = (), neutral: float | None = None
) -> dict[str, Any]:
    """Write a model anew with curves, and with labelled rows also thresholds, for another kind of text.

    With rows, the curves are fitted to them, weighted to the share `neutral` (None: the model's). Without
    rows the curves are moved by the change of the odds that `neutral` makes (Saerens and others
    2002). The weights stay. Returns the figures before and after (held-out folds where there are rows).
    """
    share = model.manifest["base_neutral"] if neutral is None else neutral
    if not 0 < share < 1:
        raise InputError(f"neutral: expected a share above 0 and below 1, found {share}.")
    if not rows and neutral is None:
        raise InputError(
            "calibrate: give labelled sentences, or the share of neutral ones (--neutral), or both."
        )
    curves, thresholds, found = _fitted(model, rows, share) if rows else (_moved(model, share), None, {})
    manifest = {
        **model.manifest,
        "name": out.resolve().name,
        "base_neutral": share,
        "calibration": [{"slope": curve.slope, "intercept": curve.intercept} for curve in curves],
        "thresholds": list(thresholds or model.engine.thresholds),
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


def _moved(model: Model, share: float) -> Curves:
    """Move the curves by the odds; a pole is taken to be shown by half of the oriented sentences."""
    former = model.manifest["base_neutral"]
    odds = [(1 - part) / 2 / (part + (1 - part) / 2) for part in (former, share)]
    by = float(np.log(odds[1] / odds[0]))
    one, two = (Calibration(curve.slope, curve.intercept + by) for curve in model.engine.calibration)
    return one, two


def _fitted(
    model: Model, rows: Sequence[Row], share: float
) -> tuple[Curves, tuple[float, float], dict[str, Any]]:
    warnings = check(rows)
    engine, gold = model.engine, np.array([row.label for row in rows])
    scores = read_sentences(engine, [row.text for row in rows])
    logits, weight = scores.logits[:, :2], training.base_weights(gold.tolist(), share)
    poles, label = np.zeros_like(scores.poles), np.zeros(len(rows), np.int64)
    groups = corpus.groups(list(rows))
    for fitted, held in GroupKFold(n_splits=min(training.FOLDS, len(set(groups)))).split(
        groups, groups=groups
    ):
        curves = recalibrated(logits[fitted], gold[fitted], weight[fitted], engine.calibration)
        pair = training.choose_thresholds(calibrated(logits[fitted], curves), gold[fitted], weight[fitted])
        poles[held] = calibrated(logits[held], curves)
        label[held] = labels(poles[held], pair)
    names = np.array(engine.dimensions)[scores.dimension]
    after = replace(predictions(rows, poles, engine.thresholds, names), predicted=np.array(LABELS)[label])
    curves = recalibrated(logits, gold, weight, engine.calibration)
    thresholds = training.choose_thresholds(calibrated(logits, curves), gold, weight)
    found = {"gain": gained(scored(model, rows), after, False), "warnings": warnings}
    return curves, thresholds, found
