"""The command line: data on stdout, talk on stderr, exit 0, 1 or 2, and one line for every mistake."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

import mvl_classify
from mvl_classify import Scorer, default_dimensions, render
from mvl_classify.cli import app

AD = "# Shift planner\n\nWhat you will do\n- Plan the rota and assign tasks\n- Check every delivery note\n"
REVIEW = "She coaches the apprentices and inspires the whole ward.\n"


def run(*arguments: object, data: bytes | str | None = None) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=data)


def process(*arguments: object, data: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process of its own."""
    command = [sys.executable, "-m", "mvl_classify", *map(str, arguments)]
    return subprocess.run(command, input=data, capture_output=True, env={**os.environ, **environment})


def commands(group: Any = None, name: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command and group."""
    group = group or get_command(app)
    yield name
    for word, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*name, word))


@pytest.fixture
def ads(tmp_path: Path) -> Path:
    """Return a folder with two texts, one of them in a folder below."""
    (tmp_path / "ads" / "below").mkdir(parents=True)
    (tmp_path / "ads" / "a.md").write_text(AD, encoding="utf-8")
    (tmp_path / "ads" / "below" / "b.txt").write_text(REVIEW, encoding="utf-8")
    return tmp_path / "ads"


def one_line(done: Result, *words: str) -> None:
    """Check that a command failed with one line that holds these words, and printed no data."""
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith("mvl-classify: ") and done.stderr.count("\n") == 1 and done.stderr.endswith("\n")
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def test_the_expected_commands_are_there() -> None:
    """What the README and the docs name exists."""
    names = {" ".join(words) for words in commands()}
    assert {"score", "train", "evaluate", "dimensions", "corpus check"} <= names
    assert {"model inspect", "model verify", "model card"} <= names


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_has_help_with_an_example(words: tuple[str, ...]) -> None:
    """`--help` says what the command does and shows a line to type; `-h` is the same."""
    done = run(*words, "--help")
    assert done.exit_code == 0
    assert "Usage:" in done.stdout and "Example" in done.stdout
    assert f"mvl-classify {' '.join(words[:1])}".strip() in done.stdout
    assert run(*words, "-h").stdout == done.stdout


@pytest.mark.parametrize("words", [(), ("corpus",), ("model",)], ids=" ".join)
def test_a_group_without_a_command_shows_its_help(words: tuple[str, ...]) -> None:
    """No command is a mistake that the help answers."""
    done = run(*words)
    assert done.exit_code == 2
    assert "Usage:" in done.output


def test_the_version() -> None:
    """`--version` prints name and version."""
    done = run("--version")
    assert (done.exit_code, done.stdout, done.stderr) == (0, f"mvl-classify {mvl_classify.__version__}\n", "")


def test_json_of_one_input_is_an_object(ads: Path, root: Path) -> None:
    """It is the library's result with the id, and fits the schema."""
    done = run("score", ads / "a.md", "--format", "json")
    assert (done.exit_code, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    jsonschema.validate(found, json.loads((root / "docs" / "result.schema.json").read_text(encoding="utf-8")))
    assert found == {"id": str(ads / "a.md"), **json.loads(json.dumps(mvl_classify.score(AD).to_dict()))}


def test_json_of_several_inputs_is_an_array(ads: Path) -> None:
    """In the order given; a folder stands for its files, in order of their names, those below included."""
    done = run("score", ads / "below" / "b.txt", ads, "--format", "json")
    expected = [str(ads / "below" / "b.txt"), str(ads / "a.md"), str(ads / "below" / "b.txt")]
    assert [row["id"] for row in json.loads(done.stdout)] == expected


def test_jsonl_is_an_object_a_line(ads: Path) -> None:
    """As many lines as texts, each an object."""
    done = run("score", ads, "--format", "jsonl")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["label"] for row in rows] == ["management", "leadership"]


def test_csv_has_a_head_and_a_row_a_text(ads: Path) -> None:
    """The columns are those of the schema."""
    rows = list(csv.reader(io.StringIO(run("score", ads, "--format", "csv").stdout)))
    assert rows[0] == render.csv_header(default_dimensions())
    assert [row[:2] for row in rows[1:]] == [
        [str(ads / "a.md"), "management"],
        [str(ads / "below" / "b.txt"), "leadership"],
    ]


def test_text_is_the_picture(ads: Path) -> None:
    """The default form names the file, the verdict, every dimension and the sentences."""
    done = run("score", ads / "a.md")
    assert (done.exit_code, done.stderr) == (0, "")
    assert str(ads / "a.md") in done.stdout and "management-oriented" in done.stdout
    assert "Plan the rota and assign tasks" in done.stdout
    assert done.stdout.count("│") == 1 + len(default_dimensions())
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
def test_standard_input_is_one_text(form: str) -> None:
    """`-` reads standard input, whose id is `-`."""
    done = run("score", "-", "--format", form, data=AD)
    assert (done.exit_code, done.stderr) == (0, "")
    row = next(csv.DictReader(io.StringIO(done.stdout))) if form == "csv" else json.loads(done.stdout)
    assert (row["id"], row["label"]) == ("-", "management")


def test_offsets_fit_the_bytes_of_the_file(tmp_path: Path) -> None:
    """A file with CRLF and a cp1252 dash is sliced by its own offsets."""
    text = "• Plan the rota – every week\r\n• Coach Zoë\r\n"
    (tmp_path / "ad.txt").write_bytes(text.encode("cp1252"))
    done = run("score", tmp_path / "ad.txt", "--format", "json")
    assert "cp1252" in done.stderr and done.stderr.count("\n") == 1
    for sentence in json.loads(done.stdout)["sentences"]:
        assert text[sentence["start"] : sentence["end"]] == sentence["text"]


def test_title_and_kind_are_passed_on(ads: Path) -> None:
    """The title is compared, the kind is taken as given."""
    found = json.loads(
        run("score", ads / "a.md", "--format", "json", "--title", "Team Leader", "--kind", "review").stdout
    )
    assert found["title"]["names"] == "leadership"
    assert (found["kind"], found["kind_given"]) == ("review", True)


def test_another_model_is_used_and_named(ads: Path, small_model: Path) -> None:
    """`--model` takes a folder, whose digest stands in the record."""
    found = json.loads(run("score", ads / "a.md", "--format", "json", "--model", small_model).stdout)
    assert found["model"] == Scorer(small_model).model.digest != mvl_classify.score("").model


def test_a_text_that_says_nothing_is_scored(tmp_path: Path) -> None:
    """`score` exits 0 when it has scored, also where the answer is "undetermined"."""
    (tmp_path / "hello.txt").write_text("Hello", encoding="utf-8")
    done = run("score", tmp_path / "hello.txt", "--format", "json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["reasons"] == ["too_short"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["score", "{}/nowhere.txt"], ["nowhere.txt", "no such file"]),
        (["score", "{}/picture.txt"], ["picture.txt", "binary"]),
        (["score", "{}/latin.txt", "--encoding", "utf-8"], ["latin.txt", "is not utf-8"]),
        (["score", "{}/ad.txt", "--encoding", "klingon"], ["klingon", "not known"]),
        (["score", "{}/ad.txt", "--model", "{}/nowhere"], ["nowhere", "no model"]),
        (["score", "{}/ad.txt", "--model", "{}/model.joblib"], ["model.joblib", "can run code"]),
        (["score", "{}/ad.txt", "--model", "{}/damaged"], ["damaged", "cannot be read"]),
        (["score", "{}/ad.txt", "--nonsense"], ["--nonsense", "score --help"]),
        (["score", "{}/ad.txt", "--format", "xml"], ["xml"]),
        (["score", "{}/ad.txt", "--kind", "poem"], ["poem"]),
        (["score", "{}/ad.txt", "{}/ad.txt", "--title", "Boss"], ["--title", "one input"]),
        (["score"], ["PATH", "score --help"]),
        (["scroe", "{}/ad.txt"], ["scroe"]),
        (["--nonsense"], ["--nonsense"]),
        (["evaluate"], ["FILE.jsonl"]),
        (["evaluate", "{}/nowhere.jsonl"], ["nowhere.jsonl"]),
        (["evaluate", "{}/bad.jsonl"], ["bad.jsonl:1", "boss"]),
        (["evaluate", "--leave-one-document-out", "--corpus", "{}"], ["no corpus here"]),
        (["train", "{}"], ["no corpus here"]),
        (["train", "{}/nowhere"], ["nowhere"]),
        (["corpus", "check", "{}/nowhere"], ["no corpus here"]),
        (["model", "inspect", "{}/nowhere"], ["nowhere", "no model"]),
        (["model", "verify", "{}/damaged"], ["damaged"]),
        (["model", "card", "{}/nowhere"], ["nowhere", "no model"]),
        (["dimensions", "--model", "{}/nowhere"], ["nowhere"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_one_line_and_exit_2(tmp_path: Path, arguments: list[str], words: list[str]) -> None:
    """A missing or binary file, wrong encoding, unreadable model, unknown option: what, where, no traceback."""
    (tmp_path / "ad.txt").write_text(AD, encoding="utf-8")
    (tmp_path / "latin.txt").write_bytes("Café".encode("latin-1"))
    (tmp_path / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (tmp_path / "model.joblib").write_bytes(b"\x80\x04.")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "manifest.json").write_text("{", encoding="utf-8")
    (tmp_path / "bad.jsonl").write_text('{"text": "x", "label": "boss"}\n', encoding="utf-8")
    one_line(run(*(argument.format(tmp_path) for argument in arguments)), *words)


def fail(*_: object, **__: object) -> None:
    """Fail as no code of ours would."""
    raise ZeroDivisionError("a line\nand another")


def test_an_unexpected_error_is_one_line_too(ads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named with its type, and the line says how to see more."""
    monkeypatch.setattr(Scorer, "score_many", fail)
    one_line(run("score", ads / "a.md"), "unexpected ZeroDivisionError: a line and another", "--debug")


@pytest.mark.parametrize("place", [0, 1, 2])
def test_debug_shows_the_traceback(ads: Path, monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    """Anywhere on the line; the exit code and the last line stay as they are."""
    monkeypatch.setattr(Scorer, "score_many", fail)
    arguments = ["score", str(ads / "a.md")]
    arguments.insert(place, "--debug")
    done = run(*arguments)
    assert done.exit_code == 2
    assert "Traceback (most recent call last)" in done.stderr and 'raise ZeroDivisionError("a line' in done.stderr
    assert done.stderr.splitlines()[-1].startswith("mvl-classify: unexpected ZeroDivisionError")


def test_debug_changes_nothing_where_all_is_well(ads: Path) -> None:
    """The same data, and nothing on standard error."""
    plain, debug = (
        run("score", ads / "a.md", "--format", "json"),
        run("score", ads / "a.md", "--format", "json", "--debug"),
    )
    assert (debug.exit_code, debug.stdout, debug.stderr) == (0, plain.stdout, "")


def test_the_dimensions_are_listed() -> None:
    """As a table with both poles, or as the plain data of the set."""
    shown = run("dimensions")
    assert shown.exit_code == 0
    assert all(key in shown.stdout for key in default_dimensions())
    assert json.loads(run("dimensions", "--format", "json").stdout) == default_dimensions().to_dict()


def test_a_model_is_inspected(small_model: Path) -> None:
    """The manifest without the dimensions' texts, and the heaviest features of each pole."""
    done = run("model", "inspect", small_model, "--top", "3")
    assert done.exit_code == 0
    manifest, end = json.JSONDecoder().raw_decode(done.stdout)
    assert manifest["digest"] == Scorer(small_model).model.digest
    assert manifest["corpus"]["rows"] > 100
    rest = done.stdout[end:].strip().splitlines()
    assert [line.split(":")[0] for line in rest] == ["management", "leadership"]
    assert all(line.count("(+") == 3 for line in rest)


def test_a_model_is_verified(small_model: Path) -> None:
    """Files, arrays and golden sentences are as the manifest says; without a folder it is the default model."""
    assert "golden sentences" in run("model", "verify", small_model).stdout
    assert run("model", "verify").exit_code == 0


def test_other_numbers_are_found_by_verify(small_model: Path, tmp_path: Path) -> None:
    """Golden sentences that no longer score as written are exit 2, though every digest fits."""
    import shutil

    from mvl_classify import artifact

    model = shutil.copytree(small_model, tmp_path / "other")
    lines = (model / artifact.GOLDEN).read_text(encoding="utf-8").splitlines()
    row = json.loads(lines[0])
    row["logits"]["management"] += 0.01
    (model / artifact.GOLDEN).write_text("\n".join([json.dumps(row), *lines[1:]]) + "\n", encoding="utf-8")
    artifact.write_manifest(model, artifact.read_manifest(model))
    one_line(run("model", "verify", model), "differs by 0.01")


def test_the_card_is_printed(small_model: Path) -> None:
    """What lies in the folder, byte for byte."""
    assert run("model", "card", small_model).stdout == (small_model / "README.md").read_text(encoding="utf-8")


def test_a_sound_corpus_is_exit_0(small_corpus: Path) -> None:
    """The counts of every cell go to standard output."""
    done = run("corpus", "check", small_corpus)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "122 rows, 0 findings" in done.stdout
    assert all(key in done.stdout for key in default_dimensions())


def test_a_broken_corpus_is_exit_1(small_corpus: Path, tmp_path: Path) -> None:
    """Each finding is a line on standard error with file, line and rule; copies of a real file are found."""
    (tmp_path / "written").mkdir()
    lines = (small_corpus / "written" / "small.jsonl").read_text(encoding="utf-8").splitlines()
    (tmp_path / "written" / "w.jsonl").write_text("\n".join([*lines, lines[0]]) + "\n", encoding="utf-8")
    long = next(row for row in map(json.loads, lines[1:]) if row["text"].count(" ") > 12)
    (tmp_path / "real.jsonl").write_text(
        json.dumps({"text": long["text"], "label": "neutral"}) + "\n", encoding="utf-8"
    )
    done = run("corpus", "check", tmp_path, "--real", tmp_path / "real.jsonl")
    assert done.exit_code == 1
    assert "w.jsonl:123: id:" in done.stderr and "w.jsonl:123: duplicate:" in done.stderr and ": copy:" in done.stderr
    assert "findings" in done.stdout


def test_a_corpus_becomes_a_model(small_corpus: Path, small_model: Path, tmp_path: Path, one_thread: None) -> None:
    """`train` writes the folder that the library writes: figures on stdout, progress on stderr."""
    done = run("train", small_corpus, "--output", tmp_path / "my-model")
    assert done.exit_code == 0, done.stderr
    assert "corpus_folds" in json.loads(done.stdout)
    assert "fold 1 of 5" in done.stderr and "my-model" in done.stderr
    for name in ("weights.safetensors", "golden.jsonl"):
        assert (tmp_path / "my-model" / name).read_bytes() == (small_model / name).read_bytes()


def test_a_process_scores_and_fails_as_the_runner_says(ads: Path) -> None:
    """The installed entry: data alone on stdout, and the same bytes as in this process."""
    done = process("score", ads, "--format", "jsonl")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode("utf-8") == run("score", ads, "--format", "jsonl").stdout


@pytest.mark.parametrize(
    "arguments", [["score", "nowhere.txt"], ["score", "--nonsense"], ["score", "x", "--model", "nowhere"], ["nonsense"]]
)
def test_a_process_ends_with_one_line_and_2(arguments: list[str], tmp_path: Path) -> None:
    """A mistake in a process of its own."""
    done = process(*arguments)
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)
    assert done.stderr.startswith(b"mvl-classify: ")


def test_a_process_reads_standard_input_as_bytes() -> None:
    """UTF-16 with a mark on standard input is text; NUL bytes without one are exit 2."""
    marked = process("score", "-", "--format", "json", data=AD.encode("utf-16"))
    assert (marked.returncode, json.loads(marked.stdout)["label"]) == (0, "management")
    binary = process("score", "-", data=b"\0\1\2")
    assert (binary.returncode, binary.stdout, binary.stderr.count(b"\n")) == (2, b"", 1)


def test_colour_is_for_terminals_and_no_color_is_honoured(ads: Path) -> None:
    """A pipe gets no escape codes; where colour is forced, NO_COLOR takes the colours away again."""
    assert b"\x1b[" not in process("score", ads / "a.md").stdout
    plain = process("score", ads / "a.md", FORCE_COLOR="1", NO_COLOR="1").stdout
    assert b"\x1b[38" not in plain and b"\x1b[3" not in plain.replace(b"\x1b[3m", b"")


def test_a_reader_that_goes_away_ends_the_run_quietly(ads: Path) -> None:
    """`mvl-classify score ads/ | head -1` shows no error."""
    command = [sys.executable, "-m", "mvl_classify", "score", *[str(ads)] * 40, "--format", "jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None and running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        said = running.stderr.read()
    assert (running.returncode, said) == (141, b"")
