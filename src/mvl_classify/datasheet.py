"""The counted part of the corpus' datasheet: tables of labels, cells, sources and contrasts."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from mvl_classify import corpus
from mvl_classify.corpus import Row
from mvl_classify.dimensions import KINDS, LABELS, DimensionSet

BEGIN: Final = "<!-- counted by `mvl-classify corpus describe` -->"
END: Final = "<!-- end of the counted part -->"


def render(folder: Path, dimensions: DimensionSet) -> str:
    """Return the counted tables of a corpus folder as Markdown."""
    rows = corpus.read_corpus(folder)
    parts = [
        f"{len(rows)} sentences: {_listed(Counter(row.label for row in rows), LABELS)}.",
        "### Kinds",
        _table(["", *LABELS, "all"], [_by_kind(rows, kind) for kind in (*KINDS, None)]),
        "### Labels by dimension (ads / reviews / documents)",
        _table(["dimension", *LABELS[:3]], _cells(rows, dimensions)),
        "### Files",
        _table(["file", "rows", "neutral", "read once / twice / three times", "what it is"], _files(folder, rows)),
        "### Contrasts of the five documents",
        _table(["document", "contrast", *LABELS], _contrasts(rows)),
        "### Industries",
        _industries(rows),
    ]
    return "\n\n".join(parts) + "\n"


def replace(text: str, counted: str) -> str:
    """Put the counted part between its two marks in a datasheet."""
    before, rest = text.split(BEGIN, 1)
    return f"{before}{BEGIN}\n\n{counted}\n{END}{rest.split(END, 1)[1]}"


def _listed(counts: Counter[str], names: Iterable[str]) -> str:
    return ", ".join(f"{counts[name]} {name}" for name in names)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def _by_kind(rows: list[Row], kind: str | None) -> list[object]:
    own = [row for row in rows if row.kind == kind]
    counts = Counter(row.label for row in own)
    return [kind or "document", *(counts[label] for label in LABELS), len(own)]


def _cells(rows: list[Row], dimensions: DimensionSet) -> list[list[object]]:
    counts = corpus.cells(rows)
    return [
        [key, *(" / ".join(str(counts[label, key, kind]) for kind in (*KINDS, None)) for label in LABELS[:3])]
        for key in dimensions
    ]


def _files(folder: Path, rows: list[Row]) -> list[list[object]]:
    path = folder / "sources.toml"
    listed = tomllib.loads(path.read_text("utf-8"))["sources"] if path.is_file() else []
    about = {entry["file"]: entry["about"] for entry in listed}
    out: list[list[object]] = []
    for source in dict.fromkeys(row.source for row in rows):
        own = [row for row in rows if row.source == source]
        passes = Counter(row.extra.get("labelled", 1) for row in own)
        neutral = sum(row.label == "neutral" for row in own) / len(own)
        readings = " / ".join(str(passes[number]) for number in (1, 2, 3))
        out.append([source, len(own), f"{neutral:.0%}", readings, about.get(source, "the five documents")])
    return out


def _contrasts(rows: list[Row]) -> list[list[object]]:
    own = [row for row in rows if row.source == "documents" and row.extra.get("contrast")]
    keys = dict.fromkeys((str(row.extra["document"])[:1], str(row.extra["contrast"])) for row in own)
    counts = Counter((str(row.extra["document"])[:1], str(row.extra["contrast"]), row.label) for row in own)
    return [[*key, *(counts[*key, label] for label in LABELS)] for key in keys]


def _industries(rows: list[Row]) -> str:
    counts = Counter(str(row.extra["industry"]).replace("_", "-").lower() for row in rows if row.extra.get("industry"))
    named = ", ".join(f"{name} {count}" for name, count in counts.most_common(40))
    return f"{sum(counts.values())} sentences name one; the forty most frequent of {len(counts)}: {named}."
