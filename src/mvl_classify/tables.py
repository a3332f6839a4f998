"""Tables of text into numbered chunks of rows: CSV of any dialect, JSONL, Parquet, a folder of them.

A table is cut into partitions (a file, or one row group of a Parquet file), and a partition into chunks. Where
they are cut depends on the input alone, never on the number of workers. In text formats everything stays text
(`007` is not 7, `NA` is not null), and a row that cannot be parsed is set apart with its number and a reason.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from mvl_classify.errors import DependencyError, InputError
from mvl_classify.rows import Columns, Dialect, Rejected, csv_rows, dialect, json_rows

FORMATS: Final = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
CHUNK_CHARACTERS: Final = 4_000_000
"""A chunk is closed at this many characters of text, so that long texts cannot fill the memory."""

_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class File:
    """One input file as it was found: what is needed to see that it has not changed."""

    path: str
    name: str
    format: str
    bytes: int
    sha256: str
    encoding: str = "utf-8"
    groups: tuple[int, ...] = ()
    dialect: Dialect | None = None

    def facts(self) -> dict[str, Any]:
        """Return what a manifest says of the file."""
        return {"name": self.name, "format": self.format, "bytes": self.bytes, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Partition:
    """A file, or one row group of a Parquet file; `first` is the number of rows of the file before it."""

    file: File
    group: int | None = None
    first: int = 0


@dataclass(slots=True)
class Chunk:
    """Some rows of a partition; `columns` holds lists of one length (or Arrow arrays, from Parquet).

    `numbers` are the rows' numbers in their file, from 1. `position` is how many bytes of the file were read.
    """

    numbers: list[int] = field(default_factory=list)
    columns: dict[str, Any] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    position: int = 0


def files(path: Path, columns: Columns, encoding: str | None, delimiter: str | None, format: str | None) -> list[File]:
    """Return the files that a path stands for, read once for digest and encoding, in order of their names.

    Raises InputError where there is none, a column is missing, or a file is of no known format.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file or folder.")
    if not path.is_dir():
        return [_file(path, path.name, columns, encoding, delimiter, format)]
    found = [place for place in sorted(path.rglob("*")) if _readable(place, path)]
    if not found:
        raise InputError(f"{path}: holds no table ({', '.join(FORMATS)}).")
    return [_file(place, str(place.relative_to(path)), columns, encoding, delimiter, format) for place in found]


def _readable(place: Path, folder: Path) -> bool:
    hidden = any(part.startswith((".", "_")) for part in place.relative_to(folder).parts)
    return place.is_file() and not hidden and place.suffix.lower() in FORMATS and place.suffix.lower() != ".txt"


def _file(
    path: Path, name: str, columns: Columns, encoding: str | None, delimiter: str | None, format: str | None
) -> File:
    kind = format or FORMATS.get(path.suffix.lower())
    if kind is None:
        raise InputError(f"{path}: of no known format ({', '.join(FORMATS)}); say which with --input-format.")
    try:
        digest, guessed, size = _inspect(path, decode=kind != "parquet")
        if kind == "parquet":
            return File(str(path), name, kind, size, digest, groups=_row_groups(path, columns))
        used = _known(encoding, path, guessed) if encoding else guessed
        found = dialect(path, used, columns, delimiter) if kind == "csv" else None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).") from None
    return File(str(path), name, kind, size, digest, used, dialect=found)


def _known(encoding: str, path: Path, guessed: str) -> str:
    """Return the encoding's proper name; a byte-order mark is not part of the text."""
    try:
        name = codecs.lookup(encoding).name
        return guessed if name == guessed.removesuffix("-sig") else name
    except LookupError:
        raise InputError(f"{path}: the encoding {encoding!r} is not known; try utf-8 or cp1252.") from None


def _inspect(path: Path, decode: bool) -> tuple[str, str, int]:
    """Return digest, encoding and size: UTF-8 unless a mark says otherwise or most special characters are not."""
    digest, size, good, bad, undefined = hashlib.sha256(), 0, 0, 0, False
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    mark = ""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if not size:
                mark = _mark(block)
            digest.update(block)
            size += len(block)
            if decode and not mark and not block.isascii():
                text = decoder.decode(block)
                special = len(text) - len(text.encode("ascii", "ignore"))
                strange = len(text) - len(text.encode("utf-8", "ignore").decode())
                undefined |= any(byte in block for byte in b"\x81\x8d\x8f\x90\x9d")
                good, bad = good + special - strange, bad + strange
    guess = "utf-8" if bad <= good else ("latin-1" if undefined else "cp1252")
    return digest.hexdigest(), mark or guess, size


