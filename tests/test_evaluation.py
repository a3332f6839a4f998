"""Each figure against a case worked out by hand, and the report against the names that the project promises."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, roc_auc_score
from typer.testing import CliRunner

from mvl_classify.cli import app
from mvl_classify.dimensions import LABELS
from mvl_classify.evaluation import (
    FIGURES,
    Predictions,
    auc_oriented,
    auc_pole,
    by_dimension,
    dimension_accuracy,
    ece,
    macro_f1,
    macro_f1_3,
    report,
)

Row = tuple[str, float, float, str, str, str]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(LABELS),
        st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0]),
        st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0]),
        st.sampled_from(LABELS),
        st.sampled_from(["", "focus", "risk"]),
        st.sampled_from(["focus", "risk"]),
    ),
    max_size=30,
)


def predictions(rows: list[Row]) -> Predictions:
    """Return predictions from (label, management, leadership, predicted, dimension, predicted dimension)."""
    columns = list(zip(*rows, strict=True)) or [()] * 6
    return Predictions(
        label=np.array(columns[0], dtype=np.str_),
        dimension=np.array(columns[4], dtype=np.str_),
        management=np.array(columns[1], dtype=float),
        leadership=np.array(columns[2], dtype=float),
        predicted=np.array(columns[3], dtype=np.str_),
        predicted_dimension=np.array(columns[5], dtype=np.str_),
    )


CASE = predictions(
    [
        ("management", 0.9, 0.1, "management", "focus", "focus"),
        ("management", 0.4, 0.6, "leadership", "risk", "focus"),
        ("leadership", 0.2, 0.7, "leadership", "risk", "risk"),
        ("leadership", 0.3, 0.4, "neutral", "focus", "risk"),
        ("both", 0.6, 0.6, "both", "focus", "focus"),
        ("neutral", 0.1, 0.1, "neutral", "", "focus"),
        ("neutral", 0.5, 0.5, "both", "", "risk"),
    ]
)


def test_auc_pole() -> None:
    """Differences -0.8 and 0.2 (management), 0.5 and 0.1 (leadership): three of the four pairs are in order."""
    assert auc_pole(CASE) == pytest.approx(3 / 4)


def test_auc_oriented() -> None:
    """1-(1-m)(1-l): 0.91, 0.76, 0.76, 0.58, 0.84 oriented, `both` among them, against 0.19 and 0.75 neutral."""
    assert auc_oriented(CASE) == pytest.approx((5 + 4) / 10)


def test_macro_f1() -> None:
    """F1 2/3 (one of two found), 1/2, 2/3 and 1/2; their mean."""
    assert macro_f1(CASE) == pytest.approx((2 / 3 + 1 / 2 + 2 / 3 + 1 / 2) / 4)


def test_macro_f1_3() -> None:
    """The row labelled `both` is left out; the predicted `both` is a neutral row missed."""
    assert macro_f1_3(CASE) == pytest.approx((2 / 3 + 1 / 2 + 1 / 2) / 3)


def test_dimension_accuracy() -> None:
    """Of five rows with a dimension, three are named rightly; neutral rows take no part."""
    assert dimension_accuracy(CASE) == pytest.approx(3 / 5)


def test_ece() -> None:
    """Two rows of 0.1 in one of 15 bins, one with the pole: |0.1 + 0.1 - 1| / 2 for a pole that only has these."""
    rows: list[Row] = [("management", 0.1, 0.0, "neutral", "", ""), ("neutral", 0.1, 0.0, "neutral", "", "")]
    assert ece(predictions(rows)) == pytest.approx((abs(0.2 - 1) / 2 + 0) / 2)


def test_ece_weighs_bins_by_their_rows() -> None:
    """Bins of 0.95 (three rows, all with the pole) and 0.05 (one row, without): (3 * 0.05 + 1 * 0.05) / 4."""
    rows: list[Row] = [("both", 0.95, 0.95, "both", "", "")] * 3 + [("neutral", 0.05, 0.05, "neutral", "", "")]
    assert ece(predictions(rows)) == pytest.approx(0.05)


def test_a_probability_of_one_falls_into_the_last_bin() -> None:
    """The upper edge belongs to the fifteenth bin."""
    assert ece(predictions([("both", 1.0, 1.0, "both", "", "")] * 2)) == 0.0


@given(ROWS)
def test_areas_and_f1_are_those_of_scikit_learn(rows: list[Row]) -> None:
    """On any rows, ties included, the figures are the reference's."""
    p = predictions(rows)
    oriented = p.label != "neutral"
    if oriented.any() and not oriented.all():
        assert auc_oriented(p) == pytest.approx(roc_auc_score(oriented, 1 - (1 - p.management) * (1 - p.leadership)))
    else:
        assert auc_oriented(p) is None
    if rows:
        expected = f1_score(p.label, p.predicted, labels=list(LABELS), average="macro", zero_division=0)
        assert macro_f1(p) == pytest.approx(expected)
    kept = p.label != "both"
    if kept.any():
        three = ["management", "leadership", "neutral"]
        expected = f1_score(p.label[kept], p.predicted[kept], labels=three, average="macro", zero_division=0)
        assert macro_f1_3(p) == pytest.approx(expected)


