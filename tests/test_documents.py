"""Leaving one document out: what hiding the names of roles is for, and that every row is predicted once."""

import dataclasses
import json
from pathlib import Path

import pytest

from mvl_classify import CorpusError, documents, vectors
from mvl_classify.documents import leave_one_out
from mvl_classify.masking import HIDDEN, hide_roles

WAYS = {
    "TF-IDF, names visible", "TF-IDF, names hidden in the test", "TF-IDF, names hidden",
    "table, names visible", "table, names hidden in the test", "table, names hidden",
}  # fmt: skip


@pytest.fixture(scope="module")
def tfidf_reports(root: Path, one_thread: None) -> dict[str, dict]:  # type: ignore[type-arg]
    """Run the folds over the five documents; the table's part, which takes longer, is stood in for by TF-IDF."""
    patch = pytest.MonkeyPatch()
    patch.setattr(documents, "_table", documents._tfidf)
    patch.setattr(documents, "_table_visible", documents._tfidf)
    patch.setattr(documents, "report", lambda p: documents_report(p))
    found = leave_one_out(root / "corpus")
    patch.undo()
    return found


def documents_report(p):  # type: ignore[no-untyped-def]
    """Report with few resamples."""
    from mvl_classify.evaluation import report

    return report(p, resamples=20)


def test_every_way_reports_every_row(tfidf_reports: dict[str, dict], root: Path) -> None:  # type: ignore[type-arg]
    """Plain TF-IDF stands beside the table, masked and unmasked, all on the same rows."""
    rows = (root / "corpus" / "documents.jsonl").read_text(encoding="utf-8").count("\n")
    assert set(tfidf_reports) == WAYS
    assert {found["rows"] for found in tfidf_reports.values()} == {rows}


def test_hiding_names_in_the_test_lowers_what_was_learnt_from_names(tfidf_reports: dict[str, dict]) -> None:  # type: ignore[type-arg]
    """Trained on documents as they stand, TF-IDF learns the words "manager" and "leader": without them it fails."""
    visible = tfidf_reports["TF-IDF, names visible"]["auc_pole"]["value"]
    hidden = tfidf_reports["TF-IDF, names hidden in the test"]["auc_pole"]["value"]
    assert visible > 0.8
    assert hidden < visible - 0.1


def test_the_table_is_fitted_on_the_other_documents(
    tmp_path: Path, root: Path, one_thread: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole comparison runs, here on two documents of a dozen rows each, and with a tenth of the vectors."""
    whole = vectors.load()
    part = dataclasses.replace(whole, entries=whole.entries[-2600:], matrix=whole.matrix[-2600:])
    monkeypatch.setattr(vectors, "load", lambda: part)
    lines = (root / "corpus" / "documents.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    kept = []
    for document in sorted({row["document"] for row in rows})[:2]:
        own = [row for row in rows if row["document"] == document]
        for label in ("management", "leadership", "neutral"):
            kept += [row for row in own if row["label"] == label][:4]
    (tmp_path / "documents.jsonl").write_text("\n".join(map(json.dumps, kept)) + "\n", encoding="utf-8")
    found = leave_one_out(tmp_path)
    assert set(found) == WAYS
    for figures in found.values():
        assert figures["rows"] == len(kept)
        assert figures["auc_pole"]["value"] is not None


def test_a_corpus_without_documents_is_an_error(small_corpus: Path) -> None:
    """There is nothing to leave out."""
    with pytest.raises(CorpusError, match=r"documents\.jsonl"):
        leave_one_out(small_corpus)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Managers plan the work.", f"{HIDDEN} plan the work."),
        ("Ask the Regional Sales Manager today", f"Ask the {HIDDEN} today"),
        ("A leader inspires; a manager controls.", f"A {HIDDEN} inspires; a {HIDDEN} controls."),
        ("Strong leadership skills", "Strong leadership skills"),
        ("The oven is hot.", "The oven is hot."),
        ("", ""),
    ],
)
def test_names_are_replaced_by_a_word_that_names_nobody(text: str, hidden: str) -> None:
    """A title becomes one word; qualities asked for by name, and everything else, stay."""
    assert hide_roles([text]) == [hidden]


def test_texts_are_hidden_one_by_one() -> None:
    """No name leaks into the next text."""
    texts = ["The oven", "Managers plan", "Team Leader", ""]
    assert hide_roles(texts) == [hide_roles([text])[0] for text in texts]
