"""The benchmarks' own arithmetic: word list, shared calibration, the page, and the simulation of coverage."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from mvl_classify.corpus import Row
from mvl_classify.dimensions import default_dimensions
from mvl_classify.model import Options

HOME = Path(__file__).parents[1]
SENTENCES = {
    "management": "You plan the schedule, control the budget and monitor deadlines in week {}.",
    "leadership": "You inspire people, set out a vision and mentor newcomers in team {}.",
    "neutral": "The canteen on floor {} offers soup, salad and bread at noon.",
    "both": "You control the budget of site {} and inspire everybody with a vision.",
}


@pytest.fixture(scope="module", autouse=True)
def _path() -> Any:
    sys.path.insert(0, str(HOME / "benchmarks"))
    yield
    sys.path.remove(str(HOME / "benchmarks"))


def _module(name: str) -> ModuleType:
    return __import__(name)


def _rows() -> list[Row]:
    dimension = {"management": "direction", "leadership": "relationship", "both": "direction", "neutral": None}
    return [
        Row(f"{label}{k}", text.format(k), label, dimension[label], "ad", "made", "here", {"source": "made"})
        for k in range(12)
        for label, text in SENTENCES.items()
    ]


def test_word_list_covers_the_dimensions() -> None:
    """The word list names both poles of every dimension."""
    words = _module("word_list").WORDS
    assert tuple(words) == default_dimensions().ids
    assert all(len(poles) == 2 and all(poles) for poles in words.values())


def test_word_list_counts_each_pole() -> None:
    """A sentence of one pole has hits at that pole only, a neutral one has none."""
    texts = [SENTENCES[label].format(1) for label in ("management", "leadership", "neutral")]
    counts = _module("word_list").counts(texts)
    assert counts[0, 0] > 0 == counts[0, 1]
    assert counts[1, 1] > 0 == counts[1, 0]
    assert not counts[2].any()


def test_protocol_calibrates_and_labels() -> None:
    """A contestant that separates the labels perfectly gets them all right after calibration."""
    protocol, contestants = _module("protocol"), _module("contestants")
    rows = _rows()
    fitted = protocol.fit(contestants.WordList, rows)
    assert (fitted.predict(rows).predicted == np.array([row.label for row in rows])).all()
    assert len(fitted.held) == len(rows)


def test_known_logits_calibrate_without_folds() -> None:
    """Logits that are known already, the teacher's soft labels, take the place of the folds."""
    protocol, contestants, quality = _module("protocol"), _module("contestants"), _module("quality")
    rows = _rows()
    targets = protocol.targets_of(rows)
    whole = protocol.Corpus(rows, [True] * len(rows), targets, "")
    entry = next(entry for entry in quality.entries(4) if entry.make is contestants.FineTuned)
    known = quality.known_logits(entry, whole, range(8))
    assert known.shape == (8, 2 + len(protocol.DIMENSIONS)) and np.isfinite(known).all()
    fitted = protocol.fit(contestants.WordList, rows[:8], held=known)
    assert (fitted.held.predicted == fitted.held.label).all()


def test_linear_contestant_names_dimensions() -> None:
    """TF-IDF learns the two dimensions of a small corpus and measures its own size."""
    protocol, contestants = _module("protocol"), _module("contestants")
    rows = _rows()
    fitted = protocol.fit(contestants.tfidf, rows, rounds=2)
    found = fitted.predict(rows)
    oriented = found.dimension != ""
    assert (found.predicted_dimension == found.dimension)[oriented].mean() > 0.9
    assert fitted.contestant.size() > 1000


def test_differences_are_paired() -> None:
    """A contestant compared with itself differs by nothing, in the value and in the interval."""
    protocol, contestants, quality = _module("protocol"), _module("contestants"), _module("quality")
    rows = _rows()
    found = protocol.fit(contestants.WordList, rows).predict(rows)
    gap = quality.differences(found, found, rows, 20)["all"]["auc_pole"]
    assert gap == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_quality_writes_results_and_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """One command writes figures with intervals as JSON, and the same as a page."""
    labelled = tmp_path / "labelled.jsonl"
    rows = [{"text": r.text, "label": r.label, "dimension": r.dimension, "kind": r.kind} for r in _rows()]
    labelled.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    out, page = tmp_path / "quality.json", tmp_path / "quality.md"
    told = ["--corpus", str(HOME / "corpus"), "--sample", "100", "--resamples", "5", "--only", "ours", "words"]
    monkeypatch.setattr(sys, "argv", ["quality.py", str(labelled), *told, "--out", str(out), "--page", str(page)])
    _module("quality").main()
    data = json.loads(out.read_text(encoding="utf-8"))
    assert list(data["contestants"]) == ["ours", "words"]
    assert data["contestants"]["words"]["reports"]["kind=ad"]["auc_pole"]["low"] is not None
    assert data["contestants"]["words"]["sentences_per_second"] > 0
    assert "| words |" in page.read_text(encoding="utf-8") and "| words |" in capsys.readouterr().out


def test_trials_change_one_thing() -> None:
    """Every trial but the base differs from it, and the base is the options given."""
    found = _module("trials").trials(Options(c=2.0))
    assert found["base"].options == Options(c=2.0)
    facts = [{**trial.facts(), "name": "", "family": "", "maker": trial.maker} for trial in found.values()]
    assert all(fact != facts[0] for fact in facts[1:])


def test_pieces_off_ignores_unknown_words() -> None:
    """Without continuation pieces the vectors hold whole words only."""
    from mvl_classify import vectors

    whole = _module("trials").whole_words(vectors.load())
    assert whole.pieces == [] and len(whole.entries) == len(whole.matrix) > 1000


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_interval_covers_what_it_estimates(share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """In simulated documents the 95 % interval holds the writer's orientation at least nineteen times in twenty."""
    coverage = _module("interval_coverage")
    monkeypatch.setattr(coverage, "DOCUMENTS", 800)
    monkeypatch.setattr(coverage, "LIMIT", 40_000)
    for size in (2, 5, 20):
        assert coverage.coverage(coverage.simple, (0.4, 0.4), share, size)["scores"] > 0.94


def test_reliability_of_true_probabilities() -> None:
    """Where probabilities are true, every bin's interval lies around them."""
    reliability = _module("reliability")
    rng = np.random.default_rng(3)
    probability = rng.random(20_000)
    shown = (rng.random(20_000) < probability).astype(float)
    bins = reliability.diagram(probability, shown, np.ones(20_000))
    assert sum(row["rows"] for row in bins) == 20_000
    assert all(abs(row["mean"] - row["share"]) < 0.08 for row in bins)
