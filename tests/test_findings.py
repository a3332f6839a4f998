"""What a policy finds: broken, skipped and suppressed rules, and where."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvl_classify import Scorer
from mvl_classify.findings import Finding, judge, measured, suppressions, without_remarks
from mvl_classify.policy import Policy, Rule, Severity
from mvl_classify.results import DocumentScore

TEXT = "Team\r\n\r\nIntro words.\n- You inspire and motivate people\n- You enforce procedures daily. You type.\n"


@pytest.fixture(scope="module")
def score(scorer: Scorer) -> DocumentScore:
    """Return the score of a text that shows both poles."""
    return scorer.score(TEXT, kind="ad")


def found(score: DocumentScore, rule: Rule, text: str = TEXT) -> list[Finding]:
    """Apply one rule."""
    return judge(Policy((rule,), Path()), "ad.md", text, score)


@pytest.mark.parametrize(
    ("value", "low", "high", "broken"),
    [
        (0.2, 0.2, None, False),
        (0.2, 0.21, None, True),
        (0.2, None, 0.2, False),
        (0.2, None, 0.1, True),
        (-1.0, -1.0, 1.0, False),
    ],
)
@pytest.mark.parametrize("measure", ["orientation", "dimensions.risk.orientation"])
def test_bounds_are_included(
    score: DocumentScore, measure: str, value: float, low: float | None, high: float | None, broken: bool
) -> None:
    """A value on the bound is fine; beyond it the rule is broken."""
    risk = replace(score.dimensions["risk"], orientation=value)
    changed = replace(score, orientation=value, dimensions={**score.dimensions, "risk": risk})
    findings = found(changed, Rule("r", measure, at_least=low, at_most=high))
    assert [one.status for one in findings] == (["broken"] if broken else [])
    assert all(one.value == value for one in findings)


def test_labels_are_compared(score: DocumentScore) -> None:
    """A label is fine when it is one of those asked for."""
    assert not found(score, Rule("r", "label", one_of=(score.label, "neutral")))
    (one,) = found(score, Rule("r", "label", one_of=("undetermined",)))
    assert (one.status, one.value) == ("broken", score.label)


def test_a_null_measure_skips_a_rule_and_says_so(score: DocumentScore) -> None:
    """Without evidence a rule is skipped and reported; with needs_evidence it is broken."""
    assert score.dimensions["expertise"].orientation is None
    rule = Rule("r", "dimensions.expertise.orientation", at_least=0.0)
    assert [one.status for one in found(score, rule)] == ["skipped"]
    (one,) = found(score, replace(rule, needs_evidence=True))
    assert (one.status, one.value, one.line, one.column) == ("broken", None, 1, 1)


@pytest.mark.parametrize("severity", ["error", "warning"])
def test_a_finding_has_the_rules_severity_and_message(score: DocumentScore, severity: Severity) -> None:
    """What the policy says of a rule stands in its findings, with the value and what was asked."""
    (one,) = found(score, Rule("r", "share", at_most=0.0, severity=severity, message="Too much."))
    assert (
        one.severity == severity and one.message.startswith("Too much (share is 0.") and "at most 0.00" in one.message
    )


def test_the_place_is_the_sentence_that_speaks_loudest(score: DocumentScore) -> None:
    """Too much leadership points at the leadership sentence, too much management at the other; ends are exclusive."""
    lines = TEXT.replace("\r\n", "\n").split("\n")
    (high,) = found(score, Rule("r", "orientation", at_most=-1.0))
    (low,) = found(score, Rule("r", "orientation", at_least=1.0))
    assert (high.line, low.line) == (4, 5)
    assert lines[3][high.column - 1 : high.end_column - 1] == "You inspire and motivate people"
    assert lines[4][low.column - 1 : low.end_column - 1] == "You enforce procedures daily."


def test_measures_are_those_of_the_result(score: DocumentScore) -> None:
    """A measure is the result's own number."""
    assert measured(score, "orientation") == score.orientation
    assert measured(score, "share") == score.share
    assert measured(score, "dimensions.method.orientation") == score.dimensions["method"].orientation


@pytest.mark.parametrize(
    ("remark", "rules", "reason"),
    [
        ("<!-- mvl-classify: ignore[r] the job is so -->", ("r",), "the job is so"),
        ("mvl-classify: ignore[r, s] - because\r\nmore", ("r", "s"), "because"),
        ("x <!-- mvl-classify: ignore[r]: why --> y", ("r",), "why"),
        ("<!-- mvl-classify: ignore[r] -->", ("r",), ""),
        ("mvl-classify: ignore", (), ""),
    ],
)
def test_suppressions_are_read_from_the_text(remark: str, rules: tuple[str, ...], reason: str) -> None:
    """A remark names rules in brackets and a reason behind them, in a comment or in a line."""
    (one,) = suppressions(remark)
    assert (one.rules, one.reason) == (rules, reason)


@given(before=st.text(max_size=30), after=st.text(max_size=30))
def test_remarks_are_blanked_without_moving_the_text(before: str, after: str) -> None:
    """Remarks are not scored, and every other character keeps its place."""
    text = f"{before}<!-- mvl-classify: ignore[r] lead -->{after}"
    blank = without_remarks(text)
    assert len(blank) == len(text) and blank.startswith(before) and blank.endswith(after)
    assert "ignore" not in blank[len(before) : len(text) - len(after)]


def test_a_reason_suppresses_a_rule(score: DocumentScore) -> None:
    """A broken rule that the text suppresses with a reason is reported as such, not as broken."""
    text = TEXT + "<!-- mvl-classify: ignore[r] it is a records office -->"
    (one,) = found(score, Rule("r", "share", at_most=0.0), text)
    assert (one.status, one.reason) == ("suppressed", "it is a records office")
    assert [one.status for one in found(score, Rule("q", "share", at_most=0.0), text)] == ["broken", "broken"]


@pytest.mark.parametrize("remark", ["mvl-classify: ignore[r]", "<!-- mvl-classify: ignore because -->"])
def test_a_suppression_without_reason_or_rule_suppresses_nothing(score: DocumentScore, remark: str) -> None:
    """The rule stays broken, and the remark is an error of its own at its place."""
    findings = found(score, Rule("r", "share", at_most=0.0), TEXT + remark)
    assert [(one.rule, one.status, one.severity) for one in findings] == [
        ("r", "broken", "error"),
        ("suppression", "broken", "error"),
    ]
    assert (findings[1].line, findings[1].column) == (6, 1)


def test_a_suppression_of_no_rule_is_a_warning(score: DocumentScore) -> None:
    """A misspelt rule id is pointed out."""
    (one,) = found(score, Rule("r", "share", at_least=0.0), TEXT + "mvl-classify: ignore[x] why")
    assert (one.status, one.severity) == ("broken", "warning") and "'x'" in one.message
