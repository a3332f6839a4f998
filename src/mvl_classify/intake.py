"""What a scorer takes in: texts of any number with their titles and kinds, checked and dealt out in portions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from mvl_classify.dimensions import Kind
from mvl_classify.errors import InputError

PORTION_TEXTS: Final = 4096
"""How many texts a portion has at most."""

Portion = tuple[list[str], list[str | None], list[Kind | None]]
"""Some texts, their titles and their kinds."""


def text_of(value: Any, place: int) -> str:
    """Return the text; None and every kind of NaN are the empty text.

    Raises InputError for another type, and for half a surrogate pair, which no encoding can write.
    """
    if isinstance(value, str):
        if not value.isascii():
            _check_unicode(value, place)
        return value
    if value is None or type(value).__name__ in {"NAType", "NaTType"} or (isinstance(value, float) and value != value):
        return ""
    raise InputError(f"text {place}: expected a string, found {type(value).__name__} ({value!r:.40}).")


def _check_unicode(text: str, place: int) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"text {place}: is not valid Unicode (half a surrogate pair at character {error.start}); "
            "decode it anew, or replace it with text.encode(errors='replace').decode()."
        ) from None


def portions(
    texts: Iterable[str | None],
    titles: Sequence[str | None] | None,
    kinds: Sequence[Kind | None] | Kind | None,
    characters: int,
) -> Iterator[Portion]:
    """Cut the texts into portions of about so many characters, each with its titles and kinds.

    Raises InputError for one string in place of texts, for what is no text, with its place among all texts, and
    where titles or kinds are too few.
    """
    if isinstance(texts, str):
        raise InputError("texts: expected an iterable of texts, found one string; use score() for one text.")
    source, done = iter(texts), 0
    while portion := _next(source, characters, done):
        stop = done + len(portion)
        yield portion, _part(titles, "titles", done, stop), _kind_part(kinds, done, stop)
        done = stop


def _next(source: Iterator[str | None], characters: int, done: int) -> list[str]:
    """Take the texts of one portion, before which so many were taken; an empty list when there are no more."""
    portion: list[str] = []
    size = 0
    for text in source:
        portion.append(text_of(text, done + len(portion)))
        size += len(portion[-1])
        if size >= characters or len(portion) >= PORTION_TEXTS:
            break
    return portion


def _kind_part(kinds: Sequence[Kind | None] | Kind | None, start: int, stop: int) -> list[Kind | None]:
    if isinstance(kinds, str):
        return [kinds] * (stop - start)
    return _part(kinds, "kinds", start, stop)


def _part(values: Sequence[Any] | None, name: str, start: int, stop: int) -> list[Any]:
    if values is None:
        return [None] * (stop - start)
    part = list(values[start:stop])
    if len(part) < stop - start:
        raise InputError(f"{name}: has fewer entries than there are texts ({start + len(part)}).")
    return part
