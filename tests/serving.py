"""The web application on a real port of this machine, for the tests that talk to it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from mvl_classify.cli.serve import web_application
from mvl_classify.web import Limits

LOCAL = ("127.0.0.1", "localhost")


@contextmanager
def serving(limits: Limits | None = None, app: Any = None) -> Iterator[str]:
    """Yield the address of a server that runs in a thread until the block ends."""
    application = web_application(limits=limits, hosts=LOCAL) if app is None else app
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(application, access_log=False, log_level="warning", timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()