def _mark(block: bytes) -> str:
    if block.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    return "utf-16" if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else ""


def partitions(found: list[File]) -> list[Partition]:
    """Return the partitions of the files, in order."""
    made = []
    for file in found:
        if file.format != "parquet":
            made.append(Partition(file))
            continue
        first = 0
        for group, rows in enumerate(file.groups):
            made.append(Partition(file, group, first))
            first += rows
    return made


def chunks(partition: Partition, columns: Columns, rows: int) -> Iterator[Chunk]:
    """Yield the chunks of a partition, each of at most `rows` rows; raise InputError where it cannot be read."""
    file = partition.file
    try:
        if file.format == "parquet":
            yield from _parquet_chunks(partition, columns, rows)
        else:
            yield from _text_chunks(file, columns, rows)
    except OSError as error:
        raise InputError(f"{file.path}: cannot be read ({error.strerror or error}).") from None


def _text_chunks(file: File, columns: Columns, rows: int) -> Iterator[Chunk]:
    names = columns.names
    found = (
        json_rows(file.path, file.encoding, columns)
        if file.dialect is None
        else csv_rows(file.path, file.encoding, columns, file.dialect)
    )
    chunk, size = Chunk(columns={name: [] for name in names}), 0
    for number, position, row in found:
        chunk.position = position
        if isinstance(row, Rejected):
            chunk.rejected.append(row)
        else:
            chunk.numbers.append(number)
            for name, value in zip(names, row, strict=True):
                chunk.columns[name].append(value)
            size += len(row[0] or "")
        if len(chunk.numbers) + len(chunk.rejected) >= rows or size >= CHUNK_CHARACTERS:
            yield chunk
            chunk, size = Chunk(columns={name: [] for name in names}), 0
    if chunk.numbers or chunk.rejected:
        yield chunk


def parquet() -> Any:
    """Return pyarrow.parquet; raise DependencyError when it is not installed."""
    try:
        from pyarrow import parquet as module
    except ImportError:
        raise DependencyError("Parquet needs pyarrow: pip install pyarrow.") from None
    return module


def _row_groups(path: Path, columns: Columns) -> tuple[int, ...]:
    import pyarrow as pa

    try:
        with parquet().ParquetFile(path) as opened:
            names = opened.schema_arrow.names
            groups = tuple(opened.metadata.row_group(k).num_rows for k in range(opened.metadata.num_row_groups))
    except pa.ArrowException as error:
        raise InputError(f"{path}: is not a Parquet file that can be read ({str(error)[:80]}).") from None
    for name in columns.names:
        if name not in names:
            raise InputError(f"{path}: has no column {name!r}; the columns are {', '.join(names)}.")
    return groups


def _parquet_chunks(partition: Partition, columns: Columns, rows: int) -> Iterator[Chunk]:
    import pyarrow as pa

    names, done = list(columns.names), partition.first
    try:
        with parquet().ParquetFile(partition.file.path) as opened:
            groups = [partition.group or 0]
            for batch in opened.iter_batches(batch_size=rows, row_groups=groups, columns=names, use_threads=False):
                for piece in _halved(batch, columns.text):
                    values = {name: piece.column(name) for name in names}
                    numbers = list(range(done + 1, done + piece.num_rows + 1))
                    done += piece.num_rows
                    yield Chunk(numbers, values)
    except pa.ArrowException as error:
        raise InputError(f"{partition.file.path}: cannot be read ({str(error)[:80]}).") from None


def _halved(batch: Any, text: str) -> Iterator[Any]:
    """Cut a batch in half until no part holds too much text."""
    if batch.num_rows < 2 or batch.column(text).nbytes <= CHUNK_CHARACTERS:
        yield batch
        return
    half = batch.num_rows // 2
    yield from _halved(batch.slice(0, half), text)
    yield from _halved(batch.slice(half), text)
