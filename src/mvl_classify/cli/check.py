"""`check`: job ads against a policy, for a repository or a pipeline."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mvl_classify.cli import app
from mvl_classify.cli.score import EngineOption, KindOption, ModelOption, Output, model_of

if TYPE_CHECKING:
    from mvl_classify.annotations import Report
    from mvl_classify.cli.inputs import Inputs
    from mvl_classify.findings import Finding
    from mvl_classify.policy import Policy
    from mvl_classify.readers import Source
    from mvl_classify.scorer import Scorer


class CheckFormat(StrEnum):
    """What `check` prints."""

    text = "text"
    json = "json"
    sarif = "sarif"
    github = "github"


class FailOn(StrEnum):
    """From which severity a broken rule makes the check fail."""

    error = "error"
    warning = "warning"
    never = "never"


@app.command(
    epilog="Examples: mvl-classify check ads/ --policy policy.toml; "
    "mvl-classify check ads/*.md --format sarif -o check.sarif. "
    "A text suppresses a rule with a remark: mvl-classify: ignore[rule-id] the reason."
)
def check(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files or folders; - is standard input.")],
    policy: Annotated[Path, typer.Option(metavar="FILE", help="The policy.")] = Path("policy.toml"),
    format: Annotated[CheckFormat, typer.Option("--format", help="What to print.")] = CheckFormat.text,
    fail_on: Annotated[FailOn, typer.Option(help="Which broken rules make exit 1.")] = FailOn.error,
    output: Output = None,
    model: ModelOption = None,
    engine: EngineOption = None,
    kind: Annotated[KindOption | None, typer.Option(help="Do not guess whether a text is an ad or a review.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Read as this encoding and fail where it does not fit.")] = None,
) -> None:
    """Check texts against a policy.

    Exit 0: nothing broken (or less severe than --fail-on); 1: a rule is broken; 2: the check could not run, or a
    file could not be read (then what was checked is printed all the same).
    """
    from mvl_classify.annotations import FORMATS
    from mvl_classify.cli.inputs import gather, talk
    from mvl_classify.cli.output import write
    from mvl_classify.policy import Policy
    from mvl_classify.scorer import Scorer

    scorer = Scorer(model_of(model, engine))
    rules = Policy.read(policy, scorer.model.dimensions)
    found = gather(paths, encoding)
    report = _report(found, rules, scorer, None if kind is None else kind.value, str(policy))
    write(output, [FORMATS[format.value](report)])
    talk(_summary(report))
    raise typer.Exit(_exit(report, fail_on))


def _report(found: Inputs, policy: Policy, scorer: Scorer, kind: Any, name: str) -> Report:
    from mvl_classify import __version__
    from mvl_classify.annotations import Report
    from mvl_classify.findings import judge, without_remarks

    results = scorer.score_many([without_remarks(source.text) for source in found.sources], kinds=kind)
    findings: list[Finding] = []
    for source, result in zip(found.sources, results, strict=True):
        findings += judge(policy, source.id, source.text, result, _remarks(source))
    return Report(
        files=len(found.sources),
        rules=policy.rules,
        findings=findings,
        unread=found.rejected,
        policy=name,
        model=scorer.model.digest,
        version=__version__,
    )


def _remarks(source: Source) -> Any:
    """Return the suppressions in a web page's comments, which its text does not hold; else null."""
    from mvl_classify.findings import suppressions

    path = Path(source.id)
    if path.suffix.lower() not in (".html", ".htm", ".xhtml"):
        return None
    return suppressions(path.read_bytes().decode("utf-8", "replace"))


def _summary(report: Report) -> str:
    from mvl_classify.wording import count

    counts = report.counts()
    said = [count(counts["files"], "file"), count(counts["errors"], "error"), count(counts["warnings"], "warning")]
    said += [f"{counts[name]} {name}" for name in ("skipped", "suppressed", "unread") if counts[name]]
    return ", ".join(said) + "."


def _exit(report: Report, fail_on: FailOn) -> int:
    """Return 2 when a file was not checked, else 1 when a rule is broken, else 0."""
    counts = report.counts()
    if counts["unread"]:
        return 2
    failing = {FailOn.error: counts["errors"], FailOn.warning: counts["errors"] + counts["warnings"], FailOn.never: 0}
    return 1 if failing[fail_on] else 0
