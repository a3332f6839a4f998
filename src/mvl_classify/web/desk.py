"""The desk where texts are scored: one thread, for a scorer serves one caller at a time, with a bound on waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from mvl_classify.web.limits import RefusedError

Answer = TypeVar("Answer")


class Desk:
    """Does jobs in order, one at a time, away from the event loop; `seconds` bounds waiting and work together."""

    def __init__(self, name: str, seconds: float) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._seconds = seconds

    async def do(self, job: Callable[[], Answer]) -> Answer:
        """Return what a job returns.

        Raises RefusedError: 429 where its turn did not come in time (it is then never begun), 413 where it was
        begun and took too long (it goes on to its end, and the jobs behind it wait).
        """
        begun = False

        def work() -> Answer:
            nonlocal begun
            begun = True
            return job()

        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        except TimeoutError:
            if begun:
                raise RefusedError(413, f"time: took longer than {self._seconds:g} s; send less at once.") from None
            raise RefusedError(429, "busy: other texts came first; try again in a moment.", retry_seconds=2) from None

    def close(self) -> None:
        """Take no further jobs and drop those that have not begun."""
        self._pool.shutdown(wait=False, cancel_futures=True)
