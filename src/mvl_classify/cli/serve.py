"""`serve`: the web page and the JSON API, on this machine unless told otherwise."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mvl_classify.cli import app
from mvl_classify.cli.score import EngineOption, ModelOption, model_of
from mvl_classify.errors import DependencyError, InputError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from mvl_classify.web import Limits

_LOCAL = ("127.0.0.1", "localhost", "[::1]")


@app.command(epilog="Examples: mvl-classify serve | mvl-classify serve --port 8080 --model my-model/")
def serve(
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8000,
    model: ModelOption = None,
    engine: EngineOption = None,
) -> None:
    """Serve a page that scores as you type, and a JSON API (its description: /openapi.json).

    Only programs on this machine can reach it, unless --host says otherwise. No text is stored or logged.
    """
    try:
        import uvicorn
    except ImportError:
        raise DependencyError("serve: needs the extra [web]: pip install 'mvl-classify[web]'.") from None

    application = web_application(model_of(model, engine), hosts=_names(host))
    listener = _listen(host, port)
    if not _is_local(host):
        typer.echo(f"mvl-classify: others can reach {host}; there is no password and no encryption.", err=True)
    typer.echo(f"mvl-classify: {_address(host, listener)} (Ctrl+C stops it)", err=True)
    config = uvicorn.Config(
        application, access_log=False, log_level="warning", server_header=False, ws="none", timeout_graceful_shutdown=5
    )
    uvicorn.Server(config).run(sockets=[listener])


def web_application(
    model: str | Path | None = None, *, limits: Limits | None = None, hosts: tuple[str, ...] | None = None
) -> FastAPI:
    """Return the web application with its scorer and its report; raise DependencyError without the extra [web]."""
    from mvl_classify import report
    from mvl_classify.scorer import Scorer

    try:
        from mvl_classify.web import SLOW, create_app
    except ImportError as error:
        raise DependencyError(f"serve: needs the extra [web] ({error}): pip install 'mvl-classify[web]'.") from None
    scorer = Scorer(model)
    own = SLOW if scorer.model.engine.name == "transformer" else None
    return create_app(scorer, report, limits=limits or own, hosts=hosts)


def _is_local(host: str) -> bool:
    return host.startswith("127.") or host in ("localhost", "::1")


def _names(host: str) -> tuple[str, ...] | None:
    """Return the names under which a local server may be addressed; a server for others answers to any."""
    return (*_LOCAL, host.lower()) if _is_local(host) else None


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raise InputError where the address cannot be had."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"serve: cannot listen on {host} port {port} ({reason}); choose another --port.") from None
    return listener


def _address(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
