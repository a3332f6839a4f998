"""What is printed: bars, verdicts, marked words, and CSV with fixed columns."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvl_classify import Scorer, default_dimensions, render

AD = "## What you will do\n- Plan the rota and assign tasks\n- Coach and inspire new colleagues\n"


@given(st.floats(-1, 1), st.integers(1, 40))
def test_a_bar_is_as_wide_whatever_it_shows(orientation: float, width: int) -> None:
    """Filled on one side of the middle only, in proportion."""
    left, right = render.bar(orientation, width).plain.split("│")
    assert (len(left), len(right)) == (width, width)
    assert left.count("█") == (round(-orientation * width) if orientation < 0 else 0)
    assert right.count("█") == (round(orientation * width) if orientation > 0 else 0)
    assert left == left.strip().rjust(width) and right == right.strip().ljust(width)


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (-1.0, "████│    "),
        (1.0, "    │████"),
        (-0.5, "  ██│    "),
        (0.25, "    │█   "),
        (0.0, "    │    "),
        (None, "····│····"),
    ],
)
def test_bars(orientation: float | None, expected: str) -> None:
    """Management fills to the left, leadership to the right; dots where nothing is said."""
    assert render.bar(orientation, 4).plain == expected


@pytest.mark.parametrize(("value", "expected"), [(None, "–"), (0.5, "+0.50"), (-1.0, "-1.00"), (0.0, "+0.00")])
def test_a_number_has_its_sign(value: float | None, expected: str) -> None:
    """Orientation is signed, and null is a dash."""
    assert render.number(value) == expected


@pytest.mark.parametrize("text", ["", "Hello", AD, "The office is in Leeds. The canteen opens at noon."])
def test_a_verdict_is_a_sentence(scorer: Scorer, text: str) -> None:
    """One line that ends with a stop and names kind and reason."""
    score = scorer.score(text, kind="ad")
    said = render.verdict(score)
    assert said.startswith("This ad reads as ") and said.endswith(".") and "\n" not in said
    for reason in score.reasons:
        assert render.WHY[reason] in said


def test_the_deciding_words_are_marked(scorer: Scorer) -> None:
    """Every marked stretch is the text of a span that raises the sentence's label."""
    sentence = scorer.score_sentences(["Plan the budget and assign tasks to the clerks"])[0]
    assert sentence.label == "management"
    marked = render.marked(sentence)
    assert marked.plain == sentence.text
    raising = {span.text for span in sentence.evidence if span.contributions["management"] > 0}
    assert 1 <= len(marked.spans) <= 4
    assert {marked.plain[span.start : span.end] for span in marked.spans} <= raising


def test_a_sentence_over_two_lines_is_printed_on_one(scorer: Scorer) -> None:
    """A line break inside a sentence does not break the picture, nor move its marks."""
    sentence = scorer.score_sentences(["Plan the\nbudget"])[0]
    marked = render.marked(sentence)
    assert marked.plain == "Plan the budget"
    raising = {" ".join(span.text.split()) for span in sentence.evidence}
    assert {marked.plain[span.start : span.end] for span in marked.spans} <= raising


def picture(scorer: Scorer, text: str, **options: str) -> str:
    """Return the terminal picture as plain text."""
    from rich.console import Console

    console = Console(file=io.StringIO(), width=120, color_system=None)
    console.print(render.picture(scorer.score(text, **options), "ad.md", default_dimensions()))  # type: ignore[arg-type]
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_the_picture_shows_whole_dimensions_and_sentences(scorer: Scorer) -> None:
    """A bar for the whole, a line a dimension with both poles' names, and the sentences that decided."""
    shown = picture(scorer, AD)
    assert "ad.md" in shown and "orientation " in shown and "95 % interval" in shown
    for dimension in default_dimensions().values():
        assert dimension.name in shown and dimension.management.name in shown and dimension.leadership.name in shown
    assert "Plan the rota and assign tasks" in shown
    assert shown.count("│") == 1 + len(default_dimensions())


@pytest.mark.parametrize("width", [80, 100, 140])
def test_bars_stay_whole_in_a_narrow_terminal(scorer: Scorer, width: int) -> None:
    """Names wrap before a bar is cut: every bar of the dimensions has its two halves."""
    from rich.console import Console

    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(render.picture(scorer.score(AD), "ad.md", default_dimensions()))
    lines = [line for line in console.file.getvalue().splitlines() if "│" in line][1:]  # type: ignore[attr-defined]
    half = render.HALF_DIMENSION
    assert len({line.index("│") for line in lines}) == 1
    for line in lines:
        middle = line.index("│")
        assert set(line[middle - half : middle]) <= set("█· ") and set(line[middle + 1 : middle + half + 1]) <= set(
            "█· "
        )


def test_the_picture_of_an_empty_text_says_why(scorer: Scorer) -> None:
    """No dimensions and no sentences, but the reason."""
    shown = picture(scorer, "")
    assert "there is no text" in shown
    assert "Risk" not in shown


def test_the_picture_names_a_title_that_misleads(scorer: Scorer, root: Path) -> None:
    """ "Team Leader" over a page of administration."""
    text = (root / "examples" / "team-leader-records.md").read_text(encoding="utf-8")
    assert "“Team Leader” names leadership; the text does not" in picture(scorer, text, title="Team Leader")


def test_the_columns_of_csv_are_fixed() -> None:
    """In this order, then one column a dimension."""
    first = ["id", "label", "orientation", "low", "high", "share", "sentences", "oriented", "reasons"]
    assert render.csv_header(default_dimensions()) == first + [f"{key}.orientation" for key in default_dimensions()]


@pytest.mark.parametrize("text", ["", AD, "He coaches. She plans, and he, too."])
def test_a_csv_row_reads_back_to_the_score(scorer: Scorer, text: str) -> None:
    """Every number is written in full, and an empty cell is null."""
    score = scorer.score(text)
    name = 'a "b", c\nd.txt'
    written = render.csv_text([render.csv_header(default_dimensions()), render.csv_row(name, score)])
    row = next(csv.DictReader(io.StringIO(written)))
    assert row["id"] == name
    assert row["label"] == score.label
    assert row["reasons"].split(";") == (list(score.reasons) or [""])
    assert (int(row["sentences"]), int(row["oriented"])) == (score.sentence_count, score.oriented_count)
    low, high = score.interval or (None, None)
    numbers = {"orientation": score.orientation, "low": low, "high": high, "share": score.share}
    numbers |= {f"{key}.orientation": dimension.orientation for key, dimension in score.dimensions.items()}
    for column, value in numbers.items():
        assert (float(row[column]) if row[column] else None) == value
    assert "\r" not in written


def test_the_result_schema_lists_the_same_columns(root: Path) -> None:
    """The schema of the result says which columns the CSV form has."""
    schema = json.loads((root / "docs" / "result.schema.json").read_text(encoding="utf-8"))
    assert render.csv_header(default_dimensions()) == schema["$defs"]["csv_columns"]["const"]
