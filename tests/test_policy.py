"""Policies: what can be asked, what is refused, and for which files a rule is."""

import json
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from mvl_classify import InputError, default_dimensions
from mvl_classify.policy import Policy

GOOD = [
    '[[rules]]\nmeasure = "orientation"\nat_least = -0.5\nat_most = 0.5',
    '[[rules]]\nid = "a.b-c"\nmeasure = "share"\nat_least = 0\nseverity = "warning"\nmessage = "m"\npaths = ["*.md"]',
    '[[rules]]\nmeasure = "label"\none_of = ["leadership", "balanced"]',
    '[[rules]]\nmeasure = "dimensions.risk.orientation"\nneeds_evidence = true',
    '[[rules]]\nmeasure = "dimensions.risk.orientation"\nat_most = 1\nneeds_evidence = false',
]
BAD = {
    "": "no [[rules]]",
    "rules = []": "no [[rules]]",
    'rules = ["x"]': "no [[rules]]",
    'extra = 1\n[[rules]]\nmeasure = "share"\nat_least = 0.1': "'extra' is not known",
    "[[rules]]\nat_least = 0.1": "rule 1: has no measure",
    '[[rules]]\nmeasure = "tone"\nat_least = 0.1': "the measure 'tone' is not known",
    '[[rules]]\nmeasure = ["share"]\nat_least = 0.1': "is not known",
    '[[rules]]\nmeasure = "orientation"\nat_last = 0.1': "the field 'at_last' is not known",
    '[[rules]]\nmeasure = "orientation"': "asks for nothing",
    '[[rules]]\nmeasure = "orientation"\nat_least = 2': "from -1 to 1, found 2",
    '[[rules]]\nmeasure = "share"\nat_least = -0.1': "from 0 to 1",
    '[[rules]]\nmeasure = "orientation"\nat_least = true': "must be a number",
    '[[rules]]\nmeasure = "orientation"\nat_least = "low"': "must be a number",
    '[[rules]]\nmeasure = "orientation"\nat_least = nan': "must be a number",
    '[[rules]]\nmeasure = "label"\nat_least = 0': "does not go with the measure label",
    '[[rules]]\nmeasure = "label"\nneeds_evidence = true': "goes with one_of",
    '[[rules]]\nmeasure = "label"\none_of = ["leader"]': "'leader' is no label",
    '[[rules]]\nmeasure = "label"\none_of = []': "must be a list of strings",
    '[[rules]]\nmeasure = "share"\none_of = ["neutral"]': "one_of goes with the measure label",
    '[[rules]]\nmeasure = "share"\nat_least = 0\npaths = "*.md"': "paths must be a list",
    '[[rules]]\nmeasure = "share"\nat_least = 0\nneeds_evidence = "yes"': "true or false",
    '[[rules]]\nmeasure = "share"\nat_least = 0\nseverity = "fatal"': "severity must be error or warning",
    '[[rules]]\nmeasure = "share"\nat_least = 0\nmessage = 3': "message must be text",
    '[[rules]]\nmeasure = "share"\nat_least = 0\nid = "a b"': "id must be a name",
    '[[rules]]\nmeasure = "share"\nat_least = 0\nid = "suppression"': "is taken",
}
BEYOND_SCHEMA = {
    '[[rules]]\nmeasure = "dimensions.tone.orientation"\nat_least = 0.1': "is not known",
    '[[rules]]\nmeasure = "orientation"\nat_least = 0.5\nat_most = 0.1': "is above at_most",
    '[[rules]]\nid = "a"\nmeasure = "share"\nat_least = 0\n' * 2: "twice",
    "[[rules]\n": "not valid TOML",
}


def read(folder: Path, text: str) -> Policy:
    """Read a policy from its text."""
    (folder / "policy.toml").write_text(text, encoding="utf-8")
    return Policy.read(folder / "policy.toml", default_dimensions())


@pytest.fixture(scope="session")
def schema(root: Path) -> Draft202012Validator:
    """Return the published JSON Schema of a policy."""
    made = json.loads((root / "docs" / "policy.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(made)
    return Draft202012Validator(made)


@pytest.mark.parametrize("text", GOOD)
def test_what_can_be_asked_is_read_and_fits_the_schema(tmp_path: Path, schema: Draft202012Validator, text: str) -> None:
    """Every form of rule passes the reader and the schema."""
    assert len(read(tmp_path, text).rules) == 1
    schema.validate(tomllib.loads(text))


@pytest.mark.parametrize("text", BAD)
def test_what_cannot_be_asked_is_refused_by_reader_and_schema(
    tmp_path: Path, schema: Draft202012Validator, text: str
) -> None:
    """A mistake is one line that names file, rule and field; an editor that has the schema shows it as well."""
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert BAD[text] in str(caught.value) and str(tmp_path / "policy.toml") in str(caught.value)
    if "nan" not in text:  # JSON Schema cannot speak of NaN
        assert not schema.is_valid(tomllib.loads(text))


@pytest.mark.parametrize("text", BEYOND_SCHEMA)
def test_what_a_schema_cannot_see_is_refused_by_the_reader(tmp_path: Path, text: str) -> None:
    """Unknown dimensions, crossed bounds, ids that stand twice, and broken TOML are refused, too."""
    with pytest.raises(InputError, match=BEYOND_SCHEMA[text]):
        read(tmp_path, text)


def test_a_missing_policy_is_named(tmp_path: Path) -> None:
    """The message says which file cannot be read."""
    with pytest.raises(InputError, match=r"none\.toml: cannot be read"):
        Policy.read(tmp_path / "none.toml", default_dimensions())


def test_the_schema_offers_every_dimension(schema: Draft202012Validator) -> None:
    """Completion in an editor knows all measures of the default dimension set."""
    offered = schema.schema["$defs"]["rule"]["properties"]["measure"]["anyOf"][0]["enum"]
    wanted = ["orientation", "share", "label", *(f"dimensions.{key}.orientation" for key in default_dimensions())]
    assert offered == wanted


def test_the_example_fits(root: Path, schema: Draft202012Validator) -> None:
    """The example policy is read, and fits the schema that it names."""
    path = root / "examples" / "policy.toml"
    text = path.read_text(encoding="utf-8")
    assert text.startswith("#:schema ../docs/policy.schema.json\n")
    schema.validate(tomllib.loads(text))
    assert Policy.read(path, default_dimensions()).rules


@pytest.mark.parametrize(
    ("patterns", "path", "fits"),
    [
        (["*.md"], "ads/a.md", True),
        (["ads/"], "ads/deep/a.txt", True),
        (["ads/*.md"], "ads/a.md", True),
        (["ads/*.md"], "ads/deep/a.md", False),
        (["ads/**/*.md"], "ads/deep/a.md", True),
        (["*.md", "!draft-*"], "ads/draft-a.md", False),
        (["jobs/"], "ads/a.md", False),
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_paths_are_gits_patterns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patterns: list[str], path: str, fits: bool, whole: bool
) -> None:
    """A rule is for the files that its patterns name, relative to the policy, however the file is named."""
    policy = read(tmp_path, f'[[rules]]\nmeasure = "share"\nat_least = 0\npaths = {json.dumps(patterns)}')
    monkeypatch.chdir(tmp_path)
    assert bool(policy.for_path(str(tmp_path / path) if whole else path)) is fits
