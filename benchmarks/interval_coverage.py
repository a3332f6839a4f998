"""Simulation: how often the orientation interval of a document holds the orientation it estimates.

    python benchmarks/interval_coverage.py [LABELS.jsonl]

A document is a sample of sentences by a writer who shows leadership with probability p; every oriented
sentence gets probabilities from a simple model of a scorer. What the interval estimates is the orientation
that ever more sentences of that writer would tend to. "scores": the limit of the same scorer's scores.
"truth": 2 p - 1, what the labels say; it is missed also where the scorer errs. With a file of labelled
sentences, the default model's scores of real oriented sentences are drawn from instead of the simple model.
Goes through `mvl_classify.scoring.documents`, the code that scores documents.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from mvl_classify import corpus
from mvl_classify.dimensions import POLES
from mvl_classify.engine import Floats, labels
from mvl_classify.scorer import Scorer
from mvl_classify.scoring import DocumentFacts, documents
from protocol import DIMENSIONS, HOME, SEED, arguments, file_digest, rounded, write_json

SENTENCES: Final = (1, 2, 3, 5, 8, 12, 20, 40)
SHARES: Final = (0.5, 0.65, 0.8, 0.95)
DOCUMENTS: Final = 4000
LIMIT: Final = 400_000
THRESHOLDS: Final = (0.4, 0.4)

Drawn = Callable[[np.random.Generator, np.ndarray], Floats]


def simple(rng: np.random.Generator, leadership: np.ndarray) -> Floats:
    """Return (sentences, 2) probabilities: high for the pole shown, low for the other, with errors of both sorts."""
    right = rng.beta(5, 2, len(leadership))
    other = rng.beta(1, 8, len(leadership))
    return np.stack([np.where(leadership, other, right), np.where(leadership, right, other)], axis=1)


def measured(poles: Floats, leadership: np.ndarray) -> Drawn:
    """Return a way to draw from the scores of real sentences that show one pole or the other."""
    pools = [np.flatnonzero(~leadership), np.flatnonzero(leadership)]

    def draw(rng: np.random.Generator, wanted: np.ndarray) -> Floats:
        picked = [pool[rng.integers(0, len(pool), len(wanted))] for pool in pools]
        return np.asarray(poles[np.where(wanted, picked[1], picked[0])])

    return draw


def coverage(draw: Drawn, thresholds: tuple[float, float], share: float, size: int) -> dict[str, float]:
    """Simulate documents of `size` oriented sentences by writers who show leadership with probability `share`."""
    rng = np.random.default_rng([SEED, size, round(1000 * share)])
    limit = _orientation(_oriented(draw, thresholds, rng, share, LIMIT))
    poles = _oriented(draw, thresholds, rng, share, DOCUMENTS * size)
    text = np.repeat(np.arange(DOCUMENTS), size)
    count = np.full(DOCUMENTS, size)
    scored = documents(
        DocumentFacts(empty=count == 0, words=10 * count, english=count > 0),
        text,
        poles,
        labels(poles, thresholds),
        np.zeros(len(text), np.int64),
        np.ones(len(text), np.bool_),
        len(DIMENSIONS),
    )
    return {
        "share": share,
        "sentences": size,
        "scores": float(((scored.low <= limit) & (limit <= scored.high)).mean()),
        "truth": float(((scored.low <= 2 * share - 1) & (2 * share - 1 <= scored.high)).mean()),
        "width": float((scored.high - scored.low).mean()),
    }


def _oriented(
    draw: Drawn, thresholds: tuple[float, float], rng: np.random.Generator, share: float, count: int
) -> Floats:
    """Draw sentences until so many are scored as oriented: only those make up an orientation."""
    kept: list[Floats] = []
    while sum(map(len, kept)) < count:
        poles = draw(rng, rng.random(2 * count) < share)
        kept.append(poles[(poles >= np.asarray(thresholds)).any(axis=1)])
    return np.concatenate(kept)[:count]


def _orientation(poles: Floats) -> float:
    management, leadership = poles.sum(axis=0)
    return float((leadership - management) / (leadership + management))


def table(name: str, draw: Drawn, thresholds: tuple[float, float]) -> dict[str, Any]:
    """Simulate every combination, and print it."""
    rows = [coverage(draw, thresholds, share, size) for share in SHARES for size in SENTENCES]
    print(f"\n{name}: how often the 95 % interval holds the limit of the scores / the labels' share; mean width")
    print("leadership share  " + "".join(f"{f'{size} sentences':<22}" for size in SENTENCES))
    for share in SHARES:
        cells = [row for row in rows if row["share"] == share]
        shown = (f"{row['scores']:.3f} / {row['truth']:.3f}; {row['width']:.2f}" for row in cells)
        print(f"{share:16.2f}  " + "".join(f"{cell:<22}" for cell in shown))
    scores = [row["scores"] for row in rows]
    print(f"scores: mean {np.mean(scores):.3f}, least {min(scores):.3f}")
    return {"name": name, "rows": rounded(rows), "mean": round(float(np.mean(scores)), 4), "least": min(scores)}


def main() -> None:
    """Simulate with the simple model, and with real sentences where a file is given."""
    parser = arguments(__doc__ or "", labelled="optional")
    parser.add_argument("--out", type=Path, default=HOME / "results" / "interval_coverage.json")
    told = parser.parse_args()
    tables = [table("simple model of a scorer", simple, THRESHOLDS)]
    data: dict[str, Any] = {"documents": DOCUMENTS, "tables": tables}
    if told.labelled is not None:
        scorer = Scorer()
        rows = [row for row in corpus.read_rows(told.labelled) if row.label in POLES]
        scores = scorer.score_sentences([row.text for row in rows])
        poles = np.array([[score.management, score.leadership] for score in scores])
        draw = measured(poles, np.array([row.label == POLES[1] for row in rows]))
        tables.append(table(f"scores of {len(rows)} real oriented sentences", draw, scorer.model.engine.thresholds))
        data |= {"labelled": file_digest(told.labelled), "model": scorer.model.digest}
    write_json(told.out, data)


if __name__ == "__main__":
    main()
