"""The labelled corpus: reading it, checking its rules, counting its cells, and grouping it for folds."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mvl_classify.dimensions import KINDS, LABELS, DimensionSet
from mvl_classify.errors import CorpusError

REAL_RUN: Final = 8
"""So many words in a row shared with a sentence written by others make a copy."""

NEAR_SHARE: Final = 0.6
"""Two sentences are near duplicates when their sets of four-word runs overlap by this share (Jaccard)."""

FRAME_RUN: Final = 6
FRAME_ROWS: Final = 6
"""A run of `FRAME_RUN` words in more than `FRAME_ROWS` sentences is a template frame."""

_WORD = re.compile(r"[a-z0-9']+")


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled sentence; `place` is its file and line, `source` the file's stem."""

    id: str
    text: str
    label: str
    dimension: str | None
    kind: str | None
    source: str
    place: str
    extra: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a corpus that breaks a rule."""

    place: str
    rule: str
    message: str


def words(text: str) -> list[str]:
    """Return the lower-case words that copies and duplicates are told by."""
    return _WORD.findall(text.lower().replace("’", "'"))


def runs(text: str, length: int) -> Iterator[tuple[str, ...]]:
    """Yield every run of so many words."""
    found = words(text)
    for start in range(len(found) - length + 1):
        yield tuple(found[start : start + length])


def read_rows(path: Path) -> list[Row]:
    """Read a labelled JSONL file; raise CorpusError that names file and line where a row is malformed."""
    rows = []
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: cannot be read ({error}).") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            rows.append(_row(line, f"{path}:{number}", path.stem))
    return rows


def _row(line: str, place: str, source: str) -> Row:
    try:
        data = json.loads(line)
    except json.JSONDecodeError as error:
        raise CorpusError(f"{place}: is not JSON ({error.msg}).") from None
    if not isinstance(data, dict) or not isinstance(data.get("text"), str) or not data["text"].strip():
        raise CorpusError(f"{place}: a row needs a `text` that is not empty.")
    if data.get("label") not in LABELS:
        raise CorpusError(f"{place}: the label {data.get('label')!r} is none of {', '.join(LABELS)}.")
    known = {"id", "text", "label", "dimension", "kind"}
    return Row(
        id=str(data.get("id", place)),
        text=data["text"],
        label=data["label"],
        dimension=data.get("dimension"),
        kind=data.get("kind"),
        source=source,
        place=place,
        extra={key: value for key, value in data.items() if key not in known},
    )


def read_corpus(folder: Path) -> list[Row]:
    """Read `documents.jsonl` and every file of `written/`, in the order of their names."""
    files = sorted((folder / "written").glob("*.jsonl"))
    if (folder / "documents.jsonl").is_file():
        files.insert(0, folder / "documents.jsonl")
    if not files:
        raise CorpusError(f"{folder}: no corpus here (expected documents.jsonl or written/*.jsonl).")
    return [row for file in files for row in read_rows(file)]


def taught(folder: Path, rows: Iterable[Row]) -> list[bool]:
    """Tell for each row whether the teacher is fitted on it: `teacher` in `sources.toml`, true where not listed."""
    path = folder / "sources.toml"
    if not path.is_file():
        return [True for _ in rows]
    try:
        listed = {entry["file"]: bool(entry["teacher"]) for entry in tomllib.loads(path.read_text("utf-8"))["sources"]}
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise CorpusError(f"{path}: every [[sources]] needs `file` and `teacher` ({error}).") from None
    return [listed.get(row.source, True) for row in rows]


def thresholds(folder: Path) -> tuple[float, float] | None:
    """Return the thresholds that `training.toml` sets for models of this corpus; None where it sets none."""
    path = folder / "training.toml"
    if not path.is_file():
        return None
    try:
        management, leadership = map(float, tomllib.loads(path.read_text("utf-8"))["thresholds"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise CorpusError(f"{path}: `thresholds` are two numbers, management and leadership ({error}).") from None
    if not (0 < management < 1 and 0 < leadership < 1):
        raise CorpusError(f"{path}: thresholds lie between 0 and 1, found {management} and {leadership}.")
    return management, leadership


def digest(rows: Iterable[Row]) -> str:
    """Return the SHA-256 of what training reads: ids, texts, labels, dimensions and kinds, in order."""
    state = hashlib.sha256()
    for row in rows:
        state.update(json.dumps([row.id, row.text, row.label, row.dimension, row.kind]).encode())
    return state.hexdigest()


def check(folder: Path, dimensions: DimensionSet, real: Iterable[Path] = ()) -> list[Finding]:
    """Return everything in a corpus that breaks a rule; `real` are files of sentences not to be copied."""
    rows = read_corpus(folder)
    written = [row for row in rows if row.source != "documents"]
    findings = [*_schema(rows, dimensions), *_offsets(folder, rows), *_duplicates(written)]
    findings += _frames(written)
    return findings + _copies(written, real)


def _schema(rows: list[Row], dimensions: DimensionSet) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for row in rows:
        if row.id in seen:
            yield Finding(row.place, "id", f"the id {row.id!r} stands at {seen[row.id]} too.")
        seen[row.id] = row.place
        if (row.label == "neutral") != (row.dimension is None):
            yield Finding(row.place, "dimension", "a dimension is null exactly where the label is neutral.")
        elif row.dimension is not None and row.dimension not in dimensions:
            yield Finding(row.place, "dimension", f"{row.dimension!r} is not a dimension.")
        if row.source != "documents" and row.kind not in KINDS:
            yield Finding(row.place, "kind", f"the kind {row.kind!r} is none of {', '.join(KINDS)}.")


def _offsets(folder: Path, rows: list[Row]) -> Iterator[Finding]:
    files: dict[str, str] = {}
    for row in rows:
        if row.source != "documents":
            continue
        name = str(row.extra.get("document"))
        path = folder / "documents" / name
        if name not in files and path.is_file():
            files[name] = path.read_bytes().decode("utf-8")
        start, end = row.extra.get("start"), row.extra.get("end")
        if name not in files:
            yield Finding(row.place, "document", f"{path} does not exist.")
        elif not isinstance(start, int) or not isinstance(end, int) or files[name][start:end] != row.text:
            yield Finding(row.place, "offset", f"{name}[{start}:{end}] is not the row's text.")


def _duplicates(rows: list[Row]) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for row in rows:
        key = " ".join(words(row.text))
        if key in seen:
            yield Finding(row.place, "duplicate", f"the same words stand at {seen[key]}.")
        seen.setdefault(key, row.place)
    for one, other, share in near_duplicates([row.text for row in rows]):
        yield Finding(rows[other].place, "near duplicate", f"shares {share:.0%} of its runs with {rows[one].place}.")


def near_duplicates(texts: list[str], least: float = NEAR_SHARE) -> Iterator[tuple[int, int, float]]:
    """Yield pairs of texts whose sets of four-word runs overlap by at least `least` (Jaccard), with the share."""
    sets = [frozenset(runs(text, 4)) for text in texts]
    where: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, members in enumerate(sets):
        for run in members:
            where[run].append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in where.values():
        for place, one in enumerate(numbers[:50]):
            shared.update((one, other) for other in numbers[place + 1 : 50])
    for (one, other), count in sorted(shared.items()):
        share = count / (len(sets[one]) + len(sets[other]) - count)
        if least <= share < 1.0:
            yield one, other, share


def _frames(rows: list[Row]) -> Iterator[Finding]:
    where: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for row in rows:
        for run in set(runs(row.text, FRAME_RUN)):
            where[run].append(row.place)
    for run, places in sorted(where.items()):
        if len(places) > FRAME_ROWS:
            yield Finding(places[0], "frame", f"“{' '.join(run)}” stands in {len(places)} sentences.")


def _copies(rows: list[Row], real: Iterable[Path]) -> list[Finding]:
    foreign: set[tuple[str, ...]] = set()
    for path in real:
        for row in read_rows(path):
            foreign.update(runs(row.text, REAL_RUN))
    return [
        Finding(row.place, "copy", f"shares the run “{' '.join(run)}” with a real sentence.")
        for row in rows
        for run in runs(row.text, REAL_RUN)
        if run in foreign
    ]


def cells(rows: Iterable[Row]) -> Counter[tuple[str, str | None, str | None]]:
    """Count the rows of every label, dimension and kind."""
    return Counter((row.label, row.dimension, row.kind) for row in rows)


def groups(rows: list[Row]) -> list[int]:
    """Number the rows so that near duplicates, and rows that restate the same sentence, share a number.

    Folds that keep a group together do not test on a variant of what they trained on.
    """
    parent = list(range(len(rows)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for one, other, _ in near_duplicates([row.text for row in rows], least=0.3):
        parent[root(other)] = root(one)
    firsts: dict[tuple[str, object], int] = {}
    for place, row in enumerate(rows):
        for field in ("document", "pattern_of"):
            if row.extra.get(field) is not None:
                first = firsts.setdefault((field, row.extra[field]), place)
                parent[root(place)] = root(first)
    return [root(place) for place in range(len(rows))]
