"""`check`: exit codes, formats, suppression, and files that cannot be checked."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import srsly

from commandline import Outcome, command, with_input

LEADS = "# Coach\n\n- You inspire and motivate people\n- You coach and mentor colleagues\n"
TYPES = "# Typist\n\n- You type letters\n- You file letters\n"
RULE = """[[rules]]
id = "calm"
measure = "orientation"
at_most = 0.0
severity = "{severity}"
message = "50% too, much: lead"
"""
Run = Callable[..., Outcome]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Return the command line, run in a folder with one ad, one that shows nothing, and a policy both are under."""
    monkeypatch.chdir(tmp_path)
    Path("ads").mkdir()
    Path("ads/leads.md").write_text(LEADS)
    Path("ads/types.md").write_text(TYPES)
    Path("policy.toml").write_text(RULE.format(severity="error"))
    return lambda *arguments: command(capsys, monkeypatch, *arguments)


@pytest.mark.parametrize("severity", ["error", "warning"])
@pytest.mark.parametrize("fail_on", [None, "error", "warning", "never"])
def test_exit_codes_follow_severity_and_fail_on(run: Run, severity: str, fail_on: str | None) -> None:
    """A broken error is exit 1 unless never; a broken warning only with --fail-on warning."""
    Path("policy.toml").write_text(RULE.format(severity=severity))
    done = run("check", "ads", "--policy", "policy.toml", *([] if fail_on is None else ["--fail-on", fail_on]))
    wanted = fail_on == "warning" or (severity == "error" and fail_on != "never")
    assert done.code == int(wanted)
    assert re.match(rf"ads/leads\.md:\d+:3: {severity}: 50% too, much: lead \(orientation is \+[01]\.\d\d; ", done.out)


def test_a_policy_that_is_met_is_exit_0(run: Run) -> None:
    """Nothing broken, nothing skipped: no data, and one line of summary."""
    Path("policy.toml").write_text('[[rules]]\nmeasure = "share"\nat_most = 1\n')
    done = run("check", "ads")
    assert (done.code, done.out, done.err) == (0, "", "mvl-classify: 2 files, 0 errors, 0 warnings.\n")


def test_a_skipped_rule_is_reported(run: Run) -> None:
    """A rule on a null measure is skipped, said in every format, and breaks nothing."""
    done = run("check", "ads/types.md")
    assert done.code == 0 and "ads/types.md:1:1: skipped: orientation is null" in done.out and "1 skipped" in done.err
    assert "::notice file=ads/types.md" in run("check", "ads/types.md", "--format", "github").out
    (result,) = json.loads(run("check", "ads/types.md", "--format", "sarif").out)["runs"][0]["results"]
    assert (result["kind"], result["level"]) == ("notApplicable", "none")


def test_needs_evidence_breaks_a_null_measure(run: Run) -> None:
    """With needs_evidence, an ad that shows nothing is broken."""
    Path("policy.toml").write_text('[[rules]]\nmeasure = "orientation"\nat_most = 1\nneeds_evidence = true\n')
    assert run("check", "ads/types.md").code == 1
    assert run("check", "ads/leads.md").code == 0


@pytest.mark.parametrize(
    "policy",
    [
        '[[rules]]\nmeasure = "tone"\nat_most = 0\n',
        '[[rules]]\nmeasure = "dimensions.tone.orientation"\nat_most = 0\n',
        "[[rules]\n",
        "",
        None,
    ],
)
def test_a_policy_that_cannot_be_used_is_exit_2(run: Run, policy: str | None) -> None:
    """An unknown measure, broken TOML, an empty or missing policy: one line, and nothing is checked."""
    if policy is None:
        Path("policy.toml").unlink()
    else:
        Path("policy.toml").write_text(policy)
    done = run("check", "ads")
    assert (done.code, done.out) == (2, "") and "policy.toml" in done.err and done.err.count("\n") == 1


def test_a_missing_path_and_an_unknown_option_are_exit_2(run: Run) -> None:
    """What cannot run never looks like a broken policy."""
    assert run("check", "none.md").code == 2
    assert run("check", "ads", "--fail-on", "sometimes").code == 2
    assert run("check").code == 2


def test_a_file_that_cannot_be_read_is_exit_2_whatever_else_is_found(run: Run) -> None:
    """A gate that could not look at a file says so; what it found in the others is printed all the same."""
    Path("ads/torn.docx").write_bytes(b"PK\x03\x04")
    done = run("check", "ads")
    assert done.code == 2 and "ads/leads.md:" in done.out and "ads/torn.docx: is damaged" in done.err
    found = json.loads(run("check", "ads", "--format", "json").out)
    assert [row["path"] for row in found["unread"]] == ["ads/torn.docx"] and found["summary"]["unread"] == 1
    log = json.loads(run("check", "ads", "--format", "sarif").out)["runs"][0]["invocations"][0]
    assert log["executionSuccessful"] is False and len(log["toolExecutionNotifications"]) == 1


