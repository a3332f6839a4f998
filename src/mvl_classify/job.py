"""The job of a batch as plain data, which can be sent to any process, and who does it: a runner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mvl_classify.dimensions import Kind
from mvl_classify.parts import Parts
from mvl_classify.rows import Columns
from mvl_classify.tables import Partition

COUNTS: Final = ("rows", "scored", "undetermined", "rejected")


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done with every chunk; `folder` says that rows are numbered within several files."""

    columns: Columns
    parts: str
    format: str
    model: str | None = None
    kind: Kind | None = None
    evidence: bool = True
    text: bool = True
    raw_csv: bool = False
    group_by: str | None = None
    stop_on_error: bool = False
    folder: bool = False
    rows: int = 2000

    @property
    def ids(self) -> tuple[str, ...]:
        """The columns of the output that name a row."""
        names = ("file", "row") if self.columns.id is None else (self.columns.id,)
        return (*names, *(f"input.{name}" for name in names))


Progress = Callable[[dict[str, int], float], None]
"""Is told the counts so far and which part of the input, in [0, 1], was read."""

Finished = Callable[[str], None]
"""May be told the name of a chunk once it and all before it are done; chunks are told in order, none is left out."""

Runner = Callable[[Job, list[Partition], Parts, Progress, Finished], None]
"""Scores all partitions of a job: `workers.local` here, `cluster.runner` on a cluster."""


def name_of(partition: int, number: int) -> str:
    """Return the name of a chunk; names sort in the order of the rows."""
    return f"{partition:06d}-{number:06d}"
