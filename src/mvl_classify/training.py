"""From a corpus to a model folder: fit, calibrate on held-out folds, choose thresholds, write, describe.

Calibration and thresholds come from predictions on folds that keep near duplicates together; neutral and
oriented rows are weighted there to the share that real text has (`BASE_NEUTRAL`), so that a probability
means what it says on real text and not on the corpus.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits

from mvl_classify import artifact, card, corpus
from mvl_classify.corpus import Row
from mvl_classify.dimensions import LABELS, POLES, DimensionSet
from mvl_classify.engine import Calibration, Curves, EngineName, Floats, calibrated, labels
from mvl_classify.errors import CorpusError
from mvl_classify.estimator import score_texts
from mvl_classify.evaluation import Predictions, report
from mvl_classify.gain import predictions
from mvl_classify.model import Options, Targets, fit_table, targets_of
from mvl_classify.segment import Segmenter
from mvl_classify.soft import SOFT_FILE, read_soft
from mvl_classify.table import Table
from mvl_classify.vectors import Vectors
from mvl_classify.vectors import load as load_vectors

BASE_NEUTRAL: Final = 0.7
"""The share of neutral sentences in real ads and reviews (CODEBOOK, "Unit and label")."""

FOLDS: Final = 5
LEAST_ROWS: Final = 20
GOLDEN_ROWS: Final = 40

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Trained:
    """A fitted table with the corpus-fold predictions that calibrated it."""

    table: Table
    folds: Predictions
    targets: Targets


def quiet(_: str) -> None:
    """Report nothing."""


def train(
    folder: Path,
    out: Path,
    dimensions: DimensionSet,
    options: Options | None = None,
    progress: Progress = quiet,
    name: str = "default",
    version: str = "0.1.0",
) -> dict[str, Any]:
    """Train on a corpus folder and write a model folder; return its manifest.

    The same corpus, options and library versions give the same bytes. Raises CorpusError when the corpus is
    too small or its soft labels belong to another corpus.
    """
    options = options or Options(thresholds=corpus.thresholds(folder))
    rows = corpus.read_corpus(folder)
    if len(rows) < LEAST_ROWS or len({row.label for row in rows}) < 2:
        raise CorpusError(f"{folder}: {len(rows)} rows are too few to train on; at least {LEAST_ROWS} of two labels.")
    vectors = load_vectors()
    taught = corpus.taught(folder, rows)
    soft = read_soft(folder / SOFT_FILE, rows, dimensions, taught) if (folder / SOFT_FILE).is_file() else None
    progress(f"{len(rows)} sentences{'' if soft is None else ', with soft labels'}")
    with threadpool_limits(limits=1):  # sums in one order: the same bytes whatever the number of cores
        trained = fit(rows, dimensions, vectors, options, soft, progress)
    about = {
        "name": name,
        "version": version,
        "corpus": {"digest": corpus.digest(rows), "rows": len(rows), "sources": sources(rows)},
        "training": {
            **versions(),
            "options": plain(asdict(options)),
            "vectors": vectors.digest,
            "soft": soft is not None,
        },
        "base_neutral": BASE_NEUTRAL,
        "figures": figures(rows, trained.folds),
    }
    written = [row.text for row in rows if row.source != "documents"]
    return write(out, trained.table, dimensions, about, written)


def write(
    out: Path, table: Table, dimensions: DimensionSet, about: dict[str, Any], texts: Sequence[str]
) -> dict[str, Any]:
    """Write a table's model folder, with golden scores for some of the texts, and its card; return the manifest."""
    artifact.save(out, table, dimensions, about)
    return finish(out, texts)


def finish(out: Path, texts: Sequence[str]) -> dict[str, Any]:
    """Write the golden scores of some of the texts, and the card, of a model folder; return the manifest."""
    _write_golden(out, texts)
    artifact.write_manifest(out, artifact.read_manifest(out))
    return write_card(out)


