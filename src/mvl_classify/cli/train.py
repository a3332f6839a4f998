"""`train`: a corpus, or a file of labelled sentences, becomes a model folder."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mvl_classify.cli import app
from mvl_classify.cli.score import EngineName, EngineOption, ModelOption, model_of

if TYPE_CHECKING:
    from mvl_classify.dimensions import DimensionSet
    from mvl_classify.labelled import Annotations


class Form(StrEnum):
    """The forms that labelled sentences come in."""

    csv = "csv"
    jsonl = "jsonl"
    label_studio = "label-studio"
    prodigy = "prodigy"
    argilla = "argilla"


FormOption = Annotated[
    Form | None, typer.Option("--from", help="What wrote the labels; default: told by the content.")
]
NeutralOption = Annotated[
    float | None,
    typer.Option(min=0.01, max=0.99, help="The share of neutral sentences in the text to be scored."),
]


@app.command(
    epilog="Examples: mvl-classify train; mvl-classify train corpus/ -o my-model/; "
    "mvl-classify train labels.csv -o my-model/ --base"
)
def train(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="[CORPUS|LABELS]",
            help="A corpus folder, or a file of labelled sentences (CSV, JSONL, JSON).",
        ),
    ] = Path("corpus"),
    out: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Where the model goes.")
    ] = None,
    base: Annotated[
        bool, typer.Option("--base", help="Build on a trained model: the labels only add to it.")
    ] = False,
    model: ModelOption = None,
    dimensions: Annotated[
        Path | None,
        typer.Option(metavar="TOML", help="Dimensions of one's own, in the form of corpus/dimensions.toml."),
    ] = None,
    form: FormOption = None,
    neutral: NeutralOption = None,
    engine: Annotated[
        EngineName,
        typer.Option(help="What is trained; a transformer takes about an hour (extra [teacher])."),
    ] = EngineName.table,
    teacher: Annotated[
        bool,
        typer.Option(
            "--teacher",
            help="First remake the soft labels by fine-tuning MiniLM (extra [teacher]).",
        ),
    ] = False,
) -> None:
    """Train a model: fit, calibrate on held-out folds, choose thresholds, write folder and card.

    With a file of labels it also reports what they gained over a trained model (--model).
    """
    from mvl_classify.dimensions import DimensionSet
    from mvl_classify.errors import InputError

    own = None if dimensions is None else DimensionSet.read(dimensions)
    if source.is_file():
        if engine is EngineName.transformer:
            raise InputError("--engine transformer: is fine-tuned on a corpus folder; labels alone train a table.")
        _train_labels(source, out, own, base, model, form, neutral)
    else:
        _train_corpus(source, out, own, teacher, engine)


def _train_corpus(
    folder: Path, out: Path | None, own: DimensionSet | None, teacher: bool, engine: EngineName
) -> None:
    from mvl_classify import finetuning, training
    from mvl_classify.dimensions import DimensionSet, default_dimensions
    from mvl_classify.errors import CorpusError
    from mvl_classify.locate import SHIPPED

    if not folder.is_dir():
        raise CorpusError(f"{folder}: no such corpus folder or file of labels.")
    beside, out = folder / "dimensions.toml", out or Path("models") / SHIPPED[engine.value]
    dimensions = own or (DimensionSet.read(beside) if beside.is_file() else default_dimensions())
    if teacher:
        from mvl_classify.crossfit import write_soft_labels

        write_soft_labels(folder, dimensions, say)
    if engine is EngineName.transformer:
        manifest = finetuning.finetune(folder, out, dimensions, say)
    else:
        manifest = training.train(folder, out, dimensions, progress=say)
    typer.echo(json.dumps(manifest["figures"], indent=1))
    say(f"wrote {out}")


def _train_labels(
    file: Path,
    out: Path | None,
    own: DimensionSet | None,
    base: bool,
    model: Path | None,
    form: Form | None,
    neutral: float | None,
) -> None:
    from mvl_classify import training
    from mvl_classify.adaptation import learn
    from mvl_classify.artifact import load
    from mvl_classify.errors import InputError
    from mvl_classify.locate import model_folder

    if out is None:
        raise InputError("train: give -o DIR, the folder that the model of your labels goes to.")
    compared = load(model_folder(model_of(model, None)))
    dimensions = own or compared.dimensions
    found = labelled(file, dimensions.ids, form)
    share = training.BASE_NEUTRAL if neutral is None else neutral
    learnt = learn(found.rows, out, dimensions, compared, on_top=base, neutral=share, progress=say)
    for warning in learnt.warnings:
        say(f"warning: {warning}")
    show_gain(learnt.gain, compared.name)
    typer.echo(json.dumps(learnt.manifest["figures"], indent=1))
    say(f"wrote {out}")


@app.command(
    epilog="Examples: mvl-classify calibrate labels.csv -o my-model/ | "
    "mvl-classify calibrate --neutral 0.5 -o my-model/"
)
def calibrate(
    file: Annotated[
        Path | None, typer.Argument(metavar="[LABELS]", help="Labelled sentences of the text to be scored.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Where the model goes.")
    ] = None,
    model: ModelOption = None,
    engine: EngineOption = None,
    form: FormOption = None,
    neutral: NeutralOption = None,
) -> None:
    """Fit a model's probabilities and thresholds to other text, without retraining: its weights stay.

    From labelled sentences, or from the share of neutral sentences alone (--neutral).
    """
    from mvl_classify.artifact import load, read_manifest
    from mvl_classify.errors import InputError
    from mvl_classify.locate import model_folder
    from mvl_classify.recalibration import recalibrate

    if out is None:
        raise InputError("calibrate: give -o DIR, the folder that the recalibrated model goes to.")
    loaded = load(model_folder(model_of(model, engine)))
    rows = [] if file is None else labelled(file, loaded.dimensions.ids, form).rows
    found = recalibrate(loaded, out, rows, neutral)
    for warning in found.get("warnings", ()):
        say(f"warning: {warning}")
    if "gain" in found:
        show_gain(found["gain"], loaded.name)
    manifest = read_manifest(out)
    facts = ("base_neutral", "calibration", "thresholds", "recalibrated")
    typer.echo(json.dumps({name: manifest[name] for name in facts}, indent=1))
    say(f"wrote {out}")


def say(text: str) -> None:
    """Tell the user something on standard error."""
    typer.echo(f"mvl-classify: {text}", err=True)


def labelled(file: Path, dimensions: tuple[str, ...], form: Form | None) -> Annotations:
    """Read labelled sentences and tell which were left out."""
    from mvl_classify.labelled import read_annotations

    found = read_annotations(file, dimensions, None if form is None else form.value)
    left = ", ".join(f"{count} left out ({reason})" for reason, count in sorted(found.left_out.items()))
    say(f"{file}: {len(found.rows)} labelled sentences, read as {found.form}{'; ' + left if left else ''}")
    return found


def show_gain(gain: dict[str, Any], compared: str) -> None:
    """Print on standard error what labels gained on held-out folds."""
    say(
        f"on held-out folds of {gain['rows']} sentences, compared with {compared} "
        "(difference with its 95 % interval):"
    )
    for name, figure in gain.items():
        if name == "rows" or figure["difference"]["value"] is None:
            continue
        difference = figure["difference"]
        low, high = difference["low"], difference["high"]
        interval = "" if low is None else f" ({low:+.3f} to {high:+.3f})"
        say(
            f"  {name:<19}{figure['before']:.3f} -> {figure['after']:.3f}  "
            f"{difference['value']:+.3f}{interval}"
        )
