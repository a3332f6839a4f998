"""The texts that a command line names: files that must be readable, folders in which some may not be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import typer

from mvl_classify.errors import DependencyError, InputError

if TYPE_CHECKING:
    from mvl_classify.readers import Source


@dataclass(slots=True)
class Inputs:
    """Texts in the order they were named, and the unreadable files of folders with the reasons."""

    sources: list[Source] = field(default_factory=list)
    rejected: dict[str, str] = field(default_factory=dict)


def gather(paths: Sequence[str], encoding: str | None) -> Inputs:
    """Read all that is named.

    A named file that cannot be read raises InputError. A folder's unreadable files are named on standard
    error and in `rejected`; when no text at all is left, InputError is raised.
    """
    from mvl_classify.readers import STDIN, expand, read, read_stdin

    found = Inputs()
    for path in paths:
        if path == STDIN:
            _add(found, read_stdin(encoding))
            continue
        named = expand(path)
        for file in named.files:
            try:
                _add(found, read(file, encoding))
            except (InputError, DependencyError) as error:
                if not named.folder:
                    raise
                found.rejected[str(file)] = str(error).removeprefix(f"{file}: ")
                talk(f"{error} Left out.")
        if named.others:
            talk(f"{path}: passed over {named.others}.")
    if found.rejected:
        talk(f"{len(found.rejected)} of {len(found.sources) + len(found.rejected)} files could not be read.")
    if not found.sources:
        raise InputError(f"{' '.join(paths)}: no file could be read.")
    return found


def _add(found: Inputs, source: Source) -> None:
    if source.note:
        talk(source.note)
    found.sources.append(source)


def talk(text: str) -> None:
    """Say one line on standard error."""
    typer.echo(f"mvl-classify: {' '.join(text.split())}", err=True)
