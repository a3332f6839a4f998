"""Own labels, own dimensions and base rates become models that score through the same code."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mvl_classify import adaptation, training
from mvl_classify.artifact import load
from mvl_classify.cli import app
from mvl_classify.dimensions import DimensionSet
from mvl_classify.engine import Calibration
from mvl_classify.inheritance import inherit
from mvl_classify.labelled import read_annotations
from mvl_classify.locate import default_model
from mvl_classify.recalibration import recalibrated
from mvl_classify.scorer import Scorer
from mvl_classify.verify import golden_difference

LABELS = Path(__file__).parents[1] / "examples" / "ecosystem" / "idioms.csv"
DIMENSIONS = """
[[dimensions]]
id = "courage"
name = "Courage"
management = { name = "careful", meaning = "Care.", phrases = ["double-check forms", "keep to the limits"] }
leadership = { name = "bold", meaning = "Daring.", phrases = ["take a brave bet", "speak up anyhow"] }

[[dimensions]]
id = "craft"
name = "Craft"
management = { name = "orders", meaning = "Orders.", phrases = ["assign daily jobs", "tick off the list"] }
leadership = { name = "teaches", meaning = "Taught.", phrases = ["teach the trade", "pass on what you know"] }
"""


@pytest.fixture(scope="module")
def shipped():
    """Return the default model."""
    return load(default_model())


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Every second row of the example: fifty-odd labels."""
    with LABELS.open(newline="", encoding="utf-8") as file:
        head, *rows = list(csv.reader(file))
    path = tmp_path_factory.mktemp("labels") / "labels.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows[::2]])
    return path


def run(*arguments):
    """Run the command line and return what came of it."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def based(few, tmp_path_factory):
    """Return a model folder built on the default model, and what the command printed."""
    out = tmp_path_factory.mktemp("based") / "idioms"
    return out, run("train", few, "-o", out, "--base")


def test_fifty_labels_gain_on_held_out_folds(based):
    """Fifty labels of a domain the model is weak in improve it on sentences it was not trained on."""
    out, result = based
    assert result.exit_code == 0
    gain = json.loads(result.stdout)["gain"]
    assert gain["rows"] == 53
    assert gain["macro_f1_3"]["difference"]["low"] > 0
    assert "macro_f1_3" in result.stderr and f"wrote {out}" in result.stderr


def test_the_model_can_be_used_and_verified(based, shipped):
    """The folder loads, verifies, says what it was built upon, and quotes none of the user's sentences."""
    out, _ = based
    assert golden_difference(out)[1] < 1e-3
    manifest = load(out).manifest
    assert manifest["training"]["base"] == shipped.digest and manifest["name"] == "idioms"
    golden = (out / "golden.jsonl").read_text(encoding="utf-8")
    assert "trains running" not in golden
    assert "Gained by these labels" in (out / "README.md").read_text(encoding="utf-8")
    texts = ["She gives the juniors air cover.", "He runs a tight ship."]
    before, after = Scorer().score_sentences(texts), Scorer(out).score_sentences(texts)
    assert after[0].leadership > before[0].leadership and after[1].management > before[1].management


def test_text_of_another_sort_scores_much_as_before(based, shipped):
    """What is built on top stays near the model it was built on, where the labels say nothing."""
    out, _ = based
    texts = [
        "You will control the budget and plan the schedule.",
        "You will inspire people and set a vision.",
    ]
    for one, two in zip(Scorer().score_sentences(texts), Scorer(out).score_sentences(texts), strict=True):
        assert one.label == two.label


def test_the_same_labels_give_the_same_bytes(few, shipped, tmp_path):
    """Training is deterministic."""
    rows = read_annotations(few, shipped.dimensions.ids).rows[::4]
    for name in ("one", "two"):
        adaptation.learn(rows, tmp_path / name / "model", shipped.dimensions, shipped, on_top=True)
    for file in ("weights.safetensors", "manifest.json", "golden.jsonl", "README.md"):
        assert (tmp_path / "one/model" / file).read_bytes() == (tmp_path / "two/model" / file).read_bytes()


def test_what_is_inherited_scores_the_same(shipped):
    """A table under a larger vocabulary gives the logits it gave before."""
    from mvl_classify.estimator import score_texts
    from mvl_classify.segment import Segmenter
    from mvl_classify.vocabulary import Vocabulary

    table = shipped.table
    learnt = Vocabulary.build(["skunkworks", "the", "lead"], [], [["skunkworks", "the"]])
    start = inherit(table, learnt, table.dimensions)
    assert {"skunkworks"} <= set(start.vocabulary.words)
    texts = ["You lead the skunkworks, the old way.", "Plans the rota and checks forms."]
    from dataclasses import replace

    wide = replace(table, vocabulary=start.vocabulary, weights=start.weights.astype(np.float32))
    before, after = (score_texts(Segmenter(), one, texts).logits for one in (table, wide))
    np.testing.assert_allclose(after[:, :2], before[:, :2], atol=1e-4)


