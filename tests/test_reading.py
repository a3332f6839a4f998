"""Documents as they come: what each reader makes of them, and what it refuses."""

import builtins
import importlib.util
import io
import zipfile
from pathlib import Path

import pytest
from docx import Document
from docx.oxml import parse_xml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documents import docx, exploding_docx, exploding_pdf, lying_docx, pdf
from mvl_classify import InputError, readers
from mvl_classify.errors import DependencyError
from mvl_classify.readers import expand, read
from mvl_classify.webpage import webpage_text

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
SEALED = b"From: a@b.example\nContent-Type: multipart/encrypted; boundary=b\n\n--b\n\nx\n--b--\n"
AD = docx(("Heading 1", "What you will do"), ("List Bullet", "Coach colleagues"), ("Normal", "Set a vision."))


def text(folder: Path, name: str, data: bytes) -> str:
    """Write a file and return the text that is read from it."""
    (folder / name).write_bytes(data)
    return read(folder / name).text


def test_docx_gives_lines_with_headings_and_bullets(tmp_path: Path) -> None:
    """Each paragraph is a line; headings and list items are marked so that sections are found."""
    assert text(tmp_path, "ad.docx", AD) == "## What you will do\n- Coach colleagues\nSet a vision.\n"


def test_docx_reads_tables_and_content_controls_and_insertions_in_place(tmp_path: Path) -> None:
    """Text in tables, content controls and tracked insertions is read once, where it stands; deletions are not."""
    document = Document()
    document.add_paragraph("First")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "left", "right"
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = document.element.body
    control = f"<w:sdt {w}><w:sdtContent><w:p><w:r><w:t>control</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    tracked = (
        f"<w:p {w}><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del>"
        "<w:r><w:tab/><w:t>end</w:t><w:br/><w:t>next</w:t></w:r></w:p>"
    )
    for xml in (control, tracked):
        body.insert(len(body) - 1, parse_xml(xml))
    out = io.BytesIO()
    document.save(out)
    assert text(tmp_path, "a.docx", out.getvalue()) == "First\nleft\nright\ncontrol\nnew\tend\nnext\n"


def test_docx_pictures_are_not_unpacked(tmp_path: Path) -> None:
    """A document with a huge picture is read: only what can hold text is unpacked and counted."""
    out = io.BytesIO(AD)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("word/media/x.bmp", "w") as part:
        for _ in range(70):
            part.write(bytes(1_000_000))
    assert "Set a vision." in text(tmp_path, "ad.docx", out.getvalue())


def test_html_gives_what_a_reader_sees(tmp_path: Path) -> None:
    """Blocks are lines, white space is folded, entities are characters; scripts and hidden parts are left out."""
    page = (
        "<!doctype html><head><title>t</title><style>p{}</style></head><body><nav>menu</nav><h2>What  you\n do</h2>"
        "<p>Coach <b>col</b>leagues &amp; listen.<br>Set a vision.</p><ul><li><p>one</p></li><li>two<ul><li>three"
        "</ul></ul><div hidden>no</div><p style='display: none'>no</p><script>no()</script><!-- no --><p>Café</p>"
    )
    wanted = "## What you do\nCoach colleagues & listen.\nSet a vision.\n- one\n- two\n- three\nCafé\n"
    assert text(tmp_path, "ad.html", page.encode()) == wanted
    declared = page.replace("<head>", "<head><meta charset='iso-8859-15'>").replace("Café", "Café €")
    assert text(tmp_path, "b.htm", declared.encode("iso-8859-15")) == wanted.replace("Café", "Café €")


@settings(max_examples=60, deadline=None)
@given(markup=st.text(st.sampled_from("<>/ab hlipdv123!-&;\"'= \n"), max_size=80))
def test_any_markup_is_read_without_tags_of_ours(markup: str) -> None:
    """However broken the page, words outside of tags come through."""
    assert "Coach people" in webpage_text(f"<p>Coach people</p>{markup}")


def test_deep_html_is_read(tmp_path: Path) -> None:
    """Nesting that would exhaust a recursive reader is no obstacle."""
    assert text(tmp_path, "d.html", b"<div>" * 20_000 + b"You lead." + b"</div>" * 20_000) == "You lead.\n"


def test_pdf_gives_its_lines(tmp_path: Path) -> None:
    """The lines of all pages are read; a page without text is noted."""
    (tmp_path / "ad.pdf").write_bytes(pdf([["Team Leader", "Coach colleagues."], [], ["Set a vision."]]))
    source = read(tmp_path / "ad.pdf")
    assert source.text == "Team Leader\nCoach colleagues.\n\nSet a vision.\n"
    assert source.note is not None and "1 of 3 pages hold no text" in source.note


