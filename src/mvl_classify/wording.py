"""How a score is said in plain words: the verdict, why there is none, and why a sentence is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mvl_classify.dimensions import Label
from mvl_classify.results import DocumentLabel, DocumentScore, Reason, Setting

BALANCED: Final = 0.15
"""An orientation nearer to 0 than this is called balanced in words."""

_VERDICTS: Final[Mapping[DocumentLabel, str]] = {
    "management": "management-oriented",
    "leadership": "leadership-oriented",
    "balanced": "balanced: it shows both poles, and neither clearly more",
    "neutral": "neutral: nothing in it is management- or leadership-oriented",
    "undetermined": "undetermined",
}
WHY: Final[Mapping[Reason, str]] = {
    "no_evidence": "read, and no sentence is oriented",
    "empty": "there is no text",
    "too_short": "there are too few words to tell",
    "not_english": "it does not look like English",
    "boilerplate_only": "nothing in it describes the role or the person",
    "weak_evidence": "one oriented sentence in a long text is too little",
}
LEFT_OUT: Final[Mapping[Setting, str]] = {
    "benefits": "what the employer offers",
    "legal": "legal or equal-opportunity text",
    "about_us": "about the employer",
    "application": "how to apply",
    "heading": "a heading",
    "employer": "speaks of the employer, not of the role",
    "reviewer": "speaks of the reviewer, not of the person reviewed",
}
SHOWN: Final[Mapping[Label, str]] = {
    "management": "management",
    "leadership": "leadership",
    "both": "management and leadership",
    "neutral": "neither pole",
}


def verdict(score: DocumentScore) -> str:
    """Return the verdict as one plain sentence."""
    text = f"This {score.kind} reads as {_VERDICTS[score.label]}"
    if score.reasons:
        text += f" ({'; '.join(WHY[reason] for reason in score.reasons)})"
    return text + "."


def signed(value: float | None) -> str:
    """Return a number with two decimals and its sign (a true minus), `0.00` for zero, a dash for null."""
    if value is None:
        return "–"
    text = f"{value:+.2f}"
    return "0.00" if text in ("+0.00", "-0.00") else text.replace("-", "−")


def lean(orientation: float | None) -> str:
    """Return what an orientation in [-1, +1] says: no evidence, balanced, or the pole it leans to."""
    if orientation is None:
        return "no evidence"
    if abs(orientation) < BALANCED:
        return "balanced"
    return "management" if orientation < 0 else "leadership"


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it is not one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
