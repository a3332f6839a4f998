"""The entry of the command line; `cli.border` says what happens to mistakes."""

from __future__ import annotations


def run() -> None:
    """Run the command line and exit."""
    from mvl_classify.cli import app

    app(prog_name="mvl-classify")


if __name__ == "__main__":
    run()
