"""What changed between two versions of a text: orientation, dimensions, and the sentences that came or went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

from mvl_classify.dimensions import Label
from mvl_classify.results import DocumentScore, SentenceScore

FEW_PAIRS: Final = 250_000
"""Above this product of sentences, those that recur all over a version are not searched for their partners."""

Change = Literal["removed", "added", "left out", "taken in"]


@dataclass(frozen=True, slots=True)
class OrientationChange:
    """An orientation in [-1, +1] before and after (null: no evidence); `change` is null where either is."""

    before: float | None
    after: float | None
    change: float | None


@dataclass(frozen=True, slots=True)
class SentenceChange:
    """A sentence that only one version has, or that both have and only one counts ("left out", "taken in").

    `start` and `end` are offsets into the version after the change, or before it for a removed sentence.
    """

    change: Change
    text: str
    start: int
    end: int
    label: Label
    dimension: str
    counted: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from the version `before` to the version `after`.

    `dimensions` has an entry for every dimension; `sentences` stand in reading order, each removed sentence
    before the added ones that took its place; `same_count` counts the sentences that both versions have.
    """

    orientation: OrientationChange
    share: OrientationChange
    dimensions: dict[str, OrientationChange]
    sentences: tuple[SentenceChange, ...]
    same_count: int


def compare(before: DocumentScore, after: DocumentScore) -> Comparison:
    """Compare the scores of two versions of a text; sentences are the same where they differ only in white space."""
    old, new = _keys(before), _keys(after)
    matcher = SequenceMatcher(None, old, new, autojunk=len(old) * len(new) > FEW_PAIRS)
    return Comparison(
        orientation=_changed(before.orientation, after.orientation),
        share=_changed(before.share, after.share),
        dimensions={
            key: _changed(scored.orientation, after.dimensions[key].orientation)
            for key, scored in before.dimensions.items()
        },
        sentences=tuple(_sentences(matcher, before, after)),
        same_count=sum(block.size for block in matcher.get_matching_blocks()),
    )


def _keys(score: DocumentScore) -> list[str]:
    return [" ".join(sentence.text.split()) for sentence in score.sentences]


def _changed(before: float | None, after: float | None) -> OrientationChange:
    return OrientationChange(before, after, None if before is None or after is None else after - before)


def _sentences(matcher: SequenceMatcher[str], before: DocumentScore, after: DocumentScore) -> Iterator[SentenceChange]:
    for step, first, last, start, stop in matcher.get_opcodes():
        if step == "equal":
            pairs = zip(before.sentences[first:last], after.sentences[start:stop], strict=True)
            yield from (_moved("taken in" if new.counted else "left out", new) for old, new in pairs if _told(old, new))
        else:
            yield from (_moved("removed", sentence) for sentence in before.sentences[first:last])
            yield from (_moved("added", sentence) for sentence in after.sentences[start:stop])


def _told(old: SentenceScore, new: SentenceScore) -> bool:
    """Tell whether a sentence is counted in one version alone, and says something."""
    return old.counted != new.counted and new.oriented


def _moved(change: Change, sentence: SentenceScore) -> SentenceChange:
    return SentenceChange(
        change, sentence.text, sentence.start, sentence.end, sentence.label, sentence.dimension, sentence.counted
    )
