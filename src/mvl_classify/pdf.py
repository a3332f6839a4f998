"""PDF into text: the words of its pages in the order in which they are drawn."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from mvl_classify.errors import InputError

MAX_PAGES: Final = 2_000
"""The most pages that a PDF may have."""

MAX_SECONDS: Final = 120.0
"""How long the pages of one PDF may take to be read."""

_BULLETS: Final = str.maketrans({"\uf0b7": "•", "\uf0a7": "•", "\uf0d8": "•", "\uf076": "•", "\x00": " "})


def pdf_text(data: bytes, name: str, most: int) -> tuple[str, str | None]:
    """Return the text of a PDF, and a note when some pages hold none.

    Raises InputError when it is encrypted, damaged, or too large (`most` is the most characters).
    """
    from pypdf.errors import LimitReachedError

    with _quiet():
        try:
            return _read(data, name, most)
        except InputError:
            raise
        except LimitReachedError:
            raise InputError(f"{name}: unpacks to more than is read; print it to a new PDF.") from None
        except RecursionError:
            raise InputError(f"{name}: is nested too deeply to be read.") from None
        except Exception as error:
            why = (str(error).splitlines() or [type(error).__name__])[0][:120]
            raise InputError(f"{name}: is damaged or not a PDF ({why}).") from None


def _read(data: bytes, name: str, most: int) -> tuple[str, str | None]:
    reader = _opened(data, name)
    count = len(reader.pages)
    if count > MAX_PAGES:
        raise InputError(f"{name}: has {count:,} pages; the limit is {MAX_PAGES:,}.")
    pages: list[str] = []
    size, began = 0, time.monotonic()
    for page in reader.pages:
        pages.append(page.extract_text().translate(_BULLETS).strip())
        size += len(pages[-1])
        if size > most:
            raise InputError(f"{name}: holds more than {most:,} characters of text; split it.")
        if time.monotonic() - began > MAX_SECONDS:
            raise InputError(f"{name}: takes more than {MAX_SECONDS:.0f} s to read; split it.")
    filled = [page for page in pages if page]
    note = f"{name}: {count - len(filled)} of {count} pages hold no text (pictures?)." if len(filled) < count else None
    return "\n\n".join(filled) + "\n" if filled else "", note


def _opened(data: bytes, name: str) -> Any:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    reader = PdfReader(io.BytesIO(data))
    try:
        opened = not reader.is_encrypted or bool(reader.decrypt(""))
    except (DependencyError, NotImplementedError):
        opened = False
    if not opened:
        raise InputError(f"{name}: is encrypted; save it without a password.")
    return reader


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the reader's own remarks on odd files off standard error."""
    logger = logging.getLogger("pypdf")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)
