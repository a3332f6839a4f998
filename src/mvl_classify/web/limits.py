"""How much the web application takes: sizes, counts and times, and the errors that say so.

Everything that a request holds is bounded before it is held, so that memory is bounded: the number of requests
at work, the bytes of each body and of all bodies together, and the time that reading, scoring and sending take.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one application; sizes in characters or bytes, times in seconds."""

    text_characters: int = 50_000
    title_characters: int = 300
    batch_texts: int = 100
    batch_characters: int = 200_000
    body_bytes: int = 1_000_000
    document_bytes: int = 5_000_000
    requests: int = 200
    held_bytes: int = 10_000_000
    read_seconds: float = 10.0
    score_seconds: float = 20.0
    send_seconds: float = 30.0

    def to_dict(self) -> dict[str, float]:
        """Return plain data."""
        return {name: getattr(self, name) for name in self.__slots__}


SLOW: Final = Limits(text_characters=10_000, batch_texts=20, batch_characters=20_000)
"""For an engine that reads a hundred sentences a second, and an oriented one again for each of its words."""


class RefusedError(Exception):
    """A request that is answered with a status of 400 to 499 and one clear line."""

    def __init__(self, status: int, detail: str, *, retry_seconds: int | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.retry_seconds = retry_seconds

    @property
    def headers(self) -> dict[str, str]:
        """The headers that go with the answer."""
        found = {} if self.retry_seconds is None else {"retry-after": str(self.retry_seconds)}
        return found | ({"connection": "close"} if self.status in (408, 413) else {})


def too_long(what: str, found: int, limit: int) -> RefusedError:
    """Return the refusal of a text that is too long."""
    return RefusedError(413, f"{what}: has {found:,} characters; at most {limit:,} go at once. Send it in parts.")
