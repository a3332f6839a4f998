"""`evaluate`: a model against labelled sentences, with intervals."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from mvl_classify.cli import app
from mvl_classify.cli.score import EngineOption, ModelOption, model_of


class ReportFormat(StrEnum):
    """What `evaluate` prints."""

    text = "text"
    json = "json"


@app.command(
    epilog="Examples: mvl-classify evaluate labels.jsonl --by kind; mvl-classify evaluate --leave-one-document-out"
)
def evaluate(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE.jsonl", help="Rows with text, label, and perhaps dimension.")
    ] = None,
    by: Annotated[str | None, typer.Option(metavar="FIELD", help="Also report each value of this field.")] = None,
    format: Annotated[ReportFormat, typer.Option("--format", help="What to print.")] = ReportFormat.text,
    model: ModelOption = None,
    engine: EngineOption = None,
    leave_one_document_out: Annotated[
        bool,
        typer.Option("--leave-one-document-out", help="Train on all source documents but one, test on it."),
    ] = False,
    corpus: Annotated[Path, typer.Option(metavar="DIR", help="For --leave-one-document-out.")] = Path("corpus"),
) -> None:
    """Measure a model on labelled sentences: areas under the curve, F1, dimensions, calibration, confusion."""
    from mvl_classify.errors import InputError

    if leave_one_document_out:
        if model is not None or engine is not None:
            raise InputError("--leave-one-document-out: trains tables of its own; leave --model and --engine out.")
        from mvl_classify.documents import leave_one_out

        _print(leave_one_out(corpus), format)
        return
    if file is None:
        raise InputError("evaluate: give a FILE.jsonl of labelled rows, or --leave-one-document-out.")
    import numpy as np

    from mvl_classify.corpus import read_rows
    from mvl_classify.evaluation import by_dimension, predict, report
    from mvl_classify.scorer import Scorer

    rows = read_rows(file)
    scorer = Scorer(model_of(model, engine))
    found = predict(scorer, rows)
    reports = {"all": report(found)}
    if by is not None:
        values = np.array([_value(row, by) for row in rows])
        for value in np.unique(values):
            reports[f"{by}={value}"] = report(found.part(values == value))
    _print(reports, format, by_dimension(found, scorer.model.dimensions.ids), by)


def _value(row: Any, field: str) -> str:
    from mvl_classify.errors import InputError

    value = getattr(row, field) if field in ("kind", "label", "dimension", "id") else row.extra.get(field)
    if value is None and field not in ("dimension", "kind"):
        raise InputError(f"{row.place}: has no field {field!r} to report by.")
    return str(value)


def _plain(reports: dict[str, Any], by: str | None, dimensions: list[dict[str, Any]] | None) -> dict[str, Any]:
    """Return the figures of all rows, with those of each value of a field under `by`; or each way's figures."""
    if dimensions is None:
        return {"ways": reports}
    parts = {name.removeprefix(f"{by}="): figures for name, figures in reports.items() if name != "all"}
    return {**reports["all"], "dimensions": dimensions, "by": {} if by is None else {by: parts}}


def _print(
    reports: dict[str, Any],
    format: ReportFormat,
    dimensions: list[dict[str, Any]] | None = None,
    by: str | None = None,
) -> None:
    if format is ReportFormat.json:
        typer.echo(json.dumps(_plain(reports, by, dimensions), indent=2, allow_nan=False))
        return
    from rich.table import Table

    from mvl_classify.render import console

    first = next(iter(reports.values()))
    names = [name for name in first if name not in ("rows", "confusion")]
    table = Table("", "rows", *names, box=None, pad_edge=False)
    for name, figures in reports.items():
        table.add_row(name, str(figures["rows"]), *(_cell(figures.get(key)) for key in names))
    out = console(150)
    out.print(table)
    for name, figures in reports.items():
        if "confusion" in figures:
            out.print(_confusion(name, figures["confusion"]))
    if dimensions and any(row["support"] for row in dimensions):
        grid = Table("dimension", "precision", "recall", "support", box=None, pad_edge=False)
        for row in dimensions:
            grid.add_row(row["dimension"], *(_short(row[k]) for k in ("precision", "recall")), str(row["support"]))
        out.print(grid)


def _confusion(name: str, confusion: dict[str, Any]) -> Any:
    from rich.table import Table

    table = Table(f"{name}: label \\ predicted", *confusion["labels"], box=None, pad_edge=False)
    for label, row in zip(confusion["labels"], confusion["matrix"], strict=True):
        table.add_row(label, *map(str, row))
    return table


def _cell(figure: dict[str, float | None] | None) -> str:
    if not figure or figure["value"] is None:
        return "–"
    if figure.get("low") is None:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} ({figure['low']:.2f}–{figure['high']:.2f})"


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
