"""Bytes into text: byte-order marks, UTF-8, older encodings named, binary files refused."""

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvl_classify import EncodingError, InputError
from mvl_classify.readers import decode, read

TEXT = "Plan the café’s rota – “every week”…\r\n• Coach Zoë\n"


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_is_believed_and_left_out(mark: bytes, encoding: str) -> None:
    """The text begins behind the mark, and nothing was guessed."""
    source = decode(mark + TEXT.encode(encoding), "ad.txt")
    assert (source.id, source.text, source.note) == ("ad.txt", TEXT, None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le"])
def test_a_mark_is_left_out_where_the_encoding_is_given(encoding: str) -> None:
    """Whoever names the encoding does not get the mark as a first character."""
    data = ("" if encoding == "utf-8-sig" else "\ufeff").encode(encoding) + TEXT.encode(encoding)
    assert decode(data, "ad.txt", encoding).text == TEXT


@given(st.text().filter(lambda text: "\0" not in text and not text.startswith("\ufeff")))
def test_utf8_is_read_as_it_stands(text: str) -> None:
    """Every character and line break is kept, so offsets fit the file."""
    assert decode(text.encode("utf-8"), "ad.txt").text == text


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "Café",
        "“Lead” – it’s fine",
        "£30,000 a year. Plans the rota.",
        "She is naïve and works in Malmö – 5 € per hour",
        "Résumé of the manager’s goals.\n• Plan the rota\n• Check each invoice\n",
    ],
)
def test_cp1252_is_found_and_named(text: str) -> None:
    """What most older English text is written in, however short; the note says so and how to set another."""
    source = decode(text.encode("cp1252"), "ad.txt")
    assert source.text == text
    assert source.note is not None
    assert "ad.txt" in source.note and "cp1252" in source.note and "--encoding" in source.note


@given(st.binary(min_size=1, max_size=60).filter(lambda data: b"\0" not in data))
def test_bytes_without_nul_are_always_text(data: bytes) -> None:
    """Whatever is not UTF-8 is read in an 8-bit encoding with a note; only a false mark is an error."""
    try:
        source = decode(data, "ad.txt")
    except EncodingError as error:
        assert "begins as" in str(error)
        return
    try:
        expected = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        assert source.note is not None
        assert len(source.text) == len(data) or data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    else:
        assert (source.text, source.note) == (expected, None)


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\0\0\0", "Plan".encode("utf-16-le"), b"\0"])
def test_nul_without_a_mark_is_binary(data: bytes) -> None:
    """Pictures and unmarked UTF-16 are refused by name, not scored as rubbish."""
    with pytest.raises(InputError, match=r"ad\.txt: is a binary file"):
        decode(data, "ad.txt")


def test_a_false_mark_is_an_error() -> None:
    """A file that begins as UTF-16 and is not says at which byte."""
    with pytest.raises(EncodingError, match="begins as utf-16"):
        decode(codecs.BOM_UTF16_LE + b"abc", "ad.txt")


def test_a_forced_encoding_is_used() -> None:
    """No guess and no note, even where another reading is possible."""
    source = decode(TEXT.encode("cp1252"), "ad.txt", "cp1252")
    assert (source.text, source.note) == (TEXT, None)
    assert decode("Plan".encode("utf-16-le"), "ad.txt", "utf-16-le").text == "Plan"
    assert decode("é".encode("latin-1"), "ad.txt", "cp1251").text == "й"


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "utf-16"])
def test_a_forced_encoding_that_does_not_fit_fails(encoding: str) -> None:
    """Name, encoding and byte are in the message."""
    with pytest.raises(EncodingError, match=rf"ad\.txt: is not {encoding} \(byte \d+"):
        decode(b"Caf\xe9!", "ad.txt", encoding)


@pytest.mark.parametrize("encoding", ["klingon", "", "hex"])
def test_an_unknown_encoding_is_an_error(encoding: str) -> None:
    """The message names it and two that exist."""
    with pytest.raises(EncodingError, match="try utf-8 or cp1252"):
        decode(b"x", "ad.txt", encoding)


def test_a_file_is_known_by_its_path(tmp_path: Path) -> None:
    """The id of a source is the path as given."""
    path = tmp_path / "ad.txt"
    path.write_bytes(TEXT.encode("utf-8"))
    assert read(path).id == str(path)
    assert read(path).text == TEXT


def test_a_file_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    """A missing file and a folder are named with the reason."""
    for path in (tmp_path / "nowhere.txt", tmp_path):
        with pytest.raises(InputError, match="cannot be read") as caught:
            read(path)
        assert str(path) in str(caught.value)