def test_a_report_has_the_promised_keys() -> None:
    """Each figure with its interval, the rows, and the confusion matrix."""
    found = report(CASE, resamples=50)
    assert list(found) == [
        "rows", "auc_pole", "auc_oriented", "macro_f1", "macro_f1_3", "dimension_accuracy", "ece", "confusion",
    ]  # fmt: skip
    assert found["rows"] == 7
    for name in FIGURES:
        assert found[name]["value"] == pytest.approx(FIGURES[name](CASE))
        assert 0 <= found[name]["low"] <= found[name]["high"] <= 1
    json.dumps(found, allow_nan=False)


def test_the_confusion_matrix_has_a_row_a_label() -> None:
    """Rows are the labels, columns what was predicted, in one order."""
    confusion = report(CASE, resamples=2)["confusion"]
    assert confusion["labels"] == ["management", "leadership", "both", "neutral"]
    assert confusion["matrix"] == [[1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 1, 1]]


def test_an_interval_is_the_bootstraps_and_the_same_each_time() -> None:
    """More rows of the same make it narrower, and a second run gives the same."""
    once, twice = report(CASE, resamples=200), report(CASE, resamples=200)
    assert once == twice
    many = report(CASE.part(np.tile(np.arange(7), 30)), resamples=200)
    width = [found["macro_f1"]["high"] - found["macro_f1"]["low"] for found in (once, many)]
    assert width[1] < 0.5 * width[0]


@pytest.mark.parametrize(
    ("rows", "null"),
    [
        ([], set(FIGURES)),
        ([CASE.part(np.array([0]))], {"auc_pole", "auc_oriented"}),
        ([CASE.part(np.array([5, 6]))], {"auc_pole", "auc_oriented", "dimension_accuracy"}),
        ([CASE.part(np.array([4]))], {"auc_pole", "auc_oriented", "macro_f1_3"}),
    ],
)
def test_a_figure_that_is_not_defined_is_null(rows: list[Predictions], null: set[str]) -> None:
    """No rows, one pole only, neutral rows only, `both` only: null, not 0 and not NaN."""
    found = report(rows[0] if rows else predictions([]), resamples=20)
    assert {name for name in FIGURES if found[name]["value"] is None} == null
    for name in null:
        assert found[name] == {"value": None, "low": None, "high": None}
    json.dumps(found, allow_nan=False)


def test_precision_and_recall_of_each_dimension() -> None:
    """Focus is named three times on rows that have a dimension, twice rightly, and is there three times."""
    focus, risk, method = by_dimension(CASE, ["focus", "risk", "method"])
    assert focus == {
        "dimension": "focus",
        "precision": pytest.approx(2 / 3),
        "recall": pytest.approx(2 / 3),
        "support": 3,
    }
    assert risk == {"dimension": "risk", "precision": 0.5, "recall": 0.5, "support": 2}
    assert method == {"dimension": "method", "precision": None, "recall": None, "support": 0}


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Write a file of labelled rows."""
    rows: list[dict[str, Any]] = [
        {"text": "Plans the budget", "label": "management", "dimension": "direction", "kind": "ad", "source": "x"},
        {
            "text": "Inspires the team",
            "label": "leadership",
            "dimension": "relationship",
            "kind": "review",
            "source": "x",
        },
        {"text": "The office is in Leeds", "label": "neutral", "kind": "ad", "source": "y"},
    ]
    path = tmp_path / "labels.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return path


def numbers(value: Any) -> list[float]:
    """Return every number in plain data."""
    if isinstance(value, dict):
        return [number for entry in value.values() for number in numbers(entry)]
    if isinstance(value, list):
        return [number for entry in value for number in numbers(entry)]
    return [value] if isinstance(value, (int, float)) else []


@pytest.mark.parametrize(
    ("field", "values"), [("kind", {"ad", "review"}), ("source", {"x", "y"}), ("label", set(LABELS) - {"both"})]
)
def test_by_reports_each_value_of_a_field(labelled: Path, field: str, values: set[str]) -> None:
    """`--by` adds a report a value, on that value's rows."""
    done = CliRunner().invoke(app, ["evaluate", str(labelled), "--by", field, "--format", "json"])
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found["by"][field]) == values
    assert found["rows"] == 3 == sum(part["rows"] for part in found["by"][field].values())
    assert set(FIGURES) <= set(found) and all(math.isfinite(number) for number in numbers(found))


def test_the_text_form_shows_the_same_figures(labelled: Path) -> None:
    """A row a report, the confusion matrix, and a line a dimension."""
    done = CliRunner().invoke(app, ["evaluate", str(labelled), "--by", "kind"])
    assert done.exit_code == 0, done.stderr
    for name in (*FIGURES, "kind=ad", "kind=review", "time_horizon", "predicted"):
        assert name in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--by", "colour"], "no field 'colour'"),
        (["--format", "xml"], "'xml'"),
    ],
)
def test_a_mistake_is_one_line(labelled: Path, arguments: list[str], message: str) -> None:
    """An unknown field or format is exit 2 and says which."""
    done = CliRunner().invoke(app, ["evaluate", str(labelled), *arguments])
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert message in done.stderr