def write_card(out: Path) -> dict[str, Any]:
    """Write the card of a model folder; return the manifest that it was rendered from."""
    manifest = artifact.read_manifest(out)
    (out / artifact.CARD).write_text(card.render(manifest), encoding="utf-8")
    return manifest


def fit(
    rows: Sequence[Row],
    dimensions: DimensionSet,
    vectors: Vectors,
    options: Options,
    soft: Targets | None = None,
    progress: Progress = quiet,
) -> Trained:
    """Fit a table, calibrated on folds; `soft` are a teacher's probabilities for the same rows."""
    segmenter = Segmenter()
    texts = [row.text for row in rows]
    hard = targets_of(rows, dimensions.ids)
    targets = hard if soft is None else _mixed(hard, soft, options.soft_weight)
    held = _held_out(segmenter, list(rows), targets, dimensions.ids, vectors, options, progress)
    names = np.array(dimensions.ids)[held.dimension]
    curves, thresholds, folds = judged_folds(rows, held.logits, hard.poles, names, options.thresholds)
    progress("final fit")
    table = fit_table(segmenter, texts, targets, dimensions.ids, vectors, options)
    return Trained(replace(table, calibration=curves, thresholds=thresholds), folds, targets)


def judged_folds(
    rows: Sequence[Row],
    logits: Floats,
    shown: Floats,
    dimension: npt.NDArray[Any],
    thresholds: tuple[float, float] | None,
) -> tuple[Curves, tuple[float, float], Predictions]:
    """Calibrate the held-out logits of rows and choose thresholds (where none are given); return what they then say.

    `logits` and `shown` are (rows, 2), `dimension` has the top-ranked dimension of each row.
    """
    gold = np.array([row.label for row in rows])
    weight = base_weights(gold.tolist())
    curves = (calibrate(logits[:, 0], shown[:, 0], weight), calibrate(logits[:, 1], shown[:, 1], weight))
    poles = calibrated(logits, curves)
    chosen = thresholds or choose_thresholds(poles, gold, weight)
    return curves, chosen, predictions(rows, poles, chosen, dimension)


@dataclass(frozen=True, slots=True)
class _Held:
    logits: Floats
    dimension: npt.NDArray[np.int64]


def _held_out(
    segmenter: Segmenter,
    rows: list[Row],
    targets: Targets,
    ids: tuple[str, ...],
    vectors: Vectors,
    options: Options,
    progress: Progress,
) -> _Held:
    """Predict every row by a table that saw neither it nor its near duplicates."""
    texts = [row.text for row in rows]
    logits, dimension = np.zeros((len(rows), 2)), np.zeros(len(rows), np.int64)
    groups = corpus.groups(rows)
    folds = GroupKFold(n_splits=min(FOLDS, len(set(groups))))
    for number, (fitted, held) in enumerate(folds.split(texts, groups=groups), 1):
        progress(f"fold {number} of {folds.n_splits}")
        table = fit_table(segmenter, [texts[k] for k in fitted], targets.part(fitted), ids, vectors, options)
        scores = score_texts(segmenter, table, [texts[k] for k in held])
        logits[held], dimension[held] = scores.logits[:, :2], scores.dimension
    return _Held(logits, dimension)


def _mixed(hard: Targets, soft: Targets, share: float) -> Targets:
    mix = share * soft.poles + (1 - share) * hard.poles
    shown = hard.dimensions.sum(axis=1, keepdims=True) > 0
    dimensions = np.where(shown, share * soft.dimensions + (1 - share) * hard.dimensions, 0.0)
    return Targets(mix, dimensions, hard.ads, hard.weight)


def base_weights(gold: Sequence[str], share: float = BASE_NEUTRAL) -> Floats:
    """Return row weights under which `share` of the weight is neutral, with mean 1."""
    neutral = np.array([label == "neutral" for label in gold])
    found = neutral.mean()
    if found in (0.0, 1.0):
        return np.ones(len(neutral))
    return np.asarray(np.where(neutral, share / found, (1 - share) / (1 - found)))


