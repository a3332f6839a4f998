"""The workers of a batch on this machine: a reader cuts the input into chunks, processes score them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from threading import Thread

from mvl_classify import parts
from mvl_classify.chunk import COUNTS, Engine, Job, Progress, name_of, score_chunk
from mvl_classify.parts import Parts
from mvl_classify.tables import Chunk, Partition, chunks


def local(jobs: int) -> Engine:
    """Return the engine that scores in this process, or in `jobs` processes of this machine (-1: one a core)."""

    def engine(job: Job, todo: list[Partition], state: Parts, progress: Progress) -> None:
        counts = dict.fromkeys(COUNTS, 0)
        reader = _Reader(job, todo, state)
        for finished in reader.finished(jobs):
            for name in counts:
                counts[name] += finished[name]
            progress(counts, reader.share)
        if reader.failure is not None:
            raise reader.failure

    return engine


class _Reader:
    """Reads chunk after chunk; a mistake met while workers ask for more is kept until they are done."""

    def __init__(self, job: Job, todo: list[Partition], state: Parts) -> None:
        self.failure: BaseException | None = None
        self.share = 0.0
        self._job, self._todo, self._state = job, todo, state
        self._skipped: list[dict[str, int]] = []

    def _chunks(self) -> Iterator[tuple[Partition, str, Chunk]]:
        whole = max(sum(part.file.bytes for part in self._todo if not part.group), 1)
        before = 0
        for place, part in enumerate(self._todo):
            for number, chunk in enumerate(chunks(part, self._job.columns, self._job.rows)):
                size = chunk.position or part.file.bytes * (part.group or 0) // max(len(part.file.groups), 1)
                self.share = min((before + size) / whole, 1.0)
                name = name_of(place, number)
                if self._state.done(name):
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

    def finished(self, jobs: int) -> Iterator[dict[str, int]]:
        """Score the chunks and yield the counts of each, those of an earlier run among them."""
        if jobs == 1:
            for part, name, chunk in self._guarded():
                yield score_chunk(self._job, part, name, chunk)
        else:
            from joblib import Parallel, delayed

            pool = Parallel(n_jobs=jobs, return_as="generator_unordered", pre_dispatch="2*n_jobs", batch_size=1)
            parent = os.getpid()
            yield from pool(delayed(_in_worker)(parent, self._job, *one) for one in self._guarded())
        yield from self._skipped


def _in_worker(parent: int, job: Job, part: Partition, name: str, chunk: Chunk) -> dict[str, int]:
    """Score a chunk in a worker, which leaves an interrupt to its parent and does not outlive it."""
    _attend(parent)
    return score_chunk(job, part, name, chunk)


@lru_cache(maxsize=1)
def _attend(parent: int) -> None:
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_leave_with, args=(parent,), daemon=True).start()


def _leave_with(parent: int) -> None:
    """End this process when its parent is gone: a killed run leaves nobody behind."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
