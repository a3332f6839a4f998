"""`model inspect|verify|card`: what a model folder says of itself, and whether it tells the truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from mvl_classify.cli import app

model_app = typer.Typer(help="Look at a model folder.", no_args_is_help=True)
app.add_typer(model_app, name="model")

Folder = Annotated[
    str | None,
    typer.Argument(metavar="[DIR]", help="A model folder, or `transformer`; default: the table that ships."),
]


@model_app.callback(epilog="Example: mvl-classify model inspect my-model/")
def _model() -> None:
    """Look at a model folder."""


@model_app.command(epilog="Example: mvl-classify model inspect --top 20")
def inspect(
    folder: Folder = None,
    top: Annotated[int, typer.Option(help="Also list so many of the heaviest features of each pole.")] = 10,
) -> None:
    """Print the manifest, and the features of a table that weigh most for each pole."""
    from mvl_classify.artifact import load
    from mvl_classify.locate import model_folder
    from mvl_classify.table import Table

    model = load(model_folder(folder))
    shown = {key: value for key, value in model.manifest.items() if key != "dimensions"}
    typer.echo(json.dumps({"path": str(model.path), "digest": model.digest, **shown}, indent=2, ensure_ascii=False))
    if not isinstance(model.engine, Table):
        return
    for column, pole in enumerate(("management", "leadership")):
        heaviest = model.table.weights[:, column].argsort(kind="stable")[::-1][:top]
        words = [f"{model.table.vocabulary.text(int(k))} ({model.table.weights[k, column]:+.2f})" for k in heaviest]
        typer.echo(f"{pole}: {', '.join(words)}")


@model_app.command(epilog="Example: mvl-classify model verify my-model/")
def verify(folder: Folder = None) -> None:
    """Check format, digests and arrays, and score the golden sentences again. Exit 2 where one differs."""
    from mvl_classify.errors import ModelError
    from mvl_classify.locate import model_folder
    from mvl_classify.verify import golden_difference

    place = model_folder(folder)
    rows, worst, tolerance = golden_difference(place)
    if worst > tolerance:
        raise ModelError(f"{place}: a golden sentence's logit differs by {worst:.2g}: other numbers on this machine.")
    typer.echo(f"{place}: files and arrays are as the manifest says.")
    typer.echo(f"{place}: the logits of {rows} golden sentences differ by at most {worst:.1g}.")


@model_app.command(epilog="Example: mvl-classify model card")
def card(folder: Folder = None) -> None:
    """Print the model's card."""
    from mvl_classify.card import render
    from mvl_classify.locate import model_folder
    from mvl_classify.manifest import checked

    typer.echo(render(checked(model_folder(folder))), nl=False)


@model_app.command(epilog="Example: mvl-classify model distil -o models/vectors")
def distil(
    out: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where the vectors go.")] = Path(
        "models/vectors"
    ),
) -> None:
    """Remake the word vectors that training uses, from MiniLM (extra [teacher]; minutes)."""
    from mvl_classify.distillation import write_vectors

    count = write_vectors(out)
    typer.echo(f"mvl-classify: wrote {count} vectors to {out}", err=True)
