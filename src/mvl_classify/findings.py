"""What a policy finds in a scored text: broken, skipped and suppressed rules, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

from mvl_classify.policy import SUPPRESSION, Policy, Rule, Severity
from mvl_classify.results import DocumentScore, SentenceScore

Status = Literal["broken", "skipped", "suppressed"]

_IGNORE: Final = re.compile(
    r"(?:<!--[ \t]*)?mvl-classify:[ \t]*ignore\b(?:[ \t]*\[(?P<rules>[^\]\r\n]*)\])?"
    r"(?P<reason>[^\r\n]*?)(?:[ \t]*-->|(?=[\r\n])|\Z)"
)


@dataclass(frozen=True, slots=True)
class Suppression:
    """A remark in a text that rules are not to apply, with its offsets; `reason` is empty where none is given."""

    rules: tuple[str, ...]
    reason: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a text breaks, that could not be applied, or that the text suppresses.

    `line` and `column` count from 1, in characters of the text as read; the end is exclusive. `reason` is the
    suppression's.
    """

    path: str
    rule: str
    status: Status
    severity: Severity
    measure: str
    value: float | str | None
    message: str
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


def suppressions(text: str) -> list[Suppression]:
    """Return the remarks `mvl-classify: ignore[rule, …] reason` of a text."""
    return [
        Suppression(
            tuple(name.strip() for name in (found["rules"] or "").split(",") if name.strip()),
            found["reason"].strip(" \t:–—-"),
            found.start(),
            found.end(),
        )
        for found in _IGNORE.finditer(text)
    ]


def without_remarks(text: str) -> str:
    """Return the text with its suppression remarks blanked, so that they are not scored; offsets stay."""
    return _IGNORE.sub(lambda found: " " * len(found.group()), text)


def judge(
    policy: Policy, path: str, text: str, score: DocumentScore, remarks: Sequence[Suppression] | None = None
) -> list[Finding]:
    """Apply a policy to one scored text; `remarks` are the text's suppressions when they do not stand in it.

    Returns the broken, skipped and suppressed rules, in the policy's order, then what is wrong with suppressions.
    """
    given = suppressions(text) if remarks is None else list(remarks)
    excused = {name: remark.reason for remark in given if remark.reason for name in remark.rules}
    found = []
    for rule in policy.for_path(path):
        finding = _applied(rule, path, text, score)
        if finding is not None and finding.status == "broken" and rule.id in excused:
            finding = _suppressed(finding, excused[rule.id])
        found += [finding] if finding is not None else []
    return found + list(_wrong_remarks(policy, path, text if remarks is None else "", given))


def _applied(rule: Rule, path: str, text: str, score: DocumentScore) -> Finding | None:
    value = measured(score, rule.measure)
    if value is None and not rule.needs_evidence:
        said = f"{rule.measure} is null, for want of evidence; the rule is skipped"
        return Finding(path, rule.id, "skipped", rule.severity, rule.measure, None, said)
    if value is not None and _met(rule, value):
        return None
    shown = "null, for want of evidence" if value is None else value if isinstance(value, str) else rule.number(value)
    said = f"{rule.measure} is {shown}; {rule.asked()} is asked"
    message = f"{rule.message.rstrip('.')} ({said})" if rule.message else said
    sentence = _culprit(rule, value, score)
    place = _place(text, sentence.start, sentence.end) if sentence else (1, 1, 1, 1)
    return Finding(path, rule.id, "broken", rule.severity, rule.measure, value, message, *place)


def measured(score: DocumentScore, measure: str) -> float | str | None:
    """Return the value of a measure; null where nothing in the text bears on it."""
    if measure == "label":
        return score.label
    if measure == "share":
        return score.share
    if measure == "orientation":
        return score.orientation
    return score.dimensions[measure.split(".")[1]].orientation


def _met(rule: Rule, value: float | str) -> bool:
    if isinstance(value, str):
        return not rule.one_of or value in rule.one_of
    low = rule.at_least is None or value >= rule.at_least
    return low and (rule.at_most is None or value <= rule.at_most)


def _culprit(rule: Rule, value: float | str | None, score: DocumentScore) -> SentenceScore | None:
    """Return the sentence that speaks loudest for what the rule does not want, if there is one."""
    speaking = [s for s in score.sentences if s.counted and s.oriented and rule.dimension in (None, s.dimension)]
    if isinstance(value, str):
        pole: str | None = value if value in ("management", "leadership") else None
    elif value is None or rule.measure == "share":
        pole = None
    else:
        pole = "management" if rule.at_least is not None and value < rule.at_least else "leadership"
    if pole is None:
        return max(speaking, key=lambda s: max(s.management, s.leadership), default=None)
    return max(speaking, key=lambda s: float(getattr(s, pole)), default=None)


def _place(text: str, start: int, end: int) -> tuple[int, int, int, int]:
    """Return line, column, end line and end column, from 1; the end is exclusive."""
    breaks = [found.end() for found in re.finditer("\r\n|\r|\n", text[:end])]
    first = [at for at in breaks if at <= start]
    return (
        len(first) + 1,
        start - (first[-1] if first else 0) + 1,
        len(breaks) + 1,
        end - (breaks[-1] if breaks else 0) + 1,
    )


def _suppressed(finding: Finding, reason: str) -> Finding:
    return replace(finding, status="suppressed", reason=reason)


def _wrong_remarks(policy: Policy, path: str, text: str, remarks: Sequence[Suppression]) -> Iterator[Finding]:
    known = {rule.id for rule in policy.rules}
    for remark in remarks:
        place = _place(text, remark.start, remark.end) if text else (1, 1, 1, 1)
        if not remark.reason:
            said = "a suppression needs a reason: mvl-classify: ignore[rule] reason"
            yield Finding(path, SUPPRESSION, "broken", "error", SUPPRESSION, None, said, *place)
        if not remark.rules:
            said = "a suppression names no rule: mvl-classify: ignore[rule] reason"
            yield Finding(path, SUPPRESSION, "broken", "error", SUPPRESSION, None, said, *place)
        for name in sorted(set(remark.rules) - known):
            said = f"a suppression names {name!r}, which is no rule of the policy"
            yield Finding(path, SUPPRESSION, "broken", "warning", SUPPRESSION, name, said, *place)
