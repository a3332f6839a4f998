"""What the pages on report, documents and policy say is so."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from mvl_classify import default_dimensions, pdf, readers, webpage, word
from mvl_classify.policy import Policy


def page(root: Path, name: str) -> str:
    """Return a page of the documentation."""
    return (root / "docs" / name).read_text(encoding="utf-8")


def test_the_policies_in_the_page_can_be_used(root: Path, tmp_path: Path) -> None:
    """Every TOML block is a policy that the reader takes."""
    blocks = re.findall(r"```toml\n(.*?)```", page(root, "policy.md"), re.DOTALL)
    assert blocks
    for block in blocks:
        (tmp_path / "policy.toml").write_text(block, encoding="utf-8")
        policy = Policy.read(tmp_path / "policy.toml", default_dimensions())
        assert len(policy.rules) == len(tomllib.loads(block)["rules"])


def test_the_limits_in_the_page_are_those_of_the_readers(root: Path) -> None:
    """Bytes, characters, pages, seconds and unpacked bytes are documented as they are."""
    text = page(root, "documents.md")
    for limit in (
        f"{readers.MAX_BYTES // 1_000_000} MB",
        f"{readers.MAX_CHARACTERS:,} characters",
        f"{webpage.MAX_TAGS:,} tags",
        f"{word.MAX_TAGS:,} tags",
        f"{pdf.MAX_PAGES:,} pages",
        f"{pdf.MAX_SECONDS:.0f} seconds",
        f"{word.MAX_UNPACKED // 1_000_000} MB",
    ):
        assert limit in text


def test_every_suffix_is_documented(root: Path) -> None:
    """What is read, and what is refused with a remedy, is listed."""
    text = page(root, "documents.md")
    known = (readers.PLAIN | readers.READERS.keys() | readers.INSTEAD.keys()) - {"", ".dot"}
    assert not [suffix for suffix in known if f"`{suffix}`" not in text]


def test_the_python_of_the_report_page_runs(root: Path) -> None:
    """The example in the page makes a page."""
    code = re.search(r"^    import mvl_classify.*?name=\"an ad\"\)$", page(root, "report.md"), re.DOTALL | re.MULTILINE)
    assert code is not None
    script = re.sub(r"^    ", "", code[0], flags=re.MULTILINE) + "\nprint(page[:15])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "<!DOCTYPE html>\n"


@pytest.mark.parametrize("name", ["report.md", "documents.md", "policy.md"])
def test_pictures_and_links_are_there(root: Path, name: str) -> None:
    """What a page shows or links within the repository exists."""
    for target in re.findall(r"\]\(([^)#]+)\)", page(root, name)):
        assert (root / "docs" / target).is_file()
