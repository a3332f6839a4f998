"""The plan of a batch: what it is told, what is refused before anything is read, and the job that follows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from mvl_classify import output, parts
from mvl_classify.dimensions import Kind
from mvl_classify.errors import InputError
from mvl_classify.job import Job
from mvl_classify.locate import model_folder, named
from mvl_classify.manifest import checked, digest_of, engine_of
from mvl_classify.parts import Parts
from mvl_classify.rows import Columns
from mvl_classify.tables import File, files

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

    @property
    def folder(self) -> str | None:
        """The model's folder as every process finds it; None: the default model."""
        return named(self.model)

    def told(self) -> dict[str, Any]:
        """Return the options on which the bytes of the output depend."""
        names = "text_column id_column columns kind encoding delimiter input_format evidence text raw_csv group_by"
        facts = {name: getattr(self, name) for name in (*names.split(), "min_group", "chunk_rows")}
        return facts | {"columns": list(self.columns), "on_error": "raise" if self.stop_on_error else "record"}


@dataclass(slots=True)
class Run:
    """A batch that was planned: its files, its job, where its state lies, and the manifest of its model."""

    found: list[File]
    job: Job
    state: Parts
    options: Options
    plan: dict[str, Any]
    manifest: dict[str, Any]
    started: datetime = field(default_factory=lambda: datetime.now(UTC))


def check(source: str, out: Path, options: Options, state: Parts) -> None:
    """Refuse with an InputError what cannot work, before anything is read."""
    output.format_of(out)
    _check_options(source, options)
    _check_output(source, out, options, state)


def _check_options(source: str, options: Options) -> None:
    if options.resume and source == STDIN:
        raise InputError("--resume: standard input cannot be read again; put it into a file first.")
    if options.resume and options.overwrite:
        raise InputError("--resume and --overwrite: say one of them.")
    if options.jobs < 1 and options.jobs != -1:
        raise InputError(f"--jobs: expected a number of processes, or -1 (one a core), found {options.jobs}.")
    if options.min_group < 1 or options.chunk_rows < 1:
        raise InputError("--min-group and --chunk-rows: must be at least 1.")
    if options.min_group > 1 and options.group_by is None:
        raise InputError("--min-group: goes with --group-by.")
    if not options.text and options.text_column in options.columns:
        raise InputError(f"--no-text: the column {options.text_column!r} is text; leave it out of --columns.")


def _check_output(source: str, out: Path, options: Options, state: Parts) -> None:
    if out.is_dir() or (source != STDIN and out.absolute() == Path(source).absolute()):
        raise InputError(f"{out}: is a folder or the input itself; name another file for the output.")
    if not out.parent.is_dir():
        raise InputError(f"{out.parent}: no such folder; make it first.")
    if not (options.resume or options.overwrite):
        if out.exists():
            raise InputError(f"{out}: is there already; --overwrite replaces it, --resume goes on with its run.")
        if (state.folder / parts.PLAN).exists():
            raise InputError(f"{state.folder}: holds an unfinished run; --resume goes on, --overwrite begins anew.")


def planned(path: Path, source: str, options: Options, state: Parts) -> Run:
    """Look at the input, which lies at `path`, and at the model, and return what is to be done.

    Raises InputError where the input cannot be read, ModelError where there is no model.
    """
    columns = _columns(options)
    kind = options.input_format or (_format_of_stream(path) if source == STDIN else None)
    found = files(path.absolute(), columns, options.encoding, options.delimiter, kind)
    job = _job(columns, path.is_dir(), options, state)
    folder = model_folder(job.model)
    model = checked(folder)
    if engine_of(model) == "transformer":
        from mvl_classify.encoder import runtime

        runtime()  # a missing library is told before there is a state
    return Run(found, job, state, options, _plan(found, digest_of(folder), options), model)


def _columns(options: Options) -> Columns:
    groups = [options.group_by] if options.group_by else []
    return Columns(options.text_column, options.id_column, tuple(dict.fromkeys((*options.columns, *groups))))


def _format_of_stream(path: Path) -> str:
    with path.open("rb") as file:
        return "jsonl" if file.read(64).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") else "csv"


def _job(columns: Columns, folder: bool, options: Options, state: Parts) -> Job:
    return Job(
        columns=columns,
        parts=str(state.folder.absolute()),
        format=output.format_of(state.out),
        model=options.folder,
        kind=options.kind,
        evidence=options.evidence,
        text=options.text,
        raw_csv=options.raw_csv,
        group_by=options.group_by,
        stop_on_error=options.stop_on_error,
        folder=folder,
        rows=options.chunk_rows,
    )


def _plan(found: list[File], model: str, options: Options) -> dict[str, Any]:
    """Return what the output depends on: a run may be resumed while it stays the same."""
    from mvl_classify import __version__

    return {
        "version": __version__,
        "model": model,
        "inputs": [file.facts() for file in found],
        "options": options.told(),
    }
