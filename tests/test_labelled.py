"""Labelled sentences are read from CSV, JSONL, and the exports of the tools that people label with."""

from __future__ import annotations

import json

import pytest

from mvl_classify.errors import CorpusError, InputError
from mvl_classify.labelled import read_annotations

IDS = ("focus", "risk")

LABEL_STUDIO = [
    {
        "id": 7,
        "data": {"text": "Keeps the rota.", "kind": "review"},
        "annotations": [
            {
                "id": 1,
                "was_cancelled": False,
                "result": [
                    {"type": "choices", "from_name": "pole", "value": {"choices": ["Management"]}},
                    {"type": "choices", "from_name": "about", "value": {"choices": ["focus"]}},
                ],
            }
        ],
    },
    {"id": 8, "data": {"text": "Skipped."}, "annotations": [{"was_cancelled": True, "result": []}]},
    {
        "id": 9,
        "data": {"text": "Split."},
        "annotations": [
            {"result": [{"type": "choices", "value": {"choices": [label]}}]} for label in ("neutral", "both")
        ],
    },
]
LABEL_STUDIO_MIN = [
    {
        "id": 1,
        "text": "Keeps the rota.",
        "pole": "management",
        "about": "focus",
        "annotator": 3,
        "lead_time": 2.5,
    },
    {"id": 2, "text": "Both.", "pole": {"choices": ["management", "leadership"]}, "annotator": 3},
]
PRODIGY = [
    {
        "text": "Keeps the rota.",
        "accept": ["management", "focus"],
        "answer": "accept",
        "_task_hash": 5,
        "options": [],
    },
    {"text": "Coaches.", "label": "LEADERSHIP", "answer": "accept"},
    {"text": "No.", "label": "leadership", "answer": "reject"},
    {"text": "Hm.", "accept": [], "answer": "ignore"},
]
ARGILLA = [
    {
        "id": "a",
        "fields": {"text": "Keeps the rota."},
        "metadata": {"kind": "ad"},
        "suggestions": {"pole": {"value": "neutral"}},
        "responses": {
            "pole": [{"value": "management", "user_id": "u", "status": "submitted"}],
            "about": [{"value": "focus", "user_id": "u", "status": "submitted"}],
        },
    },
    {"id": "b", "fields": {"text": "Draft."}, "responses": {"pole": [{"value": "both", "status": "draft"}]}},
    {
        "id": "c",
        "fields": {"sentence": "Server form."},
        "responses": [{"values": {"pole": {"value": "neutral"}}, "status": "submitted"}],
    },
]
ARGILLA_FLAT = [{"id": "a", "text": "Keeps the rota.", "pole.responses": ["management"], "about.responses": ["focus"]}]
ARGILLA_ONE = [{"id": "a", "text": "Keeps the rota.", "annotation": "management", "status": "Validated"}]


def write(path, rows, lines=False):
    """Write rows as a JSON array or as JSON lines."""
    path.write_text("\n".join(map(json.dumps, rows)) if lines else json.dumps(rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("rows", "lines", "form", "found", "left_out"),
    [
        (
            LABEL_STUDIO,
            False,
            "label-studio",
            [("management", "focus", "review")],
            {"no answer": 1, "annotators are split": 1},
        ),
        (LABEL_STUDIO_MIN, False, "label-studio", [("management", "focus", None), ("both", None, None)], {}),
        (
            PRODIGY,
            True,
            "prodigy",
            [("management", "focus", None), ("leadership", None, None)],
            {"answered 'reject'": 1, "answered 'ignore'": 1},
        ),
        (
            ARGILLA,
            False,
            "argilla",
            [("management", "focus", "ad"), ("neutral", None, None)],
            {"no answer": 1},
        ),
        (ARGILLA_FLAT, False, "argilla", [("management", "focus", None)], {}),
        (ARGILLA_ONE, True, "argilla", [("management", None, None)], {}),
    ],
)
def test_exports_are_told_apart_and_read(tmp_path, rows, lines, form, found, left_out):
    """Each tool's export is recognised; what has no agreed answer is left out and counted."""
    read = read_annotations(write(tmp_path / "export.json", rows, lines), IDS)
    assert read.form == form
    assert [(row.label, row.dimension, row.kind) for row in read.rows] == found
    assert read.rows[0].text == "Keeps the rota."
    assert read.left_out == left_out


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_of_any_delimiter(tmp_path, delimiter):
    """A CSV has text, label, and perhaps dimension and kind, in any order and with quoted line breaks."""
    file = tmp_path / "labels.csv"
    head = delimiter.join(["Label", "text", "dimension", "kind"])
    file.write_text(
        f'{head}\r\nboth{delimiter}"Plans{delimiter}\nleads."{delimiter}risk{delimiter}ad\r\n\r\n',
        encoding="utf-8-sig",
    )
    (row,) = read_annotations(file, IDS).rows
    assert (row.text, row.label, row.dimension, row.kind) == (
        f"Plans{delimiter}\nleads.",
        "both",
        "risk",
        "ad",
    )


def test_jsonl_is_the_corpus_form(tmp_path):
    """JSON lines have the fields of the corpus; the dimension of a neutral sentence is dropped."""
    rows = [{"id": "x", "text": "T.", "label": "neutral", "dimension": "risk", "kind": "ad"}]
    (row,) = read_annotations(write(tmp_path / "l.jsonl", rows, True), IDS).rows
    assert (row.id, row.label, row.dimension, row.kind) == ("x", "neutral", None, "ad")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("l.csv", "text,mark\nA.,both\n", r"l\.csv:1: has no column 'label'"),
        ("l.csv", "text,label\nA.,both\nB, C,both\n", r"l\.csv:3: has 3 fields"),
        ("l.csv", "text,label\nA.,nice\n", r"l\.csv:2: 'nice' is neither a label"),
        ("l.csv", "text,label,dimension\nA.,both,courage\n", r"l\.csv:2: 'courage' is neither"),
        ("l.csv", "text,label,kind\nA.,both,memo\n", r"l\.csv:2: the kind 'memo'"),
        ("l.csv", "text,label\n,both\n", r"l\.csv:2: a row needs a `text`"),
        ("l.jsonl", '{"text": "A.", "label": "both"}\n{"text": \n', r"l\.jsonl:2: is not JSON"),
        ("l.json", "[1]", r"l\.json\[0\]: expected an object"),
        ("l.json", "[]", "holds no labelled sentence"),
    ],
)
def test_mistakes_are_named_with_file_and_place(tmp_path, name, content, message):
    """A malformed row raises CorpusError with file and line."""
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")
    with pytest.raises(CorpusError, match=message):
        read_annotations(file, IDS)


def test_a_form_that_is_none_is_named(tmp_path):
    """An unknown form raises InputError."""
    with pytest.raises(InputError, match="'brat'"):
        read_annotations(tmp_path / "x", IDS, "brat")
