"""The end of a batch: its chunks put together in order, and the manifest that says how they came about."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from mvl_classify import output, parts
from mvl_classify.arrow import arrow, scorer
from mvl_classify.chunk import COUNTS, Job, columns_of
from mvl_classify.errors import InputError
from mvl_classify.groups import group_columns, pooled
from mvl_classify.plan import Run
from mvl_classify.tables import Chunk

ROW_GROUP: Final = 20_000
"""How many rows a row group of a Parquet output has, about."""


def finish(begun: Run, seconds: float) -> dict[str, Any]:
    """Put the chunks together, write the manifest, and remove the chunks; `seconds` were spent on scoring.

    Returns the manifest. Raises InputError where the columns of the input files do not go together.
    """
    state = begun.state
    names = sorted(path.stem for path in state.folder.glob("*.done"))
    _write_rejects(begun, names)
    groups = _write_output(begun, [state.folder / f"{name}.rows" for name in names])
    manifest = _manifest(begun, [parts.counts(state.folder, name) for name in names], groups, seconds)
    parts.write(state.manifest, (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode())
    state.discard()
    return manifest


def _write_rejects(begun: Run, names: list[str]) -> None:
    with parts.written(begun.state.rejects) as file:
        for name in names:
            with suppress(FileNotFoundError):
                file.write((begun.state.folder / f"{name}.rejects").read_bytes())


def _write_output(begun: Run, rows: list[Path]) -> dict[str, int]:
    """Write the output; return what there is to say about groups."""
    job = begun.job
    with parts.written(begun.state.out) as file:
        if job.group_by is not None:
            return _write_groups(begun, job.group_by, rows, file)
        if job.format == "parquet":
            _write_parquet(rows, file, columns_of(job, None, Chunk())[0])
            return {}
        if job.format == "csv":
            file.write(output.csv_bytes(columns_of(job, None, Chunk())[0], job.ids, job.raw_csv, header=True))
        for path in rows:
            file.write(path.read_bytes())
    return {}


def _write_groups(begun: Run, group_by: str, rows: list[Path], file: Any) -> dict[str, int]:
    job, least = begun.job, begun.options.min_group
    dimensions = scorer(job.model).model.engine.dimensions
    groups = pooled(rows, len(dimensions))
    _write_whole(job, group_columns(groups, group_by, dimensions, least, job.evidence, job.text), file)
    return {"groups": len(groups), "small_groups": sum(group.pool.texts < least for group in groups.values())}


def _write_whole(job: Job, columns: dict[str, Any], file: Any) -> None:
    if job.format == "csv":
        file.write(output.csv_bytes(columns, (), job.raw_csv, header=True))
    elif job.format == "jsonl":
        file.write(output.jsonl_bytes(columns))
    else:
        from pyarrow import parquet

        parquet.write_table(arrow().table(columns), file)


def _write_parquet(rows: list[Path], file: Any, empty: dict[str, Any]) -> None:
    """Write the chunks as row groups of about `ROW_GROUP` rows."""
    pa = arrow()
    from pyarrow import parquet

    if not rows:
        parquet.write_table(pa.table(empty), file)
        return
    schema = output.read_arrow(rows[0]).schema
    waiting: list[Any] = []
    with parquet.ParquetWriter(file, schema) as writer:
        for path in rows:
            table = output.read_arrow(path)
            if table.schema != schema:
                raise InputError("the columns of the input files are not of one type; give files of one kind.")
            waiting.append(table)
            if sum(one.num_rows for one in waiting) >= ROW_GROUP:
                writer.write_table(pa.concat_tables(waiting))
                waiting = []
        if waiting:
            writer.write_table(pa.concat_tables(waiting))


def _manifest(begun: Run, counts: list[dict[str, int]], groups: dict[str, int], seconds: float) -> dict[str, Any]:
    """Return what was read, written and told, with digests of everything that decides the output's bytes."""
    state, options, inputs = begun.state, begun.options, begun.plan["inputs"]
    model = scorer(begun.job.model).model
    totals = {name: sum(one[name] for one in counts) for name in COUNTS}
    rows = totals.pop("rows")
    return {
        "schema_version": 1,
        "mvl_classify": begun.plan["version"],
        "rows_in": rows,
        **totals,
        **groups,
        "model": {"name": model.manifest["name"], "version": model.manifest["version"], "digest": model.digest},
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
