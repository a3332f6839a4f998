"""A document score as one self-contained HTML page, and many scores as an index with a page each."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from mvl_classify.dimensions import POLES, Dimension, DimensionSet, Pole
from mvl_classify.highlight import deciding, groups, shown_poles
from mvl_classify.results import DimensionScore, DocumentScore, SentenceScore, Span
from mvl_classify.suggest import suggestions
from mvl_classify.wording import LEFT_OUT, SHOWN, count, lean, signed, verdict

if TYPE_CHECKING:
    from jinja2 import Environment

_CONTROLS: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of an index: the name of a text, the file name of its page, and its score."""

    name: str
    page: str
    score: DocumentScore


def render_html(
    score: DocumentScore, text: str, dimensions: DimensionSet, *, name: str, index: str | None = None
) -> str:
    """Return the report on one text as a whole HTML page that loads nothing from anywhere.

    `text` is the text as it was scored, `name` what it is called, `index` the address of an index to link to.
    Raises InputError when `text` is not the text that was scored.
    """
    return _page("report.html", heading=name, index=index, **_view(score, text, dimensions, "r"))


def render_fragment(score: DocumentScore, text: str, dimensions: DimensionSet, *, prefix: str = "r") -> str:
    """Return the report's sections alone, for a page that has `stylesheet()` and `script()`.

    The fragment has no inline style or script. `prefix` begins every id: two fragments on a page need two.
    """
    template = _environment().get_template("sections.html")
    return template.render(**_view(score, text, dimensions, prefix))


def render_index(entries: Sequence[Entry], rejected: Mapping[str, str], *, title: str = "Scored texts") -> str:
    """Return a page with a sortable table of the entries, and the unreadable texts with the reasons."""
    return _page("index.html", heading=title, index=None, entries=entries, rejected=rejected, verdicts=verdict)


def page_names(names: Iterable[str]) -> list[str]:
    """Return a file name for each text's page: plain ASCII, distinct in any case, never `index.html`."""
    taken, made = {"index"}, []
    for name in names:
        stem = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()[:80].strip("-") or "text"
        found, number = stem, 2
        while found in taken:
            found, number = f"{stem}-{number}", number + 1
        taken.add(found)
        made.append(f"{found}.html")
    return made


def stylesheet() -> str:
    """Return the report's style sheet."""
    return _asset("report.css")


def script() -> str:
    """Return the report's script: it opens explanations and sorts the index; the page is whole without."""
    return _asset("report.js")


def visible(value: object) -> str:
    """Return text with the characters that could reorder or hide what is shown written as `[U+202E]`."""
    return _CONTROLS.sub(lambda found: f"[U+{ord(found.group()):04X}]", str(value))


def _view(score: DocumentScore, text: str, dimensions: DimensionSet, prefix: str) -> dict[str, Any]:
    return {
        "score": score,
        "prefix": prefix,
        "verdict": verdict(score),
        "rows": [(dimensions[key], scored, _words(scored)) for key, scored in score.dimensions.items()],
        "groups": groups(score, text),
        "suggestions": suggestions(score, dimensions),
        "dimensions": dimensions,
    }


def _words(scored: DimensionScore) -> list[Span]:
    """Return the strongest spans of a dimension, one for each wording."""
    found: dict[str, Span] = {}
    for span in scored.evidence:
        found.setdefault(span.text.casefold(), span)
    return list(found.values())[:5]


def _reasons(sentence: SentenceScore) -> list[tuple[Pole, list[tuple[str, float]], float]]:
    """Return for each pole shown the words that raised it with their weights, and the weight of all else."""
    made = []
    for pole in shown_poles(sentence):
        weights: dict[tuple[int, str], float] = {}
        for span in deciding(sentence, pole):  # a word may count by itself and as the sentence's first
            key = (span.start, span.text)
            weights[key] = weights.get(key, 0.0) + span.contributions[pole]
        words = [(text, weight) for (_, text), weight in weights.items()]
        made.append((pole, words, sentence.logits[pole] - sum(weights.values())))
    return made


def _pole(dimension: Dimension, sentence: SentenceScore) -> str:
    """Return the names of the poles that a sentence shows on its dimension."""
    return " and ".join(dimension.pole(pole).name for pole in POLES if pole in shown_poles(sentence))


def _page(template: str, **context: Any) -> str:
    from markupsafe import Markup

    style, code = stylesheet(), script()
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup(style),
            script=Markup(code),
            style_hash=_hash(style),
            script_hash=_hash(code),
            **context,
        )
    )


def _hash(content: str) -> str:
    """Return the hash by which a Content-Security-Policy allows inline content."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


@cache
def _asset(name: str) -> str:
    return files("mvl_classify").joinpath("templates", name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from mvl_classify import __version__

    made = Environment(
        loader=PackageLoader("mvl_classify", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_final,
    )
    made.filters.update(signed=signed, lean=lean, count=count, reasons=_reasons)
    made.globals.update(version=__version__, left_out=LEFT_OUT, shown=SHOWN, pole_names=_pole)
    return made


def _final(value: Any) -> Any:
    """Make every printed string safe to look at; markup of our own passes as it is."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
