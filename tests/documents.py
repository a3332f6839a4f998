"""Makes small documents of every kind, sound and broken, without any other program."""

import io
import zipfile
import zlib
from collections.abc import Sequence

from docx import Document
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, StreamObject


def docx(*paragraphs: tuple[str, str]) -> bytes:
    """Return a .docx of (style, text) paragraphs."""
    document = Document()
    for style, text in paragraphs:
        document.add_paragraph(text, style=style)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def exploding_docx(megabytes: int) -> bytes:
    """Return a small archive that unpacks to so many megabytes of blanks."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as part:
        for _ in range(megabytes):
            part.write(b" " * 1_000_000)
    return out.getvalue()


def lying_docx(megabytes: int) -> bytes:
    """Return an archive whose directory says that its part is small, though it unpacks to so many megabytes."""
    data = bytearray(exploding_docx(megabytes))
    size = (megabytes * 1_000_000).to_bytes(4, "little")
    at = data.find(size)
    while at >= 0:
        data[at : at + 4] = (1000).to_bytes(4, "little")
        at = data.find(size, at)
    return bytes(data)


def exploding_pdf(megabytes: int) -> bytes:
    """Return a small PDF whose page unpacks to so many megabytes of blanks."""
    writer = PdfWriter(clone_from=io.BytesIO(pdf([["x"]])))
    stream = StreamObject()
    stream._data = zlib.compress(b" " * megabytes * 1_000_000, 9)
    stream[NameObject("/Filter")] = NameObject("/FlateDecode")
    writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pdf(pages: Sequence[Sequence[str]], *, password: str | None = None, owner: str | None = None) -> bytes:
    """Return a PDF with these lines on its pages, encrypted when a password is given."""
    writer = PdfWriter()
    for lines in pages:
        page = writer.add_blank_page(600, 800)
        font = {"Type": "Font", "Subtype": "Type1", "BaseFont": "Helvetica", "Encoding": "WinAnsiEncoding"}
        named = DictionaryObject({NameObject(f"/{key}"): NameObject(f"/{value}") for key, value in font.items()})
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): named})}
        )
        stream = DecodedStreamObject()
        drawn = [f"1 0 0 1 72 {750 - 20 * row} Tm ({line}) Tj" for row, line in enumerate(lines)]
        stream.set_data(f"BT /F1 12 Tf {' '.join(drawn)} ET".encode("cp1252"))
        page[NameObject("/Contents")] = writer._add_object(stream)
    if password is not None:
        writer.encrypt(password, owner, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