@pytest.fixture(scope="module")
def two(few, tmp_path_factory):
    """A model with two dimensions of one's own, from labels alone."""
    folder = tmp_path_factory.mktemp("two")
    (folder / "dimensions.toml").write_text(DIMENSIONS, encoding="utf-8")
    rows = [
        f'"{text}",{label},{about}'
        for text, label, about in [
            ("She takes brave bets on odd ideas.", "leadership", "courage"),
            ("He speaks up against the odds.", "leadership", "courage"),
            ("Took a brave bet on the new line.", "leadership", "courage"),
            ("Double-checks every single form.", "management", "courage"),
            ("Keeps to the limits and checks forms.", "management", "courage"),
            ("He teaches the trade to the young.", "leadership", "craft"),
            ("She passes on what she knows.", "leadership", "craft"),
            ("Assigns the jobs of the day.", "management", "craft"),
            ("Ticks off the task list by noon.", "management", "craft"),
            ("Assigns jobs and ticks them off.", "management", "craft"),
            ("He drives a blue van.", "neutral", ""),
            ("The office is in Leeds.", "neutral", ""),
            ("She likes strong coffee.", "neutral", ""),
        ]
    ]
    (folder / "labels.csv").write_text("\n".join(["text,label,dimension", *rows]), encoding="utf-8")
    out = folder / "model"
    return out, run("train", folder / "labels.csv", "-o", out, "--dimensions", folder / "dimensions.toml")


def test_two_own_dimensions_train_and_score(two):
    """A company's own dimensions train and score through the same code, whatever their number."""
    out, result = two
    assert result.exit_code == 0
    assert "warning: 13 sentences are few" in result.stderr
    score = Scorer(out).score("She takes a brave bet. He teaches the trade to us. He ticks off the task list.")
    assert list(score.dimensions) == ["courage", "craft"]
    assert [sentence.dimension for sentence in score.sentences] == ["courage", "craft", "craft"]
    assert set(score.sentences[0].logits) == {"management", "leadership", "courage", "craft"}
    listed = run("dimensions", "--model", out, "--format", "json")
    assert [row["id"] for row in json.loads(listed.stdout)] == ["courage", "craft"]


def test_own_dimensions_on_top_of_a_model(two, few, shipped, tmp_path):
    """New dimensions begin at their seed phrases, on the poles of the model they are built on."""
    own = DimensionSet.read(two[0].parent / "dimensions.toml")
    rows = read_annotations(two[0].parent / "labels.csv", own.ids).rows
    adaptation.learn(rows, tmp_path / "m", own, shipped, on_top=True)
    score = Scorer(tmp_path / "m").score_sentences(
        ["You will control the budget and supervise staff.", "Pass on what you know."]
    )
    assert score[0].management > 0.5 and score[1].dimension == "craft"


def test_own_dimensions_in_features_and_frames(two):
    """Every face takes the number of dimensions from the model."""
    import polars as pl

    import mvl_classify as mvl

    names = mvl.OrientationFeatures(model=two[0]).get_feature_names_out().tolist()
    assert names == ["orientation", "courage.orientation", "craft.orientation"]
    assert mvl.score_frame(pl.DataFrame({"text": ["a"]}), model=two[0], form="long").shape == (2, 7)


def test_too_few_are_refused(shipped, tmp_path):
    """Below ten sentences, or with one label only, there is nothing to train."""
    file = tmp_path / "labels.csv"
    file.write_text("text,label\n" + "A.,both\n" * 12, encoding="utf-8")
    result = run("train", file, "-o", tmp_path / "m")
    assert result.exit_code == 2
    assert "12 labelled sentences of 1 labels are too few" in result.stderr


def test_an_output_folder_is_needed(few):
    """A user's model never goes over the shipped one by default."""
    for command in ("train", "calibrate"):
        result = run(command, few)
        assert result.exit_code == 2
        assert "give -o" in result.stderr


def test_recalibrating_leaves_the_weights(few, shipped, tmp_path):
    """`calibrate` changes curves and thresholds, not weights; the golden logits still hold."""
    result = run("calibrate", few, "-o", tmp_path / "m", "--neutral", "0.4")
    assert result.exit_code == 0 and "held-out folds" in result.stderr
    model = load(tmp_path / "m")
    assert (model.table.weights == shipped.table.weights).all()
    assert model.table.calibration != shipped.table.calibration
    assert model.manifest["base_neutral"] == 0.4 and model.manifest["recalibrated"]["from"] == shipped.digest
    assert golden_difference(tmp_path / "m")[1] < 1e-3


def test_a_base_rate_alone_moves_the_curves(shipped, tmp_path):
    """With fewer neutral sentences expected every probability rises, by the same odds."""
    assert run("calibrate", "-o", tmp_path / "m", "--neutral", "0.5").exit_code == 0
    text = ["You plan the rota and inspire the crew."]
    one, two = Scorer().score_sentences(text)[0], Scorer(tmp_path / "m").score_sentences(text)[0]
    assert two.management > one.management and two.leadership > one.leadership
    assert two.logits == one.logits


def test_recalibration_is_drawn_to_the_former_curve():
    """A few separable rows do not tear a curve away."""
    logits, gold = np.array([[-1.0, -1.0], [1.0, 1.0]]), np.array(["neutral", "both"])
    former = (Calibration(1.0, 0.0), Calibration(1.0, 0.0))
    for curve in recalibrated(logits, gold, np.ones(2), former):
        assert 1.0 <= curve.slope < 5.0


def test_thresholds_are_chosen_by_the_weighted_macro_f1():
    """The figure they are chosen by is scikit-learn's weighted macro-F1 over the labels there are."""
    from sklearn.metrics import f1_score

    rng = np.random.default_rng(3)
    gold, found, weight = rng.integers(0, 3, 200), rng.integers(0, 4, 200), rng.uniform(0.5, 2.0, 200)
    wanted = f1_score(gold, found, labels=[0, 1, 2], average="macro", sample_weight=weight)
    assert training.macro_f1(gold, found, weight) == pytest.approx(wanted)
