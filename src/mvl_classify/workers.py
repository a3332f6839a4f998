"""The workers of a batch on this machine: a reader cuts the input into chunks, processes score them.

Starting a process and loading the model takes a second or two, so workers start before the input is looked at.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from threading import Thread

from mvl_classify import parts
from mvl_classify.errors import MvlClassifyError
from mvl_classify.job import COUNTS, Engine, Finished, Job, Progress, name_of
from mvl_classify.parts import Parts
from mvl_classify.tables import Chunk, Partition, chunks


@contextmanager
def local(jobs: int, model: str | None) -> Iterator[Engine]:
    """Give the engine that scores in this process, or in `jobs` processes of this machine (-1: one a core).

    The processes start at once and load the model. joblib keeps them for a next call; on an error they are ended.
    """
    if jobs == 1:
        yield partial(_score, 1)
        return
    from joblib import Parallel, delayed, effective_n_jobs

    pool = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)
    warming = pool(delayed(_warmed)(os.getpid(), model) for _ in range(effective_n_jobs(jobs)))
    try:
        yield partial(_score, jobs)
        deque(warming, maxlen=0)
    finally:
        warming.close()


def dismiss() -> None:
    """End the workers that joblib keeps for a next call; what they have done is on the disk."""
    loky = sys.modules.get("joblib.externals.loky")
    if loky is not None:
        loky.get_reusable_executor(reuse=True).shutdown(kill_workers=True)


def _score(jobs: int, job: Job, todo: list[Partition], state: Parts, progress: Progress, finished: Finished) -> None:
    """Score all partitions; an engine, once it knows how many processes there are."""
    counts = dict.fromkeys(COUNTS, 0)
    reader = _Reader(job, todo, state)
    for found in reader.scored(jobs):
        for name in counts:
            counts[name] += found[name]
        progress(counts, reader.share)
        for name in reader.in_order():
            finished(name)
    if reader.failure is not None:
        raise reader.failure


class _Reader:
    """Reads chunk after chunk; a mistake met while workers ask for more is kept until they are done."""

    def __init__(self, job: Job, todo: list[Partition], state: Parts) -> None:
        self.failure: BaseException | None = None
        self.share = 0.0
        self._job, self._todo, self._state = job, todo, state
        self._skipped: list[dict[str, int]] = []
        self._open: deque[str] = deque()  # the chunks read and not yet given by `in_order`, as they were read
        self._done: set[str] = set()  # those of them that are done

    def _chunks(self) -> Iterator[tuple[Partition, str, Chunk]]:
        whole = max(sum(part.file.bytes for part in self._todo if not part.group), 1)
        before = 0
        for place, part in enumerate(self._todo):
            for number, chunk in enumerate(chunks(part, self._job.columns, self._job.rows)):
                size = chunk.position or part.file.bytes * (part.group or 0) // max(len(part.file.groups), 1)
                self.share = min((before + size) / whole, 1.0)
                name = name_of(place, number)
                self._open.append(name)
                if self._state.done(name):
                    self._done.add(name)
                    self._skipped.append(parts.counts(self._state.folder, name))
                else:
                    yield part, name, chunk
            last = part.group is None or part.group == len(part.file.groups) - 1
            before += part.file.bytes if last else 0

    def _guarded(self) -> Iterator[tuple[Partition, str, Chunk]]:
        try:
            yield from self._chunks()
        except GeneratorExit:
            raise
        except BaseException as error:
            self.failure = error

    def scored(self, jobs: int) -> Iterator[dict[str, int]]:
        """Score the chunks and yield the counts of each, those of an earlier run among them."""
        score = _here if jobs == 1 else partial(_there, jobs)
        for name, counts in score(self._job, self._guarded()):
            self._done.add(name)
            yield counts
        yield from self._skipped

    def in_order(self) -> Iterator[str]:
        """Yield the names of the chunks before which none is missing any more, each once."""
        while self._open and self._open[0] in self._done:
            name = self._open.popleft()
            self._done.remove(name)
            yield name


Work = Iterator[tuple[Partition, str, Chunk]]
Scored = tuple[str, dict[str, int]]


def _here(job: Job, work: Work) -> Iterator[Scored]:
    from mvl_classify.chunk import score_chunk

    for part, name, chunk in work:
        yield name, score_chunk(job, part, name, chunk)


def _there(jobs: int, job: Job, work: Work) -> Iterator[Scored]:
    from joblib import Parallel, delayed

    pool = Parallel(n_jobs=jobs, return_as="generator_unordered", pre_dispatch="2*n_jobs", batch_size=1)
    parent = os.getpid()
    yield from pool(delayed(_in_worker)(parent, job, *one) for one in work)


def _in_worker(parent: int, job: Job, part: Partition, name: str, chunk: Chunk) -> Scored:
    """Score a chunk in a worker."""
    _attend(parent)
    from mvl_classify.chunk import score_chunk

    return name, score_chunk(job, part, name, chunk)


def _warmed(parent: int, model: str | None) -> None:
    """Load in a worker what the first chunk will need; a mistake is left for that chunk to meet."""
    _attend(parent)
    from mvl_classify.chunk import warm

    with suppress(MvlClassifyError):
        warm(model)
    gc.freeze()  # joblib collects garbage every second: what was loaded stays


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