def test_a_suppression_with_a_reason_is_exit_0(run: Run) -> None:
    """The ad may say why a rule is not for it; the reason stands in every report, and the remark is not scored."""
    before = json.loads(run("check", "ads/leads.md", "--format", "json").out)["findings"][0]["value"]
    remark = "\n<!-- mvl-classify: ignore[calm] the coach leads and inspires and motivates -->\n"
    Path("ads/leads.md").write_text(LEADS + remark)
    done = run("check", "ads/leads.md")
    assert done.code == 0 and "suppressed" in done.out and "the coach leads and inspires" in done.out
    (one,) = json.loads(run("check", "ads/leads.md", "--format", "json").out)["findings"]
    assert (one["status"], one["value"]) == ("suppressed", before)
    (result,) = json.loads(run("check", "ads/leads.md", "--format", "sarif").out)["runs"][0]["results"]
    assert result["suppressions"] == [{"kind": "inSource", "justification": one["reason"]}]


def test_a_suppression_works_in_a_web_page(run: Run) -> None:
    """A comment in .html counts, though it is no part of the page's text."""
    page = "<p>You inspire and motivate people.</p>"
    Path("ads/a.html").write_text(page)
    assert run("check", "ads/a.html").code == 1
    Path("ads/a.html").write_text(page + "<!-- mvl-classify: ignore[calm] so it is -->")
    assert run("check", "ads/a.html").code == 0


def test_sarif_points_at_line_and_column(run: Run) -> None:
    """The log has the version, the rules, and results whose region is the sentence."""
    Path("ads/a b.md").write_text(LEADS)
    log = json.loads(run("check", "ads/a b.md", "--format", "sarif").out)
    assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json")
    (job,) = log["runs"]
    (result,) = job["results"]
    rules = job["tool"]["driver"]["rules"]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "calm" and result["level"] == "error"
    where = result["locations"][0]["physicalLocation"]
    region = where["region"]
    assert where["artifactLocation"]["uri"] == "ads/a%20b.md" and job["columnKind"] == "unicodeCodePoints"
    line = LEADS.split("\n")[region["startLine"] - 1]
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == line[2:]
    assert region["startLine"] == region["endLine"]


def test_github_annotations_are_escaped(run: Run) -> None:
    """Commas and colons in properties and percent signs in messages do not break the command."""
    Path("ads/a,b:c.md").write_text(LEADS)
    line = run("check", "ads/a,b:c.md", "--format", "github").out
    assert line.startswith("::error file=ads/a%2Cb%3Ac.md,line=")
    assert "title=mvl-classify calm::50%25 too, much: lead" in line and line.count("\n") == 1


def test_json_and_output_file(run: Run) -> None:
    """The JSON names policy, model and every finding; -o writes it to a file, and the exit code stays."""
    done = run("check", "ads", "--format", "json", "-o", "found.json")
    assert (done.code, done.out) == (1, "")
    found = json.loads(Path("found.json").read_text())
    assert found["summary"] == {"files": 2, "errors": 1, "warnings": 0, "skipped": 1, "suppressed": 0, "unread": 0}
    assert {row["status"] for row in found["findings"]} == {"broken", "skipped"} and found["model"]


def test_values_are_those_of_score(run: Run) -> None:
    """What is measured is what `score` prints, to the last bit."""
    (one,) = json.loads(run("check", "ads/leads.md", "--format", "json").out)["findings"]
    assert one["value"] == json.loads(run("score", "ads/leads.md", "--format", "json").out)["orientation"]


def test_standard_input_is_checked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """- is an ad on standard input."""
    with_input(monkeypatch, LEADS.encode())
    done = run("check", "-")
    assert done.code == 1 and done.out.startswith("-:")


def test_the_example_policy_runs_on_the_examples(run: Run, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example in the repository checks the example ads; its rules are met or warned of, and none cannot run."""
    monkeypatch.chdir(root)
    assert run("check", "examples", "--policy", "examples/policy.toml", "--fail-on", "never").code == 0


def test_the_hook_definition_runs_this_command(run: Run, root: Path) -> None:
    """The pre-commit hook calls `check` with options that it has, on the files that it can read."""
    (hook,) = srsly.read_yaml(root / ".pre-commit-hooks.yaml")
    program, *arguments = hook["entry"].split()
    assert program == "mvl-classify" and hook["language"] == "python" and hook["id"] == "mvl-classify"
    assert run(*arguments, "ads/leads.md").code == 1
    assert all(re.search(hook["files"], f"a{suffix}") for suffix in (".txt", ".md", ".html", ".docx", ".pdf", ".eml"))
