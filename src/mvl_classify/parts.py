"""The durable state of a batch: finished chunks beside the output, written elsewhere and then renamed.

    OUT.parts/plan.json         what is being computed: inputs, model, options
    OUT.parts/000000-000000.*   one chunk: its rows, its rejects, and at last `.done` with its counts
    OUT.parts/OUT.*.tmp         what is put together so far, begun anew when the run is resumed
    OUT, OUT.rejects.jsonl, OUT.run.json    whole, when every chunk is done

A chunk counts from the moment its `.done` is there, so a process may be killed at any time.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Final

from mvl_classify.errors import InputError

PLAN: Final = "plan.json"


class Parts:
    """The files of one batch around its output path."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.folder = beside(out, ".parts")
        self.rejects = beside(out, ".rejects.jsonl")
        self.manifest = beside(out, ".run.json")
        self._lock: IO[bytes] | None = None

    def open(self, plan: dict[str, Any], resume: bool, overwrite: bool) -> bool:
        """Begin or go on; return False where the run is already complete.

        Raises InputError where an output is in the way, or where the plan is not the one that was begun.
        """
        begun, finished = _read(self.folder / PLAN), _read(self.manifest)
        if overwrite:
            self.discard()
            self.manifest.unlink(missing_ok=True)
        elif resume:
            former = begun or (finished or {}).get("plan")
            if former is None and self.out.exists():
                raise InputError(f"{self.out}: is not the output of a batch that can be resumed; use --overwrite.")
            if former is not None:
                _compare(former, plan)
            if begun is None and finished is not None and self.out.exists():
                return False
        else:
            self._refuse(begun)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        for stray in self.folder.glob("*.tmp"):
            stray.unlink(missing_ok=True)
        write(self.folder / PLAN, json.dumps(plan, ensure_ascii=False, indent=1).encode())
        return True

    def _refuse(self, begun: dict[str, Any] | None) -> None:
        if self.out.exists():
            raise InputError(f"{self.out}: is there already; --overwrite replaces it, --resume goes on with its run.")
        if begun is not None:
            raise InputError(
                f"{self.folder}: holds an unfinished run; --resume goes on with it, --overwrite begins anew."
            )

    def _take_lock(self) -> None:
        """Keep a second process from working on the same output; the lock ends with the process."""
        try:
            import fcntl
        except ImportError:
            return
        self._lock = (self.folder / "lock").open("wb")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{self.out}: another process is writing it; wait for it or stop it.") from None
        except OSError:
            return  # a file system without locks

    def close(self) -> None:
        """Let the lock go."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def done(self, name: str) -> bool:
        """Tell whether a chunk is finished."""
        return (self.folder / f"{name}.done").exists()

    def discard(self) -> None:
        """Remove the finished chunks."""
        if self.folder.is_dir():
            (self.folder / PLAN).unlink(missing_ok=True)
            shutil.rmtree(self.folder, ignore_errors=True)


def counts(folder: Path, name: str) -> dict[str, int]:
    """Return what a finished chunk wrote about itself."""
    found: dict[str, int] = json.loads((folder / f"{name}.done").read_bytes())
    return found


def beside(path: Path, ending: str) -> Path:
    """Return the path with an ending added to its whole name."""
    return path.with_name(path.name + ending)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:
        raise InputError(f"{path}: is damaged; use --overwrite to begin anew.") from None
    return found if isinstance(found, dict) else None


def _compare(former: dict[str, Any], plan: dict[str, Any]) -> None:
    """Raise InputError that names the first thing in which two plans differ."""
    now = json.loads(json.dumps(plan))
    if former["inputs"] != now["inputs"]:
        names = [f["name"] for f in now["inputs"] if f not in former["inputs"]]
        names += [f["name"] for f in former["inputs"] if f["name"] not in [one["name"] for one in now["inputs"]]]
        raise InputError(
            f"--resume: the input {names[0] if names else ''} has changed since the run began; use --overwrite."
        )
    for name in ("model", "version"):
        if former.get(name) != now[name]:
            raise InputError(f"--resume: the {name} was {former.get(name)}, is now {now[name]}; use --overwrite.")
    for name, value in now["options"].items():
        before = former["options"].get(name)
        if before != value:
            raise InputError(
                f"--resume: the option {name} was {before!r}, is now {value!r}; keep it or use --overwrite."
            )


@contextlib.contextmanager
def written(path: Path, folder: Path | None = None) -> Iterator[IO[bytes]]:
    """Open a file that appears under its name only when it is whole and on the disk.

    Until then it lies in `folder`, on the same file system; by default beside its place.
    """
    beside_it = (folder or path.parent) / f"{path.name}.{os.getpid()}.tmp"
    try:
        with beside_it.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside_it.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside_it.unlink(missing_ok=True)
        raise


def write(path: Path, data: bytes) -> None:
    """Write a whole file durably."""
    with written(path) as file:
        file.write(data)


def write_chunk(
    folder: Path, name: str, rows: Callable[[IO[bytes]], None], rejects: bytes, counts: dict[str, Any]
) -> None:
    """Write a chunk's rows and rejects, then mark it as done."""
    with written(folder / f"{name}.rows") as file:
        rows(file)
    if rejects:
        write(folder / f"{name}.rejects", rejects)
    write(folder / f"{name}.done", json.dumps(counts).encode())
