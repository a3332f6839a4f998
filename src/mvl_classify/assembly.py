"""The output of a batch: its chunks put together in order, and the manifest that says how they came about."""

from __future__ import annotations

import hashlib
import json
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

from mvl_classify import output, parts
from mvl_classify.errors import InputError
from mvl_classify.job import COUNTS, Job
from mvl_classify.plan import Run
from mvl_classify.tables import Chunk, parquet

ROW_GROUP: Final = 20_000
"""How many rows a row group of a Parquet output has, about."""


class Assembly:
    """The output and the rejects of a batch while they grow; they appear under their names when they are whole."""

    def __init__(self, begun: Run) -> None:
        self._begun = begun
        self._totals = dict.fromkeys(COUNTS, 0)
        self._added = 0

    def __enter__(self) -> Assembly:
        state, job = self._begun.state, self._begun.job
        with ExitStack() as stack:
            out = stack.enter_context(parts.written(state.out, state.folder))
            self._rejects = stack.enter_context(parts.written(state.rejects, state.folder))
            self._stack = stack.pop_all()
        if job.group_by is not None:
            self._rows: _Groups | _RowGroups | _Lines = _Groups(self._begun, job.group_by, out)
        else:
            self._rows = _RowGroups(job, out, self._stack) if job.format == "parquet" else _Lines(job, out)
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def add(self, name: str) -> None:
        """Append a chunk that is done; the next in order.

        Raises InputError where the columns of the input files do not go together.
        """
        folder = self._begun.state.folder
        counts = parts.counts(folder, name)
        self._totals = {key: self._totals[key] + counts[key] for key in COUNTS}
        if counts["rejected"]:
            self._rejects.write((folder / f"{name}.rejects").read_bytes())
        self._rows.add(folder / f"{name}.rows", counts["scored"])
        self._added += 1

    def finish(self, seconds: float) -> dict[str, Any]:
        """Append what is left, write the manifest, and remove the chunks.

        `seconds` were spent on reading, scoring and appending.
        Returns the manifest. Raises InputError where the columns of the input files do not go together.
        """
        state = self._begun.state
        for name in sorted(path.stem for path in state.folder.glob("*.done"))[self._added :]:
            self.add(name)
        groups = self._rows.end()
        self._stack.close()
        manifest = _manifest(self._begun, self._totals, groups, seconds)
        parts.write(state.manifest, (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode())
        state.discard()
        return manifest


class _Lines:
    """The chunks of a CSV or JSONL output, one after the other."""

    def __init__(self, job: Job, file: IO[bytes]) -> None:
        self._job, self._file = job, file
        self._begun = False

    def add(self, path: Path, rows: int) -> None:
        self._begin()
        self._file.write(path.read_bytes())

    def end(self) -> dict[str, int]:
        self._begin()
        return {}

    def _begin(self) -> None:
        job = self._job
        if job.format == "csv" and not self._begun:
            self._file.write(output.csv_bytes(_no_rows(job), job.ids, job.raw_csv, header=True))
        self._begun = True


class _RowGroups:
    """The chunks of a Parquet output, as row groups of about `ROW_GROUP` rows."""

    def __init__(self, job: Job, file: IO[bytes], stack: ExitStack) -> None:
        self._job, self._file, self._stack = job, file, stack
        self._waiting: list[Path] = []
        self._rows = 0
        self._writer: Any = None

    def add(self, path: Path, rows: int) -> None:
        self._waiting.append(path)
        self._rows += rows
        if self._rows >= ROW_GROUP:
            self._write()

    def end(self) -> dict[str, int]:
        if self._waiting:
            self._write()
        if self._writer is None:
            import pyarrow as pa

            parquet().write_table(pa.table(_no_rows(self._job)), self._file)
        return {}

    def _write(self) -> None:
        import pyarrow as pa

        tables = [output.read_arrow(path) for path in self._waiting]
        if self._writer is None:
            self._writer = self._stack.enter_context(parquet().ParquetWriter(self._file, tables[0].schema))
        if any(table.schema != self._writer.schema for table in tables):
            raise InputError("the columns of the input files are not of one type; give files of one kind.")
        self._writer.write_table(pa.concat_tables(tables))
        self._waiting, self._rows = [], 0


class _Groups:
    """The chunks of a grouped output, read when all are there."""

    def __init__(self, begun: Run, group_by: str, file: IO[bytes]) -> None:
        self._job, self._least, self._group_by, self._file = begun.job, begun.options.min_group, group_by, file
        self._paths: list[Path] = []

    def add(self, path: Path, rows: int) -> None:
        self._paths.append(path)

    def end(self) -> dict[str, int]:
        from mvl_classify.arrow import scorer
        from mvl_classify.groups import group_columns, pooled

        job, least = self._job, self._least
        dimensions = scorer(job.model).model.engine.dimensions
        groups = pooled(self._paths, len(dimensions))
        self._write(group_columns(groups, self._group_by, dimensions, least, job.evidence, job.text))
        return {"groups": len(groups), "small_groups": sum(group.pool.texts < least for group in groups.values())}

    def _write(self, columns: dict[str, Any]) -> None:
        if self._job.format == "csv":
            self._file.write(output.csv_bytes(columns, (), self._job.raw_csv, header=True))
        elif self._job.format == "jsonl":
            self._file.write(output.jsonl_bytes(columns))
        else:
            import pyarrow as pa

            parquet().write_table(pa.table(columns), self._file)


def _no_rows(job: Job) -> dict[str, Any]:
    """Return the output's columns without a row, as the model gives them."""
    from mvl_classify.chunk import columns_of

    return columns_of(job, None, Chunk())[0]


def _manifest(begun: Run, totals: dict[str, int], groups: dict[str, int], seconds: float) -> dict[str, Any]:
    """Return what was read, written and told, with digests of everything that decides the output's bytes."""
    state, options, inputs = begun.state, begun.options, begun.plan["inputs"]
    counts = dict(totals)
    rows = counts.pop("rows")
    return {
        "schema_version": 1,
        "mvl_classify": begun.plan["version"],
        "rows_in": rows,
        **counts,
        **groups,
        "model": {name: begun.manifest[name] for name in ("name", "version")} | {"digest": begun.plan["model"]},
        "input": {"digest": _digest(inputs), "files": inputs},
        "output": {"file": state.out.name, "bytes": state.out.stat().st_size, "sha256": _sha256(state.out)},
        "options": options.told() | {"jobs": options.jobs, "resume": options.resume},
        "timings": _timings(begun, seconds, rows),
        "plan": begun.plan,
    }


def _digest(inputs: list[dict[str, Any]]) -> str:
    if len(inputs) == 1:
        return str(inputs[0]["sha256"])
    lines = "".join(f"{file['sha256']}  {file['name']}\n" for file in inputs)
    return hashlib.sha256(lines.encode()).hexdigest()


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _timings(begun: Run, seconds: float, rows: int) -> dict[str, Any]:
    ended = datetime.now(UTC)
    return {
        "started": begun.started.isoformat(timespec="seconds"),
        "ended": ended.isoformat(timespec="seconds"),
        "seconds": round((ended - begun.started).total_seconds(), 3),
        "scoring_seconds": round(seconds, 3),
        "rows_per_second": round(rows / seconds, 1) if seconds and not begun.options.resume else None,
    }
