"""A batch on a cluster: Dask sends partitions (a file, or a row group), each worker reads and writes its own.

No text travels. Input, output and model must lie where every worker finds them under the same path, and every
worker needs this package. A part whose worker is lost is computed again by Dask; the chunks that worker had
finished are kept. The chunks are those of a local run, so the output is too, to the byte.
"""

from __future__ import annotations

from typing import Any, Final

from mvl_classify.chunk import score_partition
from mvl_classify.errors import DependencyError, InputError
from mvl_classify.job import COUNTS, Finished, Job, Progress, Runner
from mvl_classify.parts import Parts
from mvl_classify.tables import Partition

CONNECT_SECONDS: Final = 10


def runner(address: str) -> Runner:
    """Return the runner that scores on the workers of a Dask scheduler, `tcp://host:8786`.

    Raises DependencyError without Dask, InputError where the scheduler cannot be reached.
    """
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise DependencyError("--cluster needs Dask: pip install 'mvl-classify[cluster]'.") from None

    client = _client(address)

    def run(job: Job, todo: list[Partition], state: Parts, progress: Progress, finished: Finished) -> None:
        try:
            _score(client, job, todo, progress)
        finally:
            client.close()

    return run


def _client(address: str) -> Any:
    from distributed import Client

    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(f"--cluster {address}: no scheduler answers there ({type(error).__name__}).") from None


def _score(client: Any, job: Job, todo: list[Partition], progress: Progress) -> None:
    from distributed import KilledWorker, as_completed

    totals = dict.fromkeys(COUNTS, 0)
    waiting = [client.submit(score_partition, job, place, part, pure=False) for place, part in enumerate(todo)]
    try:
        for number, future in enumerate(as_completed(waiting, loop=client.loop), 1):
            counts = future.result()
            totals = {name: totals[name] + counts[name] for name in COUNTS}
            progress(totals, number / len(todo))
    except KilledWorker as error:
        raise InputError(f"--cluster: a part was lost with several workers one after the other ({error}).") from None
    finally:
        client.cancel(waiting)
