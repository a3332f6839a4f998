"""Named trials of the additive table: grouped folds of the corpus, then labelled sentences; one JSON row each.

    OMP_NUM_THREADS=1 python benchmarks/model_search.py LABELS.jsonl [--only NAME …] [--list]

Each trial is one change to the base, the options of the default model (`--base code`: of `model.Options`).
Rows are appended to benchmarks/results/model_search.jsonl; a trial that stands there already for the same
corpus, labelled file, folds and options is passed over, so a search that was stopped goes on where it was.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("OMP_NUM_THREADS", "1")

from mvl_classify import corpus
from mvl_classify.corpus import Row
from mvl_classify.evaluation import Predictions, report
from mvl_classify.model import Options
from mvl_classify.scorer import Scorer
from protocol import (
    FOLDS,
    HOME,
    SHOWN,
    Corpus,
    arguments,
    file_digest,
    fit,
    machine,
    options_of,
    parts,
    progress,
    read_corpus,
    rounded,
)
from trials import Trial, trials

RESAMPLES: Final = 200


def run(trial: Trial, whole: Corpus, rows: Sequence[Row], rounds: int) -> dict[str, Any]:
    """Return one trial's figures on the folds of the rows that it read, and on the labelled rows.

    Calibration is towards the base rate of real text, so the corpus' folds say nothing of its error.
    """
    begun = time.perf_counter()
    part = whole.part(trial.numbers(whole))
    fitted = fit(trial.make(part), part.rows, rounds)
    found = fitted.predict(rows)
    groups = {name: mask for name, mask in parts(rows).items() if name != "all"}
    return {
        "rows": len(part.rows),
        "bytes": fitted.contestant.size(),
        "thresholds": list(fitted.thresholds),
        "folds": {key: value for key, value in figures(fitted.held).items() if key != "ece"},
        "labelled": {name: figures(found.part(mask)) for name, mask in groups.items()},
        "seconds": round(time.perf_counter() - begun, 1),
    }


def figures(found: Predictions) -> dict[str, Any]:
    """Return the figures as [value, low, high], and the rows they come from."""
    full = report(found, RESAMPLES)
    return {"rows": full["rows"], **{key: rounded(list(full[key].values())) for key in SHOWN}}


def line(row: dict[str, Any]) -> str:
    """Return a trial in one line: its figures on folds, and on each kind of labelled sentence."""
    groups = {"folds": row["folds"], **{k: v for k, v in row["labelled"].items() if k.startswith("kind=")}}
    cells = [f"{name.removeprefix('kind=')} " + _values(found) for name, found in groups.items()]
    return f"{row['name']:<20} " + " | ".join(cells)


def _values(found: dict[str, Any]) -> str:
    values = (found.get(key, [None])[0] for key in SHOWN)
    return " ".join("  –  " if value is None else f"{value:.3f}" for value in values)


def main() -> None:
    """Run the trials that are not on record yet."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these trials (see --list)")
    parser.add_argument("--list", action="store_true", help="print the trials' names, run nothing")
    parser.add_argument("--base", choices=("model", "code"), default="model", help="whose options are the base")
    parser.add_argument("--folds", type=int, default=FOLDS, metavar="N", help=f"grouped folds used, of {FOLDS}")
    parser.add_argument("--again", action="store_true", help="run trials that are on record too")
    parser.add_argument("--out", type=Path, default=HOME / "results" / "model_search.jsonl")
    told = parser.parse_args()
    known = trials(Options() if told.base == "code" else options_of(Scorer().model.manifest))
    if unknown := set(told.only or ()) - set(known):
        parser.error(f"no such trial: {', '.join(sorted(unknown))}; --list prints their names")
    if told.list:
        print(*(f"{name:<20} {trial.family}" for name, trial in known.items()), sep="\n")
        return
    whole, rows = read_corpus(told.corpus, told.sample), corpus.read_rows(told.labelled)
    done = set() if told.again else {_key(json.loads(text)) for text in _lines(told.out)}
    told.out.parent.mkdir(parents=True, exist_ok=True)
    print(f"{'':<20} each: {' '.join(SHOWN)}")
    for name in told.only or known:
        trial = known[name]
        about = {
            **trial.facts(),
            "corpus": whole.digest[:16],
            "soft_labels": whole.soft is not None and trial.soft,
            "measured_on": file_digest(told.labelled),
            "folds_used": told.folds,
        }
        if _key(about) in done:
            continue
        progress(name)
        row = {**about, **run(trial, whole, rows, told.folds), "machine": machine()}
        with told.out.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")
        print(line(row), flush=True)


def _key(row: dict[str, Any]) -> str:
    names = ("name", "options", "soft_labels", "corpus", "measured_on", "folds_used")
    return json.dumps([row.get(name) for name in names], sort_keys=True)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


if __name__ == "__main__":
    main()
