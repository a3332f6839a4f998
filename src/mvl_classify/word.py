"""Word's .docx into text: one line a paragraph, headings as `## ` and list items as `- `.

Tables, text boxes, content controls and tracked insertions are read where they stand; deletions, headers,
footers, footnotes and comments are not. Archives are unpacked with a limit before any of it is parsed.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any, Final

from mvl_classify.errors import InputError

MAX_UNPACKED: Final = 32_000_000
"""The most bytes that the parts of an archive may unpack to; pictures and fonts are not unpacked."""

MAX_TAGS: Final = 3_000_000
"""The most tags that one part of an archive may have."""

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED: Final = "EncryptedPackage".encode("utf-16-le")
_CHUNK: Final = 65_536
_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SKIPPED: Final = frozenset({_FALLBACK, f"{_W}del", f"{_W}moveFrom"})
_SPACES: Final[Mapping[str, str]] = {
    f"{_W}tab": "\t",
    f"{_W}br": "\n",
    f"{_W}cr": "\n",
    f"{_W}noBreakHyphen": "-",
}


def word_text(data: bytes, name: str) -> str:
    """Return the text of a .docx; raise InputError when it is encrypted, damaged, or unpacks to too much."""
    if data.startswith(_OLE):
        locked = _LOCKED in data
        raise InputError(
            f"{name}: is encrypted; save it without a password."
            if locked
            else f"{name}: is an old Word file (.doc); save it as .docx."
        )
    from docx import Document

    archive = _unpacked(data, name)
    try:
        document = Document(archive)
        return _text(document.element.body, _marks(document))
    except RecursionError:
        raise InputError(f"{name}: is nested too deeply to be read.") from None
    except Exception as error:
        raise InputError(f"{name}: is damaged or not a .docx document ({_first(error)}).") from None


def _first(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


def _unpacked(data: bytes, name: str) -> io.BytesIO:
    """Return the archive with its parts stored plainly: no reader unpacks more than was counted here."""
    made, left = io.BytesIO(), MAX_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed, zipfile.ZipFile(made, "w") as plain:
            if len(packed.infolist()) > 10_000:
                raise InputError(f"{name}: has more than 10,000 parts; this is no usual document.")
            for entry in packed.infolist():
                if entry.flag_bits & 1:
                    raise InputError(f"{name}: is encrypted; save it without a password.")
                content = _part(packed, entry, left)
                if content is None:
                    raise InputError(f"{name}: unpacks to more than {MAX_UNPACKED // 1_000_000} MB; it is not read.")
                if content.count(b"<") > MAX_TAGS:
                    raise InputError(f"{name}: has more than {MAX_TAGS:,} tags in {entry.filename}; split it.")
                left -= len(content)
                plain.writestr(entry.filename, content)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name}: is damaged or not a .docx document ({_first(error)}).") from None
    made.seek(0)
    return made


def _part(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes | None:
    """Return a part's bytes, or null when they exceed the limit; parts that hold no text are left empty."""
    if not entry.filename.lower().endswith((".xml", ".rels")):
        return b""
    made = bytearray()
    with packed.open(entry) as part:
        while chunk := part.read(_CHUNK):
            made += chunk
            if len(made) > limit:
                return None
    return bytes(made)


def _marks(document: Any) -> dict[str, str]:
    """Return what begins the lines of each heading and list style; style names are English in every Word."""
    made = {}
    for style in document.styles:
        named = (style.name or "").lower()
        if named.startswith(("heading", "title")):
            made[style.style_id] = "## "
        elif named.startswith("list") and not named.startswith("list paragraph"):
            made[style.style_id] = "- "
    return made


def _text(body: Any, marks: Mapping[str, str]) -> str:
    from lxml import etree

    lines: list[str] = []
    open_: list[list[str]] = []
    walk = etree.iterwalk(body, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        if event == "start":
            if tag in _SKIPPED:
                walk.skip_subtree()
            elif tag == f"{_W}p":
                open_.append([])
            elif open_ and tag == f"{_W}t":
                open_[-1].append(element.text or "")
            elif open_ and tag in _SPACES and element.getparent().tag == f"{_W}r":
                open_[-1].append(_SPACES[tag])
        elif tag == f"{_W}p":
            lines += _paragraph("".join(open_.pop()), _mark(element, marks))
    return "\n".join(lines) + "\n" if lines else ""


def _paragraph(text: str, mark: str) -> list[str]:
    rows = [row.strip() for row in text.split("\n") if row.strip()]
    return [(mark if place == 0 else "") + row for place, row in enumerate(rows)]


def _mark(paragraph: Any, marks: Mapping[str, str]) -> str:
    """Return what begins a paragraph's line: of its style, or of its own numbering."""
    properties = paragraph.find(f"{_W}pPr")
    if properties is None:
        return ""
    style = properties.find(f"{_W}pStyle")
    mark = "" if style is None else marks.get(style.get(f"{_W}val"), "")
    return mark or ("- " if properties.find(f"{_W}numPr") is not None else "")
