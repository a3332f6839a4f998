"""What a job title names by itself, compared with what the text shows."""

from __future__ import annotations

import re
from typing import Final

from mvl_classify.dimensions import Pole
from mvl_classify.results import DocumentLabel, TitleCheck

_LEADERSHIP: Final = re.compile(
    r"\b(leader|leaders|lead|leadership|head|chief|visionary|evangelist|champion|coach|mentor|pioneer)\b", re.I
)
_MANAGEMENT: Final = re.compile(
    r"\b(manager|managers|management|supervisor|administrator|controller|coordinator|co-ordinator|foreman|"
    r"superintendent|overseer|scheduler|dispatcher)\b",
    re.I,
)


def check_title(title: str, label: DocumentLabel, orientation: float | None) -> TitleCheck:
    """Compare a title with a text's label; the names of both poles, or of neither, say nothing."""
    leadership, management = bool(_LEADERSHIP.search(title)), bool(_MANAGEMENT.search(title))
    names: Pole | None = None
    if leadership != management:
        names = "leadership" if leadership else "management"
    agrees = None
    if names is not None and orientation is not None and label in ("management", "leadership"):
        agrees = label == names
    return TitleCheck(text=title, names=names, agrees=agrees)
