"""A batch on a real Dask scheduler: a worker is killed mid-run, and the result is that of a local run."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from mvl_classify import InputError
from mvl_classify.batch import Options, run
from mvl_classify.cluster import runner

REVIEWS = ["She sets a clear vision and inspires the team.", "He monitors budgets and deadlines.", None]
ROWS = 3000


def start(*arguments: str) -> subprocess.Popen[bytes]:
    """Start a process of Dask's."""
    nothing = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, "-m", *arguments], stdout=nothing, stderr=nothing)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Run a scheduler and two workers as processes of their own; give its address and the workers."""
    facts = tmp_path / "scheduler.json"
    where = ("--scheduler-file", str(facts))
    scheduler = start("distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard", *where)
    local = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(tmp_path / "dask"))
    workers = [start("distributed.cli.dask_worker", *where, *local) for _ in range(2)]
    try:
        for _ in range(600):
            if facts.exists() and facts.read_text().strip().endswith("}"):
                break
            time.sleep(0.1)
        yield json.loads(facts.read_text())["address"], workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait(30)


def test_a_killed_worker_changes_no_byte(tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]) -> None:
    """Partitions go to two workers, one of them is killed, and output and rejects equal the local run's."""
    address, workers = cluster
    source, out, whole = tmp_path / "in.parquet", tmp_path / "o.parquet", tmp_path / "whole.parquet"
    texts = [None if (text := REVIEWS[k % 3]) is None else f"{text} Case {k}." for k in range(ROWS)]
    parquet.write_table(pa.table({"id": [f"{k:05}" for k in range(ROWS)], "text": texts}), source, row_group_size=150)
    run(str(source), whole, Options("text", "id", chunk_rows=100), lambda *_: None)
    command = [sys.executable, "-m", "mvl_classify", "batch", str(source), "-o", str(out), "--text-column", "text"]
    command += ["--id-column", "id", "--chunk-rows", "100", "--cluster", address]
    client = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    folder = tmp_path / "o.parquet.parts"
    while client.poll() is None and len(list(folder.glob("*.done"))) < 3:
        time.sleep(0.005)
    assert client.poll() is None
    os.kill(workers[0].pid, signal.SIGKILL)
    assert client.wait(300) == 0
    assert out.read_bytes() == whole.read_bytes()
    manifest = json.loads((tmp_path / "o.parquet.run.json").read_text())
    assert (manifest["rows_in"], manifest["rejected"]) == (ROWS, 0)


def test_a_scheduler_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the address; nothing was begun."""
    monkeypatch.setattr("mvl_classify.cluster.CONNECT_SECONDS", 1)
    with pytest.raises(InputError, match=r"--cluster tcp://127.0.0.1:9: no scheduler answers"):
        runner("tcp://127.0.0.1:9")
