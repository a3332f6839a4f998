"""The web application: a page that scores as you type, and a JSON API that describes itself as OpenAPI.

It keeps no text: nothing is stored, and nothing that was sent reaches a log.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from importlib.resources import files
from typing import Any, Final, Protocol

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response

from mvl_classify import __version__
from mvl_classify.dimensions import DimensionSet
from mvl_classify.errors import DependencyError, InputError
from mvl_classify.results import DocumentScore
from mvl_classify.scorer import Scorer
from mvl_classify.web.bodies import (
    BatchAnswer,
    BatchBody,
    Health,
    ModelAnswer,
    Problem,
    ReportBody,
    ScoreBody,
    ViewBody,
)
from mvl_classify.web.compare import compare
from mvl_classify.web.desk import Desk
from mvl_classify.web.documents import document_text
from mvl_classify.web.guard import DOCUMENTS_PATH, Guard
from mvl_classify.web.limits import Limits, RefusedError

_ASSETS: Final = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": Problem, "description": "The body is not JSON."},
    408: {"model": Problem, "description": "The body did not arrive in time."},
    413: {"model": Problem, "description": "Too large, too many, or too long to score; `detail` names the limit."},
    421: {"model": Problem, "description": "The server was addressed under a name that is not its own."},
    422: {"model": Problem, "description": "A field is missing, unknown or of another type; `detail` names it."},
    429: {"model": Problem, "description": "Busy: try again after the seconds in `Retry-After`."},
}
_JSON_PROBLEM: Final = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_HTML_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"description": problem["description"], "content": _JSON_PROBLEM} for status, problem in _PROBLEMS.items()
}
_DESCRIPTION: Final = """\
Scores job ads and performance reviews as management- or leadership-oriented, in thirteen dimensions, with the words
that decided. Offsets count Unicode code points. No text is stored or logged. `GET /model` names the limits."""


class Report(Protocol):
    """The face that makes HTML of a score; the door gives it, for faces do not import each other."""

    def render_html(self, score: DocumentScore, text: str, dimensions: DimensionSet, *, name: str) -> str:
        """Return a whole page."""

    def render_fragment(self, score: DocumentScore, text: str, dimensions: DimensionSet, *, prefix: str) -> str:
        """Return the page's sections alone; `prefix` begins every id."""

    def stylesheet(self) -> str:
        """Return the style sheet of the sections."""

    def script(self) -> str:
        """Return the script of the sections."""


def create_app(
    scorer: Scorer, report: Report, *, limits: Limits | None = None, hosts: Collection[str] | None = None
) -> FastAPI:
    """Return the application: an ASGI callable for any server.

    `hosts` are the names under which it may be addressed (none given: any); see `Limits` for the bounds.
    """
    bounds = Limits() if limits is None else limits
    counter = _Counter(scorer, report, bounds)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        counter.close()

    app = FastAPI(
        title="mvl-classify",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,  # FastAPI's own pages load scripts from elsewhere
        redoc_url=None,
        lifespan=life,
    )
    app.add_middleware(Guard, limits=bounds, hosts=hosts)
    app.add_exception_handler(RequestValidationError, _invalid)
    _add_api(app, counter)
    _add_page(app, counter)
    return app


