"""What every comparison here has in common: inputs, held-out folds, calibration, figures by group, the set-up.

A contestant answers with logits, one a pole and one a dimension. Its probabilities and thresholds come from
grouped folds of its own training rows, by the functions and at the base rate that the shipped model uses, so
that a difference in macro-F1 is a difference in what was learnt and not in where a threshold was put.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from sklearn.model_selection import GroupKFold

from mvl_classify import corpus, model
from mvl_classify.corpus import Row
from mvl_classify.dimensions import LABELS, POLES, default_dimensions
from mvl_classify.engine import Calibration, Floats, calibrated, labels
from mvl_classify.evaluation import Predictions, report
from mvl_classify.model import Options, Targets
from mvl_classify.segment import Segmenter
from mvl_classify.soft import SOFT_FILE, read_soft
from mvl_classify.table import Table
from mvl_classify.training import base_weights, calibrate, choose_thresholds, score_texts

HOME: Final = Path(__file__).parent
FOLDS: Final = 5
SEED: Final = 11
DIMENSIONS: Final = default_dimensions()
SHOWN: Final = ("auc_pole", "auc_oriented", "macro_f1", "macro_f1_3", "dimension_accuracy", "ece")
_PACKAGES: Final = ("mvl-classify", "numpy", "scipy", "scikit-learn", "spacy", "torch", "transformers", "setfit")


class Contestant(Protocol):
    """A way to read sentences: fitted on rows, it gives logits for texts."""

    def fit(self, rows: Sequence[Row]) -> None:
        """Learn from labelled rows."""

    def logits(self, texts: Sequence[str]) -> Floats:
        """Return (texts, 2) for the poles, or (texts, 2 + dimensions)."""

    def size(self) -> int:
        """Return the bytes that a user would have to keep on disk."""


@dataclass(frozen=True)
class Fitted:
    """A contestant with its calibration and thresholds, and what it said of its held-out training rows."""

    contestant: Contestant
    curves: tuple[Calibration, Calibration]
    thresholds: tuple[float, float]
    held: Predictions

    def predict(self, rows: Sequence[Row]) -> Predictions:
        """Return what it says of labelled rows."""
        return predictions(rows, self.contestant.logits([row.text for row in rows]), self.curves, self.thresholds)


def progress(text: str) -> None:
    """Say on standard error what goes on."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def arguments(about: str, labelled: str = "required") -> argparse.ArgumentParser:
    """Return a parser with what all benchmarks take: labelled rows, the corpus, a sample size for a trial run."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    if labelled == "required":
        parser.add_argument("labelled", type=Path, metavar="FILE.jsonl", help="labelled sentences to measure on")
    elif labelled == "optional":
        parser.add_argument("labelled", type=Path, nargs="?", metavar="FILE.jsonl", help="labelled sentences too")
    parser.add_argument("--corpus", type=Path, default=Path("corpus"), metavar="DIR", help="the corpus folder")
    parser.add_argument("--sample", type=int, metavar="N", help="use N rows of written/ only: a trial run")
    return parser


@dataclass(frozen=True)
class Corpus:
    """The corpus' rows, which of them the teacher may read, and the teacher's soft labels where there are any."""

    rows: list[Row]
    taught: list[bool]
    soft: Targets | None
    digest: str

    def part(self, numbers: Sequence[int]) -> Corpus:
        """Return some of the rows with their soft labels."""
        rows = [self.rows[k] for k in numbers]
        soft = None if self.soft is None else self.soft.part(np.array(numbers))
        return Corpus(rows, [self.taught[k] for k in numbers], soft, corpus.digest(rows))


def read_corpus(folder: Path, sample: int | None = None) -> Corpus:
    """Read a corpus folder; for a trial run only its documents and `sample` of its written rows."""
    rows = corpus.read_corpus(folder)
    path = folder / SOFT_FILE
    soft = read_soft(path, rows, DIMENSIONS) if path.is_file() else None
    whole = Corpus(rows, corpus.taught(folder, rows), soft, corpus.digest(rows))
    if sample is None or sample >= len(rows):
        return whole
    order = np.random.default_rng(SEED).permutation(len(rows)).tolist()
    written = [k for k in order if rows[k].source != "documents"]
    return whole.part(sorted(written[:sample] + [k for k in order if rows[k].source == "documents"]))


def options_of(manifest: dict[str, Any]) -> Options:
    """Return the options that a model was trained with, from its manifest."""
    stored = manifest["training"]["options"]
    return Options(**{key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()})


def targets_of(rows: Sequence[Row]) -> Targets:
    """Return the targets that the rows' labels give."""
    return model.targets_of(rows, DIMENSIONS.ids)


