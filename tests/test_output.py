"""CSV cells that a spreadsheet would run are made harmless; numbers and ids stay."""

import pytest

from mvl_classify.output import neutral


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-cmd", "@SUM(A1)", "\tx", "\rx", "=HYPERLINK(1)", "-2+3", "+"])
def test_a_formula_becomes_text(cell: str) -> None:
    """A cell that begins like a formula begins with an apostrophe."""
    assert neutral(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "text", "-1", "+3.5", "-1e-5", "-.5", "a=b", "'=x", "1-2"])
def test_numbers_and_plain_text_stay(cell: str) -> None:
    """What is no formula is not touched."""
    assert neutral(cell) == cell
