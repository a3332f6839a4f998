"""HTML into text: what a reader sees, one line a block, headings as `## ` and list items as `- `."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from mvl_classify.errors import InputError

if TYPE_CHECKING:
    from bs4.element import Tag

MAX_TAGS: Final = 200_000
"""The most tags that a page may have."""

_UNSEEN: Final = frozenset(
    (
        "head script style template noscript svg canvas iframe object embed audio video select button nav "
        "dialog datalist"
    ).split()
)
_INLINE: Final = frozenset(
    (
        "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr o:p q s samp small "
        "span strike strong sub sup time tt u var wbr"
    ).split()
)
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_HIDDEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BLANK: Final = re.compile(r"[^\S\xa0]+|\xa0")


def declared_encoding(data: bytes) -> str | None:
    """Return the encoding that an HTML file says it has."""
    from bs4.dammit import EncodingDetector

    found = EncodingDetector.find_declared_encoding(data, is_html=True)
    return str(found) if found else None


def webpage_text(markup: str, name: str = "web page") -> str:
    """Return the text of a page; menus, forms' buttons, scripts and hidden parts are left out.

    Raises InputError, which names the page, when it has too many tags.
    """
    if markup.count("<") > MAX_TAGS:
        raise InputError(f"{name}: has more than {MAX_TAGS:,} tags; split it, or save it as text.")
    lines: list[str] = []
    current: list[str] = []
    mark = ""
    for kind, value in _walk(markup):
        if kind == "text":
            current.append(value)
            continue
        line = _BLANK.sub(" ", "".join(current)).strip()
        if line:
            lines.append(mark + line)
            mark = ""
        current = []
        mark = value if kind == "mark" else ("" if kind == "close" else mark)
    return "\n".join(lines) + "\n" if lines else ""


def _walk(markup: str) -> Iterator[tuple[str, str]]:
    """Yield text, breaks, and the marks of headings and list items, in order, without recursion."""
    from bs4 import BeautifulSoup
    from bs4.element import NavigableString, PreformattedString, Tag

    stack: list[Any] = [BeautifulSoup(markup, "html.parser")]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            yield node
        elif isinstance(node, NavigableString):
            if not isinstance(node, PreformattedString):
                yield "text", str(node)
        elif isinstance(node, Tag) and not _unseen(node):
            inside: list[Any] = list(node.children)
            if node.name not in _INLINE:
                mark = "## " if node.name in _HEADINGS else "- " if node.name == "li" else ""
                opening = ("mark", mark) if mark else ("break", "")
                inside = [
                    opening,
                    *inside,
                    ("close" if mark or node.name not in ("br", "p", "div") else "break", ""),
                ]
            stack.extend(reversed(inside))
    yield "close", ""


def _unseen(tag: Tag) -> bool:
    if tag.name in _UNSEEN or tag.has_attr("hidden") or tag.get("aria-hidden") == "true":
        return True
    return bool(_HIDDEN.search(str(tag.get("style") or "")))
