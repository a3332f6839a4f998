"""Training: deterministic to the byte, calibrated monotonely, and clear about a corpus it cannot use."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from mvl_classify import CorpusError, Scorer, artifact, corpus, default_dimensions, vectors
from mvl_classify.soft import SOFT_FILE, write_soft
from mvl_classify.training import base_weights, calibrate, choose_thresholds, train
from mvl_classify.verify import golden_difference


def files(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_training_twice_gives_the_same_bytes(
    small_corpus: Path, small_model: Path, tmp_path: Path, one_thread: None
) -> None:
    """Weights, manifest, golden sentences and card: the whole folder, from a corpus at another place."""
    moved = shutil.copytree(small_corpus, tmp_path / "elsewhere")
    said: list[str] = []
    train(moved, tmp_path / "again", default_dimensions(), progress=said.append, name="small", version="1")
    again, first = files(tmp_path / "again"), files(small_model)
    assert set(first) == {"README.md", "golden.jsonl", "manifest.json", "weights.safetensors"}
    for name, data in first.items():
        assert again[name] == data, name
    assert "fold 1 of 5" in said and "final fit" in said


def test_the_manifest_says_what_was_trained_on(small_corpus: Path, small_model: Path) -> None:
    """Corpus digest and rows, versions, vectors, and figures on held-out folds."""
    manifest = artifact.read_manifest(small_model)
    rows = corpus.read_corpus(small_corpus)
    assert manifest["corpus"]["digest"] == corpus.digest(rows)
    assert manifest["corpus"]["rows"] == len(rows)
    assert manifest["training"]["vectors"] == vectors.load().digest
    assert manifest["training"]["soft"] is False
    assert {"numpy", "scipy", "scikit-learn", "spacy"} <= set(manifest["training"])
    assert manifest["figures"]["corpus_folds"]["ad"]["auc_pole"]["value"] > 0.6


def test_the_golden_sentences_score_as_written(small_model: Path) -> None:
    """`verify` finds the numbers that training wrote."""
    count, worst, _ = golden_difference(small_model)
    assert count >= 40
    assert worst <= 1e-5


def test_what_was_learnt_is_what_the_labels_say(small_corpus: Path, small_model: Path) -> None:
    """On its own corpus the small model tells the poles apart."""
    rows = [row for row in corpus.read_corpus(small_corpus) if row.label in ("management", "leadership")]
    scores = Scorer(small_model).score_sentences([row.text for row in rows])
    right = [(s.leadership > s.management) == (r.label == "leadership") for s, r in zip(scores, rows, strict=True)]
    assert np.mean(right) > 0.9


def test_a_word_the_corpus_never_saw_has_weight(small_corpus: Path, small_model: Path) -> None:
    """The static vectors fold into one weight a word: near words of the corpus' words lean as those do."""
    seen = {word for row in corpus.read_corpus(small_corpus) for word in corpus.words(row.text)}
    table = artifact.load(small_model).table
    unseen = [place for place, word in enumerate(table.vocabulary.words) if word.isalpha() and word not in seen]
    assert len(unseen) > 5000
    assert np.count_nonzero(np.abs(table.weights[unseen, :2]).sum(axis=1)) > 0.95 * len(unseen)


def test_a_word_cut_into_pieces_has_weight(small_model: Path) -> None:
    """A word in no vocabulary is scored by its pieces, and shows as evidence."""
    scorer = Scorer(small_model)
    word = "accountabilitywise"
    assert word not in scorer.model.table.vocabulary.words
    assert any(span.text == word for span in scorer.score_sentences([f"Great {word}"])[0].evidence)


