"""The labelled corpus: the committed one keeps its rules, and each rule finds a planted mistake."""

import json
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvl_classify import CorpusError, corpus
from mvl_classify.corpus import Row
from mvl_classify.dimensions import KINDS, LABELS, default_dimensions

TEXT = "The first sentence stands here. So does the second."
WRITTEN: list[dict[str, Any]] = [
    {"id": "w0", "kind": "ad", "label": "management", "dimension": "direction",
     "text": "Draw up the yearly budget and keep to it."},
    {"id": "w1", "kind": "review", "label": "leadership", "dimension": "development",
     "text": "He mentors the two apprentices."},
    {"id": "w2", "kind": "ad", "label": "neutral", "dimension": None,
     "text": "The bakery opens at five in the morning."},
]  # fmt: skip
DOCUMENTS: list[dict[str, Any]] = [
    {"id": "s0", "document": "a.txt", "start": 0, "end": 31, "text": TEXT[:31], "label": "neutral", "dimension": None},
    {"id": "s1", "document": "a.txt", "start": 32, "end": 51, "text": TEXT[32:], "label": "neutral", "dimension": None},
]
REAL = ("dev/dev.jsonl", "pool/pool.jsonl")
BOTH_POLES = {
    ("0", "focus"), ("0", "implementation"), ("0", "viewpoint"), ("1", "defined"), ("1", "transactional-caring"),
    ("2", "process-results"), ("2", "organize-staff-guide-counsel"), ("2", "memos-coach"),
    ("2", "structured-strategic"), ("3", "creation-innovation"), ("3", "details-big-picture"), ("3", "personalities"),
    ("4", "focus-goals"),
    ("4", "roles-responsibilities"), ("4", "decision-making"), ("4", "relationship-people"), ("4", "risk-taking"),
    ("4", "time-horizon"),
}  # fmt: skip
ONE_POLE = {
    ("0", "moving-toward-leadership"): "leadership", ("1", "organizing-projects"): "management",
    ("1", "managing-resources"): "management", ("1", "directing-workflows"): "management",
    ("1", "implementing-vision"): "leadership", ("1", "building-trust"): "leadership",
    ("1", "guiding-conversations"): "leadership", ("1", "given-earned"): "leadership",
    ("3", "focus-priorities"): "management", ("3", "knowledge-expertise"): "management",
}  # fmt: skip
SHARED_BY_BOTH = {
    ("0", "similarities"), ("1", "overlap-approachability"), ("1", "overlap-experience"),
    ("1", "overlap-adaptability"), ("1", "overlap-agility"), ("4", "balance"),
}  # fmt: skip


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows as JSONL."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def planted(folder: Path, written: list[dict[str, Any]], documents: list[dict[str, Any]] | None = None) -> list[str]:
    """Write a corpus and return the rules it breaks."""
    write(folder / "written" / "w.jsonl", written)
    write(folder / "documents.jsonl", DOCUMENTS if documents is None else documents)
    (folder / "documents").mkdir(exist_ok=True)
    (folder / "documents" / "a.txt").write_text(TEXT, encoding="utf-8")
    return [finding.rule for finding in corpus.check(folder, default_dimensions())]


def changed(number: int, **fields: Any) -> list[dict[str, Any]]:
    """Return the written rows with fields of one of them changed."""
    return [{**row, **fields} if place == number else row for place, row in enumerate(WRITTEN)]


@pytest.fixture(scope="module")
def committed(root: Path) -> list[Row]:
    """Return the rows of the committed corpus."""
    return corpus.read_corpus(root / "corpus")


def test_the_committed_corpus_breaks_no_rule(root: Path) -> None:
    """Schema, offsets, duplicates, frames; and no copy of real sentences where those are at hand."""
    files = [folder / "shared" / name for folder in (root.parent, root.parents[1]) for name in REAL]
    real = [path for path in files if path.is_file()]
    assert corpus.check(root / "corpus", default_dimensions(), real) == []


def test_every_row_of_the_documents_is_a_slice_of_its_file(root: Path, committed: list[Row]) -> None:
    """`text` is the file's text from `start` to `end`, and together the rows hold every word of the five documents."""
    rows = [row for row in committed if row.source == "documents"]
    left = {
        path.name: list(path.read_bytes().decode("utf-8")) for path in (root / "corpus" / "documents").glob("*.txt")
    }
    assert len(left) == 5
    for row in rows:
        text, start, end = left[row.extra["document"]], row.extra["start"], row.extra["end"]
        assert "".join(text[start:end]) == row.text
        text[start:end] = " " * (end - start)
    for name, text in left.items():
        assert not any(character.isalnum() for character in text), name


def test_the_documents_are_those_that_were_given(root: Path) -> None:
    """Where the sources lie beside the checkout, ours are the same bytes."""
    seeds = next((f / "shared/seeds" for f in (root.parent, root.parents[1]) if (f / "shared/seeds").is_dir()), None)
    if seeds is None:
        pytest.skip("the sources are not beside this checkout")
    given_bytes = {path.read_bytes() for path in seeds.iterdir() if path.is_file()}
    assert all(path.read_bytes() in given_bytes for path in (root / "corpus" / "documents").glob("*.txt"))


