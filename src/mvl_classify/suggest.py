"""For ads: phrases of the other pole, beside what the text says now; neither pole is ranked higher."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from mvl_classify.dimensions import Dimension, DimensionSet, Pole
from mvl_classify.results import DimensionScore, DocumentScore, SentenceScore

MOST: Final = 6
"""How many suggestions a text gets at most."""

PHRASES: Final = 3
"""How many phrases a suggestion offers."""

LEAST_LEAN: Final = 0.3
"""A dimension whose orientation is nearer to 0 than this shows both poles already."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A dimension on which an ad shows one pole, a sentence that does so, and phrases of the other pole.

    `start` and `end` are the sentence's offsets into the text as given.
    """

    dimension: str
    shown: Pole
    other: Pole
    sentence: str
    start: int
    end: int
    phrases: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "dimension": self.dimension,
            "shown": self.shown,
            "other": self.other,
            "sentence": self.sentence,
            "start": self.start,
            "end": self.end,
            "phrases": list(self.phrases),
        }


def suggestions(score: DocumentScore, dimensions: DimensionSet) -> tuple[Suggestion, ...]:
    """Return up to `MOST` suggestions for an ad, most sentences first; none for a review.

    A dimension gets one where its evidence leans clearly to one pole.
    """
    if score.kind != "ad":
        return ()
    leaning = [scored for scored in score.dimensions.values() if _leans(scored)]
    leaning.sort(key=lambda scored: -scored.sentence_count)
    made = [_suggestion(score, scored, dimensions[scored.id]) for scored in leaning]
    return tuple(one for one in made if one is not None)[:MOST]


def _leans(scored: DimensionScore) -> bool:
    return scored.orientation is not None and abs(scored.orientation) >= LEAST_LEAN


def _suggestion(score: DocumentScore, scored: DimensionScore, dimension: Dimension) -> Suggestion | None:
    shown: Pole = "management" if (scored.orientation or 0) < 0 else "leadership"
    other: Pole = "leadership" if shown == "management" else "management"
    phrases = dimension.pole(other).phrases[:PHRASES]
    speaking = [s for s in score.sentences if s.counted and s.label == shown and s.dimension == scored.id]
    if not phrases or not speaking:
        return None
    best = max(speaking, key=lambda sentence: _strength(sentence, shown))
    return Suggestion(scored.id, shown, other, best.text, best.start, best.end, phrases)


def _strength(sentence: SentenceScore, pole: Pole) -> float:
    return sentence.management if pole == "management" else sentence.leadership
