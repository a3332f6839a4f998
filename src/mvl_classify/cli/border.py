"""The border of the command line: every mistake becomes one line on standard error and exit code 2."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from typer.core import TyperGroup

from mvl_classify.errors import MvlClassifyError

BROKEN_PIPE = 141
"""The exit code when the reader of standard output has gone, as a shell reports it (128 + SIGPIPE)."""


class Border(TyperGroup):
    """The group of all commands; `--debug` anywhere on the line adds the traceback to the message."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command and exit: 0 done, 1 a policy or check is broken, 2 could not run."""
        given = list(sys.argv[1:] if args is None else args)
        debug, name = "--debug" in given, prog_name or "mvl-classify"
        kept = [argument for argument in given if argument != "--debug"]
        try:
            code = super().main(kept, name, complete_var, False, windows_expand_args, **extra)
            sys.stdout.flush()
        except BrokenPipeError:
            sys.exit(_reader_gone())
        except Exception as error:
            if debug:
                traceback.print_exc()
            if type(error).__name__ == "NoArgsIsHelpError":
                sys.exit(_help(error))
            print(f"{name}: {' '.join(_message(error).split())}", file=sys.stderr)
            sys.exit(2)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: Any) -> Any:
        """Invoke a command; a reader that has gone ends the run quietly."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            sys.exit(_reader_gone())


def _message(error: Exception) -> str:
    """Say what is wrong: the package's own errors and usage errors in their words, others by their type."""
    if isinstance(error, MvlClassifyError):
        return str(error)
    # some versions of typer carry their own copy of click, so a usage error is known by its method, not its class
    if hasattr(error, "format_message"):
        context = getattr(error, "ctx", None)
        place = "" if context is None else f" See {context.command_path} --help."
        return f"{str(error.format_message()).rstrip('.')}.{place}"
    if type(error).__name__ == "Abort":
        return "stopped."
    return f"unexpected {type(error).__name__}: {error} (--debug shows where)."


def _help(error: Any) -> int:
    error.show()
    return 2


def _reader_gone() -> int:
    """Point standard output at nothing, so that no flush fails at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return BROKEN_PIPE
