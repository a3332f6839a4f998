"""The gate before the application: hosts, limits on bodies and on time, security headers, and no text in a log."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any, Final

from mvl_classify.web.limits import Limits, RefusedError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

DOCUMENTS_PATH: Final = "/text"
"""Where documents are sent, which may be larger than JSON bodies."""

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types report"
)
"""The Content-Security-Policy of every answer: nothing inline, nothing from elsewhere, no string becomes a script."""

_HEADERS: Final = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_KEEP: Final = {"cache-control": "no-store"}

_log = logging.getLogger("mvl_classify.web")


class Guard:
    """An ASGI middleware that admits a request only within the limits, and answers the others itself.

    `hosts` are the names under which the server may be addressed (none given: any): a page elsewhere cannot
    reach a server on this machine by a name of its own.
    """

    def __init__(self, app: Application, limits: Limits, hosts: Collection[str] | None = None) -> None:
        self._app = app
        self._limits = limits
        self._hosts = None if hosts is None else frozenset(hosts)
        self._requests = 0
        self._held = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        out = _Outlet(send, self._limits.send_seconds)
        self._requests += 1
        body = bytearray()
        try:
            self._admit(scope)
            await self._read(scope, receive, body)
            await self._app(scope, _replay(bytes(body), receive), out)
        except RefusedError as refusal:
            await out.refuse(refusal)
        except _GoneError:
            pass
        except Exception as error:
            _log.error("unexpected %s at %s", type(error).__name__, _place(error))
            await out.fail()
        finally:
            self._requests -= 1
            self._held -= len(body)

    def _admit(self, scope: Message) -> None:
        if self._hosts is not None and _host(scope) not in self._hosts:
            raise RefusedError(421, "host: this server answers only under the name it was started with.")
        if self._requests > self._limits.requests:
            raise RefusedError(429, "busy: too many requests at once; try again in a moment.", retry_seconds=1)

    async def _read(self, scope: Message, receive: Receive, body: bytearray) -> None:
        """Read the whole body into `body`, within the limits."""
        document = scope["path"] == DOCUMENTS_PATH
        limit = self._limits.document_bytes if document else self._limits.body_bytes
        declared = _header(scope, b"content-length")
        if declared.isdigit() and (len(declared) > 18 or int(declared) > limit):
            raise _too_large(limit)
        try:
            async with asyncio.timeout(self._limits.read_seconds):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _GoneError
                    self._hold(message.get("body", b""), body, limit)
                    more = message.get("more_body", False)
        except TimeoutError:
            seconds = f"{self._limits.read_seconds:g}"
            raise RefusedError(408, f"body: did not arrive within {seconds} s; send it at once.") from None

    def _hold(self, part: bytes, body: bytearray, limit: int) -> None:
        if len(body) + len(part) > limit:
            raise _too_large(limit)
        if self._held + len(part) > self._limits.held_bytes:
            raise RefusedError(429, "busy: too much text at once; try again in a moment.", retry_seconds=2)
        body += part
        self._held += len(part)


class _GoneError(Exception):
    """The client went away, or did not take its answer in time."""


class _Outlet:
    """Sends answers with the security headers, and gives up on clients that do not take them."""

    def __init__(self, send: Send, seconds: float) -> None:
        self._send = send
        self._seconds = seconds
        self._started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._started = True
            present = {name.lower() for name, _ in message.get("headers", ())}
            extra = {name.encode(): value.encode() for name, value in (_HEADERS | _KEEP).items()}
            added = [(name, value) for name, value in extra.items() if name not in present]
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        try:
            await asyncio.wait_for(self._send(message), self._seconds)
        except TimeoutError:
            raise _GoneError from None

    async def refuse(self, refusal: RefusedError) -> None:
        await self._answer(refusal.status, refusal.detail, refusal.headers)

    async def fail(self) -> None:
        await self._answer(500, "error: this should not have happened; the text was not kept.", {})

    async def _answer(self, status: int, detail: str, headers: dict[str, str]) -> None:
        if self._started:
            return
        body = json.dumps({"detail": detail}).encode()
        every = {"content-type": "application/json", "content-length": str(len(body)), **headers}
        lines = [(name.encode(), value.encode()) for name, value in every.items()]
        try:
            await self({"type": "http.response.start", "status": status, "headers": lines})
            await self({"type": "http.response.body", "body": body})
        except _GoneError:
            return


def _too_large(limit: int) -> RefusedError:
    return RefusedError(413, f"body: is larger than {limit:,} bytes; send less at once.")


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a channel that hands out the body that was read, then whatever comes after it."""
    done = False

    async def again() -> Message:
        nonlocal done
        if done:
            return await receive()
        done = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _header(scope: Message, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _host(scope: Message) -> str:
    """Return the host a request is addressed to, without its port, in lower case."""
    host = _header(scope, b"host").lower()
    return host[: host.find("]") + 1] if host.startswith("[") else host.split(":")[0]


def _place(error: BaseException) -> str:
    """Return file and line where an error arose: its message could hold text that was sent."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "an unknown place" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
