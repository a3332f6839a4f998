"""One command, one table: this project's model beside what else could be used, on the same labelled sentences.

    OMP_NUM_THREADS=1 python benchmarks/quality.py LABELS.jsonl

Writes benchmarks/results/quality.json and docs/quality.md and prints the page. `--only` names some of the
contestants; `--jobs 2` fits two at a time; `--sample 600` tries the whole run on a few rows of the corpus (give
another --out and --page).
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TQDM_DISABLE", "1")

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from contestants import PAIRS, SHOTS, FineTuned, SetFit, SpacyBag, WordList, folder_size, frozen, tfidf
from mvl_classify import corpus
from mvl_classify.corpus import Row
from mvl_classify.engine import Floats
from mvl_classify.evaluation import FIGURES, Predictions, by_dimension, predict
from mvl_classify.scorer import Scorer
from protocol import (
    DIMENSIONS,
    FOLDS,
    HOME,
    SEED,
    Contestant,
    Corpus,
    arguments,
    file_digest,
    fit,
    machine,
    parts,
    progress,
    read_corpus,
    reports,
    rounded,
    write_json,
)
from quality_page import page

OURS: Final = "ours"
TRANSFORMER: Final = "ours-transformer"
RESAMPLES: Final = 1000
COMPARED: Final = ("auc_pole", "auc_oriented")
SPEED_CHUNK: Final = 1000
SPEED_SECONDS: Final = 5.0
SOFT_FLOOR: Final = 5e-4
"""Soft labels are stored in thousandths; half of one is the smallest probability that can be meant."""


@dataclass(frozen=True)
class Entry:
    """A contestant: its name in the table, what it is, its maker, and how much of the corpus it reads.

    `rounds` is the number of grouped folds that calibrate it; `refit` whether it is then fitted on all its rows.
    """

    name: str
    about: str
    make: Callable[[], Contestant]
    reads: str = "all"
    rounds: int = FOLDS
    refit: bool = True


def entries(shots: int) -> list[Entry]:
    """Return the contestants beside our own model, the cheap ones first; `shots` is what SetFit is shown a label."""
    return [
        Entry("words", "a word list made from the codebook; nothing learnt but thresholds", WordList),
        Entry("tfidf-documents", "TF-IDF + logistic regression on the five documents only", tfidf, reads="documents"),
        Entry("tfidf", "TF-IDF + logistic regression on the whole corpus", tfidf),
        Entry("spacy", "spaCy textcat, bag of words, on the whole corpus", SpacyBag, rounds=1),
        Entry("frozen-minilm", "all-MiniLM-L6-v2 as it comes + logistic regression, whole corpus", frozen(), rounds=1),
        Entry(
            "setfit",
            f"SetFit on all-MiniLM-L6-v2: {shots} sentences a label, {PAIRS} pairs of each sort a sentence, one epoch",
            lambda: SetFit(shots),
            rounds=1,
            refit=False,
        ),
        Entry(
            "fine-tuned-minilm",
            "all-MiniLM-L6-v2 fine-tuned: the teacher, on the rows that it reads",
            FineTuned,
            reads="taught",
            rounds=1,
        ),
    ]


def rows_for(entry: Entry, whole: Corpus) -> list[int]:
    """Return the numbers of the rows that a contestant reads."""
    if entry.reads == "documents":
        return [k for k, row in enumerate(whole.rows) if row.source == "documents"]
    return [k for k, taught in enumerate(whole.taught) if taught or entry.reads == "all"]


def known_logits(entry: Entry, whole: Corpus, numbers: Sequence[int]) -> Floats | None:
    """Return the cross-fitted logits of the teacher's rows from the corpus' soft labels, where there are any."""
    if entry.make is not FineTuned or whole.soft is None:
        return None
    soft = np.concatenate([whole.soft.poles, whole.soft.dimensions], axis=1)[list(numbers)]
    kept = np.clip(soft, SOFT_FLOOR, 1 - SOFT_FLOOR)
    return np.asarray(np.log(kept / (1 - kept)))


def speed(answer: Callable[[list[str]], Any], texts: Sequence[str]) -> float:
    """Return sentences a second in one thread: the median of passes over different sentences."""
    _one_thread()
    rates = []
    with threadpool_limits(1):
        answer(list(texts[:50]))
        begun = time.perf_counter()
        for start in range(50, len(texts), SPEED_CHUNK):
            part = list(texts[start : start + SPEED_CHUNK])
            before = time.perf_counter()
            answer(part)
            rates.append(len(part) / (time.perf_counter() - before))
            if time.perf_counter() - begun > SPEED_SECONDS:
                break
    return float(np.median(rates))


def _one_thread() -> None:
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)


def measure_ours(
    model: Path | str | None, rows: Sequence[Row], texts: Sequence[str]
) -> tuple[dict[str, Any], Predictions]:
    """Measure a model folder as it is; its speed through `Scorer.batch`, and with result objects and evidence."""
    scorer = Scorer(model)
    found = predict(scorer, rows)
    facts = {
        "about": f"{scorer.model.name} {scorer.model.digest}: our {scorer.model.engine.name}, from its model folder",
        "bytes": folder_size(scorer.model_path),
        "sentences_per_second": speed(scorer.batch, texts),
        "with_evidence_per_second": speed(scorer.score_sentences, texts),
        "thresholds": scorer.model.manifest["thresholds"],
        "seconds": 0.0,
    }
    return facts, found


def measure(
    entry: Entry, whole: Corpus, rows: Sequence[Row], texts: Sequence[str]
) -> tuple[dict[str, Any], Predictions]:
    """Fit, calibrate and measure one contestant."""
    begun = time.perf_counter()
    numbers = rows_for(entry, whole)
    own = [whole.rows[k] for k in numbers]
    fitted = fit(entry.make, own, entry.rounds, entry.refit, known_logits(entry, whole, numbers))
    seconds = time.perf_counter() - begun
    facts = {
        "about": entry.about,
        "rows": len(own),
        "bytes": fitted.contestant.size(),
        "sentences_per_second": speed(fitted.contestant.logits, texts),
        "thresholds": list(fitted.thresholds),
        "seconds": seconds,
    }
    return facts, fitted.predict(rows)


def measured(
    name: str, shots: int, whole: Corpus, rows: Sequence[Row], texts: Sequence[str]
) -> tuple[str, dict[str, Any], Predictions]:
    """Measure a contestant by its name, in whichever process."""
    progress(name)
    if name == TRANSFORMER:
        return name, *measure_ours("transformer", rows, texts)
    return name, *measure(next(entry for entry in entries(shots) if entry.name == name), whole, rows, texts)


def differences(ours: Predictions, other: Predictions, rows: Sequence[Row], resamples: int) -> dict[str, Any]:
    """Return ours minus the other with 95 % intervals, both read on the same resamples."""
    out: dict[str, Any] = {}
    for name, mask in parts(rows).items():
        if name.startswith("source="):
            continue
        one, two = ours.part(mask), other.part(mask)
        out[name] = {key: _difference(FIGURES[key], one, two, resamples) for key in COMPARED}
    return out


def _difference(
    figure: Callable[[Predictions], float | None], one: Predictions, two: Predictions, resamples: int
) -> dict[str, float | None]:
    rng = np.random.default_rng(SEED)
    drawn = []
    for _ in range(resamples):
        picked = rng.integers(0, len(one), len(one))
        values = figure(one.part(picked)), figure(two.part(picked))
        if values[0] is not None and values[1] is not None:
            drawn.append(values[0] - values[1])
    whole = figure(one), figure(two)
    if whole[0] is None or whole[1] is None or not drawn:
        return {"value": None, "low": None, "high": None}
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {"value": whole[0] - whole[1], "low": float(low), "high": float(high)}


def main() -> None:
    """Run the contestants named, and write the results after each of them."""
    parser = arguments(__doc__ or "")
    names = [OURS, TRANSFORMER, *(entry.name for entry in entries(SHOTS))]
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--model", type=Path, help="a model folder in place of the default model")
    parser.add_argument("--out", type=Path, default=HOME / "results" / "quality.json", help="where the JSON goes")
    parser.add_argument("--page", type=Path, default=HOME.parent / "docs" / "quality.md", help="where the page goes")
    parser.add_argument("--resamples", type=int, default=RESAMPLES, help="bootstrap resamples")
    parser.add_argument("--shots", type=int, default=SHOTS, help="sentences a label that SetFit is shown")
    parser.add_argument("--jobs", type=int, default=1, help="contestants fitted at a time, one thread each")
    told = parser.parse_args()
    rows, whole = corpus.read_rows(told.labelled), read_corpus(told.corpus, told.sample)
    texts = [whole.rows[k].text for k in np.random.default_rng(SEED).permutation(len(whole.rows))]
    model = Scorer(told.model).model
    data: dict[str, Any] = {
        "setup": {
            "labelled": {"rows": len(rows), "digest": file_digest(told.labelled)},
            "corpus": {"rows": len(whole.rows), "digest": whole.digest, "soft_labels": whole.soft is not None},
            "model": {"name": model.name, "digest": model.digest, "corpus": model.manifest["corpus"]["digest"]},
            "machine": machine(),
            "resamples": told.resamples,
        },
        "contestants": {},
    }
    ours: Predictions | None = None
    if OURS in told.only:
        facts, ours = measure_ours(told.model, rows, texts)
        facts["dimensions"] = by_dimension(ours, DIMENSIONS.ids)
        data["contestants"][OURS] = rounded(facts | {"reports": reports(rows, ours, told.resamples)})
        write_json(told.out, data)
    others = [name for name in reversed(names) if name in told.only and name != OURS]
    found_of = {}
    work = (delayed(measured)(name, told.shots, whole, rows, texts) for name in others)
    for name, facts, found in Parallel(n_jobs=told.jobs, return_as="generator_unordered")(work):
        progress(f"{name}: done")
        if ours is not None:
            facts["ours_minus"] = differences(ours, found, rows, told.resamples)
        found_of[name] = rounded(facts | {"reports": reports(rows, found, told.resamples)})
        kept = {key: found_of[key] for key in names if key in found_of}
        write_json(told.out, data | {"contestants": data["contestants"] | kept})
    told.page.parent.mkdir(parents=True, exist_ok=True)
    told.page.write_text(page(json.loads(told.out.read_text(encoding="utf-8"))), encoding="utf-8")
    print(told.page.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
