"""The web page and the JSON API: an application that scores what it is sent and keeps none of it."""

from __future__ import annotations

from mvl_classify.web.app import Report, create_app
from mvl_classify.web.limits import SLOW, Limits

__all__ = ["SLOW", "Limits", "Report", "create_app"]
