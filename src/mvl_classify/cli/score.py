"""`score` and `dimensions`: read files or standard input, print one score each, or write reports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mvl_classify.cli import app
from mvl_classify.errors import InputError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mvl_classify.cli.inputs import Inputs
    from mvl_classify.readers import Source
    from mvl_classify.results import DocumentScore


class Format(StrEnum):
    """What `score` prints."""

    text = "text"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"
    html = "html"


class ListFormat(StrEnum):
    """What `dimensions` prints."""

    text = "text"
    json = "json"


class EngineName(StrEnum):
    """What reads the sentences."""

    table = "table"
    transformer = "transformer"


class KindOption(StrEnum):
    """The kind of text, when it is not to be guessed."""

    ad = "ad"
    review = "review"


TermsOption = Annotated[
    Path | None, typer.Option("--terms", metavar="TOML", help="Terms of one's own over the model (docs/ecosystem.md).")
]
ModelOption = Annotated[
    Path | None, typer.Option("--model", metavar="DIR", help="A model folder; default: the one that ships.")
]
EngineOption = Annotated[
    EngineName | None,
    typer.Option("--engine", help="Read by the table that ships (default), or by the slower transformer (extra)."),
]


Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="PATH", help="Write here, not to standard output.")
]


def model_of(model: Path | None, engine: EngineName | None) -> str | None:
    """Return what --model or --engine names; raise InputError where both are given."""
    if model is not None and engine is not None:
        raise InputError("--engine: goes without --model; a model folder says itself which engine reads it.")
    if engine is not None:
        return engine.value
    return None if model is None else f"./{model}" if str(model) in tuple(EngineName) else str(model)


@app.command(
    epilog="Examples: mvl-classify score ad.md; mvl-classify score ad.docx --format html -o report.html; "
    "mvl-classify score ads/ --format csv; mvl-classify score - < ad.txt"
)
def score(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...", help="Files (.txt .md .html .docx .pdf .eml) or folders; - is standard input."
        ),
    ],
    format: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.text,
    output: Output = None,
    show_text: Annotated[
        bool, typer.Option("--show-text", help="Print the text as it is read, and score nothing.")
    ] = False,
    model: ModelOption = None,
    engine: EngineOption = None,
    terms: TermsOption = None,
    title: Annotated[str | None, typer.Option(help="The job title, to compare with the text (one input only).")] = None,
    kind: Annotated[KindOption | None, typer.Option(help="Do not guess whether it is an ad or a review.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Read as this encoding and fail where it does not fit.")] = None,
) -> None:
    """Score texts: a bar for the whole, a bar for each dimension, and the sentences that decided.

    HTML: one text makes one page; several make a folder (-o DIR) with an index and a page each. A file that
    you name must be readable (else exit 2); a folder's unreadable files are named on standard error, left out.
    """
    from mvl_classify.cli.inputs import gather
    from mvl_classify.cli.output import write

    found = gather(paths, encoding)
    if title is not None and len(found.sources) != 1:
        raise InputError(f"--title: goes with one input, found {len(found.sources)}.")
    _not_an_input(output, found.sources)
    if show_text:
        write(output, [_texts(found.sources)])
        return
    from mvl_classify.scorer import Scorer

    scorer = Scorer(model_of(model, engine), terms)
    chosen: Any = None if kind is None else kind.value
    results = scorer.score_many([s.text for s in found.sources], titles=[title] * len(found.sources), kinds=chosen)
    scored = zip(found.sources, results, strict=True)
    if format is Format.html:
        _html(scored, found, output, scorer.model.dimensions)
    else:
        write(output, _rendered(scored, len(found.sources), format, scorer.model.dimensions))


def _not_an_input(output: Path | None, sources: list[Source]) -> None:
    for source in sources:
        if output is not None and output.is_file() and source.id != "-" and output.samefile(source.id):
            raise InputError(f"--output {output}: is one of the inputs; choose another name.")


def _texts(sources: list[Source]) -> str:
    """Return the text itself, or each of several texts under its name."""
    if len(sources) == 1:
        return sources[0].text
    return "".join(f"==> {source.id} <==\n{source.text.rstrip()}\n\n" for source in sources)


def _html(scored: Iterator[tuple[Source, DocumentScore]], found: Inputs, output: Path | None, dimensions: Any) -> None:
    """Write one page for one text, or an index with a page for each of several."""
    from mvl_classify.cli.output import write, write_folder
    from mvl_classify.report import Entry, page_names, render_html, render_index

    single = len(found.sources) == 1 and not found.rejected
    if single and not (output is not None and output.is_dir()):
        for source, result in scored:
            write(output, [render_html(result, source.text, dimensions, name=_name(source))])
        return
    if output is None or output.is_file() or output.suffix.lower() in (".html", ".htm"):
        raise InputError(
            f"--output: {len(found.sources)} texts make an index and a page each; name a folder (-o reports/)."
        )
    entries: list[Entry] = []

    def pages() -> Iterator[tuple[str, str]]:
        names = page_names(map(_name, found.sources))
        for (source, result), page in zip(scored, names, strict=True):
            yield page, render_html(result, source.text, dimensions, name=_name(source), index="index.html")
            entries.append(Entry(_name(source), page, result))
        yield "index.html", render_index(entries, found.rejected)

    write_folder(output, pages())


def _name(source: Source) -> str:
    return "standard input" if source.id == "-" else source.id


def _rendered(
    scored: Iterator[tuple[Source, DocumentScore]], count: int, format: Format, dimensions: Any
) -> Iterator[str | RenderableType]:
    """Yield the scores part by part, as text in a format or as pictures for the terminal."""
    from mvl_classify import render

    if format is Format.csv:
        yield render.csv_text([render.csv_header(dimensions)])
    found = []
    for source, result in scored:
        if format is Format.csv:
            yield render.csv_text([render.csv_row(source.id, result)])
        elif format is Format.text:
            yield render.picture(result, source.id, dimensions)
        elif format is Format.jsonl:
            yield _json({"id": source.id, **result.to_dict()}, None)
        else:
            found.append({"id": source.id, **result.to_dict()})
    if format is Format.json:
        yield _json(found[0] if count == 1 else found, 2)


def _json(value: object, indent: int | None) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent) + "\n"


@app.command(epilog="Example: mvl-classify dimensions --format json")
def dimensions(
    format: Annotated[ListFormat, typer.Option("--format", help="What to print.")] = ListFormat.text,
    model: ModelOption = None,
) -> None:
    """List the dimensions with what each pole means."""
    from mvl_classify.artifact import load
    from mvl_classify.dimensions import default_dimensions

    known = default_dimensions() if model is None else load(model).dimensions
    if format is not ListFormat.text:
        typer.echo(json.dumps(known.to_dict(), ensure_ascii=False, indent=2))
        return
    from rich.table import Table

    from mvl_classify.render import console

    table = Table("id", "dimension", "management", "leadership", box=None, pad_edge=False)
    for dimension in known.values():
        poles = [f"{pole.name}: {pole.meaning}" for pole in (dimension.management, dimension.leadership)]
        table.add_row(dimension.id, dimension.name, *poles)
    console().print(table)