def test_pdf_locked_against_editing_only_is_read(tmp_path: Path) -> None:
    """A PDF that opens without a password is read, whatever its owner forbids."""
    assert text(tmp_path, "a.pdf", pdf([["Coach."]], password="", owner="secret")) == "Coach.\n"


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_eml_gives_its_body(tmp_path: Path, kind: str) -> None:
    """An e-mail's text is its body, plain or HTML, in its own charset; attachments are noted."""
    body = "<p>Coach colleagues – caf=E9</p>" if kind == "html" else "Coach colleagues caf=E9"
    mail = (
        'From: a@b.example\nSubject: Job\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="x"\n\n--x\n'
        f"Content-Type: text/{kind}; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n{body}\n"
        "--x\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf\n\nx\n--x--\n"
    )
    (tmp_path / "a.eml").write_bytes(mail.encode())
    source = read(tmp_path / "a.eml")
    assert source.text.startswith("Coach colleagues") and source.text.rstrip().endswith("café")
    assert source.note is not None and "1 attachment" in source.note


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.pdf", pdf([["x"]], password="secret"), "is encrypted"),
        ("a.docx", OLE + "EncryptedPackage".encode("utf-16-le"), "is encrypted"),
        ("a.eml", SEALED, "is encrypted"),
        ("a.txt", b"", "is empty"),
        ("a.docx", b"", "is empty"),
        ("a.pdf", b"", "is empty"),
        ("a.md", b" \n\t", "holds no text"),
        ("a.html", b"<html><script>x</script></html>", "holds no text"),
        ("a.docx", docx(("Normal", "")), "holds no text"),
        ("a.eml", b"From: a@b.example\n\n\n", "holds no text"),
        ("a.pdf", pdf([[], []]), "scanned"),
        ("a.docx", AD[:2000], "is damaged"),
        ("a.docx", b"PK\x03\x04 no more", "is damaged"),
        ("a.pdf", pdf([["x"]])[:200], "is damaged"),
        ("a.pdf", b"hello", "is damaged"),
        ("a.eml", b"no mail at all\n", "is not an e-mail"),
        ("a.docx", OLE, "old Word file"),
        ("a.doc", OLE, "save it as .docx"),
        ("a.txt", b"%PDF-1.7 x", "name it so"),
        ("a.docx", exploding_docx(70), "unpacks to more than 32 MB"),
        ("a.docx", lying_docx(70), "is damaged"),
        ("a.pdf", exploding_pdf(100), "unpacks to more than is read"),
    ],
)
def test_what_cannot_be_read_is_one_clear_line(tmp_path: Path, name: str, data: bytes, why: str) -> None:
    """The message names the file and why, on one line."""
    with pytest.raises(InputError, match=why) as caught:
        text(tmp_path, name, data)
    assert str(caught.value).startswith(f"{tmp_path / name}: ") and "\n" not in str(caught.value)


def test_enormous_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of too many bytes, pages or characters is refused, never cut off."""
    with (tmp_path / "big.txt").open("wb") as file:
        file.truncate(readers.MAX_BYTES + 1)
    with pytest.raises(InputError, match="larger than 50 MB"):
        read(tmp_path / "big.txt")
    with pytest.raises(InputError, match="2,000,000 characters"):
        text(tmp_path, "long.md", b"word " * 400_001)
    with pytest.raises(InputError, match="200,000 tags"):
        text(tmp_path, "long.html", b"<p>" * 200_001)
    monkeypatch.setattr("mvl_classify.word.MAX_TAGS", 20)
    with pytest.raises(InputError, match="more than 20 tags"):
        text(tmp_path, "long.docx", AD)
    monkeypatch.setattr("mvl_classify.pdf.MAX_PAGES", 2)
    with pytest.raises(InputError, match="has 3 pages"):
        text(tmp_path, "long.pdf", pdf([["a"], ["b"], ["c"]]))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1), junk=st.binary(min_size=1, max_size=40), suffix=st.sampled_from([".docx", ".pdf"]))
def test_damage_is_reported_or_read_over(tmp_path: Path, place: float, junk: bytes, suffix: str) -> None:
    """Whatever bytes are damaged, a document gives text or an InputError, nothing else."""
    data = bytearray(AD if suffix == ".docx" else pdf([["Coach colleagues."]]))
    at = int(place * (len(data) - len(junk)))
    data[at : at + len(junk)] = junk
    try:
        assert isinstance(text(tmp_path, f"a{suffix}", bytes(data)), str)
    except InputError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("name", ["a.html", "a.docx", "a.pdf"])
def test_without_the_extra_the_message_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Where the documents extra is not installed, the message says how to install it."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda package: None)
    with pytest.raises(DependencyError, match=r"pip install 'mvl-classify\[documents\]'"):
        text(tmp_path, name, b"x")


def test_a_folder_gives_its_documents_and_counts_the_rest(tmp_path: Path) -> None:
    """Documents of every kind are listed in order of their names; pictures and hidden files are not."""
    for name in ("b.PDF", "a.docx", "sub/c.eml", "d.doc", "x.png", "y.png", ".hidden.txt", ".git/e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = expand(str(tmp_path))
    assert [str(file.relative_to(tmp_path)) for file in found.files] == ["a.docx", "b.PDF", "d.doc", "sub/c.eml"]
    assert found.folder and found.others == "2 .png"


def test_plain_text_needs_no_document_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading .txt and .eml imports none of the extra's packages."""
    real = builtins.__import__

    def guarded(name: str, *rest: object) -> object:
        assert name.split(".")[0] not in {"bs4", "docx", "pypdf"}
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", guarded)
    assert text(tmp_path, "a.txt", b"Coach.") == "Coach."
    assert text(tmp_path, "a.eml", b"From: a@b.example\n\nCoach.\n") == "Coach.\n"
