"""Runs the command line inside the test's process, so that its imports are paid for once."""

import io
import sys
from dataclasses import dataclass

import pytest

from mvl_classify.__main__ import run


@dataclass(frozen=True)
class Outcome:
    """What a command did: its exit code, and what it wrote on the two streams."""

    code: int
    out: str
    err: str


def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object) -> Outcome:
    """Run `mvl-classify` with arguments and return its outcome."""
    monkeypatch.setattr(sys, "argv", ["mvl-classify", *map(str, arguments)])
    capsys.readouterr()
    code = 0
    try:
        run()
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    said = capsys.readouterr()
    return Outcome(code, said.out, said.err)


def with_input(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Make these bytes the standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