def calibrate(logits: Floats, shown: Floats, weight: Floats) -> Calibration:
    """Fit Platt's logistic curve; a slope that is not above 0 (nothing learnt) is replaced by a flat one."""
    if shown.min() == shown.max():
        return Calibration(1.0, 0.0)
    curve = LogisticRegression(C=1e6, max_iter=1000).fit(logits[:, None], shown > 0.5, sample_weight=weight)
    return Calibration(max(float(curve.coef_[0, 0]), 1e-3), float(curve.intercept_[0]))


def choose_thresholds(poles: Floats, gold: npt.NDArray[Any], weight: Floats) -> tuple[float, float]:
    """Return the pair of thresholds with the best weighted macro-F1 over the labels that occur."""
    steps = np.arange(0.15, 0.71, 0.025)
    codes = np.array([LABELS.index(label) for label in gold.tolist()])
    best, chosen = -1.0, (0.5, 0.5)
    for low in steps:
        for high in steps:
            value = macro_f1(codes, labels(poles, (low, high)), weight)
            if value > best + 1e-9:
                best, chosen = value, (round(float(low), 3), round(float(high), 3))
    return chosen


def macro_f1(gold: npt.NDArray[Any], found: npt.NDArray[Any], weight: Floats) -> float:
    """Return the weighted mean F1 over the labels that occur in `gold`; both are indexes into `LABELS`."""
    size = len(LABELS)
    table = np.bincount(gold * size + found, weights=weight, minlength=size * size).reshape(size, size)
    occurring = np.unique(gold)
    both = table.sum(axis=0) + table.sum(axis=1)
    return float(np.mean(2 * np.diag(table)[occurring] / both[occurring]))


def figures(rows: Sequence[Row], folds: Predictions, resamples: int = 200) -> dict[str, Any]:
    """Return the figures of held-out predictions for each kind of text."""
    kinds = np.array([row.kind or ("document" if row.source == "documents" else "unknown") for row in rows])
    parts = {str(kind): folds.part(kinds == kind) for kind in np.unique(kinds)}
    found = {kind: report(part, resamples) for kind, part in parts.items()}
    bare = {kind: {k: v for k, v in r.items() if k != "confusion"} for kind, r in found.items()}
    return {"corpus_folds": plain(bare)}


def plain(value: Any) -> Any:
    """Round figures so that a manifest reads well."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    return round(value, 4) if isinstance(value, float) else value


def sources(rows: Sequence[Row]) -> dict[str, int]:
    """Count the rows of each file."""
    names, counts = np.unique([row.source for row in rows], return_counts=True)
    return {str(name): int(count) for name, count in zip(names, counts, strict=True)}


def versions(engine: EngineName = "table") -> dict[str, str]:
    """Return the versions of the libraries that an engine's numbers come from."""
    from importlib.metadata import version

    return {name: version(name) for name in card.VERSIONS[engine]}


def _write_golden(out: Path, written: Sequence[str]) -> None:
    """Write some sentences with the scores this model gives them."""
    from mvl_classify.scorer import Scorer

    step = max(1, len(written) // GOLDEN_ROWS)
    chosen = [*written[::step][:GOLDEN_ROWS], "", "🙂 — 3.5 %", "Führt das Team."]
    lines = [
        json.dumps(
            {"text": score.text, "logits": {head: round(value, 6) for head, value in score.logits.items()}},
            ensure_ascii=False,
        )
        for score in Scorer(out).score_sentences(chosen)
    ]
    (out / artifact.GOLDEN).write_text("\n".join(lines) + "\n", encoding="utf-8")


__all__ = ["POLES", "Trained", "base_weights", "calibrate", "choose_thresholds", "fit", "score_texts", "train"]
