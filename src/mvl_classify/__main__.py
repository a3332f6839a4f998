"""The entry of the command line: mistakes become one line on standard error and exit code 2."""

from __future__ import annotations

import os
import sys


def run() -> None:
    """Run the command line; a traceback is shown only with --debug."""
    debug = "--debug" in sys.argv[1:]
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    from mvl_classify.cli import app
    from mvl_classify.errors import MvlClassifyError

    try:
        app(args=arguments, prog_name="mvl-classify")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except MvlClassifyError as error:
        if debug:
            raise
        _fail(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if debug:
            raise
        _fail(f"unexpected {type(error).__name__}: {error} (--debug shows where).")


def _fail(message: str) -> None:
    print(f"mvl-classify: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    run()
