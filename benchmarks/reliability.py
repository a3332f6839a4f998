"""Reliability diagram: of the sentences given a probability, how many show the pole?

    OMP_NUM_THREADS=1 python benchmarks/reliability.py [LABELS.jsonl]

Trains on the corpus as `mvl-classify train` does, with the options of the default model, and draws what the
folds' tables say of the sentences they did not see, for both poles, weighted to text of which 70 % is
neutral. The two numbers of each calibration curve come from the same sentences. With a file of labelled
sentences, the default model is measured on those too, without weights. Writes
benchmarks/results/reliability.json and docs/reliability.png.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from mvl_classify import corpus, training, vectors
from mvl_classify.dimensions import POLES
from mvl_classify.engine import Floats
from mvl_classify.evaluation import Predictions, predict
from mvl_classify.scorer import Scorer
from mvl_classify.scoring import interval
from mvl_classify.training import base_weights
from protocol import (
    DIMENSIONS,
    HOME,
    arguments,
    file_digest,
    machine,
    options_of,
    progress,
    read_corpus,
    rounded,
    write_json,
)

EDGES: Final = np.array([0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
COLOURS: Final = {"management": "#1b6ca8", "leadership": "#c8553d"}


def diagram(probability: Floats, shown: Floats, weight: Floats) -> list[dict[str, float]]:
    """Return each bin's mean probability, the share that shows the pole with its interval, and its rows.

    `part` is the bin's part of all weight. The interval is Wilson's, with Kish's effective number of rows.
    """
    place = np.clip(np.digitize(probability, EDGES) - 1, 0, len(EDGES) - 2)
    out = []
    for number in np.unique(place):
        at = place == number
        total = weight[at].sum()
        share = (weight[at] * shown[at]).sum() / total
        low, high = interval(np.array(share), np.array(total**2 / (weight[at] ** 2).sum()))
        mean = (weight[at] * probability[at]).sum() / total
        bounds = {"low": (float(low) + 1) / 2, "high": (float(high) + 1) / 2}
        out.append({"mean": mean, "share": share, **bounds, "rows": int(at.sum()), "part": total / weight.sum()})
    return out


def measure(found: Predictions, weight: Floats) -> dict[str, Any]:
    """Return the diagram of each pole with its expected calibration error, weighted."""
    out: dict[str, Any] = {}
    for pole in POLES:
        bins = diagram(getattr(found, pole), np.isin(found.label, (pole, "both")).astype(float), weight)
        error = sum(row["part"] * abs(row["mean"] - row["share"]) for row in bins)
        out[pole] = {"bins": bins, "ece": float(error)}
    return rounded(out)


def draw(measured: dict[str, Any], out: Path) -> None:
    """Draw one panel a set of sentences, one line a pole."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    picture, axes = pyplot.subplots(
        1, len(measured), figsize=(4.4 * len(measured), 4.4), squeeze=False, constrained_layout=True
    )
    for axis, (name, poles) in zip(axes[0], measured.items(), strict=True):
        axis.plot([0, 1], [0, 1], color="#999999", linewidth=1)
        for pole, entry in poles.items():
            _line(axis, pole, entry)
        axis.set(title=name, xlabel="probability given", ylabel="share that shows the pole", xlim=(0, 1), ylim=(0, 1))
        axis.legend(frameon=False, loc="upper left")
    out.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(out, dpi=120)


def _line(axis: Any, pole: str, entry: dict[str, Any]) -> None:
    mean, share, low, high = (np.array([row[key] for row in entry["bins"]]) for key in ("mean", "share", "low", "high"))
    bars = np.stack([share - low, high - share])
    label = f"{pole} (ECE {entry['ece']:.3f})"
    axis.errorbar(mean, share, bars, fmt="o-", color=COLOURS[pole], label=label, markersize=4, capsize=2, linewidth=1)


def main() -> None:
    """Measure, draw and print."""
    parser = arguments(__doc__ or "", labelled="optional")
    parser.add_argument("--out", type=Path, default=HOME / "results" / "reliability.json")
    parser.add_argument("--picture", type=Path, default=HOME.parent / "docs" / "reliability.png")
    told = parser.parse_args()
    whole, scorer = read_corpus(told.corpus, told.sample), Scorer()
    options = options_of(scorer.model.manifest)
    held = training.fit(whole.rows, DIMENSIONS, vectors.load(), options, whole.soft, progress).folds
    measured = {"held-out folds of the corpus": measure(held, base_weights(held.label.tolist()))}
    facts: dict[str, Any] = {"corpus": whole.digest, "soft_labels": whole.soft is not None, "machine": machine()}
    if told.labelled is not None:
        found = predict(scorer, corpus.read_rows(told.labelled))
        measured[f"{len(found)} real sentences"] = measure(found, np.ones(len(found)))
        facts |= {"labelled": file_digest(told.labelled), "model": scorer.model.digest}
    write_json(told.out, {**facts, "diagrams": measured})
    draw(measured, told.picture)
    for name, poles in measured.items():
        for pole, entry in poles.items():
            print(f"{name}, {pole}: ECE {entry['ece']:.4f}")
            for row in entry["bins"]:
                bounds = f"({row['low']:.3f} to {row['high']:.3f})"
                print(f"  {row['mean']:.3f} -> {row['share']:.3f} {bounds}, {row['rows']} rows")


if __name__ == "__main__":
    main()
