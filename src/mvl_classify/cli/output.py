"""Where a command's data goes: standard output, one file, or a folder of pages."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import typer

from mvl_classify.errors import InputError

if TYPE_CHECKING:
    from rich.console import RenderableType


def write(path: Path | None, parts: Iterable[str | RenderableType]) -> None:
    """Write text and terminal pictures, part by part, to standard output or whole to a file."""
    if path is None:
        _say(parts)
        return
    with _beside(path) as out:
        for part in parts:
            out.write(part if isinstance(part, str) else _plain(part))


def write_folder(folder: Path, files: Iterable[tuple[str, str]]) -> None:
    """Write named files into a folder, made when missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made ({error.strerror}).") from None
    for name, content in files:
        write(folder / name, [content])


def _say(parts: Iterable[str | RenderableType]) -> None:
    console = None
    for part in parts:
        if isinstance(part, str):
            typer.echo(part, nl=False)
            continue
        if console is None:
            from mvl_classify.render import console as make

            console = make()
        console.print(part)


def _plain(picture: RenderableType) -> str:
    """Return a terminal picture as plain text, 100 columns wide."""
    from rich.console import Console

    console = Console(width=100, highlight=False, color_system=None)
    with console.capture() as captured:
        console.print(picture)
    return captured.get()


@contextmanager
def _beside(path: Path) -> Iterator[TextIO]:
    """Open a file that takes the place of `path` when all is written; a device or pipe is written directly."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder; give the name of a file.")
    special = path.exists() and not path.is_file()
    beside: str | None = None
    try:
        if special:
            handle = os.open(path, os.O_WRONLY)
        else:
            handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="") as out:
            yield out
        if beside is not None:
            _usual_mode(Path(beside))
            Path(beside).replace(path)
            beside = None
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error}).") from None
    finally:
        if beside is not None:
            Path(beside).unlink(missing_ok=True)


def _usual_mode(path: Path) -> None:
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)
