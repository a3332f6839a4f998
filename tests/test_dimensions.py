"""The dimension set: the thirteen as they ship, and errors that say what is wrong with one's own."""

from pathlib import Path

import pytest

from mvl_classify import DimensionSet, InputError, default_dimensions

CODEBOOK_ORDER = (
    "focus direction time_horizon innovation method scope relationship development communication decision_making "
    "risk influence expertise"
).split()
POLES = 'management = {name = "a", meaning = "b"}\nleadership = {name = "c", meaning = "d"}\n'


def toml(tmp_path: Path, text: str) -> Path:
    """Write a dimensions file."""
    path = tmp_path / "dimensions.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_thirteen_stand_in_the_codebooks_order() -> None:
    """Ids and order are those of the codebook's table."""
    assert list(default_dimensions()) == CODEBOOK_ORDER
    assert default_dimensions().ids == tuple(CODEBOOK_ORDER)
    assert len(default_dimensions()) == 13


def test_the_codebook_has_the_same_ids(root: Path) -> None:
    """Every id is a row of the codebook's table, in order."""
    lines = (root / "corpus" / "CODEBOOK.md").read_text(encoding="utf-8").splitlines()
    assert [line.split("`")[1] for line in lines if line.startswith("| `") and line.count("|") == 5] == CODEBOOK_ORDER


def test_every_pole_reads_well_on_a_report() -> None:
    """A short name, a meaning that is a sentence, phrases, and the documents it comes from."""
    for dimension in default_dimensions().values():
        assert dimension.sources
        for pole in ("management", "leadership"):
            text = dimension.pole(pole)  # type: ignore[arg-type]
            assert 0 < len(text.name) <= 30 and not text.name.endswith(".")
            assert text.meaning.endswith(".") and text.phrases
        assert dimension.management.name != dimension.leadership.name
    expertise = default_dimensions()["expertise"]
    assert (expertise.management.name, expertise.leadership.name) == ("knows the area", "drive and character")


def test_plain_data_makes_the_same_set_again() -> None:
    """`to_dict` and `from_dict` are a round trip."""
    ours = default_dimensions()
    assert DimensionSet.from_dict(ours.to_dict(), "here") == ours


def test_a_set_is_a_mapping_that_misses_by_name() -> None:
    """An unknown id is a KeyError, and not in the set."""
    assert "charisma" not in default_dimensions()
    with pytest.raises(KeyError, match="charisma"):
        default_dimensions()["charisma"]


def test_dimensions_of_ones_own_are_read(tmp_path: Path) -> None:
    """Name, poles and an id are enough; phrases and sources may be left out."""
    own = DimensionSet.read(toml(tmp_path, f'[[dimensions]]\nid = "tone"\nname = "Tone"\n{POLES}'))
    assert own.ids == ("tone",)
    assert own["tone"].management.phrases == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"expected a list of \[\[dimensions\]\]"),
        ("dimensions = 3", "expected a list"),
        ("dimensions = []", "expected a list"),
        ("dimensions = [1]", "dimension 1"),
        ("[[dimensions", "is not valid TOML"),
        (f'[[dimensions]]\nid = "a"\n{POLES}', "dimension 1 has no 'name'"),
        (f'[[dimensions]]\nname = "A"\n{POLES}', "dimension 1 has no 'id'"),
        ('[[dimensions]]\nid = "a"\nname = "A"\nmanagement = {name = "x", meaning = "y"}', "has no 'leadership'"),
        (f'[[dimensions]]\nid = "a"\nname = "A"\n{POLES.replace("meaning", "sense")}', "has no 'meaning'"),
        (f'[[dimensions]]\nid = "a b"\nname = "A"\n{POLES}', "'a b' is not an identifier"),
        (f"[[dimensions]]\nid = 3\nname = 'A'\n{POLES}", "the id 3 is not an identifier"),
        ('[[dimensions]]\nid = "a"\nname = "A"\nmanagement = 1\nleadership = 2', "dimension 1"),
        (f'[[dimensions]]\nid = "a"\nname = "A"\n{POLES}' * 2, "'a' stands twice"),
    ],
)
def test_a_malformed_set_is_an_error_that_names_the_place(tmp_path: Path, text: str, message: str) -> None:
    """File, number of the dimension and field are in the message."""
    path = toml(tmp_path, text)
    with pytest.raises(InputError, match=message) as caught:
        DimensionSet.read(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_missing_or_not_text_is_an_error(tmp_path: Path) -> None:
    """The path is named."""
    with pytest.raises(InputError, match=r"nowhere\.toml"):
        DimensionSet.read(tmp_path / "nowhere.toml")
    (tmp_path / "dimensions.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is not valid TOML"):
        DimensionSet.read(tmp_path / "dimensions.toml")
