"""Documents that are dropped on the page: from bytes and a name to text."""

from __future__ import annotations

from pathlib import PurePath

from mvl_classify.errors import InputError
from mvl_classify.readers import INSTEAD, READERS, Source, decode


def document_text(data: bytes, name: str) -> Source:
    """Read a document by the suffix of its name.

    Raises InputError where it holds no text or is of a kind that is not read, and DependencyError where
    its kind needs the extra [documents].
    """
    suffix = PurePath(name).suffix.lower()
    if suffix in INSTEAD:
        raise InputError(f"{name}: {suffix} files are not read; {INSTEAD[suffix]}.")
    reader = READERS.get(suffix)
    source = decode(data, name) if reader is None else reader(data, name, None)
    if not source.text.strip():
        raise InputError(f"{name}: holds no text.")
    return Source(source.id, source.text.replace("\r\n", "\n").replace("\r", "\n"), source.note)
