"""`batch`: score a table of texts, of any size, into another table."""

from __future__ import annotations

import errno
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from mvl_classify.cli import app
from mvl_classify.cli.score import EngineOption, KindOption, ModelOption, model_of


class OnError(StrEnum):
    """What a bad row does."""

    record = "record"
    stop = "raise"


class InputFormat(StrEnum):
    """How the input is read, when its name does not say."""

    csv = "csv"
    jsonl = "jsonl"
    parquet = "parquet"


@app.command(
    epilog="Examples: mvl-classify batch reviews.csv -o scored.parquet --text-column review --id-column id --jobs 2"
    " | mvl-classify batch reviews/ -o people.csv --text-column review --group-by employee --min-group 3"
)
def batch(
    source: Annotated[str, typer.Argument(metavar="IN", help="A CSV, JSONL or Parquet file, a folder of them, or -.")],
    out: Annotated[Path, typer.Option("--output", "-o", metavar="OUT", help="A .csv, .jsonl or .parquet file.")],
    text_column: Annotated[str, typer.Option(help="The column that holds the text.")],
    id_column: Annotated[str | None, typer.Option(help="The column that names a row; default: its number.")] = None,
    columns: Annotated[list[str] | None, typer.Option(help="Columns to carry over, with commas between.")] = None,
    kind: Annotated[KindOption | None, typer.Option(help="Do not guess whether it is an ad or a review.")] = None,
    model: ModelOption = None,
    engine: EngineOption = None,
    jobs: Annotated[int, typer.Option(help="Processes; -1: one a core.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was stopped.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace OUT; forget a run that was stopped.")] = False,
    on_error: Annotated[OnError, typer.Option(help="Record bad rows in OUT.rejects.jsonl, or stop.")] = OnError.record,
    no_evidence: Annotated[bool, typer.Option("--no-evidence", help="Scores only.")] = False,
    no_text: Annotated[
        bool, typer.Option("--no-text", help="Evidence as offsets only: no text in the output.")
    ] = False,
    raw_csv: Annotated[
        bool, typer.Option("--raw-csv", help="Write text that a spreadsheet takes for a formula.")
    ] = False,
    group_by: Annotated[str | None, typer.Option(metavar="COLUMN", help="One row a person or team.")] = None,
    min_group: Annotated[int, typer.Option(help="With fewer texts a group gets no score.")] = 1,
    input_format: Annotated[InputFormat | None, typer.Option(help="When the name of IN does not say.")] = None,
    encoding: Annotated[str | None, typer.Option(help="The encoding of IN; default: found out.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="The delimiter of a CSV file; default: found out.")] = None,
    chunk_rows: Annotated[
        int, typer.Option(help="Rows a chunk; a run that is killed loses at most the open ones.")
    ] = 2000,
    cluster: Annotated[str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler: tcp://host:8786.")] = None,
) -> None:
    """Score a table of texts; every row ends in OUT, in order, or in OUT.rejects.jsonl with a reason."""
    from mvl_classify.batch import Options, run
    from mvl_classify.workers import dismiss

    options = Options(
        text_column=text_column,
        id_column=id_column,
        columns=_names(columns),
        model=model_of(model, engine),
        kind=None if kind is None else kind.value,
        encoding=encoding,
        delimiter=_delimiter(delimiter),
        input_format=None if input_format is None else input_format.value,
        evidence=not no_evidence,
        text=not no_text,
        raw_csv=raw_csv,
        group_by=group_by,
        min_group=min_group,
        stop_on_error=on_error is OnError.stop,
        chunk_rows=chunk_rows,
        jobs=jobs,
        resume=resume,
        overwrite=overwrite,
    )
    progress = Progress()
    try:
        with progress:
            manifest = run(source, out, options, progress, _runner(cluster))
    except KeyboardInterrupt:
        typer.echo(f"mvl-classify: interrupted; what is done is kept: {_again(source)}", err=True)
        raise typer.Exit(130) from None
    except OSError as error:
        _refuse(error, out, source)
    finally:
        dismiss()
    _say(manifest, out)


def _names(columns: list[str] | None) -> tuple[str, ...]:
    return tuple(name.strip() for names in columns or () for name in names.split(",") if name.strip())


def _delimiter(value: str | None) -> str | None:
    from mvl_classify.errors import InputError

    mark = {"tab": "\t", "\\t": "\t"}.get(value or "", value)
    if mark is not None and len(mark) != 1:
        raise InputError(f"--delimiter: expected one character (or tab), found {value!r}.")
    return mark


def _runner(address: str | None) -> Any:
    if address is None:
        return None
    from mvl_classify.cluster import runner

    return runner(address)


def _again(source: str) -> str:
    return "begin anew with --overwrite." if source == "-" else "the same command with --resume goes on."


def _refuse(error: OSError, out: Path, source: str) -> None:
    """End on an error of the disk: what it is, and how to go on."""
    from mvl_classify.errors import InputError

    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    why = "the disk is full" if full else f"cannot be written ({error.strerror or error})"
    hint = f" Make room; {_again(source)}" if full else ""
    raise InputError(f"{out}: {why}.{hint}") from None


def _say(manifest: dict[str, Any], out: Path) -> None:
    facts = [f"{manifest[name]} {name}" for name in ("scored", "undetermined", "rejected")]
    if "groups" in manifest:
        facts.append(f"{manifest['groups']} groups")
    typer.echo(f"mvl-classify: {manifest['rows_in']} rows: {', '.join(facts)} -> {out}", err=True)


class Progress:
    """Says how far a batch is: a bar on a terminal, else a plain line every ten seconds; never any text."""

    EVERY = 10.0

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(stderr=True)
        self._bar: Any = None
        self._begun = self._said = time.monotonic()

    def __enter__(self) -> Progress:
        if self._console.is_terminal:
            from rich import progress as rich

            parts = (rich.BarColumn(), rich.TaskProgressColumn(), rich.TextColumn("{task.fields[facts]}"))
            self._bar = rich.Progress(*parts, rich.TimeRemainingColumn(), console=self._console, transient=True)
            self._bar.start()
            self._task = self._bar.add_task("", total=1.0, facts="")
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, counts: dict[str, int], share: float) -> None:
        """Show the counts and the share of the input that was read."""
        now = time.monotonic()
        speed = counts["rows"] / max(now - self._begun, 1e-9)
        facts = f"{counts['rows']} rows, {speed:.0f} rows/s, {counts['rejected']} rejected"
        if self._bar is not None:
            self._bar.update(self._task, completed=share, facts=facts)
        elif now - self._said >= self.EVERY:
            self._said = now
            left = (now - self._begun) * (1 - share) / max(share, 1e-9)
            typer.echo(f"mvl-classify: {facts}, {share:.0%} read, about {left:.0f} s left", err=True)
