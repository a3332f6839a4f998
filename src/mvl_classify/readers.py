"""Files into text: which files a path stands for, and how their bytes are read."""

from __future__ import annotations

import codecs
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mvl_classify.errors import EncodingError, InputError

STDIN: Final = "-"
SUFFIXES: Final = frozenset({".txt", ".md", ".markdown", ".text", ""})
"""The files of a folder that are read as plain text; others are listed as skipped."""

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """A text as it was read: its id (the path as given, or `-`), and a note where its encoding was guessed."""

    id: str
    text: str
    note: str | None = None


def expand(path: str) -> list[Path]:
    """Return the files a path stands for: itself, or the readable files of a folder, in order of their names."""
    place = Path(path)
    if not place.exists():
        raise InputError(f"{path}: no such file or folder.")
    if not place.is_dir():
        return [place]
    files = [
        file
        for file in sorted(place.rglob("*"))
        if file.is_file() and file.suffix.lower() in SUFFIXES and not _concealed(file, place)
    ]
    if not files:
        raise InputError(f"{path}: holds no file to read ({', '.join(sorted(SUFFIXES - {''}))}).")
    return files


def _concealed(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def read(path: Path, encoding: str | None = None) -> Source:
    """Read one file as text; raise InputError when it cannot be read or is binary."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).") from None
    return decode(data, str(path), encoding)


def read_stdin(encoding: str | None = None) -> Source:
    """Read standard input as one text."""
    return decode(sys.stdin.buffer.read(), STDIN, encoding)


def decode(data: bytes, name: str, encoding: str | None = None) -> Source:
    """Decode bytes: by `encoding` when given, else by byte-order mark, else UTF-8, else a detected encoding.

    Raises EncodingError when `encoding` is unknown or does not fit, InputError when the bytes are binary.
    """
    if encoding is not None:
        try:
            return Source(name, data.decode(encoding))
        except LookupError:
            raise EncodingError(f"{name}: the encoding {encoding!r} is not known; try utf-8 or cp1252.") from None
        except UnicodeDecodeError as error:
            raise EncodingError(f"{name}: is not {encoding} (byte {error.start}: {error.reason}).") from None
    for mark, codec in _BOMS:
        if data.startswith(mark):
            try:
                return Source(name, data.decode(codec))
            except UnicodeDecodeError as error:
                raise EncodingError(f"{name}: begins as {codec} but is not (byte {error.start}).") from None
    if b"\0" in data:
        raise InputError(f"{name}: is a binary file (it holds NUL bytes), not text.")
    try:
        return Source(name, data.decode("utf-8"))
    except UnicodeDecodeError:
        return _detected(data, name)


_EIGHT_BIT: Final = ["cp1252", "mac_roman", "cp850", "cp437"]
"""The encodings guessed among: English text is in no others often enough to risk a worse guess."""


def _detected(data: bytes, name: str) -> Source:
    """Decode bytes that are not UTF-8 by the best guess, or by cp1252 with a note."""
    from charset_normalizer import from_bytes

    best = from_bytes(data[:1_000_000], cp_isolation=_EIGHT_BIT).best()
    guess = best.encoding if best is not None else "cp1252"
    try:
        text = data.decode(guess)
    except (UnicodeDecodeError, LookupError):
        guess, text = "latin-1", data.decode("latin-1")
    return Source(name, text, f"{name}: not UTF-8, read as {guess} (--encoding sets another).")
