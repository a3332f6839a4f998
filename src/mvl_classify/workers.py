"""The workers of a batch on this machine: a reader cuts the input into chunks, processes score them.

Starting a process and loading the model takes a second or two, so workers start before the input is looked at.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from threading import Thread
from typing import Any, TypeVar

from mvl_classify import parts
from mvl_classify.errors import InputError
from mvl_classify.job import COUNTS, Finished, Job, Progress, Runner, name_of
from mvl_classify.parts import Parts
from mvl_classify.tables import Chunk, Partition, chunks


@contextmanager
def local(jobs: int, model: str | None) -> Iterator[Runner]:
    """Give the runner that scores in this process, or in `jobs` processes of this machine (-1: one a core).

    The processes start at once and load the model. joblib keeps them for a next call; on an error they are ended.
    """
    jobs = jobs if jobs == 1 else _processes(jobs)
    if jobs == 1:
        yield partial(_score, _here)
        return
    from joblib import Parallel, delayed

    pool = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)
    with _deaf():
        warming = pool(delayed(_warmed)(os.getpid(), model) for _ in range(jobs))
    with _ending(warming):
        yield partial(_score, partial(_there, jobs, warming))


def _processes(jobs: int) -> int:
    """Return how many processes there will be: one where joblib would start none."""
    from joblib import effective_n_jobs

    return int(effective_n_jobs(jobs))


def dismiss() -> None:
    """End the workers that joblib keeps for a next call; what they have done is on the disk."""
    loky = sys.modules.get("joblib.externals.loky")
    if loky is not None:
        loky.get_reusable_executor(reuse=True).shutdown(kill_workers=True)


def _score(
    score: Callable[[Job, Work], Scored],
    job: Job,
    todo: list[Partition],
    state: Parts,
    progress: Progress,
    finished: Finished,
) -> None:
    """Score all partitions; a runner, once it knows how chunks are scored."""
    counts = dict.fromkeys(COUNTS, 0)
    reader = _Reader(job, todo, state)

    def tell(found: dict[str, int]) -> None:
        for name in counts:
            counts[name] += found[name]
        progress(counts, reader.share)
        for name in reader.in_order():
            finished(name)

    with _ending(score(job, reader.chunks()), reader.stop) as scored:
        for name, found in scored:
            reader.done.add(name)
            tell(found)
    for found in reader.skipped:
        tell(found)
    if reader.failure is not None:
        raise reader.failure


Work = Iterator[tuple[Partition, str, Chunk]]
Scored = Generator[tuple[str, dict[str, int]]]
Results = TypeVar("Results", bound=Generator[Any])


class _Reader:
    """Reads chunk after chunk; a mistake met while workers ask for more is kept until they are done.

    `skipped` has the counts of chunks that an earlier run has done. `done` and `_open` hold names: the chunks that
    are done, and all in the order in which they were read, until `in_order` gives them.
    """

    def __init__(self, job: Job, todo: list[Partition], state: Parts) -> None:
        self.failure: BaseException | None = None
        self.share = 0.0
        self._job, self._todo, self._state = job, todo, state
        self.skipped: list[dict[str, int]] = []
        self.done: set[str] = set()
        self._open: deque[str] = deque()
        self._stopped = False

    def stop(self) -> None:
        """Read no further chunk."""
        self._stopped = True

    def _read(self) -> Work:
        whole = max(sum(part.file.bytes for part in self._todo if not part.group), 1)
        before = 0
        for place, part in enumerate(self._todo):
            for number, chunk in enumerate(chunks(part, self._job.columns, self._job.rows)):
                if self._stopped:
                    return
                size = chunk.position or part.file.bytes * (part.group or 0) // max(len(part.file.groups), 1)
                self.share = min((before + size) / whole, 1.0)
                name = name_of(place, number)
                self._open.append(name)
                if self._state.done(name):
                    self.done.add(name)
                    self.skipped.append(parts.counts(self._state.folder, name))
                else:
                    yield part, name, chunk
            last = part.group is None or part.group == len(part.file.groups) - 1
            before += part.file.bytes if last else 0

    def chunks(self) -> Work:
        """Yield the chunks that are to be scored."""
        try:
            yield from self._read()
        except GeneratorExit:
            raise
        except BaseException as error:
            self.failure = error

    def in_order(self) -> Iterator[str]:
        """Yield the names of the chunks before which none is missing any more, each once."""
        while self._open and self._open[0] in self.done:
            name = self._open.popleft()
            self.done.remove(name)
            yield name


def _here(job: Job, work: Work) -> Scored:
    from mvl_classify.chunk import score_chunk

    for part, name, chunk in work:
        yield name, score_chunk(job, part, name, chunk)


def _there(jobs: int, warming: Iterator[None], job: Job, work: Work) -> Scored:
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    pool = Parallel(n_jobs=jobs, return_as="generator_unordered", pre_dispatch="2*n_jobs", batch_size=1)
    parent = os.getpid()
    try:
        deque(warming, maxlen=0)  # until the workers are ready
        yield from pool(delayed(_in_worker)(parent, job, *one) for one in work)
    except TerminatedWorkerError:
        raise InputError(
            "a worker process was ended from outside (memory?); what is done is kept: --resume goes on, "
            "with fewer --jobs if memory is short."
        ) from None


@contextmanager
def _ending(results: Results, stop: Callable[[], None] = lambda: None) -> Iterator[Results]:
    """Bring results to their end.

    After a mistake `stop` is called and what is at work is waited for: ending workers that are at work can break the
    thread of joblib's that feeds them. An interrupt waits for nothing; the workers are ended, without joblib's
    advice on it.
    """
    try:
        yield results
    except Exception:
        stop()
        with suppress(Exception):
            deque(results, maxlen=0)
        raise
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            results.close()


@contextmanager
def _deaf() -> Iterator[None]:
    """Ignore an interrupt for the moment; processes that are started meanwhile leave it to their parent for good."""
    try:
        former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)


def _in_worker(parent: int, job: Job, part: Partition, name: str, chunk: Chunk) -> tuple[str, dict[str, int]]:
    """Score a chunk in a worker."""
    _attend(parent)
    from mvl_classify.chunk import score_chunk

    return name, score_chunk(job, part, name, chunk)


def _warmed(parent: int, model: str | None) -> None:
    """Load in a worker what the first chunk will need; a mistake is left for that chunk to meet."""
    _attend(parent)
    _warm(model)


@lru_cache(maxsize=1)
def _warm(model: str | None) -> None:
    gc.disable()
    try:
        from mvl_classify.chunk import warm

        with suppress(Exception):
            warm(model)
        gc.freeze()  # joblib may collect garbage every second: what was loaded is none
    finally:
        gc.enable()


@lru_cache(maxsize=1)
def _attend(parent: int) -> None:
    """Leave an interrupt to the parent, and do not outlive it."""
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_leave_with, args=(parent,), daemon=True).start()


def _leave_with(parent: int) -> None:
    """End this process when its parent is gone: a killed run leaves nobody behind."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
