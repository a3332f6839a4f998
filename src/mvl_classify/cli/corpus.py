"""`corpus check`: the rules of the corpus, and how many rows each cell has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mvl_classify.cli import app

corpus_app = typer.Typer(help="Look after the labelled corpus.", no_args_is_help=True)
app.add_typer(corpus_app, name="corpus")

SHARED = (Path("dev/dev.jsonl"), Path("pool/pool.jsonl"))


@corpus_app.callback(epilog="Example: mvl-classify corpus check corpus/")
def _corpus() -> None:
    """Look after the labelled corpus."""


@corpus_app.command(epilog="Example: mvl-classify corpus check corpus/ --real dev.jsonl")
def check(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="The corpus folder.")] = Path("corpus"),
    real: Annotated[list[Path] | None, typer.Option(help="JSONL of real sentences that must not be copied.")] = None,
    thin: Annotated[int, typer.Option(help="Mark cells of a pole and dimension with fewer rows.")] = 150,
) -> None:
    """Check schema, offsets, duplicates, frames and copies; print the counts of every cell. Exit 1 on a finding."""
    from rich.table import Table

    from mvl_classify import corpus
    from mvl_classify.dimensions import KINDS, LABELS, DimensionSet, default_dimensions
    from mvl_classify.render import console

    own = folder / "dimensions.toml"
    dimensions = DimensionSet.read(own) if own.is_file() else default_dimensions()
    beside = [folder.resolve().parent.parent / "shared" / file for file in SHARED]
    findings = corpus.check(folder, dimensions, real or [file for file in beside if file.is_file()])
    rows = corpus.read_corpus(folder)
    counts = corpus.cells(rows)
    table = Table("label", "dimension", *KINDS, "document", "all", "", box=None, pad_edge=False)
    for label in LABELS:
        for dimension in dimensions.ids if label != "neutral" else (None,):
            numbers = [counts[label, dimension, kind] for kind in (*KINDS, None)]
            mark = "thin" if label in LABELS[:2] and sum(numbers) < thin else ""
            table.add_row(label, dimension or "–", *map(str, numbers), str(sum(numbers)), mark)
    console().print(table)
    for finding in findings:
        typer.echo(f"{finding.place}: {finding.rule}: {finding.message}", err=True)
    typer.echo(f"{len(rows)} rows, {len(findings)} findings")
    raise typer.Exit(1 if findings else 0)


@corpus_app.command(epilog="Example: mvl-classify corpus describe corpus/ --write")
def describe(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="The corpus folder.")] = Path("corpus"),
    write: Annotated[bool, typer.Option("--write", help="Put the tables into the folder's README.md.")] = False,
) -> None:
    """Count labels, cells, files and contrasts as the Markdown tables of the datasheet."""
    from mvl_classify import datasheet
    from mvl_classify.dimensions import DimensionSet, default_dimensions

    own = folder / "dimensions.toml"
    counted = datasheet.render(folder, DimensionSet.read(own) if own.is_file() else default_dimensions())
    if not write:
        typer.echo(counted, nl=False)
        return
    sheet = folder / "README.md"
    sheet.write_text(datasheet.replace(sheet.read_text(encoding="utf-8"), counted), encoding="utf-8")