def folds(rows: Sequence[Row]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return grouped folds (fitted, held): near duplicates, and the sentences of a document, stay together."""
    groups = corpus.groups(list(rows))
    cut = GroupKFold(n_splits=min(FOLDS, len(set(groups))), shuffle=True, random_state=SEED)
    return list(cut.split(rows, groups=groups))


def fit(
    make: Callable[[], Contestant],
    rows: Sequence[Row],
    rounds: int = FOLDS,
    refit: bool = True,
    held: Floats | None = None,
) -> Fitted:
    """Calibrate a contestant on `rounds` of the grouped folds, then fit it on all rows.

    Without `refit` the last round's is kept. `held` are logits of all rows by contestants that did not see
    them, where such are known already: then no fold is fitted.
    """
    if held is not None:
        seen, found = list(range(len(rows))), held
    else:
        seen, found, contestant = _held_out(make, rows, rounds)
    if refit or held is not None:
        contestant = make()
        contestant.fit(rows)
    part = [rows[k] for k in seen]
    gold = np.array([row.label for row in part])
    weight = base_weights(gold.tolist())
    shown = targets_of(part).poles
    low, high = (calibrate(found[:, k], shown[:, k], weight) for k in range(2))
    poles = np.stack([low(found[:, 0]), high(found[:, 1])], axis=1)
    thresholds = choose_thresholds(poles, gold, weight)
    return Fitted(contestant, (low, high), thresholds, predictions(part, found, (low, high), thresholds))


def _held_out(
    make: Callable[[], Contestant], rows: Sequence[Row], rounds: int
) -> tuple[list[int], Floats, Contestant]:
    seen: list[int] = []
    found: list[Floats] = []
    for fitted, held in folds(rows)[:rounds]:
        contestant = make()
        contestant.fit([rows[k] for k in fitted])
        found.append(contestant.logits([rows[k].text for k in held]))
        seen += held.tolist()
    return seen, np.concatenate(found), contestant


def predictions(
    rows: Sequence[Row], logits: Floats, curves: tuple[Calibration, Calibration], thresholds: tuple[float, float]
) -> Predictions:
    """Turn logits into probabilities, labels and top-ranked dimensions ("" where a contestant names none)."""
    poles = calibrated(logits, curves)
    named = logits.shape[1] > len(POLES)
    best = np.array(DIMENSIONS.ids)[logits[:, 2:].argmax(axis=1)] if named else np.full(len(rows), "")
    return Predictions(
        label=np.array([row.label for row in rows], dtype=np.str_),
        dimension=np.array([(row.dimension or "") if named else "" for row in rows], dtype=np.str_),
        management=poles[:, 0],
        leadership=poles[:, 1],
        predicted=np.array(LABELS)[labels(poles, thresholds)],
        predicted_dimension=best,
    )


def table_predictions(table: Table, rows: Sequence[Row], roles_visible: bool = False) -> Predictions:
    """Return what a calibrated table, not in a model folder yet, says of labelled rows."""
    scores = score_texts(Segmenter(), table, [row.text for row in rows], roles_visible)
    return predictions(rows, scores.logits, table.calibration, table.thresholds)


def parts(rows: Sequence[Row]) -> dict[str, np.ndarray]:
    """Return which rows belong to each group that is reported: all, each kind, each source."""
    found = {"all": np.ones(len(rows), bool)}
    for field, values in (("kind", [row.kind for row in rows]), ("source", [row.extra.get("source") for row in rows])):
        for value in sorted({value for value in values if value is not None}):
            found[f"{field}={value}"] = np.array([entry == value for entry in values])
    return found


def reports(rows: Sequence[Row], found: Predictions, resamples: int) -> dict[str, Any]:
    """Return the figures of every group of rows, with bootstrap intervals."""
    return {name: rounded(report(found.part(mask), resamples)) for name, mask in parts(rows).items()}


def rounded(value: Any) -> Any:
    """Return plain data with figures to four places."""
    if isinstance(value, dict):
        return {key: rounded(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(entry) for entry in value]
    return round(float(value), 4) if isinstance(value, (float, np.floating)) else value


def file_digest(path: Path) -> str:
    """Return the beginning of a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def machine() -> dict[str, Any]:
    """Return what the figures of speed depend on."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "threads": os.environ.get("OMP_NUM_THREADS", "not set"),
        "versions": {name: found for name in _PACKAGES if (found := _version(name))},
        "date": time.strftime("%Y-%m-%d"),
    }


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def write_json(path: Path, data: Any) -> None:
    """Write plain data so that a change shows in a comparison of lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
