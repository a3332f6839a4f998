"""The command line: each command parses here and works in the library."""

from __future__ import annotations

from typing import Annotated

import typer

from mvl_classify.cli.border import Border

app = typer.Typer(
    name="mvl-classify",
    cls=Border,
    help="Tag job ads and reviews as management- or leadership-oriented, with the words that decided.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        from mvl_classify import __version__

        typer.echo(f"mvl-classify {__version__}")
        raise typer.Exit


_EPILOG = (
    "Example: mvl-classify score ad.md. Add --debug to any command to see a traceback. "
    "Exit codes: 0 done, 1 a policy or check is broken, 2 could not run."
)


@app.callback(epilog=_EPILOG)
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Tag job ads and reviews as management- or leadership-oriented."""


from mvl_classify.cli import (  # noqa: E402  (the commands register themselves)
    batch,
    check,
    corpus,
    evaluate,
    model,
    score,
    serve,
    train,
)

__all__ = ["app", "batch", "check", "corpus", "evaluate", "model", "score", "serve", "train"]
