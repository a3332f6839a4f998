"""A scored text cut for showing: lines, tinted sentences, the words that decided, and what is left out."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mvl_classify.dimensions import POLES, Pole
from mvl_classify.errors import InputError
from mvl_classify.results import DocumentScore, SentenceScore, Setting, Span

DECIDING: Final = 4
"""How many spans of a sentence are marked for each pole that it shows."""

LEVELS: Final = 4
"""Strength of a tint: 1 (just shown) to 4 (certain)."""

_BREAK: Final = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that are shown alike; `poles` are those for which these words decided."""

    text: str
    poles: tuple[Pole, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence as runs, or the characters between sentences (null); `level` is 0 when it is not tinted."""

    runs: tuple[Run, ...]
    sentence: SentenceScore | None = None
    number: int = -1
    level: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the text, or several where a sentence runs on; `gap` is true after a blank line."""

    pieces: tuple[Piece, ...]
    gap: bool
    heading: bool
    excluded: Setting | None


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that follow one another and are counted, or are left out for one reason."""

    lines: tuple[Line, ...]
    excluded: Setting | None


def deciding(sentence: SentenceScore, pole: Pole) -> list[Span]:
    """Return the spans that raised a pole most, strongest first, at most `DECIDING`."""
    spans = [span for span in sentence.evidence if span.contributions.get(pole, 0.0) > 0]
    spans.sort(key=lambda span: (-span.contributions[pole], span.start))
    return spans[:DECIDING]


def shown_poles(sentence: SentenceScore) -> tuple[Pole, ...]:
    """Return the poles that a sentence shows."""
    return tuple(pole for pole in POLES if sentence.label in (pole, "both"))


def level(sentence: SentenceScore) -> int:
    """Return how strongly a sentence shows its pole, 1 to `LEVELS`; 0 for none or when it is not counted."""
    if not (sentence.counted and sentence.oriented):
        return 0
    strength = max(getattr(sentence, pole) for pole in shown_poles(sentence))
    return max(1, min(LEVELS, 1 + int((strength - 0.5) * 2 * LEVELS)))


def groups(score: DocumentScore, text: str) -> list[Group]:
    """Cut a text along its score; the runs hold every character but the line breaks, in order.

    Raises InputError when `text` is not the text that was scored.
    """
    for sentence in score.sentences:
        if text[sentence.start : sentence.end] != sentence.text:
            raise InputError(f"text: is not the one that was scored (it differs at character {sentence.start}).")
    return list(_grouped(list(_lines(score, text))))


def _lines(score: DocumentScore, text: str) -> Iterator[Line]:
    gap, sentences = False, deque(enumerate(score.sentences))
    for start, end in _cuts(score, text):
        members = []
        while sentences and sentences[0][1].start < end:
            members.append(sentences.popleft())
        if not text[start:end].strip():
            gap = True
            continue
        yield _line(text, start, end, members, gap)
        gap = False


def _cuts(score: DocumentScore, text: str) -> Iterator[tuple[int, int]]:
    """Yield the lines' half-open ranges: a line break inside a sentence does not end a line."""
    begin, place = 0, 0
    for found in _BREAK.finditer(text):
        while place < len(score.sentences) and score.sentences[place].end <= found.start():
            place += 1
        if place < len(score.sentences) and score.sentences[place].start < found.start():
            continue
        yield begin, found.start()
        begin = found.end()
    yield begin, len(text)


def _line(text: str, start: int, end: int, members: list[tuple[int, SentenceScore]], gap: bool) -> Line:
    pieces, at = [], start
    for number, sentence in members:
        if sentence.start > at:
            pieces.append(Piece((Run(text[at : sentence.start]),)))
        pieces.append(Piece(_runs(sentence), sentence, number, level(sentence)))
        at = sentence.end
    if at < end:
        pieces.append(Piece((Run(text[at:end]),)))
    reasons = {sentence.excluded for _, sentence in members}
    excluded = members[0][1].excluded if len(reasons) == 1 else None
    return Line(tuple(pieces), gap, excluded == "heading", excluded)


def _runs(sentence: SentenceScore) -> tuple[Run, ...]:
    """Cut a sentence where its marks begin and end; only counted, oriented sentences are marked."""
    marks: list[set[Pole]] = [set() for _ in sentence.text]
    for pole in shown_poles(sentence) if sentence.counted else ():
        for span in deciding(sentence, pole):
            for at in range(span.start - sentence.start, span.end - sentence.start):
                marks[at].add(pole)
    runs, begin = [], 0
    for at in range(1, len(marks) + 1):
        if at == len(marks) or marks[at] != marks[begin]:
            runs.append(Run(sentence.text[begin:at], tuple(pole for pole in POLES if pole in marks[begin])))
            begin = at
    return tuple(runs)


def _grouped(lines: list[Line]) -> Iterator[Group]:
    """Join lines that share a fate; a heading goes with the line below it, unless that is a heading too."""
    fates: list[Setting | None] = [None if line.heading else line.excluded for line in lines]
    for at in range(len(lines) - 1, -1, -1):
        after = lines[at + 1] if at + 1 < len(lines) else None
        silent = not any(piece.sentence for piece in lines[at].pieces)
        if after is not None and (silent or (lines[at].heading and not after.heading)):
            fates[at] = fates[at + 1]
    begin = 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or fates[at] != fates[begin]:
            yield Group(tuple(lines[begin:at]), fates[begin])
            begin = at