def test_every_contrast_of_the_documents_has_rows(committed: list[Row]) -> None:
    """Both poles where the document gives both, one where it gives one, and the qualities that both share."""
    found = defaultdict(set)
    for row in committed:
        if row.source == "documents" and row.extra.get("contrast"):
            found[row.extra["document"][0], row.extra["contrast"]].add(row.label)
    assert set(found) == BOTH_POLES | set(ONE_POLE) | SHARED_BY_BOTH
    for contrast in BOTH_POLES:
        assert {"management", "leadership"} <= found[contrast], contrast
    for contrast, pole in ONE_POLE.items():
        assert pole in found[contrast], contrast
    for contrast in SHARED_BY_BOTH:
        assert "both" in found[contrast], contrast


def test_every_cell_of_a_pole_has_rows_of_both_kinds(committed: list[Row]) -> None:
    """Each dimension's two poles are shown in ads and in reviews."""
    counts = corpus.cells(committed)
    for dimension in default_dimensions():
        for label in LABELS[:2]:
            for kind in KINDS:
                assert counts[label, dimension, kind] > 0, (label, dimension, kind)


def test_at_least_half_of_the_written_rows_are_neutral(committed: list[Row]) -> None:
    """As in real text, most sentences show no pole."""
    written = [row for row in committed if row.source != "documents"]
    assert len(written) >= 12_000
    assert sum(row.label == "neutral" for row in written) >= len(written) / 2


def test_a_sound_corpus_has_no_findings(tmp_path: Path) -> None:
    """The rows that the planted mistakes start from keep all rules."""
    assert planted(tmp_path, WRITTEN) == []


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        (changed(1, id="w0"), "id"),
        (changed(1, dimension=None), "dimension"),
        (changed(2, dimension="focus"), "dimension"),
        (changed(1, dimension="charisma"), "dimension"),
        (changed(1, kind="poem"), "kind"),
        (changed(1, kind=None), "kind"),
        (changed(1, text="Draw up the yearly budget, and keep to it!"), "duplicate"),
        (changed(1, text="Draw up the yearly budget and keep to it now."), "near duplicate"),
    ],
)
def test_a_planted_mistake_is_found(tmp_path: Path, rows: list[dict[str, Any]], rule: str) -> None:
    """Each rule finds a row that breaks it, and only that rule speaks."""
    assert planted(tmp_path, rows) == [rule]


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"start": 1}, "offset"),
        ({"end": 30}, "offset"),
        ({"start": None}, "offset"),
        ({"document": "b.txt"}, "document"),
    ],
)
def test_an_offset_that_misses_is_found(tmp_path: Path, fields: dict[str, Any], rule: str) -> None:
    """A row of the documents must be its file's slice."""
    assert planted(tmp_path, WRITTEN, [{**DOCUMENTS[0], **fields}, DOCUMENTS[1]]) == [rule]


def test_a_template_frame_is_found(tmp_path: Path) -> None:
    """A run of six words in more than six sentences is a frame; in six it is not."""
    ends = ["oats", "beans", "maize crops", "rye", "barley fields", "hemp", "flax"]
    rows = [
        {**WRITTEN[2], "id": f"f{k}", "text": f"{'abcdefg'[k]}{k} Every autumn the small cooperative sells {end}"}
        for k, end in enumerate(ends)
    ]
    assert "frame" in planted(tmp_path, rows)
    assert "frame" not in planted(tmp_path, rows[:6])


def test_a_copy_of_a_real_sentence_is_found(tmp_path: Path) -> None:
    """Eight words in a row shared with a real sentence are a copy; seven are not."""
    planted(tmp_path, WRITTEN)
    for text, count in (("The bakery opens at five in the morning", 1), ("the bakery opens at five in the evening", 0)):
        real = write(tmp_path / "real.jsonl", [{"text": text, "label": "neutral"}])
        found = corpus.check(tmp_path, default_dimensions(), [real])
        assert [finding.rule for finding in found] == ["copy"] * count


def test_a_finding_names_file_and_line(tmp_path: Path) -> None:
    """The place is where an editor jumps to."""
    planted(tmp_path, changed(1, kind="poem"))
    finding = corpus.check(tmp_path, default_dimensions())[0]
    assert finding.place == f"{tmp_path / 'written' / 'w.jsonl'}:2"
    assert "'poem'" in finding.message


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "needs a `text`"),
        ('{"text": "  ", "label": "neutral"}', "needs a `text`"),
        ('{"text": 5, "label": "neutral"}', "needs a `text`"),
        ('{"text": "x", "label": "boss"}', "'boss' is none of management, leadership, both, neutral"),
        ('{"text": "x"}', "None is none of"),
    ],
)
def test_a_malformed_row_is_an_error_with_its_line(tmp_path: Path, line: str, message: str) -> None:
    """Rows that cannot be read stop the reading, with file and line."""
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "fine", "label": "neutral"}\n\n' + line + "\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=message) as caught:
        corpus.read_rows(path)
    assert f"{path}:3" in str(caught.value)


