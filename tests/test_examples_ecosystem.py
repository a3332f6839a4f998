"""The worked examples of examples/ecosystem run as they stand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "examples" / "ecosystem"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("scikit_learn", "columns:"),
        ("spacy_pipeline", "True"),
        ("data_frames", "undetermined"),
        ("own_labels", "53 sentences kept apart"),
        ("own_dimensions", "our form of coaching"),
    ],
)
def test_the_example_runs(name, shown, tmp_path):
    """A script runs from any folder, without a warning, and shows what it is for."""
    command = [sys.executable, "-W", "error::UserWarning", str(FOLDER / f"{name}.py")]
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert result.returncode == 0, result.stderr
    assert shown in result.stdout


def test_every_example_is_run():
    """No script lies in the folder without being run here."""
    marks = test_the_example_runs.pytestmark[0].args[1]
    assert {file.stem for file in FOLDER.glob("*.py")} == {name for name, _ in marks}
