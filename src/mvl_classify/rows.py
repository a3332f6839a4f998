"""One row after another out of CSV and JSONL files, bad rows isolated: what tables are read with.

A CSV record whose quotes or number of fields are wrong costs itself and no more: its first line is rejected
and reading goes on at the next line. Every value is text or None, as it stands in the file.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mvl_classify.errors import EncodingError, InputError

DELIMITERS: Final = ",;\t|"
MAX_FIELD: Final = 32_000_000
"""The longest field of a CSV file, in characters; a longer one is a quote that was never closed."""

_SAMPLE: Final = 200_000
Values = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns are read: the text, the id (None: the row's number), others to carry over."""

    text: str
    id: str | None = None
    carried: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, each once, in the order in which chunks hold them."""
        return tuple(dict.fromkeys((self.text, *([] if self.id is None else [self.id]), *self.carried)))


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is not scored: its number in the file from 1, its id where it is known, and why."""

    row: int
    id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV file is written, and its header."""

    delimiter: str
    quote: str
    escape: str | None
    header: tuple[str, ...]

    def options(self) -> dict[str, Any]:
        """Return the keyword arguments of `csv.reader`."""
        return {
            "delimiter": self.delimiter,
            "quotechar": self.quote,
            "escapechar": self.escape,
            "doublequote": self.escape is None,
            "strict": True,
        }


class Lines:
    """The lines of a file as text, ends kept; lines can be put back.

    Bytes that are not in the encoding become lone surrogates, by which a row is known as bad.
    """

    def __init__(self, path: str, encoding: str) -> None:
        csv.field_size_limit(MAX_FIELD)
        self._path, self._encoding = path, encoding
        self._file = Path(path).open("rb")  # noqa: SIM115 (closed by `close`, with the text around it)
        self._text = io.TextIOWrapper(self._file, encoding=encoding, errors="surrogateescape", newline="")
        self._waiting: deque[str] = deque()
        self.taken: list[str] = []

    @property
    def position(self) -> int:
        """How many bytes of the file were read."""
        return self._file.tell()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = self._waiting.popleft() if self._waiting else next(self._text)
        except UnicodeError as error:
            raise EncodingError(f"{self._path}: is not {self._encoding} ({error}).") from None
        self.taken.append(line)
        return line

    def put_back(self) -> None:
        """Give back all lines of the current record but its first."""
        self._waiting.extendleft(reversed(self.taken[1:]))

    def close(self) -> None:
        """Close the file."""
        self._text.close()


def dialect(path: Path, encoding: str, columns: Columns, delimiter: str | None) -> Dialect:
    """Find out how a CSV file is written; raise InputError where a column that is asked for is not there."""
    lines = Lines(str(path), encoding)
    try:
        sample = "".join(_head(lines))
    finally:
        lines.close()
    if not sample.strip():
        raise InputError(f"{path}: is empty; a CSV file begins with a header.")
    quote, escape = _quoting(sample)
    found = []
    for mark in DELIMITERS if delimiter is None else delimiter:
        reader = csv.reader(sample.splitlines(keepends=True), delimiter=mark, quotechar=quote, escapechar=escape)
        header = tuple(next(row for row in reader if row))
        found.append(Dialect(mark, quote, escape, header))
    best = max(found, key=lambda one: (columns.text in one.header, len(one.header)))
    for name in columns.names:
        if name not in best.header:
            raise InputError(f"{path}: has no column {name!r}; the columns are {', '.join(best.header)}.")
    for name in columns.names:
        if best.header.count(name) > 1:
            raise InputError(f"{path}: has the column {name!r} twice; rename one.")
    if len(best.header) == 1 and delimiter is None:
        return Dialect("\x1f", quote, escape, best.header)
    return best


def _head(lines: Lines) -> Iterator[str]:
    size = 0
    for line in lines:
        size += len(line)
        yield line
        if size > _SAMPLE:
            return


def _quoting(sample: str) -> tuple[str, str | None]:
    """Return quote and escape: " doubled, unless only ' opens and closes fields, or quotes stand behind \\."""
    single = '"' not in sample and re.search(r"(?m)(^|[,;\t|])'[^'\n]*'([,;\t|]|\r?$)", sample)
    quote = "'" if single else '"'
    escaped = "\\" + quote in sample and re.search(rf"[^,;\t|\n]{quote}{quote}[^,;\t|\r\n]", sample) is None
    return quote, "\\" if escaped else None


