"""What a job title names, and whether the text agrees."""

import pytest

from mvl_classify.results import DocumentLabel
from mvl_classify.titles import check_title


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Team Leader", "leadership"),
        ("Head of Sales", "leadership"),
        ("LEAD ENGINEER", "leadership"),
        ("Store Manager (m/f/d)", "management"),
        ("Shift supervisor", "management"),
        ("Office co-ordinator", "management"),
        ("Data analyst", None),
        ("Head of Management Accounting", None),
        ("Misleading Headings Editor", None),
        ("", None),
    ],
)
def test_a_title_names_one_pole_or_none(title: str, names: str | None) -> None:
    """Whole words only; a title with words of both poles names neither."""
    assert check_title(title, "neutral", None).names == names


@pytest.mark.parametrize(
    ("label", "orientation", "agrees"),
    [
        ("leadership", 0.6, True),
        ("management", -0.6, False),
        ("balanced", 0.1, None),
        ("neutral", None, None),
        ("undetermined", 0.9, None),
    ],
)
def test_agreement_needs_a_text_that_leans(
    label: DocumentLabel, orientation: float | None, agrees: bool | None
) -> None:
    """Only a text with an orientation can agree or disagree with a title."""
    assert check_title("Team Leader", label, orientation).agrees is agrees


def test_a_title_that_names_nothing_agrees_with_nothing() -> None:
    """ "Data analyst" is neither confirmed nor denied."""
    assert check_title("Data analyst", "leadership", 0.9).agrees is None