@pytest.mark.parametrize("count", [0, 1, 19])
def test_too_few_rows_are_an_error(small_corpus: Path, tmp_path: Path, count: int) -> None:
    """The message says how many there are and how many it takes."""
    lines = (small_corpus / "written" / "small.jsonl").read_text(encoding="utf-8").splitlines()
    (tmp_path / "written").mkdir()
    (tmp_path / "written" / "few.jsonl").write_text("\n".join(lines[:count]) + "\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=rf"{count} rows are too few.*at least 20"):
        train(tmp_path, tmp_path / "out", default_dimensions())
    assert not (tmp_path / "out").exists()


def test_one_label_only_is_an_error(tmp_path: Path) -> None:
    """There is nothing to tell apart."""
    rows = [{"id": str(k), "text": f"The shed number {k} is red.", "label": "neutral", "kind": "ad"} for k in range(30)]
    (tmp_path / "written").mkdir()
    (tmp_path / "written" / "one.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="of two labels"):
        train(tmp_path, tmp_path / "out", default_dimensions())


def test_soft_labels_of_another_corpus_stop_the_training(small_corpus: Path, tmp_path: Path) -> None:
    """A corpus that changed after the teacher read it is not trained on with the old labels."""
    folder = shutil.copytree(small_corpus, tmp_path / "corpus")
    rows = corpus.read_corpus(folder)[1:]
    count = len(default_dimensions())
    write_soft(
        folder / SOFT_FILE,
        rows,
        default_dimensions(),
        np.full((len(rows), 2), 0.5),
        np.ones((len(rows), count)) / count,
        {},
    )
    with pytest.raises(CorpusError, match="another corpus"):
        train(folder, tmp_path / "out", default_dimensions())


@pytest.mark.parametrize("seed", range(5))
def test_calibration_is_monotone(seed: int) -> None:
    """A higher logit never has a lower probability, whatever the labels say of the logits."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=60)
    shown = (rng.random(60) < 1 / (1 + np.exp(logits * rng.choice([-3.0, 3.0])))).astype(float)
    curve = calibrate(logits, shown, np.ones(60))
    assert curve.slope > 0
    assert (np.diff(curve(np.linspace(-30, 30, 200))) >= 0).all()


def test_calibration_gives_the_share_of_the_weights() -> None:
    """The mean probability is the weighted share of rows that show the pole."""
    rng = np.random.default_rng(1)
    logits = rng.normal(size=400)
    shown = (rng.random(400) < 1 / (1 + np.exp(-2 * logits))).astype(float)
    weight = np.where(shown > 0, 0.4, 1.6)
    found = calibrate(logits, shown, weight)(logits)
    assert np.average(found, weights=weight) == pytest.approx(np.average(shown, weights=weight), abs=1e-3)


def test_one_answer_only_leaves_the_logits_as_they_are() -> None:
    """With nothing to calibrate on, the curve is the plain logistic one."""
    curve = calibrate(np.array([0.0, 1.0]), np.zeros(2), np.ones(2))
    assert (curve.slope, curve.intercept) == (1.0, 0.0)


def test_the_base_rate_is_that_of_real_text() -> None:
    """The weights make seven tenths neutral, whatever the corpus has, and their mean is 1."""
    for labels in (["neutral"] * 3 + ["both"] * 7, ["neutral"] * 9 + ["management"]):
        weight = base_weights(labels)
        neutral = np.array(labels) == "neutral"
        assert weight[neutral].sum() / weight.sum() == pytest.approx(0.7)
        assert weight.mean() == pytest.approx(1.0)
    assert base_weights(["neutral"] * 4).tolist() == [1.0] * 4


def test_thresholds_separate_what_can_be_separated() -> None:
    """With poles that part cleanly, the chosen thresholds make no error."""
    poles = np.array([[0.9, 0.1], [0.1, 0.9], [0.8, 0.8], [0.1, 0.1], [0.2, 0.2]])
    gold = np.array(["management", "leadership", "both", "neutral", "neutral"])
    low, high = choose_thresholds(poles, gold, np.ones(5))
    assert 0.2 < low <= 0.8 and 0.2 < high <= 0.8
