"""Tables as they come: dialects, encodings, odd rows; a bad row costs itself and no more."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from mvl_classify import InputError
from mvl_classify.rows import Columns, Rejected
from mvl_classify.tables import chunks, files, partitions

COLUMNS = Columns("text", "id")
Rows = list[tuple[str | None, ...]]


def read(
    path: Path, columns: Columns = COLUMNS, rows: int = 3, encoding: str | None = None
) -> tuple[Rows, list[Rejected]]:
    """Return all rows of a table in the order of `columns.names`, and its rejects."""
    good: Rows = []
    bad: list[Rejected] = []
    for part in partitions(files(path, columns, encoding, None, None)):
        for chunk in chunks(part, columns, rows):
            values = [v if isinstance(v, list) else v.to_pylist() for v in chunk.columns.values()]
            good += list(zip(*values, strict=True))
            bad += chunk.rejected
    return good, bad


def table(tmp_path: Path, data: bytes, name: str = "t.csv") -> Path:
    """Write a file."""
    path = tmp_path / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "data",
    [
        b'id,text\n007,"a, b"\nNA,c\n',
        b'id;text\r\n007;"a, b"\r\nNA;c\r\n',
        b"\xef\xbb\xbfid\ttext\n007\ta, b\nNA\tc\n",
        b"id|text\n007|a, b\nNA|c",
        b"id,text\n007,'a, b'\nNA,'c'\n",
        b'id,text\n\n007,"a, b"\n\nNA,c\n\n',
        'id,text\n007,"a, b"\nNA,c\n'.encode("utf-16"),
        b'"id","text"\r007,"a, b"\rNA,c\r',
    ],
    ids=["comma", "semicolon-crlf", "bom-tab", "pipe", "single-quotes", "blank-lines", "utf-16", "cr"],
)
def test_any_dialect_gives_the_same_rows(tmp_path: Path, data: bytes) -> None:
    """Delimiter, quote, line end and byte-order mark are found out; values stay text."""
    assert read(table(tmp_path, data)) == ([("a, b", "007"), ("c", "NA")], [])


@pytest.mark.parametrize("name", ["utf-8", "UTF8", "utf-8-sig"])
def test_a_mark_is_no_part_of_the_first_column(tmp_path: Path, name: str) -> None:
    """Whoever names the encoding of a file with a byte-order mark finds the column all the same."""
    path = table(tmp_path, b"\xef\xbb\xbfid,text\n1,a\n")
    assert read(path, encoding=name) == ([("a", "1")], [])


def test_quotes_hold_newlines_and_quotes(tmp_path: Path) -> None:
    """A quoted field may hold line breaks and doubled quotes, or quotes behind backslashes."""
    doubled = table(tmp_path, b'id,text\n1,"a\r\n""b"""\n')
    assert read(doubled)[0] == [('a\r\n"b"', "1")]
    escaped = table(tmp_path, b'id,text\n1,"say \\"b\\", he"\n', "e.csv")
    assert read(escaped)[0] == [('say "b", he', "1")]


def test_latin_1_is_found_out_and_a_stray_byte_is_isolated(tmp_path: Path) -> None:
    """A file that is not UTF-8 is read as Latin-1; one bad byte in a UTF-8 file rejects one row."""
    assert read(table(tmp_path, "id,text\n1,Führung für Söhne\n".encode("latin-1")))[0] == [("Führung für Söhne", "1")]
    mixed = "id,text\n1,Führung für Söhne\n".encode() + b"2,caf\xe9\n3,ok\n"
    good, bad = read(table(tmp_path, mixed))
    assert [row[1] for row in good] == ["1", "3"]
    assert bad == [Rejected(2, "2", "is not valid text (byte 0xe9)")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"2,x,y", "has 3 fields, the header has 2"),
        (b"2", "has 1 field, the header has 2"),
        (b'2,"never closed', "cannot be parsed"),
        (b'2,"a"b', "cannot be parsed"),
    ],
)
def test_a_bad_csv_row_costs_itself(tmp_path: Path, line: bytes, reason: str) -> None:
    """The rows before and after a bad one are all there, whatever is wrong with it."""
    path = table(tmp_path, b"id,text\n1,a\n" + line + b'\n3,"c"\n4,d\n5,"e, f"\n')
    good, bad = read(path)
    assert good == [("a", "1"), ("c", "3"), ("d", "4"), ("e, f", "5")]
    assert [(one.row, one.id) for one in bad] == [(2, "2")]
    assert reason in bad[0].reason


def test_a_bad_json_row_costs_itself(tmp_path: Path) -> None:
    """What is no JSON object with text is rejected with its reason; null and missing text are rows."""
    lines = ['{"id": "a", "text": "x"}', "{nope", "[1]", '{"id": 7, "text": 5}', '{"id": 8, "text": null}', '{"id": 9}']
    lines.append('{"id": "s", "text": "\\ud800"}')
    good, bad = read(table(tmp_path, "\n\n".join(lines).encode(), "t.jsonl"))
    assert good == [("x", "a"), (None, "8"), (None, "9")]
    assert [(one.row, one.id) for one in bad] == [(2, None), (3, None), (4, "7"), (7, "s")]


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    """CSV, JSONL and Parquet lie side by side; other and hidden files are left alone."""
    table(tmp_path, b"id,text\n1,a\n", "1.csv")
    table(tmp_path, json.dumps({"id": "2", "text": "b"}).encode(), "2.jsonl")
    parquet.write_table(
        pa.table({"text": ["c", "d"], "id": ["3", "4"], "x": [0, 0]}), tmp_path / "3.parquet", row_group_size=1
    )
    table(tmp_path, b"nothing", "notes.md")
    table(tmp_path, b"nothing", ".hidden.csv")
    assert read(tmp_path)[0] == [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("t.csv", b"", "is empty"),
        ("t.csv", b"a,b\n1,2\n", "has no column 'text'; the columns are a, b"),
        ("t.csv", b"id,text,text\n", "the column 'text' twice"),
        ("t.parquet", b"PAR1nonsense", "is not a Parquet file"),
        ("t.xlsx", b"x", "of no known format"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    """The message names the file and what is wrong."""
    with pytest.raises(InputError, match=message):
        read(table(tmp_path, data, name))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20), max_size=8))
def test_every_json_text_comes_back(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    """Any text written as JSONL is read as it was."""
    path = tmp_path_factory.mktemp("t") / "t.jsonl"
    path.write_text(
        "".join(json.dumps({"id": "i", "text": t}, ensure_ascii=False) + "\n" for t in texts), "utf-8", newline=""
    )
    assert read(path) == ([(text, "i") for text in texts], [])
