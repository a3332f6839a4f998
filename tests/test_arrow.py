"""The Arrow core gives the scores and the evidence of the result objects, to the last bit."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from mvl_classify import InputError, Scorer
from mvl_classify import arrow as module
from mvl_classify.arrow import schema, score_batches


@pytest.fixture(scope="module")
def texts(root: Path) -> list[str | None]:
    """Return the examples, and texts that have no score."""
    files = sorted((root / "examples").glob("*.*"))
    found: list[str | None] = [path.read_text(encoding="utf-8") for path in files if path.suffix in {".md", ".txt"}]
    return [
        *found,
        None,
        "",
        "  \n ",
        "Ja.",
        "Er führt das Team und plant die Arbeit mit der Abteilung für uns.",
        *found[:3],
    ]


def scored(texts: list[str | None], **options: Any) -> pa.Table:
    """Score texts in two record batches."""
    table = pa.table({"id": [f"{k:03}" for k in range(len(texts))], "text": texts})
    batches = table.to_batches(max_chunksize=max(1, len(texts) // 2 + 1))
    return pa.Table.from_batches(score_batches(batches, text_column="text", **options))


def test_scores_are_those_of_score_many(scorer: Scorer, texts: list[str | None]) -> None:
    """Every score column equals the result object's value, bit for bit."""
    rows = scored(texts).to_pylist()
    for row, result in zip(rows, scorer.score_many(texts), strict=True):
        assert row["label"] == result.label
        assert row["orientation"] == result.orientation
        assert (row["low"], row["high"]) == (result.interval or (None, None))
        assert (row["share"], row["sentences"]) == (result.share, result.sentence_count)
        assert row["oriented"] == result.oriented_count
        assert row["reasons"] == ";".join(result.reasons)
        for name, dimension in result.dimensions.items():
            assert row[f"{name}.orientation"] == dimension.orientation


def test_evidence_is_that_of_score_many(scorer: Scorer, texts: list[str | None]) -> None:
    """The arrays list the same spans in the same order with the same contributions."""
    rows = scored(texts)["evidence"].to_pylist()
    for spans, result in zip(rows, scorer.score_many(texts), strict=True):
        given = [(s.text, s.start, s.end, s.contribution) for s in result.evidence]
        assert [(s["text"], s["start"], s["end"], s["contribution"]) for s in spans] == given


def test_scores_do_not_depend_on_the_cut(texts: list[str | None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Scoring a text alone or among others gives the same bits."""
    whole = scored(texts)
    monkeypatch.setattr(module, "CHUNK_CHARACTERS", 1)
    assert scored(texts).combine_chunks().equals(whole.combine_chunks())


def test_columns_are_carried_and_never_lost() -> None:
    """Carried columns keep their type; one with the name of a score is renamed."""
    table = pa.table({"label": ["gold"], "n": pa.array([7], pa.int16()), "t": ["She coaches the team."]})
    found = pa.Table.from_batches(score_batches(table.to_batches(), text_column="t"))
    assert found.column_names[:3] == ["input.label", "n", "label"]
    assert found["n"].type == pa.int16()


def test_the_schema_is_known_before_the_scores(texts: list[str | None]) -> None:
    """`schema` names what `score_batches` adds, which Spark wants beforehand."""
    assert scored(texts[:2]).schema.names[1:] == schema().names
    assert scored(texts[:2], evidence=False).schema.names[1:] == schema(evidence=False).names
    assert schema(text=False).field("evidence").type.value_type.get_field_index("text") == -1


def test_a_column_that_is_missing_or_no_text_is_refused() -> None:
    """The message names the column."""
    table = pa.table({"n": [1]})
    with pytest.raises(InputError, match="'review': is not there"):
        list(score_batches(table.to_batches(), text_column="review"))
    with pytest.raises(InputError, match="'n': holds int64"):
        list(score_batches(table.to_batches(), text_column="n"))
