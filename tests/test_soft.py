"""A teacher's soft labels: stored beside the corpus they were made for, and refused beside another."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from mvl_classify import CorpusError, DimensionSet, corpus, default_dimensions
from mvl_classify.corpus import Row
from mvl_classify.soft import SOFT_FILE, read_soft, write_soft

COUNT = len(default_dimensions())


@pytest.fixture
def rows(small_corpus: Path) -> list[Row]:
    """Return the rows of the small corpus."""
    return corpus.read_corpus(small_corpus)


@pytest.fixture
def written(rows: list[Row], tmp_path: Path) -> Path:
    """Write soft labels for the small corpus and return their file."""
    rng = np.random.default_rng(5)
    poles, dimensions = rng.random((len(rows), 2)), rng.dirichlet(np.ones(COUNT), len(rows))
    write_soft(tmp_path / SOFT_FILE, rows, default_dimensions(), poles, dimensions, {"encoder": "none"})
    return tmp_path / SOFT_FILE


def test_soft_labels_are_read_as_they_were_written(written: Path, rows: list[Row]) -> None:
    """Poles to a thousandth, dimensions adding up to 1, one row a sentence."""
    rng = np.random.default_rng(5)
    poles = rng.random((len(rows), 2))
    found = read_soft(written, rows, default_dimensions())
    assert found.poles == pytest.approx(poles, abs=5e-4 + 1e-12)
    assert found.dimensions.shape == (len(rows), COUNT)
    assert found.dimensions.sum(axis=1) == pytest.approx(np.ones(len(rows)))


def test_the_head_names_corpus_teacher_and_dimensions(written: Path, rows: list[Row]) -> None:
    """The file's first line says what it was made for and by."""
    head = json.loads(written.read_text(encoding="utf-8").splitlines()[0])
    assert head["corpus"] == corpus.digest(rows)
    assert head["teacher"] == {"encoder": "none"}
    assert head["dimensions"] == list(default_dimensions().ids)


@pytest.mark.parametrize(
    "change", [{"text": "another"}, {"label": "both"}, {"dimension": "risk"}, {"kind": "other"}, {"id": "z"}]
)
def test_soft_labels_of_another_corpus_are_refused(written: Path, rows: list[Row], change: dict[str, str]) -> None:
    """One changed row is another corpus; the message says how to remake them."""
    other = [dataclasses.replace(rows[0], **change), *rows[1:]]  # type: ignore[arg-type]
    with pytest.raises(CorpusError, match=r"another corpus.*train --teacher"):
        read_soft(written, other, default_dimensions())


def test_fewer_rows_or_another_order_are_refused(written: Path, rows: list[Row]) -> None:
    """Rows are matched by their order, which the digest covers."""
    for other in (rows[1:], rows[::-1]):
        with pytest.raises(CorpusError, match="another corpus"):
            read_soft(written, other, default_dimensions())


def test_other_dimensions_are_refused(written: Path, rows: list[Row]) -> None:
    """A set with one dimension less is another question."""
    fewer = DimensionSet(tuple(default_dimensions().values())[1:])
    with pytest.raises(CorpusError, match="another corpus"):
        read_soft(written, rows, fewer)


@pytest.mark.parametrize("text", [None, "", "{", "[]\n", "3\n"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, rows: list[Row], text: str | None) -> None:
    """Missing, empty, broken or of another shape: one error that names the file."""
    path = tmp_path / SOFT_FILE
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError, match=SOFT_FILE):
        read_soft(path, rows, default_dimensions())


def test_a_line_that_is_missing_or_incomplete_is_refused(written: Path, rows: list[Row]) -> None:
    """The head may fit while the lines do not."""
    lines = written.read_text(encoding="utf-8").splitlines()
    for damaged in (lines[:-1], [*lines[:-1], '{"id": "x"}'], [*lines[:-1], lines[-1].replace('"poles"', '"pole"')]):
        written.write_text("\n".join(damaged) + "\n", encoding="utf-8")
        with pytest.raises(CorpusError, match=SOFT_FILE):
            read_soft(written, rows, default_dimensions())
