"""Files into text: which files a path stands for, which reader a file needs, and how bytes are decoded.

What is read is limited: `MAX_BYTES` a file and `MAX_CHARACTERS` a text; more is an error, never cut off.
"""

from __future__ import annotations

import codecs
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from mvl_classify.errors import DependencyError, EncodingError, InputError

STDIN: Final = "-"
MAX_BYTES: Final = 50_000_000
"""The largest file that is read, in bytes."""

MAX_CHARACTERS: Final = 2_000_000
"""The longest text that is read, in characters: about a thousand pages."""

PLAIN: Final = frozenset({".txt", ".md", ".markdown", ".text", ""})
"""The suffixes of plain text. A named file with an unknown suffix is read as plain text, too."""

INSTEAD: Final[Mapping[str, str]] = {
    ".doc": "save it as .docx",
    ".dot": "save it as .docx",
    ".rtf": "save it as .docx",
    ".odt": "save it as .docx",
    ".pages": "export it as .docx or .pdf",
    ".msg": "save it as .eml",
}
"""Documents that are not read, and what to do instead."""

BYTE_ORDER_MARK: Final = "\ufeff"
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC: Final = ((b"%PDF-", ".pdf"), (b"PK\x03\x04", ".docx"))


@dataclass(frozen=True, slots=True)
class Source:
    """A text as it was read: its id (the path as given, or `-`), and a note where something was guessed."""

    id: str
    text: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """The files a path stands for, whether a folder holds them, and the count of other kinds in it."""

    files: list[Path]
    folder: bool
    others: str = ""


def expand(path: str) -> Named:
    """Return the files a path stands for: itself, or the documents in a folder and below, in order of names.

    Files whose name, or whose folder's name, begins with a dot are passed over.
    """
    place = Path(path)
    if not place.exists():
        raise InputError(f"{path}: no such file or folder.")
    if not place.is_dir():
        return Named([place], folder=False)
    found = [file for file in sorted(place.rglob("*")) if file.is_file() and not _concealed(file, place)]
    files = [file for file in found if file.suffix.lower() in PLAIN | READERS.keys() | INSTEAD.keys()]
    if not files:
        raise InputError(f"{path}: holds no file to read ({', '.join(sorted((PLAIN | READERS.keys()) - {''}))}).")
    others = Counter(file.suffix.lower() for file in found if file not in set(files))
    return Named(files, folder=True, others=", ".join(f"{count} {suffix}" for suffix, count in sorted(others.items())))


def _concealed(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def read(path: Path, encoding: str | None = None) -> Source:
    """Read one file as text, by the reader of its suffix.

    Raises InputError when it cannot be read, holds no text, or is too large, and
    DependencyError when its kind needs the extra [documents]. `encoding` is for plain text and HTML.
    """
    suffix, name = path.suffix.lower(), str(path)
    if suffix in INSTEAD:
        raise InputError(f"{name}: {suffix} files are not read; {INSTEAD[suffix]}.")
    try:
        with path.open("rb") as file:
            data = _limited(file, name)
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror}).") from None
    if not data:
        raise InputError(f"{name}: is empty.")
    return _long(_filled(READERS.get(suffix, _plain)(data, name, encoding), suffix))


def read_stdin(encoding: str | None = None) -> Source:
    """Read standard input as one plain text."""
    return _long(_plain(_limited(sys.stdin.buffer, STDIN), STDIN, encoding))


def _limited(file: BinaryIO, name: str) -> bytes:
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InputError(f"{name}: is larger than {MAX_BYTES // 1_000_000} MB; take out the pictures, or split it.")
    return data


def _long(source: Source) -> Source:
    if len(source.text) > MAX_CHARACTERS:
        raise InputError(f"{source.id}: holds more than {MAX_CHARACTERS:,} characters of text; split it.")
    return source


def _plain(data: bytes, name: str, encoding: str | None) -> Source:
    for magic, suffix in _MAGIC:
        if data.startswith(magic):
            raise InputError(f"{name}: is a binary file, not text; if it is a {suffix} document, name it so.")
    return decode(data, name, encoding)


def _html(data: bytes, name: str, encoding: str | None) -> Source:
    _extra("bs4", name)
    from mvl_classify.webpage import declared_encoding, webpage_text

    found = decode(data, name, encoding, declared_encoding(data))
    return Source(name, webpage_text(found.text, name), found.note)


def _docx(data: bytes, name: str, encoding: str | None) -> Source:
    _extra("docx", name)
    from mvl_classify.word import word_text

    return Source(name, word_text(data, name))


def _pdf(data: bytes, name: str, encoding: str | None) -> Source:
    _extra("pypdf", name)
    from mvl_classify.pdf import pdf_text

    text, note = pdf_text(data, name, MAX_CHARACTERS)
    return Source(name, text, note)


def _eml(data: bytes, name: str, encoding: str | None) -> Source:
    from mvl_classify.mail import is_html, mail_body, mail_text

    body, note = mail_body(data, name)
    if is_html(body):
        _extra("bs4", name)
    return Source(name, mail_text(body, name), note)


READERS: Final[Mapping[str, Callable[[bytes, str, str | None], Source]]] = {
    ".html": _html,
    ".htm": _html,
    ".xhtml": _html,
    ".docx": _docx,
    ".pdf": _pdf,
    ".eml": _eml,
}
"""The readers of documents, by suffix; each takes bytes, a name for its messages, and an encoding or null."""


def _filled(source: Source, suffix: str) -> Source:
    if not source.text.strip():
        scanned = "; its pages may be scanned pictures: run text recognition on it first" if suffix == ".pdf" else ""
        raise InputError(f"{source.id}: holds no text{scanned}.")
    return source


def _extra(package: str, name: str) -> None:
    """Raise DependencyError when a package of the extra [documents] is not installed."""
    from importlib.util import find_spec

    if find_spec(package) is None:
        raise DependencyError(f"{name}: reading it needs the extra [documents]: pip install 'mvl-classify[documents]'.")


def decode(data: bytes, name: str, encoding: str | None = None, likely: str | None = None) -> Source:
    """Decode bytes: by `encoding` when given, else byte-order mark, else UTF-8, else `likely`, else a guess.

    Raises EncodingError when `encoding` is unknown or does not fit, InputError when the bytes are binary.
    """
    if encoding is not None:
        return Source(name, _forced(data, name, encoding))
    for mark, codec in _BOMS:
        if data.startswith(mark):
            try:
                return Source(name, data.decode(codec))
            except UnicodeDecodeError as error:
                raise EncodingError(f"{name}: begins as {codec} but is not (byte {error.start}).") from None
    if b"\0" in data:
        raise InputError(f"{name}: is a binary file (it holds NUL bytes), not text.")
    for codec in ("utf-8", likely or "ascii"):
        try:
            return Source(name, data.decode(codec))
        except (UnicodeDecodeError, LookupError):
            continue
    return _detected(data, name)


def _forced(data: bytes, name: str, encoding: str) -> str:
    try:
        return data.decode(encoding).removeprefix(BYTE_ORDER_MARK)
    except LookupError:
        raise EncodingError(f"{name}: the encoding {encoding!r} is not known; try utf-8 or cp1252.") from None
    except UnicodeDecodeError as error:
        raise EncodingError(f"{name}: is not {encoding} (byte {error.start}: {error.reason}).") from None


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
