"""A batch: tables of any size in, scored tables out, in constant memory, killed and resumed at any moment.

A run is planned (`plan`), `workers` cut the input into chunks, score them and make them durable (`chunk`, `parts`),
and they are put together in order (`assembly`). The bytes of the output depend on input, model and
options alone.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from mvl_classify import parts
from mvl_classify.assembly import Assembly
from mvl_classify.job import Progress, Runner
from mvl_classify.parts import Parts
from mvl_classify.plan import STDIN, Options, check, planned
from mvl_classify.tables import partitions
from mvl_classify.workers import local

__all__ = ["Options", "local", "run"]


def run(source: str, out: Path, options: Options, progress: Progress, runner: Runner | None = None) -> dict[str, Any]:
    """Score a table (a file, a folder, or `-` for standard input) into `out` and return the run's manifest.

    Raises InputError for what cannot be read, resumed or overwritten, OSError where the disk refuses.
    """
    state = Parts(out)
    check(source, out, options, state)
    with nullcontext(runner) if runner else local(options.jobs, options.folder) as chosen:
        return _run(source, options, state, progress, chosen)


def _run(source: str, options: Options, state: Parts, progress: Progress, runner: Runner) -> dict[str, Any]:
    try:
        begun = planned(_spooled(state) if source == STDIN else Path(source), source, options, state)
        if not state.open(begun.plan, options.resume, options.overwrite):
            done: dict[str, Any] = json.loads(state.manifest.read_text(encoding="utf-8"))
            state.discard()
            return done
        clock = time.perf_counter()
        with Assembly(begun) as assembly:
            runner(begun.job, partitions(begun.found), state, progress, assembly.add)
            return assembly.finish(time.perf_counter() - clock)
    finally:
        state.close()
        if source == STDIN:
            parts.beside(state.out, ".stdin").unlink(missing_ok=True)


def _spooled(state: Parts) -> Path:
    """Keep standard input on the disk while it is read: its encoding is known only at its end."""
    path = parts.beside(state.out, ".stdin")
    with path.open("wb") as file:
        while block := sys.stdin.buffer.read(1 << 20):
            file.write(block)
    return path
