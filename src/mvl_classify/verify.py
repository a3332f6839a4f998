"""Scores a model's golden sentences again: the same bytes must give the same numbers."""

from __future__ import annotations

import json
import math
from pathlib import Path

from mvl_classify.artifact import GOLDEN
from mvl_classify.errors import ModelError
from mvl_classify.scorer import Scorer


def golden_difference(folder: Path) -> tuple[int, float, float]:
    """Return how many golden sentences a model folder has, the largest difference of a logit, and the allowed one.

    Raises ModelError where the folder is damaged or has no golden sentences.
    """
    scorer = Scorer(folder)
    path = folder / GOLDEN
    if GOLDEN not in scorer.model.manifest["files"]:
        raise ModelError(f"{folder}: has no {GOLDEN} to verify by.")
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
        scores = scorer.score_sentences([row["text"] for row in rows])
        pairs = [
            (score.logits[head], float(value))
            for row, score in zip(rows, scores, strict=True)
            for head, value in row["logits"].items()
        ]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(f"{path}: is no list of sentences with their logits ({error!r}).") from None
    if not pairs or not all(math.isfinite(value) for _, value in pairs):
        raise ModelError(f"{path}: has no logits to compare, or one that is not a finite number.")
    return len(rows), max(abs(one - other) for one, other in pairs), scorer.model.engine.tolerance