def test_a_missing_corpus_is_an_error(tmp_path: Path) -> None:
    """A folder without rows, and a file that is not there, are named."""
    with pytest.raises(CorpusError, match="no corpus here"):
        corpus.read_corpus(tmp_path)
    with pytest.raises(CorpusError, match=r"nowhere\.jsonl"):
        corpus.read_rows(tmp_path / "nowhere.jsonl")


def test_rows_keep_what_they_do_not_know(tmp_path: Path) -> None:
    """Further fields are kept in `extra`; a row without an id is known by its place."""
    path = write(tmp_path / "rows.jsonl", [{"text": "x", "label": "neutral", "source": "usajobs", "n": 3}])
    row = corpus.read_rows(path)[0]
    assert row.extra == {"source": "usajobs", "n": 3}
    assert row.id == row.place == f"{path}:1"


def test_the_digest_covers_what_training_reads(tmp_path: Path) -> None:
    """Another text, label, dimension, kind, id or order is another digest; a further field is not."""
    digests = set()
    for rows in (
        WRITTEN,
        WRITTEN[::-1],
        changed(0, text="y"),
        changed(0, label="leadership"),
        changed(0, dimension="risk"),
        changed(0, kind="review"),
        changed(0, id="z"),
    ):
        digests.add(corpus.digest(corpus.read_rows(write(tmp_path / "w.jsonl", rows))))
    assert len(digests) == 7
    assert corpus.digest(corpus.read_rows(write(tmp_path / "w.jsonl", changed(0, note="n")))) in digests


def test_groups_keep_variants_and_documents_together(tmp_path: Path) -> None:
    """Near duplicates share a number, as do all rows of one document; others do not."""
    texts = [
        "Plan the rota for the north depot each week.",
        "Plan the rota for the north depot each month.",
        "Mend the gate.",
    ]
    written = [{**WRITTEN[0], "id": f"g{k}", "text": text} for k, text in enumerate(texts)]
    planted(tmp_path, written)
    first, second, *own = corpus.groups(corpus.read_corpus(tmp_path))
    assert first == second
    assert own[0] == own[1]
    assert len({first, own[0], own[2]}) == 3


def test_sources_tell_what_the_teacher_reads(tmp_path: Path) -> None:
    """`sources.toml` may keep a file from the teacher; files not listed are read."""
    planted(tmp_path, WRITTEN)
    rows = corpus.read_corpus(tmp_path)
    assert corpus.taught(tmp_path, rows) == [True] * 5
    (tmp_path / "sources.toml").write_text('[[sources]]\nfile = "w"\nteacher = false\n', encoding="utf-8")
    assert corpus.taught(tmp_path, rows) == [True, True, False, False, False]
    (tmp_path / "sources.toml").write_text('[[sources]]\nfile = "w"\n', encoding="utf-8")
    with pytest.raises(CorpusError, match=r"sources\.toml"):
        corpus.taught(tmp_path, rows)


@given(st.text(max_size=60), st.integers(1, 4))
def test_runs_are_the_windows_of_the_words(text: str, length: int) -> None:
    """As many runs as there are places for them, each of so many words."""
    found = list(corpus.runs(text, length))
    assert len(found) == max(0, len(corpus.words(text)) - length + 1)
    assert all(len(run) == length for run in found)


def test_the_codebook_of_the_corpus_is_the_projects(root: Path) -> None:
    """Where the guide lies beside the checkout, `corpus/CODEBOOK.md` says the same."""
    guides = [folder / "shared" / "guide" / "CODEBOOK.md" for folder in (root.parent, root.parents[1])]
    guide = next((path for path in guides if path.is_file()), None)
    if guide is None:
        pytest.skip("the guide is not beside this checkout")
    assert (root / "corpus" / "CODEBOOK.md").read_bytes() == guide.read_bytes()


def test_the_check_reads_a_copy_of_the_corpus_anywhere(tmp_path: Path, small_corpus: Path) -> None:
    """A corpus is a folder: moved, it is the same corpus."""
    moved = shutil.copytree(small_corpus, tmp_path / "moved")
    assert corpus.digest(corpus.read_corpus(moved)) == corpus.digest(corpus.read_corpus(small_corpus))
    assert corpus.check(moved, default_dimensions()) == []


@pytest.mark.parametrize("text", ["thresholds = 0.4", "thresholds = [0.4]", "thresholds = [0.4, 1.5]", "x = ["])
def test_thresholds_of_a_corpus_are_two_probabilities(tmp_path: Path, text: str) -> None:
    """Anything else in `training.toml` is an error that names the file; without the file there are none."""
    assert corpus.thresholds(tmp_path) is None
    (tmp_path / "training.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError, match=r"training\.toml"):
        corpus.thresholds(tmp_path)