class _Counter:
    """Takes what is asked, has it done at the desks, and gives out the answers as bytes."""

    def __init__(self, scorer: Scorer, report: Report, limits: Limits) -> None:
        self.limits = limits
        self.report = report
        self._scorer = scorer
        self._scoring = Desk("scoring", limits.score_seconds)
        self._reading = Desk("reading", limits.score_seconds)

    def close(self) -> None:
        self._scoring.close()
        self._reading.close()

    def _scores(self, items: Sequence[ScoreBody]) -> list[DocumentScore]:
        return [self._scorer.score(item.text, title=item.title, kind=item.kind) for item in items]

    async def score(self, body: ScoreBody) -> bytes:
        body.check(self.limits)
        return await self._scoring.do(lambda: orjson.dumps(self._scores([body])[0].to_dict()))

    async def batch(self, body: BatchBody) -> bytes:
        items = body.items(self.limits)
        return await self._scoring.do(lambda: _joined(orjson.dumps(s.to_dict()) for s in map(self._one, items)))

    def _one(self, item: ScoreBody) -> DocumentScore:
        return self._scores([item])[0]

    async def page(self, body: ReportBody) -> str:
        body.check(self.limits)
        if len(body.name) > self.limits.title_characters:
            raise RefusedError(413, f"name: is longer than {self.limits.title_characters} characters.")
        return await self._scoring.do(lambda: self._page(body))

    def _page(self, body: ReportBody) -> str:
        score = self._one(body)
        return self.report.render_html(score, body.text or "", self._scorer.model.dimensions, name=body.name)

    async def view(self, body: ViewBody) -> bytes:
        items = [ScoreBody(text=one.text, title=one.title or None, kind=body.kind) for one in body.versions]
        for number, item in enumerate(items):
            item.check(self.limits, f"versions.{number}.")
        return await self._scoring.do(lambda: self._view(items))

    def _view(self, items: Sequence[ScoreBody]) -> bytes:
        scores = self._scores(items)
        dimensions = self._scorer.model.dimensions
        shown = [
            {
                "html": self.report.render_fragment(score, item.text or "", dimensions, prefix=f"v{number}"),
                "label": score.label,
                "orientation": score.orientation,
            }
            for number, (item, score) in enumerate(zip(items, scores, strict=True))
        ]
        changes = asdict(compare(*scores)) if len(scores) == 2 else None
        names = {key: dimension.name for key, dimension in dimensions.items()}
        return orjson.dumps({"versions": shown, "changes": changes, "names": names})

    async def document(self, data: bytes, name: str) -> bytes:
        def job() -> bytes:
            try:
                source = document_text(data, name)
            except (InputError, DependencyError) as error:
                raise RefusedError(422, str(error)) from None
            return orjson.dumps({"text": source.text, "note": source.note})

        return await self._reading.do(job)

    def model(self) -> dict[str, Any]:
        model = self._scorer.model
        rest = {key: value for key, value in model.manifest.items() if key != "dimensions"}
        return {
            "name": str(model.manifest["name"]),
            "version": str(model.manifest["version"]),
            "digest": model.digest,
            "dimensions": model.dimensions.to_dict(),
            "manifest": rest,
            "limits": self.limits.to_dict(),
        }


def _joined(results: Any) -> bytes:
    return b'{"results":[' + b",".join(results) + b"]}"


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


async def _invalid(_: Request, error: Exception) -> Response:
    """Answer an invalid body with its first fault; what was sent is not repeated."""
    faults: Sequence[Any] = error.errors() if isinstance(error, RequestValidationError) else []
    fault = faults[0] if faults else {"loc": ("body",), "msg": "is not valid"}
    if fault.get("type") == "json_invalid":
        return JSONResponse({"detail": "body: is not valid JSON."}, 400)
    place = ".".join(str(part) for part in fault["loc"] if part != "body") or "body"
    line = "".join(c if c.isprintable() else "?" for c in f"{place}: {fault['msg']}")
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return JSONResponse({"detail": f"{line[:300]}{more}"}, 422)


def _add_api(app: FastAPI, counter: _Counter) -> None:
    @app.post("/score", response_model=DocumentScore, responses=_PROBLEMS, summary="Score one text")
    async def score(body: ScoreBody) -> Response:
        return _json(await counter.score(body))

    @app.post("/score/batch", response_model=BatchAnswer, responses=_PROBLEMS, summary="Score several texts")
    async def score_batch(body: BatchBody) -> Response:
        return _json(await counter.batch(body))

    @app.post("/report", response_class=HTMLResponse, responses=_HTML_PROBLEMS, summary="Report on one text as HTML")
    async def report(body: ReportBody) -> Response:
        name = re.sub(r"[^A-Za-z0-9]+", "-", body.name).strip("-").lower()[:60] or "text"
        disposition = {"content-disposition": f'attachment; filename="{name}-report.html"'}
        return HTMLResponse(await counter.page(body), headers=disposition)

    @app.get("/model", response_model=ModelAnswer, summary="The model that scores, its dimensions, and the limits")
    async def model() -> dict[str, Any]:
        return counter.model()

    @app.get("/healthz", response_model=Health, summary="Whether the server answers")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}


def _add_page(app: FastAPI, counter: _Counter) -> None:
    """Add the page and what only the page asks for; it is no part of the API."""

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return HTMLResponse(_asset("index.html").replace("{{version}}", __version__))

    @app.get("/assets/{name}", include_in_schema=False)
    async def asset(name: str) -> Response:
        if name == "report.css":
            return Response(counter.report.stylesheet(), media_type="text/css")
        if name == "report.js":
            return Response(counter.report.script(), media_type="text/javascript")
        if name not in _ASSETS:
            return JSONResponse({"detail": "Not Found"}, 404)
        return Response(_asset(name), media_type=_ASSETS[name])

    @app.post("/view", include_in_schema=False)
    async def view(body: ViewBody) -> Response:
        return _json(await counter.view(body))

    @app.post(DOCUMENTS_PATH, include_in_schema=False)
    async def text(request: Request, name: str) -> Response:
        return _json(await counter.document(await request.body(), name[:300]))


def _asset(name: str) -> str:
    return files("mvl_classify.web").joinpath("page", name).read_text(encoding="utf-8")
