"""The JSON API keeps its own OpenAPI description: schemathesis sends what it allows and what it forbids."""

import subprocess
import sys
from pathlib import Path

from serving import serving


def test_the_api_keeps_its_description(tmp_path: Path) -> None:
    """Whatever is sent, the answer has a described status, form and content type, and is never a server error."""
    with serving() as address:
        command = [str(Path(sys.executable).with_name("schemathesis")), "--no-color", "run", f"{address}/openapi.json"]
        options = ["--checks", "all", "--max-examples", "20", "--seed", "5", "--generation-database", ":memory:"]
        done = subprocess.run([*command, *options], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "Selected: 5/5" in done.stdout
