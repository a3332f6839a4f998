"""`score` and `dimensions`: read files or standard input, print one score each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mvl_classify.cli import app

if TYPE_CHECKING:
    from mvl_classify.readers import Source
    from mvl_classify.results import DocumentScore


class Format(StrEnum):
    """What `score` prints."""

    text = "text"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"


class KindOption(StrEnum):
    """The kind of text, when it is not to be guessed."""

    ad = "ad"
    review = "review"


TermsOption = Annotated[
    Path | None, typer.Option("--terms", metavar="TOML", help="Terms of one's own over the model (see docs/ecosystem.md).")
]
ModelOption = Annotated[Path | None, typer.Option("--model", metavar="DIR", help="A model folder; default: the one that ships.")]


@app.command(
    epilog="Examples: mvl-classify score ad.md | mvl-classify score ads/ --format csv | cat ad.txt \\| mvl-classify score -"
)
def score(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files or folders; - is standard input.")],
    format: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.text,
    model: ModelOption = None,
    terms: TermsOption = None,
    title: Annotated[str | None, typer.Option(help="The job title, to compare with the text (one input only).")] = None,
    kind: Annotated[KindOption | None, typer.Option(help="Do not guess whether it is an ad or a review.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Read as this encoding and fail where it does not fit.")] = None,
) -> None:
    """Score texts: a bar for the whole, a bar for each dimension, and the sentences that decided."""
    from mvl_classify.errors import InputError
    from mvl_classify.scorer import Scorer

    sources = _sources(paths, encoding)
    if title is not None and len(sources) != 1:
        raise InputError(f"--title: goes with one input, found {len(sources)}.")
    scorer = Scorer(model, terms)
    texts = [source.text for source in sources]
    titles = [title] * len(sources)
    chosen: Any = None if kind is None else kind.value
    results = scorer.score_many(texts, titles=titles, kinds=chosen)
    _print(sources, results, format, scorer)


def _sources(paths: list[str], encoding: str | None) -> list[Source]:
    from mvl_classify.readers import STDIN, expand, read, read_stdin

    sources = []
    for path in paths:
        if path == STDIN:
            sources.append(read_stdin(encoding))
        else:
            sources.extend(read(file, encoding) for file in expand(path))
    for source in sources:
        if source.note:
            typer.echo(f"mvl-classify: {source.note}", err=True)
    return sources


def _print(sources: list[Source], results: Iterator[DocumentScore], format: Format, scorer: Any) -> None:
    from mvl_classify import render

    dimensions = scorer.model.dimensions
    if format is Format.csv:
        rows = [render.csv_row(source.id, result) for source, result in zip(sources, results, strict=True)]
        typer.echo(render.csv_text([render.csv_header(dimensions), *rows]), nl=False)
    elif format is Format.text:
        console = render.console()
        for source, result in zip(sources, results, strict=True):
            console.print(render.picture(result, source.id, dimensions))
    elif format is Format.jsonl:
        for source, result in zip(sources, results, strict=True):
            typer.echo(json.dumps({"id": source.id, **result.to_dict()}, ensure_ascii=False, allow_nan=False))
    else:
        found = [{"id": source.id, **result.to_dict()} for source, result in zip(sources, results, strict=True)]
        whole: Any = found[0] if len(found) == 1 else found
        typer.echo(json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=2))


@app.command(epilog="Example: mvl-classify dimensions --format json")
def dimensions(
    format: Annotated[Format, typer.Option("--format", help="text or json.")] = Format.text,
    model: ModelOption = None,
) -> None:
    """List the dimensions with what each pole means."""
    from mvl_classify.artifact import load
    from mvl_classify.dimensions import default_dimensions

    known = default_dimensions() if model is None else load(model).dimensions
    if format is not Format.text:
        typer.echo(json.dumps(known.to_dict(), ensure_ascii=False, indent=2))
        return
    from rich.table import Table

    from mvl_classify.render import console

    table = Table("id", "dimension", "management", "leadership", box=None, pad_edge=False)
    for dimension in known.values():
        poles = [f"{pole.name}: {pole.meaning}" for pole in (dimension.management, dimension.leadership)]
        table.add_row(dimension.id, dimension.name, *poles)
    console().print(table)
