"""A document score as text: a terminal picture, CSV rows, or a table of dimensions."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from mvl_classify.dimensions import POLES, DimensionSet
from mvl_classify.results import DocumentScore, SentenceScore
from mvl_classify.wording import WHY, verdict

__all__ = ["WHY", "bar", "console", "csv_header", "csv_row", "csv_text", "marked", "number", "picture", "verdict"]

HALF_BAR: Final = 20
HALF_DIMENSION: Final = 8
SENTENCES: Final = 6
COLOURS: Final = {"management": "dark_orange3", "leadership": "deep_sky_blue3", "both": "medium_purple3"}


def bar(orientation: float | None, width: int = HALF_BAR) -> Text:
    """Return a diverging bar: to the left management, to the right leadership; dots where nothing is said."""
    if orientation is None:
        return Text("·" * width + "│" + "·" * width, style="dim")
    size = round(abs(orientation) * width)
    left = " " * (width - size) + "█" * size if orientation < 0 else " " * width
    right = "█" * size + " " * (width - size) if orientation > 0 else " " * width
    return Text.assemble((left, COLOURS["management"]), ("│", "bold"), (right, COLOURS["leadership"]))


def number(value: float | None) -> str:
    """Return an orientation with its sign, or a dash."""
    return "–" if value is None else f"{value:+z.2f}"


def marked(sentence: SentenceScore) -> Text:
    """Return a sentence with the words that decided its label marked."""
    text = Text(" ".join(sentence.text.split("\n")))
    poles = ("management", "leadership") if sentence.label == "both" else (sentence.label,)
    for pole in poles:
        spans = [span for span in sentence.evidence if span.contributions.get(pole, 0.0) > 0]
        spans.sort(key=lambda span: -span.contributions[pole])
        for span in spans[:4]:
            start = span.start - sentence.start
            text.stylize(f"bold underline {COLOURS[pole]}", start, start + span.end - span.start)
    return text


def picture(score: DocumentScore, name: str, dimensions: DimensionSet) -> RenderableType:
    """Return the terminal picture of one document."""
    head = Grid.grid(padding=(0, 2))
    ends = [Text(pole, COLOURS[pole]) for pole in POLES]
    head.add_row(ends[0], bar(score.orientation), ends[1])
    facts = f"{score.oriented_count} of {score.sentence_count} counted sentences are oriented ({score.share:.0%})"
    if score.interval is not None:
        low, high = score.interval
        facts = f"orientation {number(score.orientation)}, 95 % interval {low:+z.2f} to {high:+z.2f}; " + facts
    parts: list[RenderableType] = [Text(name, style="bold"), Text(verdict(score)), head, Text(facts, style="dim")]
    if score.title is not None and score.title.agrees is False:
        parts.append(Text(f"The title “{score.title.text}” names {score.title.names}; the text does not.", "yellow"))
    if score.oriented_count:
        parts += [Text(""), _dimension_grid(score, dimensions), Text(""), _sentence_grid(score)]
    return Group(*parts, Text(""))


def _dimension_grid(score: DocumentScore, dimensions: DimensionSet) -> Grid:
    grid = Grid.grid(padding=(0, 1))
    for width in (None, None, 2 * HALF_DIMENSION + 1, None, 5, 3):
        grid.add_column(no_wrap=width is not None, min_width=width)
    for key, scored in score.dimensions.items():
        dimension = dimensions[key]
        count = f"{scored.sentence_count}×" if scored.sentence_count else ""
        grid.add_row(
            Text(dimension.name, style="bold" if scored.sentence_count else "dim"),
            Text(dimension.management.name, style="dim", justify="right"),
            bar(scored.orientation, HALF_DIMENSION),
            Text(dimension.leadership.name, style="dim"),
            number(scored.orientation),
            Text(count, style="dim"),
        )
    return grid


def _sentence_grid(score: DocumentScore) -> Grid:
    grid = Grid.grid(padding=(0, 1))
    decisive = [s for s in score.sentences if s.counted and s.oriented]
    decisive.sort(key=lambda s: (-max(s.management, s.leadership), s.start))
    for sentence in sorted(decisive[:SENTENCES], key=lambda s: s.start):
        grid.add_row(Text(sentence.label, COLOURS[sentence.label]), Text(sentence.dimension, "dim"), marked(sentence))
    if len(decisive) > SENTENCES:
        grid.add_row("", "", Text(f"and {len(decisive) - SENTENCES} more (--format json shows all)", "dim"))
    return grid


def console(width: int | None = None) -> Console:
    """Return a console on standard output; 100 columns wide where it is not a terminal."""
    made = Console(highlight=False, width=width)
    return made if made.is_terminal or width else Console(highlight=False, width=100)


def csv_header(dimensions: DimensionSet) -> list[str]:
    """Return the columns of the CSV form, in their fixed order."""
    columns = ["id", "label", "orientation", "low", "high", "share", "sentences", "oriented", "reasons"]
    return columns + [f"{key}.orientation" for key in dimensions]


def csv_row(name: str, score: DocumentScore) -> list[str]:
    """Return one document as a CSV row; an empty cell is null."""
    low, high = score.interval or (None, None)
    values = [score.orientation, low, high, score.share]
    cells = [name, score.label, *map(_cell, values), str(score.sentence_count), str(score.oriented_count)]
    return [*cells, ";".join(score.reasons), *(_cell(d.orientation) for d in score.dimensions.values())]


def _cell(value: float | None) -> str:
    return "" if value is None else repr(value)


def csv_text(rows: Iterable[list[str]]) -> str:
    """Return rows as CSV text with line feeds."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
