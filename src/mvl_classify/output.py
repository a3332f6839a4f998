"""Scored columns into bytes: CSV that a spreadsheet can open safely, JSONL, Arrow.

A text cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return is a formula to a spreadsheet, and
so begins with an apostrophe in CSV; numbers and ids are not touched (OWASP, "CSV Injection").
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

from mvl_classify.errors import InputError

FORMATS: Final = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def format_of(out: Path) -> str:
    """Return the format that an output's name asks for."""
    found = FORMATS.get(out.suffix.lower())
    if found is None:
        raise InputError(f"{out}: ends in no known format ({', '.join(FORMATS)}).")
    return found


def neutral(cell: str) -> str:
    """Return a text cell that no spreadsheet takes for a formula."""
    return "'" + cell if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell) else cell


def csv_bytes(columns: Mapping[str, Any], ids: Sequence[str], raw: bool, header: bool = False) -> bytes:
    """Return Arrow columns as CSV lines; `ids` name the columns that are never changed."""
    guard = {name: not raw and name not in ids for name in columns}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if header:
        writer.writerow([name if raw else neutral(name) for name in columns])
    writer.writerows(zip(*(_cells(values, guard[name]) for name, values in columns.items()), strict=True))
    return out.getvalue().encode()


def _cells(values: Any, guard: bool) -> list[str]:
    kind = str(values.type)
    if kind == "double":
        return ["" if value is None else repr(value) for value in values.to_pylist()]
    if kind.startswith(("list<", "large_list<", "struct<")):
        return [json.dumps(value, ensure_ascii=False, default=str) for value in values.to_pylist()]
    cells = ["" if value is None else str(value) for value in values.to_pylist()]
    return list(map(neutral, cells)) if guard and kind not in {"int64", "bool"} else cells


def jsonl_bytes(columns: Mapping[str, Any]) -> bytes:
    """Return Arrow columns as JSON lines; null stays null, a date becomes its text."""
    names = list(columns)
    rows = zip(*(values.to_pylist() for values in columns.values()), strict=True)
    lines = (json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, default=str) for row in rows)
    return "".join(line + "\n" for line in lines).encode()


def arrow_stream(columns: Mapping[str, Any]) -> Callable[[IO[bytes]], None]:
    """Return a writer of Arrow columns as an Arrow file."""
    import pyarrow as pa

    batch = pa.record_batch(list(columns.values()), names=list(columns))

    def write(file: IO[bytes]) -> None:
        with pa.ipc.new_file(file, batch.schema) as sink:
            sink.write_batch(batch)

    return write


def read_arrow(path: Path) -> Any:
    """Return the Arrow table in a file."""
    import pyarrow as pa

    with pa.OSFile(str(path)) as source:
        return pa.ipc.open_file(source).read_all()
