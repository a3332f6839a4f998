"""A policy for job ads: the rules on a score's measures that a `policy.toml` holds, and the files they are for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Final, Literal

from mvl_classify.dimensions import DimensionSet
from mvl_classify.errors import InputError
from mvl_classify.results import DOCUMENT_LABELS
from mvl_classify.wording import signed

Severity = Literal["error", "warning"]

SEVERITIES: Final[tuple[Severity, Severity]] = ("error", "warning")

SUPPRESSION: Final = "suppression"
"""The rule id of findings about suppressions themselves."""

_RANGES: Final[Mapping[str, tuple[float, float]]] = {"orientation": (-1.0, 1.0), "share": (0.0, 1.0)}
_FIELDS: Final = frozenset("id measure at_least at_most one_of needs_evidence severity message paths".split())
_DIMENSION: Final = re.compile(r"dimensions\.(\w+)\.orientation")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a measure and what is asked of it; `paths` are git's patterns, none meaning every file."""

    id: str
    measure: str
    at_least: float | None = None
    at_most: float | None = None
    one_of: tuple[str, ...] = ()
    needs_evidence: bool = False
    severity: Severity = "error"
    message: str = ""
    paths: tuple[str, ...] = ()

    @property
    def dimension(self) -> str | None:
        """The id of the dimension that is measured, if one is."""
        found = _DIMENSION.fullmatch(self.measure)
        return found[1] if found else None

    def number(self, value: float) -> str:
        """Return a value of the measure in words: an orientation has a sign, a share has none."""
        return f"{value:.2f}" if self.measure == "share" else signed(value)

    def asked(self) -> str:
        """Return what is asked, in words."""
        parts = [] if self.at_least is None else [f"at least {self.number(self.at_least)}"]
        parts += [] if self.at_most is None else [f"at most {self.number(self.at_most)}"]
        parts += [f"one of {', '.join(self.one_of)}"] if self.one_of else []
        return " and ".join(parts) or "evidence"


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of a policy file, and the folder it lies in."""

    rules: tuple[Rule, ...]
    folder: Path

    @classmethod
    def read(cls, path: Path, dimensions: DimensionSet) -> Policy:
        """Read a `policy.toml`; raise InputError that names the rule and the field when it cannot be used."""
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}).") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: is not valid TOML ({error}).") from None
        rows = data.pop("rules", None)
        if data:
            raise InputError(f"{path}: {sorted(data)[0]!r} is not known here; a policy is a list of [[rules]].")
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
            raise InputError(f"{path}: has no [[rules]]; see examples/policy.toml for the form.")
        rules = tuple(_rule(row, number, str(path), dimensions) for number, row in enumerate(rows, 1))
        for rule in rules:
            if rule.id == SUPPRESSION or [other.id for other in rules].count(rule.id) > 1:
                raise InputError(f"{path}: the rule id {rule.id!r} stands twice, or is taken; give each its own.")
        return cls(rules, path.resolve().parent)

    def for_path(self, path: str) -> list[Rule]:
        """Return the rules for a file: those without `paths`, and those one of whose patterns fits.

        Patterns are git's, relative to the policy's folder or the current one.
        """
        places = _places(path, self.folder)
        return [rule for rule in self.rules if not rule.paths or _fits(rule.paths, places)]


def _places(path: str, folder: Path) -> set[str]:
    """Return the names under which a file may be meant: as given, and relative to both folders."""
    whole = Path(path).resolve()
    found = {PurePath(path).as_posix()}
    for base in (folder, Path.cwd()):
        if whole.is_relative_to(base):
            found.add(whole.relative_to(base).as_posix())
    return found


def _fits(patterns: Sequence[str], places: set[str]) -> bool:
    from pathspec import GitIgnoreSpec

    spec = GitIgnoreSpec.from_lines(patterns)
    return any(spec.match_file(place) for place in places)


def _rule(row: Mapping[str, Any], number: int, place: str, dimensions: DimensionSet) -> Rule:
    where = f"{place}: rule {number}"
    for field in row:
        if field not in _FIELDS:
            raise InputError(f"{where}: the field {field!r} is not known; fields are {', '.join(sorted(_FIELDS))}.")
    measure = row.get("measure")
    _known_measure(measure, where, dimensions)
    rule = Rule(
        id=_text(row, "id", where, f"rule-{number}"),
        measure=str(measure),
        at_least=_bound(row, "at_least", str(measure), where),
        at_most=_bound(row, "at_most", str(measure), where),
        one_of=_names(row, "one_of", where),
        needs_evidence=_flag(row, "needs_evidence", where),
        severity=_severity(row, where),
        message=_text(row, "message", where, ""),
        paths=_names(row, "paths", where),
    )
    _sensible(rule, where)
    return rule


def _known_measure(measure: object, where: str, dimensions: DimensionSet) -> None:
    known = ("orientation", "share", "label", *(f"dimensions.{key}.orientation" for key in dimensions))
    if measure is None:
        raise InputError(f"{where}: has no measure; measures are {', '.join(known)}.")
    if measure not in known:
        raise InputError(f"{where}: the measure {measure!r} is not known; measures are {', '.join(known)}.")


def _sensible(rule: Rule, where: str) -> None:
    if rule.measure == "label" and not rule.one_of:
        raise InputError(f"{where}: the measure label goes with one_of, a list of labels.")
    if rule.measure != "label" and rule.one_of:
        raise InputError(f"{where}: one_of goes with the measure label, not with {rule.measure}.")
    for label in rule.one_of:
        if label not in DOCUMENT_LABELS:
            raise InputError(f"{where}: one_of: {label!r} is no label; labels are {', '.join(DOCUMENT_LABELS)}.")
    if rule.at_least is not None and rule.at_most is not None and rule.at_least > rule.at_most:
        raise InputError(f"{where}: at_least {rule.at_least:g} is above at_most {rule.at_most:g}.")
    if rule.at_least is rule.at_most is None and not rule.one_of and not rule.needs_evidence:
        raise InputError(f"{where}: asks for nothing; give at_least, at_most, one_of or needs_evidence = true.")


def _bound(row: Mapping[str, Any], field: str, measure: str, where: str) -> float | None:
    value = row.get(field)
    if value is None:
        return None
    if measure == "label":
        raise InputError(f"{where}: {field} does not go with the measure label; use one_of.")
    low, high = _RANGES[measure.rsplit(".", 1)[-1]]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InputError(f"{where}: {field} must be a number from {low:g} to {high:g}, found {value!r}.")
    return float(value)


def _names(row: Mapping[str, Any], field: str, where: str) -> tuple[str, ...]:
    value = row.get(field)
    if value is None:
        return ()
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        raise InputError(f"{where}: {field} must be a list of strings, found {value!r}.")
    return tuple(value)


def _text(row: Mapping[str, Any], field: str, where: str, default: str) -> str:
    value = row.get(field, default)
    if not isinstance(value, str) or (field == "id" and not re.fullmatch(r"[\w.-]+", value)):
        wanted = "a name of letters, digits, - and _" if field == "id" else "text"
        raise InputError(f"{where}: {field} must be {wanted}, found {value!r}.")
    return value


def _flag(row: Mapping[str, Any], field: str, where: str) -> bool:
    value = row.get(field, False)
    if not isinstance(value, bool):
        raise InputError(f"{where}: {field} must be true or false, found {value!r}.")
    return value


def _severity(row: Mapping[str, Any], where: str) -> Severity:
    value = row.get("severity", "error")
    for known in SEVERITIES:
        if value == known:
            return known
    raise InputError(f"{where}: severity must be {' or '.join(SEVERITIES)}, found {value!r}.")