Numbered = tuple[int, int, "Values | Rejected"]


def csv_rows(path: str, encoding: str, columns: Columns, dialect: Dialect) -> Iterator[Numbered]:
    """Yield row number, bytes read, and the columns of each row; blank lines are no rows."""
    lines = Lines(path, encoding)
    places = [dialect.header.index(name) for name in columns.names]
    identifier = None if columns.id is None else dialect.header.index(columns.id)
    try:
        for number, (fields, fault) in enumerate(_records(lines, dialect)):
            if number == 0:
                continue
            reason = fault or _strange(fields)
            if reason is not None:
                name = fields[identifier] if identifier is not None and identifier < len(fields) else None
                yield number, lines.position, Rejected(number, _clean(name), reason)
            else:
                yield number, lines.position, tuple(fields[place] for place in places)
    finally:
        lines.close()


def _records(lines: Lines, dialect: Dialect) -> Iterator[tuple[list[str], str | None]]:
    """Yield the records with what is wrong with them; the header is the first."""
    width = len(dialect.header)
    reader = csv.reader(lines, **dialect.options())
    while True:
        lines.taken.clear()
        fault = None
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            fields, fault = _first_line(lines, dialect), f"cannot be parsed: {error}"
        if not fault and not fields:
            continue
        if not fault and len(fields) != width:
            fault = f"has {len(fields)} field{'s' if len(fields) != 1 else ''}, the header has {width}"
            fields = _first_line(lines, dialect) if len(lines.taken) > 1 else fields
        if fault and len(lines.taken) > 1:
            lines.put_back()
        yield fields, fault


def _first_line(lines: Lines, dialect: Dialect) -> list[str]:
    """Return the fields of a bad record's first line, for the sake of its id."""
    options = dialect.options() | {"strict": False}
    try:
        return next(csv.reader(lines.taken[:1], **options), [])
    except csv.Error:
        return []


def json_rows(path: str, encoding: str, columns: Columns) -> Iterator[Numbered]:
    """Yield row number, bytes read, and the columns of each JSON line; blank lines are no rows."""
    lines = Lines(path, encoding)
    number = 0
    try:
        for line in _joined(lines):
            lines.taken.clear()
            if not line.strip():
                continue
            number += 1
            yield number, lines.position, _json_row(line, number, columns)
    finally:
        lines.close()


def _joined(lines: Lines) -> Iterator[str]:
    """Yield lines that end with a line feed only, as JSON lines do."""
    parts: list[str] = []
    for line in lines:
        parts.append(line)
        if line.endswith("\n"):
            yield "".join(parts)
            parts = []
    if parts:
        yield "".join(parts)


def _json_row(line: str, number: int, columns: Columns) -> Values | Rejected:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        why = error.msg if isinstance(error, json.JSONDecodeError) else type(error).__name__
        return Rejected(number, None, f"is not JSON: {why}")
    if not isinstance(row, dict):
        return Rejected(number, None, f"is a JSON {type(row).__name__}, not an object")
    identifier = None if columns.id is None else _as_text(row.get(columns.id))
    text = row.get(columns.text)
    if isinstance(text, float) and text != text:
        row[columns.text] = None
    elif not (text is None or isinstance(text, str)):
        return Rejected(number, _clean(identifier), f"the text is a {type(text).__name__}, not a string")
    values = tuple(_as_text(row.get(name)) for name in columns.names)
    reason = _strange(values)
    return values if reason is None else Rejected(number, _clean(identifier), reason)


def _as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _strange(values: Any) -> str | None:
    """Say what is wrong with a row's characters, if anything is."""
    for value in values:
        if value is not None and not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError as error:
                code = ord(value[error.start])
                what = f"byte 0x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"lone surrogate U+{code:04X}"
                return f"is not valid text ({what})"
    return None


def _clean(value: str | None) -> str | None:
    return None if value is None else value.encode("utf-8", "replace").decode()
