"""A batch: tables of any size in, scored tables out, in constant memory, killed and resumed at any moment.

The reader cuts the input into chunks, workers score them and make them durable (`chunk`, `parts`), and when all
are done they are put together in order. The bytes of the output depend on input, model and options alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from threading import Thread
from typing import Any, Final

from mvl_classify import output, parts
from mvl_classify.arrow import arrow, scorer
from mvl_classify.chunk import COUNTS, Engine, Job, Progress, columns_of, name_of, score_chunk
from mvl_classify.dimensions import Kind
from mvl_classify.errors import InputError
from mvl_classify.groups import group_columns, pooled
from mvl_classify.parts import Parts
from mvl_classify.rows import Columns
from mvl_classify.tables import Chunk, File, Partition, chunks, files, partitions

ROW_GROUP: Final = 20_000
"""How many rows a row group of a Parquet output has, about."""

STDIN: Final = "-"


@dataclass(frozen=True, slots=True)
class Options:
    """What a batch can be told; see `mvl-classify batch --help`."""

    text_column: str
    id_column: str | None = None
    columns: tuple[str, ...] = ()
    model: str | None = None
    kind: Kind | None = None
    encoding: str | None = None
    delimiter: str | None = None
    input_format: str | None = None
    evidence: bool = True
    text: bool = True
    raw_csv: bool = False
    group_by: str | None = None
    min_group: int = 1
    stop_on_error: bool = False
    chunk_rows: int = 2000
    jobs: int = 1
    resume: bool = False
    overwrite: bool = False

    def told(self) -> dict[str, Any]:
        """Return the options on which the bytes of the output depend."""
        names = "text_column id_column columns kind encoding delimiter input_format evidence text raw_csv group_by"
        facts = {name: getattr(self, name) for name in (*names.split(), "min_group", "chunk_rows")}
        return facts | {"columns": list(self.columns), "on_error": "raise" if self.stop_on_error else "record"}


@dataclass(slots=True)
class Run:
    """A batch that was planned: its files, its job and where its state lies."""

    found: list[File]
    job: Job
    state: Parts
    options: Options
    plan: dict[str, Any]
    started: datetime = field(default_factory=lambda: datetime.now(UTC))


def run(source: str, out: Path, options: Options, progress: Progress, engine: Engine | None = None) -> dict[str, Any]:
    """Score a table (a file, a folder, or `-` for standard input) into `out` and return the run's manifest.

    Raises InputError for what cannot be read, resumed or overwritten, OSError where the disk refuses.
    """
    state = Parts(out)
    _check(source, out, options, state)
    try:
        begun = _plan(_spooled(state) if source == STDIN else Path(source), source, options, state)
        if not state.open(begun.plan, options.resume, options.overwrite):
            done: dict[str, Any] = json.loads(state.manifest.read_text(encoding="utf-8"))
            state.discard()
            return done
        clock = time.perf_counter()
        (engine or local(options.jobs))(begun.job, partitions(begun.found), state, progress)
        return _finish(begun, time.perf_counter() - clock)
    finally:
        state.close()
        if source == STDIN:
            parts.beside(out, ".stdin").unlink(missing_ok=True)


def _check(source: str, out: Path, options: Options, state: Parts) -> None:
    """Refuse what cannot work before anything is read."""
    output.format_of(out)
    if options.resume and source == STDIN:
        raise InputError("--resume: standard input cannot be read again; put it into a file first.")
    if options.resume and options.overwrite:
        raise InputError("--resume and --overwrite: say one of them.")
    if options.min_group < 1 or options.chunk_rows < 1:
        raise InputError("--min-group and --chunk-rows: must be at least 1.")
    if options.min_group > 1 and options.group_by is None:
        raise InputError("--min-group: goes with --group-by.")
    if not options.text and options.text_column in options.columns:
        raise InputError(f"--no-text: the column {options.text_column!r} is text; leave it out of --columns.")
    if out.is_dir() or (source != STDIN and out.absolute() == Path(source).absolute()):
        raise InputError(f"{out}: is a folder or the input itself; name another file for the output.")
    if not out.parent.is_dir():
        raise InputError(f"{out.parent}: no such folder; make it first.")
    if not (options.resume or options.overwrite):
        if out.exists():
            raise InputError(f"{out}: is there already; --overwrite replaces it, --resume goes on with its run.")
        if (state.folder / parts.PLAN).exists():
            raise InputError(f"{state.folder}: holds an unfinished run; --resume goes on, --overwrite begins anew.")


def _spooled(state: Parts) -> Path:
    """Keep standard input on the disk while it is read: its encoding is known only at its end."""
    path = parts.beside(state.out, ".stdin")
    with path.open("wb") as file:
        while block := sys.stdin.buffer.read(1 << 20):
            file.write(block)
    return path


def _plan(path: Path, source: str, options: Options, state: Parts) -> Run:
    columns = Columns(
        options.text_column,
        options.id_column,
        tuple(dict.fromkeys((*options.columns, *([options.group_by] if options.group_by else [])))),
    )
    kind = options.input_format or (_format_of_stream(path) if source == STDIN else None)
    found = files(path.absolute(), columns, options.encoding, options.delimiter, kind)
    job = Job(
        columns=columns,
        parts=str(state.folder.absolute()),
        format=output.format_of(state.out),
        model=None if options.model is None else str(Path(options.model).absolute()),
        kind=options.kind,
        evidence=options.evidence,
        text=options.text,
        raw_csv=options.raw_csv,
        group_by=options.group_by,
        stop_on_error=options.stop_on_error,
        folder=path.is_dir(),
        rows=options.chunk_rows,
    )
    from mvl_classify import __version__

    model = scorer(job.model).model
    plan = {
        "version": __version__,
        "model": model.digest,
        "inputs": [file.facts() for file in found],
        "options": options.told(),
    }
    return Run(found, job, state, options, plan)


def _format_of_stream(path: Path) -> str:
    with path.open("rb") as file:
        return "jsonl" if file.read(64).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") else "csv"


def local(jobs: int) -> Engine:
    """Return the engine that scores in this process, or in `jobs` processes of this machine (-1: one a core)."""

    def engine(job: Job, todo: list[Partition], state: Parts, progress: Progress) -> None:
        counts = dict.fromkeys(COUNTS, 0)
        reader = _Reader(job, todo, state)
        for finished in reader.finished(jobs):
            for name in counts:
                counts[name] += finished[name]
            progress(counts, reader.share)
        if reader.failure is not None:
            raise reader.failure

    return engine


class _Reader:
    """Reads chunk after chunk; a mistake met while workers ask for more is kept until they are done."""

    def __init__(self, job: Job, todo: list[Partition], state: Parts) -> None:
        self.failure: BaseException | None = None
        self.share = 0.0
        self._job, self._todo, self._state = job, todo, state
        self._skipped: list[dict[str, int]] = []

    def _chunks(self) -> Iterator[tuple[Partition, str, Chunk]]:
        whole = max(sum(part.file.bytes for part in self._todo if not part.group), 1)
        before = 0
        for place, part in enumerate(self._todo):
            for number, chunk in enumerate(chunks(part, self._job.columns, self._job.rows)):
                size = chunk.position or part.file.bytes * (part.group or 0) // max(len(part.file.groups), 1)
                self.share = min((before + size) / whole, 1.0)
                name = name_of(place, number)
                if self._state.done(name):
                    self._skipped.append(parts.counts(self._state.folder, name))
                else:
                    yield part, name, chunk
            last = part.group is None or part.group == len(part.file.groups) - 1
            before += part.file.bytes if last else 0

    def _guarded(self) -> Iterator[tuple[Partition, str, Chunk]]:
        try:
            yield from self._chunks()
        except GeneratorExit:
            raise
        except BaseException as error:
            self.failure = error

    def finished(self, jobs: int) -> Iterator[dict[str, int]]:
        """Score the chunks and yield the counts of each, those of an earlier run among them."""
        if jobs == 1:
            for part, name, chunk in self._guarded():
                yield score_chunk(self._job, part, name, chunk)
        else:
            from joblib import Parallel, delayed

            pool = Parallel(n_jobs=jobs, return_as="generator_unordered", pre_dispatch="2*n_jobs", batch_size=1)
            parent = os.getpid()
            yield from pool(delayed(_in_worker)(parent, self._job, *one) for one in self._guarded())
        yield from self._skipped


def _in_worker(parent: int, job: Job, part: Partition, name: str, chunk: Chunk) -> dict[str, int]:
    """Score a chunk in a worker, which leaves an interrupt to its parent and does not outlive it."""
    _attend(parent)
    return score_chunk(job, part, name, chunk)


@lru_cache(maxsize=1)
def _attend(parent: int) -> None:
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_leave_with, args=(parent,), daemon=True).start()


def _leave_with(parent: int) -> None:
    """End this process when its parent is gone: a killed run leaves nobody behind."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _finish(begun: Run, seconds: float) -> dict[str, Any]:
    """Put the chunks together, write the manifest, and remove the chunks."""
    state, job = begun.state, begun.job
    names = sorted(path.stem for path in state.folder.glob("*.done"))
    with parts.written(state.rejects) as file:
        for name in names:
            with suppress(FileNotFoundError):
                file.write((state.folder / f"{name}.rejects").read_bytes())
    groups = _assemble(begun, [state.folder / f"{name}.rows" for name in names])
    counts = [parts.counts(state.folder, name) for name in names]
    model = scorer(job.model).model
    inputs = begun.plan["inputs"]
    totals = {name: sum(one[name] for one in counts) for name in COUNTS}
    manifest = {
        "schema_version": 1,
        "mvl_classify": begun.plan["version"],
        "rows_in": totals.pop("rows"),
        **totals,
        **groups,
        "model": {"name": model.manifest["name"], "version": model.manifest["version"], "digest": model.digest},
        "input": {"digest": _digest(inputs), "files": inputs},
        "output": {"file": state.out.name, "bytes": state.out.stat().st_size, "sha256": _sha256(state.out)},
        "options": begun.options.told() | {"jobs": begun.options.jobs, "resume": begun.options.resume},
        "timings": _timings(begun, seconds, sum(one["rows"] for one in counts)),
        "plan": begun.plan,
    }
    parts.write(state.manifest, (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode())
    state.discard()
    return manifest


def _timings(begun: Run, seconds: float, rows: int) -> dict[str, Any]:
    ended = datetime.now(UTC)
    return {
        "started": begun.started.isoformat(timespec="seconds"),
        "ended": ended.isoformat(timespec="seconds"),
        "seconds": round((ended - begun.started).total_seconds(), 3),
        "scoring_seconds": round(seconds, 3),
        "rows_per_second": round(rows / seconds, 1) if seconds and not begun.options.resume else None,
    }


def _assemble(begun: Run, rows: list[Path]) -> dict[str, int]:
    """Write the output; return what there is to say about groups."""
    job, options = begun.job, begun.options
    with parts.written(begun.state.out) as file:
        if job.group_by is not None:
            dimensions = scorer(job.model).model.table.dimensions
            groups = pooled(rows, len(dimensions))
            columns = group_columns(groups, job.group_by, dimensions, options.min_group, job.evidence, job.text)
            _write_whole(job, columns, file)
            small = sum(group.pool.texts < options.min_group for group in groups.values())
            return {"groups": len(groups), "small_groups": small}
        if job.format == "parquet":
            _write_parquet(rows, file, columns_of(job, None, Chunk())[0])
            return {}
        if job.format == "csv":
            file.write(output.csv_bytes(columns_of(job, None, Chunk())[0], job.ids, job.raw_csv, header=True))
        for path in rows:
            file.write(path.read_bytes())
    return {}


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
