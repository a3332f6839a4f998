"""`score`: reports, output files, extracted text, and what happens to files that cannot be read."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from commandline import Outcome, command, with_input
from documents import docx, exploding_docx, pdf
from mvl_classify.wording import signed

AD = docx(("Title", "Team Leader"), ("List Bullet", "Inspire and coach colleagues"), ("Normal", "Enforce procedures."))
Run = Callable[..., Outcome]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Return the command line, run in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: command(capsys, monkeypatch, *arguments)


def test_a_docx_becomes_a_report_with_one_command(run: Run) -> None:
    """`score ad.docx --format html -o report.html` writes the page, and nothing to standard output."""
    Path("ad.docx").write_bytes(AD)
    done = run("score", "ad.docx", "--format", "html", "-o", "report.html")
    assert (done.code, done.out) == (0, "")
    page = Path("report.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>") and "Inspire" in page and "ad.docx" in page


def test_without_output_the_page_goes_to_standard_output(run: Run) -> None:
    """One text's report is data like any other."""
    Path("a.md").write_text("You coach people.")
    done = run("score", "a.md", "--format", "html")
    assert done.code == 0 and done.out.startswith("<!DOCTYPE html>") and done.out.endswith("</html>\n")


def test_several_texts_make_an_index_and_a_page_each(run: Run) -> None:
    """The folder holds index.html, which links a page a text that links back."""
    Path("ads/sub").mkdir(parents=True)
    for name in ("a.md", "b.md", "sub/a.md"):
        Path("ads", name).write_text("You coach people.")
    assert run("score", "ads", "--format", "html", "-o", "reports").code == 0
    names = sorted(file.name for file in Path("reports").iterdir())
    assert names == ["ads-a-md.html", "ads-b-md.html", "ads-sub-a-md.html", "index.html"]
    index = Path("reports/index.html").read_text(encoding="utf-8")
    assert all(f'href="{name}"' in index for name in names if name != "index.html")
    assert 'href="index.html"' in Path("reports/ads-a-md.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("output", [[], ["-o", "report.html"], ["-o", "a.md"]])
def test_several_texts_need_a_folder(run: Run, output: list[str]) -> None:
    """Without a folder to write into, several reports are exit 2 with the remedy."""
    for name in ("a.md", "b.md"):
        Path(name).write_text("You coach people.")
    done = run("score", "a.md", "b.md", "--format", "html", *output)
    assert done.code == 2 and done.err.count("\n") == 1 and "-o" in done.err
    assert Path("a.md").read_text() == "You coach people."


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "text"])
def test_output_is_for_every_format(run: Run, form: str) -> None:
    """-o writes to a file what would go to standard output."""
    Path("a.md").write_text("You coach people – daily.")
    printed = run("score", "a.md", "--format", form).out
    assert run("score", "a.md", "--format", form, "-o", "out").out == ""
    assert Path("out").read_text(encoding="utf-8") == printed != ""


def test_an_input_is_never_written_over(run: Run) -> None:
    """-o that names an input is refused."""
    Path("a.md").write_text("You coach people.")
    done = run("score", "a.md", "-o", "./a.md")
    assert done.code == 2 and "one of the inputs" in done.err
    assert Path("a.md").read_text() == "You coach people."


def test_an_unwritable_target_is_one_line(run: Run) -> None:
    """A folder that does not exist is named; nothing is left behind."""
    Path("a.md").write_text("You coach people.")
    done = run("score", "a.md", "-o", "none/out.txt")
    assert done.code == 2 and "none/out.txt: cannot be written" in done.err
    assert [file.name for file in Path().iterdir()] == ["a.md"]


def test_the_report_says_what_the_other_faces_say(run: Run) -> None:
    """The orientation in the page is that of the JSON."""
    Path("ad.docx").write_bytes(AD)
    found = json.loads(run("score", "ad.docx", "--format", "json").out)
    page = run("score", "ad.docx", "--format", "html").out
    assert f"Orientation <strong>{signed(found['orientation'])}</strong>" in page


def test_show_text_prints_what_offsets_refer_to(run: Run) -> None:
    """--show-text prints the extracted text; every sentence's offsets point into it."""
    Path("ad.docx").write_bytes(AD)
    text = run("score", "ad.docx", "--show-text").out
    assert text == "## Team Leader\n- Inspire and coach colleagues\nEnforce procedures.\n"
    for sentence in json.loads(run("score", "ad.docx", "--format", "json").out)["sentences"]:
        assert text[sentence["start"] : sentence["end"]] == sentence["text"]


def test_show_text_of_several_names_each(run: Run) -> None:
    """Several texts stand under their names."""
    Path("a.txt").write_text("One.")
    Path("b.txt").write_text("Two.")
    assert run("score", "a.txt", "b.txt", "--show-text").out == "==> a.txt <==\nOne.\n\n==> b.txt <==\nTwo.\n\n"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("locked.pdf", pdf([["x"]], password="p")),
        ("scan.pdf", pdf([[]])),
        ("torn.docx", AD[:1000]),
        ("bomb.docx", exploding_docx(70)),
        ("none.html", b"<p></p>"),
    ],
)
def test_a_named_file_that_cannot_be_read_is_exit_2(run: Run, name: str, data: bytes) -> None:
    """One clear line with the file's name, nothing on standard output."""
    Path(name).write_bytes(data)
    done = run("score", name)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"mvl-classify: {name}: ") and done.err.count("\n") == 1


def test_a_folder_goes_on_without_its_unreadable_files(run: Run) -> None:
    """Each unreadable file is a line on standard error and a row of the index; the others are scored."""
    Path("ads").mkdir()
    Path("ads/good.docx").write_bytes(AD)
    Path("ads/locked.pdf").write_bytes(pdf([["x"]], password="p"))
    Path("ads/torn.docx").write_bytes(AD[:1000])
    done = run("score", "ads", "--format", "jsonl")
    assert done.code == 0
    assert [json.loads(line)["id"] for line in done.out.splitlines()] == ["ads/good.docx"]
    assert "ads/locked.pdf: is encrypted" in done.err and "ads/torn.docx: is damaged" in done.err
    assert "2 of 3 files could not be read" in done.err
    assert run("score", "ads", "--format", "html", "-o", "out").code == 0
    index = Path("out/index.html").read_text(encoding="utf-8")
    assert "Not scored" in index and "ads/locked.pdf" in index


def test_a_folder_without_a_readable_file_is_exit_2(run: Run) -> None:
    """Where nothing could be scored the command has failed."""
    Path("ads").mkdir()
    Path("ads/locked.pdf").write_bytes(pdf([["x"]], password="p"))
    done = run("score", "ads")
    assert (done.code, done.out) == (2, "") and "no file could be read" in done.err


def test_a_report_on_standard_input_has_a_name(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page of - is called standard input."""
    with_input(monkeypatch, b"You coach people.")
    assert "<bdi>standard input</bdi>" in run("score", "-", "--format", "html").out


def test_documents_on_standard_input_are_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PDF on standard input is no text: it is never scored as one."""
    with_input(monkeypatch, pdf([["x"]]))
    done = run("score", "-")
    assert done.code == 2 and ".pdf" in done.err
