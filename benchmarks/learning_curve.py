"""Corpus size against each figure: what more sentences of the same kind would give, as a picture.

    OMP_NUM_THREADS=1 python benchmarks/learning_curve.py LABELS.jsonl

The table is trained on growing parts of the corpus, by labels alone, with the options of the default model;
small parts are drawn several times. Where the corpus has soft labels, a last point shows what they add: the
teacher that gave them has read all of the corpus, so parts of it would be no honest points of the curve.
Writes benchmarks/results/learning_curve.json and docs/learning_curve.svg.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from mvl_classify import corpus, training, vectors
from mvl_classify.corpus import Row
from mvl_classify.evaluation import FIGURES
from mvl_classify.model import Options
from mvl_classify.scorer import Scorer
from protocol import (
    DIMENSIONS,
    HOME,
    SEED,
    Corpus,
    arguments,
    file_digest,
    machine,
    options_of,
    parts,
    progress,
    read_corpus,
    rounded,
    table_predictions,
    write_json,
)

SIZES: Final = (250, 500, 1000, 2000, 4000, 8000, 16000)
REPEATED_BELOW: Final = 3000
REPEATS: Final = 3
SHOWN: Final = ("auc_pole", "auc_oriented", "macro_f1", "macro_f1_3", "dimension_accuracy")
COLOURS: Final = {"kind=ad": "#1b6ca8", "kind=review": "#c8553d", "all": "#444444"}


def points(whole: Corpus, sizes: list[int]) -> Iterator[tuple[int, Corpus, bool]]:
    """Yield (size, part of the corpus, with soft labels) of every point: nested parts within a repeat."""
    rng = np.random.default_rng(SEED)
    orders = [rng.permutation(len(whole.rows)) for _ in range(REPEATS)]
    for size in sizes:
        for order in orders[: REPEATS if size < REPEATED_BELOW else 1]:
            yield size, whole.part(sorted(order[:size].tolist())), False
    yield len(whole.rows), whole, False
    if whole.soft is not None:
        yield len(whole.rows), whole, True


def measure(part: Corpus, soft: bool, options: Options, rows: list[Row]) -> dict[str, Any]:
    """Train on a part of the corpus, and return every figure for every kind."""
    trained = training.fit(part.rows, DIMENSIONS, vectors.load(), options, part.soft if soft else None)
    found = table_predictions(trained.table, rows)
    groups = {name: mask for name, mask in parts(rows).items() if not name.startswith("source=")}
    return {name: {key: FIGURES[key](found.part(mask)) for key in SHOWN} for name, mask in groups.items()}


def draw(rows: list[dict[str, Any]], out: Path) -> None:
    """Draw one panel a figure, one line a kind, and the point with soft labels as a star."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "mvl_classify"
    from matplotlib import pyplot

    picture, axes = pyplot.subplots(1, len(SHOWN), figsize=(3.1 * len(SHOWN), 3.2), constrained_layout=True)
    kinds = [name for name in rows[0]["figures"] if name.startswith("kind=")] or ["all"]
    for axis, key in zip(axes, SHOWN, strict=True):
        for kind in kinds:
            _line(axis, rows, kind, key)
        axis.set(title=key, xscale="log", xlabel="sentences in the corpus")
        axis.grid(alpha=0.3)
    axes[0].legend(frameon=False, fontsize=8)
    out.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(out, metadata={"Date": None} if out.suffix == ".svg" else None)


def _line(axis: Any, rows: list[dict[str, Any]], kind: str, key: str) -> None:
    colour = COLOURS.get(kind, "#777777")
    plain = [row for row in rows if not row["soft"] and row["figures"][kind][key] is not None]
    sizes = sorted({row["size"] for row in plain})
    values = [[row["figures"][kind][key] for row in plain if row["size"] == size] for size in sizes]
    name = kind.removeprefix("kind=")
    axis.plot(sizes, [np.mean(found) for found in values], "o-", color=colour, label=name, markersize=3)
    axis.fill_between(sizes, [min(v) for v in values], [max(v) for v in values], color=colour, alpha=0.15)
    for row in rows:
        if row["soft"]:
            axis.plot([row["size"]], [row["figures"][kind][key]], "*", color=colour, label=f"{name}, with teacher")


def main() -> None:
    """Measure every point, then draw."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), metavar="N", help="corpus sizes")
    parser.add_argument("--out", type=Path, default=HOME / "results" / "learning_curve.json")
    parser.add_argument("--picture", type=Path, default=HOME.parent / "docs" / "learning_curve.svg")
    told = parser.parse_args()
    rows, whole = corpus.read_rows(told.labelled), read_corpus(told.corpus, told.sample)
    options = options_of(Scorer().model.manifest)
    done: list[dict[str, Any]] = []
    data = {
        "labelled": {"rows": len(rows), "digest": file_digest(told.labelled)},
        "corpus": {"rows": len(whole.rows), "digest": whole.digest},
        "machine": machine(),
        "points": done,
    }
    for size, part, soft in points(whole, [size for size in told.sizes if size < len(whole.rows)]):
        progress(f"{size} sentences{', soft labels' if soft else ''}")
        done.append({"size": size, "soft": soft, "figures": rounded(measure(part, soft, options, rows))})
        write_json(told.out, data)
    draw(done, told.picture)
    for row in done:
        print(row["size"], "soft" if row["soft"] else "hard", row["figures"])


if __name__ == "__main__":
    main()
