"""`train`: a corpus or a labelled file becomes a model folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from mvl_classify.cli import app


@app.command(epilog="Examples: mvl-classify train; mvl-classify train corpus/ -o my-model/")
def train(
    folder: Annotated[Path, typer.Argument(metavar="[CORPUS]", help="The corpus folder.")] = Path("corpus"),
    out: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where the model goes.")] = Path(
        "models/default"
    ),
    teacher: Annotated[
        bool, typer.Option("--teacher", help="First remake the soft labels by fine-tuning MiniLM (extra [teacher]).")
    ] = False,
) -> None:
    """Train a model: fit, calibrate on held-out folds, choose thresholds, write folder and card."""
    from mvl_classify import training
    from mvl_classify.dimensions import DimensionSet, default_dimensions

    own = folder / "dimensions.toml"
    dimensions = DimensionSet.read(own) if own.is_file() else default_dimensions()

    def progress(text: str) -> None:
        typer.echo(f"mvl-classify: {text}", err=True)

    if teacher:
        from mvl_classify.teacher import write_soft_labels

        write_soft_labels(folder, dimensions, progress)
    manifest = training.train(folder, out, dimensions, progress=progress)
    typer.echo(json.dumps(manifest["figures"], indent=1))
    typer.echo(f"mvl-classify: wrote {out}", err=True)
