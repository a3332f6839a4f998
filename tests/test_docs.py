"""What the documentation says is so: README code runs, schemas are valid, the CLI reference and types are current."""

import importlib.util
import json
import re
import runpy
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import jsonschema
import pytest
from typer.main import get_command

import mvl_classify
from mvl_classify.cli import app

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"


def readme() -> str:
    """Return the README, or skip where this distribution has none."""
    if not README.is_file():
        pytest.skip("no README.md here")
    return README.read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Return the README's code blocks of a language."""
    text = README.read_text(encoding="utf-8") if README.is_file() else ""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def make_cli() -> ModuleType:
    """Return the script that writes the reference of the command line."""
    spec = importlib.util.spec_from_file_location("make_cli", ROOT / "docs" / "make_cli.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("code", blocks("python"))
def test_the_python_of_the_readme_runs(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every block runs by itself, as it stands."""
    monkeypatch.chdir(ROOT)
    script = tmp_path / "block.py"
    script.write_text(code, encoding="utf-8")
    runpy.run_path(str(script), run_name="__main__")


def test_the_readme_has_python_and_both_commands() -> None:
    """Five lines of Python, and the two commands of a newcomer."""
    text = readme()
    assert blocks("python")
    assert "mvl-classify score examples/engineering-manager.md" in text
    assert "pytest" in text


def test_every_command_in_the_readme_exists() -> None:
    """What follows `mvl-classify` at the start of a line or a code span is a command."""
    known = set(get_command(app).commands) | {"--version", "--help", "--install-completion"}  # type: ignore[attr-defined]
    found = re.findall(r"(?:^\s{4,}|`|&& )mvl-classify ([a-z-]+)", readme(), re.MULTILINE)
    assert found
    assert set(found) <= known


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "corpus/README.md"])
def test_what_a_page_links_to_is_there(name: str) -> None:
    """Links within the repository lead somewhere."""
    page = ROOT / name
    if not page.is_file():
        pytest.skip(f"no {name} here")
    for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.schema.json")), ids=lambda path: path.name)
def test_every_schema_is_a_schema(path: Path) -> None:
    """Valid by the draft that it names, and it says what it describes."""
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.validators.validator_for(schema).check_schema(schema)
    assert schema["title"] and schema["$schema"]


def test_the_result_schema_refuses_what_is_no_result() -> None:
    """A missing, an unknown and a wrong field are each found."""
    schema = json.loads((ROOT / "docs" / "result.schema.json").read_text(encoding="utf-8"))
    plain = json.loads(json.dumps(mvl_classify.score("Plan the rota.").to_dict()))
    jsonschema.validate(plain, schema)
    for broken in (
        {key: value for key, value in plain.items() if key != "label"},
        {**plain, "mood": "good"},
        {**plain, "label": "boss"},
        {**plain, "orientation": 1.5},
        {**plain, "interval": [0.1]},
        {**plain, "reasons": ["because"]},
        {**plain, "schema_version": 2},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, schema)


def test_the_reference_of_the_command_line_is_current() -> None:
    """`python docs/make_cli.py` would change nothing."""
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert page == make_cli().page(), "run: python docs/make_cli.py"


def test_every_command_is_documented() -> None:
    """Each command of the program, and each of its groups', has a section."""
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")

    def names(group: object, name: str) -> list[str]:
        parts = getattr(group, "commands", None)
        return [name] if parts is None else [n for word, part in parts.items() for n in names(part, f"{name} {word}")]

    for name in names(get_command(app), "mvl-classify"):
        assert f"\n## {name}\n" in page


def test_every_option_of_score_is_in_its_help_and_in_the_reference() -> None:
    """What `--help` offers and what the reference lists is the same."""
    from typer.testing import CliRunner

    section = (
        (ROOT / "docs" / "cli.md").read_text(encoding="utf-8").split("\n## mvl-classify score\n")[1].split("\n## ")[0]
    )
    listed = set(re.findall(r"^\| `.*?(--[a-z-]+)", section, re.MULTILINE))
    offered = set(
        re.findall(r"^\s+(?:-\w, )?(--[a-z-]+)", CliRunner().invoke(app, ["score", "--help"]).stdout, re.MULTILINE)
    )
    offered |= set(re.findall(r"-h, (--help)", CliRunner().invoke(app, ["score", "--help"]).stdout))
    assert listed == offered - {"--help"}


def test_the_typed_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """What the type checker reads is a program that works."""
    runpy.run_path(str(ROOT / "tests" / "typed_example.py"), run_name="__main__")
    assert "no model here" in capsys.readouterr().out


def test_the_typed_example_passes_the_type_checker(tmp_path: Path) -> None:
    """The public names are typed for users, by the package's own `py.typed`; a wrong use is found."""
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("mypy comes with the extra [dev]")
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import mvl_classify\nresult: int = mvl_classify.score('x')\n", encoding="utf-8")
    for path, code in ((ROOT / "tests" / "typed_example.py", 0), (wrong, 1)):
        command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == code, done.stdout + done.stderr


def test_the_package_is_marked_as_typed() -> None:
    """`py.typed` is installed with it."""
    assert Path(mvl_classify.__file__).with_name("py.typed").is_file()
