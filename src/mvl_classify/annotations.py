"""A policy's findings as text, JSON, SARIF 2.1.0, or the annotations of GitHub Actions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Final
from urllib.parse import quote

from mvl_classify.findings import Finding
from mvl_classify.policy import SUPPRESSION, Rule

SCHEMA_VERSION: Final = 1
_SARIF: Final = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found in `files` files, under which rules and which model, and what could not be read."""

    files: int
    rules: Sequence[Rule]
    findings: Sequence[Finding]
    unread: Mapping[str, str]
    policy: str
    model: str
    version: str

    def counts(self) -> dict[str, int]:
        """Return how many findings there are of each sort."""
        of: Counter[str] = Counter(f.severity if f.status == "broken" else f.status for f in self.findings)
        kinds = {"errors": "error", "warnings": "warning", "skipped": "skipped", "suppressed": "suppressed"}
        return {"files": self.files, **{name: of[kind] for name, kind in kinds.items()}, "unread": len(self.unread)}


def as_text(report: Report) -> str:
    """Return a line a finding: path, line and column, severity, message, rule."""
    lines = []
    for found in report.findings:
        said = found.severity if found.status == "broken" else found.status
        reason = f" Reason: {found.reason}" if found.reason else ""
        lines.append(f"{_at(found)}: {said}: {found.message} [{found.rule}]{reason}\n")
    return "".join(lines)


def _at(found: Finding) -> str:
    return f"{found.path}:{found.line}:{found.column}"


def as_json(report: Report) -> str:
    """Return one object: the counts, and a record a finding."""
    whole = {
        "schema_version": SCHEMA_VERSION,
        "policy": report.policy,
        "model": report.model,
        "summary": report.counts(),
        "findings": [found.to_dict() for found in report.findings],
        "unread": [{"path": path, "reason": reason} for path, reason in report.unread.items()],
    }
    return json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def as_github(report: Report) -> str:
    """Return workflow commands that GitHub Actions shows beside the lines of a change."""
    lines = []
    for found in report.findings:
        if found.status == "suppressed":
            continue
        command = found.severity if found.status == "broken" else "notice"
        places = {"file": found.path, "line": found.line, "endLine": found.end_line, "col": found.column}
        if found.line == found.end_line:  # GitHub takes columns only within one line
            places["endColumn"] = found.end_column
        places["title"] = f"mvl-classify {found.rule}"
        fields = ",".join(f"{key}={_property(str(value))}" for key, value in places.items())
        lines.append(f"::{command} {fields}::{_data(found.message)}\n")
    return "".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_sarif(report: Report) -> str:
    """Return a SARIF 2.1.0 log with one run; skipped rules are `notApplicable`, suppressed ones say why."""
    described = {rule.id: rule.message or f"{rule.measure}: {rule.asked()}" for rule in report.rules}
    described[SUPPRESSION] = "A suppression names its rules and gives a reason."
    levels = {rule.id: rule.severity for rule in report.rules}
    driver = {
        "name": "mvl-classify",
        "semanticVersion": report.version,
        "rules": [
            {
                "id": key,
                "shortDescription": {"text": text},
                "defaultConfiguration": {"level": levels.get(key, "error")},
            }
            for key, text in described.items()
        ],
    }
    notes = [
        {"level": "error", "message": {"text": f"{path}: {why}"}, "locations": [_file(path)]}
        for path, why in report.unread.items()
    ]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not report.unread, "toolExecutionNotifications": notes}],
        "results": [_result(found, list(described)) for found in report.findings],
        "properties": {"model": report.model, "policy": report.policy},
    }
    return json.dumps({"$schema": _SARIF, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _result(found: Finding, rules: list[str]) -> dict[str, Any]:
    skipped = found.status == "skipped"
    made: dict[str, Any] = {
        "ruleId": found.rule,
        "ruleIndex": rules.index(found.rule),
        "kind": "notApplicable" if skipped else "fail",
        "level": "none" if skipped else found.severity,
        "message": {"text": found.message},
        "locations": [_file(found.path)],
    }
    made["locations"][0]["physicalLocation"]["region"] = {
        "startLine": found.line,
        "startColumn": found.column,
        "endLine": found.end_line,
        "endColumn": found.end_column,
    }
    if found.status == "suppressed":
        made["suppressions"] = [{"kind": "inSource", "justification": found.reason}]
    return made


def _file(path: str) -> dict[str, Any]:
    uri = Path(path).as_uri() if Path(path).is_absolute() else quote(PurePath(path).as_posix())
    return {"physicalLocation": {"artifactLocation": {"uri": uri}}}


FORMATS: Final[Mapping[str, Callable[[Report], str]]] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
    "github": as_github,
}
"""How findings are written, by the name of the format."""
