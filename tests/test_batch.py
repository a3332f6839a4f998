"""`mvl-classify batch`: nothing lost, killed and resumed, safe output, clear refusals."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

import mvl_classify as mvl
from mvl_classify import InputError, Scorer
from mvl_classify.batch import Options, run

COMMAND = [sys.executable, "-m", "mvl_classify", "batch"]
NAMED = ("--text-column", "text", "--id-column", "id")
REVIEWS = [
    "She sets a clear vision and inspires the team to try new ideas.",
    "He keeps to the budget, assigns the tasks and monitors every deadline.",
    "Answers the phone.",
    "",
    "She coaches new colleagues one to one.\nHe writes the weekly report and follows the procedure.",
]


def quiet(counts: dict[str, int], share: float) -> None:
    """Show nothing."""


def batch(source: Path, out: Path, **options: Any) -> dict[str, Any]:
    """Run a batch in this process, on the columns `id` and `text`."""
    return run(str(source), out, Options(**{"text_column": "text", "id_column": "id", **options}), quiet)


def written(path: Path, count: int = 30) -> Path:
    """Write a CSV of reviews."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "who", "note"])
        for k in range(count):
            writer.writerow(
                [f"{k:04}", f"{REVIEWS[k % 5]} {'' if k % 5 == 3 else f'Note {k}.'}".strip(), f"p{k % 4}", f"=n{k}"]
            )
    return path


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Read an output back."""
    if path.suffix == ".parquet":
        rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
        return rows
    with path.open(newline="", encoding="utf-8") as file:
        return [json.loads(line) for line in file] if path.suffix == ".jsonl" else list(csv.DictReader(file))


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_every_row_is_there_once_in_order_with_its_score(
    tmp_path: Path, scorer: Scorer, suffix: str, jobs: int
) -> None:
    """Ids, order and every score column are those of the input and of score_many, to the last bit."""
    source, out = written(tmp_path / "in.csv"), tmp_path / f"out{suffix}"
    manifest = batch(source, out, columns=("who",), jobs=jobs, chunk_rows=7)
    found, given = rows_of(out), rows_of(source)
    assert [(row["id"], row["who"]) for row in found] == [(row["id"], row["who"]) for row in given]
    for row, result in zip(found, scorer.score_many([row["text"] for row in given]), strict=True):
        assert row["label"] == result.label
        cells = {"orientation": result.orientation, "share": result.share}
        cells |= {f"{name}.orientation": d.orientation for name, d in result.dimensions.items()}
        for name, value in cells.items():
            shown = row[name] if suffix != ".csv" else (float(row[name]) if row[name] else None)
            assert shown == value
    assert (manifest["rows_in"], manifest["scored"], manifest["rejected"]) == (30, 30, 0)
    assert manifest["undetermined"] == sum(row["label"] == "undetermined" for row in found) > 0


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_bytes_do_not_depend_on_the_number_of_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """Output, rejects and manifest (but for timings) are the same, also where the first chunk is done last."""
    monkeypatch.setattr("mvl_classify.assembly.ROW_GROUP", 10)
    source = written(tmp_path / "in.csv", 40)
    head, first, rest = source.read_text().split("\n", 2)
    source.write_text(
        "\n".join([head, first.replace("She ", "She plans the work of the team. " * 9000), rest, "bad row"])
    )
    found = []
    for jobs in (1, 2, -1):
        out = tmp_path / str(jobs) / f"o{suffix}"
        out.parent.mkdir()
        manifest = batch(source, out, jobs=jobs, chunk_rows=3)
        del manifest["timings"], manifest["options"]["jobs"]
        found.append((manifest, out.read_bytes(), out.with_name(out.name + ".rejects.jsonl").read_bytes()))
    assert found[0] == found[1] == found[2]
    assert found[0][0]["rejected"] == 1
    if suffix == ".parquet":
        groups = parquet.ParquetFile(tmp_path / "1" / "o.parquet").metadata
        assert [groups.row_group(k).num_rows for k in range(groups.num_row_groups)] == [12, 12, 12, 4]


def test_the_manifest_says_how_every_score_came_about(tmp_path: Path, scorer: Scorer) -> None:
    """Rows, timings, model, input digest and options stand in OUT.run.json; nothing else is left behind."""
    out = tmp_path / "o.csv"
    manifest = batch(written(tmp_path / "in.csv"), out)
    assert json.loads((tmp_path / "o.csv.run.json").read_text()) == manifest
    assert manifest["model"]["digest"] == scorer.model.digest
    assert manifest["model"]["version"] == scorer.model.manifest["version"]
    assert len(manifest["input"]["digest"]) == 64
    assert manifest["options"]["text_column"] == "text"
    assert manifest["timings"]["seconds"] >= 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "in.csv",
        "o.csv",
        "o.csv.rejects.jsonl",
        "o.csv.run.json",
    ]


def test_bad_rows_are_rejected_with_number_id_and_reason(tmp_path: Path) -> None:
    """A row that cannot be parsed is in the rejects, every other one in the output."""
    source = tmp_path / "in.csv"
    source.write_bytes(b'id,text\n1,good\n2,a,b\n3,"open\n4,caf\xe9\n5,\n6,Plans \xc3\xbcbersee and more.\n')
    manifest = batch(source, tmp_path / "o.csv")
    rejects = [json.loads(line) for line in (tmp_path / "o.csv.rejects.jsonl").read_text().splitlines()]
    assert [(one["row"], one["id"]) for one in rejects] == [(2, "2"), (3, "3"), (4, "4")]
    assert all(one["reason"] for one in rejects)
    assert [row["id"] for row in rows_of(tmp_path / "o.csv")] == ["1", "5", "6"]
    assert (manifest["rows_in"], manifest["scored"], manifest["rejected"]) == (6, 3, 3)
    with pytest.raises(InputError, match="row 2 has 3 fields"):
        batch(source, tmp_path / "p.csv", stop_on_error=True)


def test_a_text_that_breaks_the_scorer_is_isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One text that raises is rejected alone."""
    inner = Scorer.batch

    def breaking(self: Scorer, texts: Any, *args: Any) -> Any:
        if any(text and "Note 6" in text for text in texts):
            raise ZeroDivisionError
        return inner(self, texts, *args)

    monkeypatch.setattr(Scorer, "batch", breaking)
    manifest = batch(written(tmp_path / "in.csv"), tmp_path / "o.csv")
    assert (manifest["scored"], manifest["rejected"]) == (29, 1)
    reject = json.loads((tmp_path / "o.csv.rejects.jsonl").read_text())
    assert reject == {"row": 7, "id": "0006", "reason": "cannot be scored (ZeroDivisionError)"}


def test_without_an_id_column_rows_are_numbered(tmp_path: Path) -> None:
    """The number of the row stands for the id; in a folder, with its file."""
    folder = tmp_path / "tables"
    folder.mkdir()
    written(folder / "a.csv", 2)
    written(folder / "b.csv", 1)
    batch(folder / "a.csv", tmp_path / "o.jsonl", id_column=None)
    assert [row["row"] for row in rows_of(tmp_path / "o.jsonl")] == [1, 2]
    batch(folder, tmp_path / "f.jsonl", id_column=None)
    assert [(r["file"], r["row"]) for r in rows_of(tmp_path / "f.jsonl")] == [("a.csv", 1), ("a.csv", 2), ("b.csv", 1)]


def test_parquet_keeps_the_types_of_its_columns(tmp_path: Path) -> None:
    """An integer id from Parquet stays an integer in Parquet."""
    source = tmp_path / "in.parquet"
    parquet.write_table(
        pa.table({"id": pa.array([7, 8], pa.int32()), "text": ["Plans.", None]}), source, row_group_size=1
    )
    batch(source, tmp_path / "o.parquet")
    assert parquet.read_schema(tmp_path / "o.parquet").field("id").type == pa.int32()
    assert [row["reasons"] for row in rows_of(tmp_path / "o.parquet")] == ["too_short", "empty"]


def test_an_input_without_rows_gives_an_output_without_rows(tmp_path: Path) -> None:
    """The header is there all the same."""
    written(tmp_path / "in.csv", 0)
    for suffix in (".csv", ".jsonl", ".parquet"):
        assert batch(tmp_path / "in.csv", tmp_path / f"o{suffix}")["rows_in"] == 0
        assert rows_of(tmp_path / f"o{suffix}") == []
    assert (tmp_path / "o.csv").read_text().startswith("id,label,orientation")


def test_formulas_are_neutralised_in_csv_but_not_ids(tmp_path: Path) -> None:
    """Carried text that begins like a formula gets an apostrophe, unless --raw-csv says otherwise."""
    source = tmp_path / "in.csv"
    source.write_text("id,text,note\n=7,Plans the work.,=1+1\n-8,+Leads.,-3\n", encoding="utf-8")
    batch(source, tmp_path / "o.csv", columns=("note", "text"))
    found = rows_of(tmp_path / "o.csv")
    assert [(r["id"], r["note"], r["text"]) for r in found] == [
        ("=7", "'=1+1", "Plans the work."),
        ("-8", "-3", "'+Leads."),
    ]
    batch(source, tmp_path / "raw.csv", columns=("note",), raw_csv=True)
    assert rows_of(tmp_path / "raw.csv")[0]["note"] == "=1+1"


def test_no_text_leaves_offsets_only(tmp_path: Path) -> None:
    """Without text no word of a review is in any file; the offsets still point at it."""
    source = written(tmp_path / "in.csv")
    batch(source, tmp_path / "o.jsonl", text=False)
    spans = [span for row in rows_of(tmp_path / "o.jsonl") for span in row["evidence"]]
    assert spans and all(set(span) == {"start", "end", "contribution"} for span in spans)
    assert not any("vision" in path.read_text() for path in tmp_path.glob("o.jsonl*"))
    with pytest.raises(InputError, match="--no-text"):
        batch(source, tmp_path / "p.jsonl", text=False, columns=("text",))
    batch(source, tmp_path / "q.jsonl", evidence=False)
    assert "evidence" not in rows_of(tmp_path / "q.jsonl")[0]


@pytest.mark.parametrize("jobs", [1, 2])
def test_groups_are_those_of_combine(tmp_path: Path, scorer: Scorer, jobs: int) -> None:
    """One row a person, with the score, counts and evidence that `combine` gives, to the last bit."""
    source = written(tmp_path / "in.csv")
    manifest = batch(source, tmp_path / "o.jsonl", group_by="who", min_group=8, chunk_rows=4, jobs=jobs)
    given, found = rows_of(source), rows_of(tmp_path / "o.jsonl")
    assert [row["who"] for row in found] == ["p0", "p1", "p2", "p3"]
    for row in found:
        texts = [one["text"] for one in given if one["who"] == row["who"]]
        combined = mvl.combine(scorer.score_many(texts), min_group=8)
        assert (row["texts"], row["label"], row["orientation"]) == (len(texts), combined.label, combined.orientation)
        assert (row["low"], row["high"]) == (combined.interval or (None, None))
        assert [(s["start"], s["contribution"]) for s in row["evidence"]] == [
            (s.start, s.contribution) for s in combined.evidence
        ]
    assert [row["reasons"] for row in found] == ["", "", "small_group", "small_group"]
    assert (manifest["groups"], manifest["small_groups"]) == (4, 2)


def test_an_output_in_the_way_is_refused(tmp_path: Path) -> None:
    """Neither a finished output nor an unfinished run is overwritten unasked."""
    source, out = written(tmp_path / "in.csv"), tmp_path / "o.csv"
    batch(source, out)
    before = out.read_bytes()
    with pytest.raises(InputError, match="is there already"):
        batch(source, out)
    assert batch(source, out, resume=True)["rows_in"] == 30
    assert batch(source, out, overwrite=True)["rows_in"] == 30
    assert out.read_bytes() == before
    (tmp_path / "foreign.csv").write_text("mine")
    with pytest.raises(InputError, match="is not the output of a batch"):
        batch(source, tmp_path / "foreign.csv", resume=True)


def test_resume_refuses_what_has_changed(tmp_path: Path) -> None:
    """Another option or another input is named; --overwrite begins anew."""
    source, out = written(tmp_path / "in.csv"), tmp_path / "o.csv"
    source.write_text(source.read_text() + "x,y\n")
    with pytest.raises(InputError, match="row 31"):
        batch(source, out, stop_on_error=True, chunk_rows=5)
    assert len(list((tmp_path / "o.csv.parts").glob("*.done"))) == 6
    with pytest.raises(InputError, match="unfinished run"):
        batch(source, out, stop_on_error=True, chunk_rows=5)
    with pytest.raises(InputError, match="the option kind was None, is now 'review'"):
        batch(source, out, stop_on_error=True, chunk_rows=5, resume=True, kind="review")
    source.write_text(source.read_text() + "z,z,z,z\n")
    with pytest.raises(InputError, match=r"the input in.csv has changed"):
        batch(source, out, stop_on_error=True, chunk_rows=5, resume=True)
    assert batch(source, out, overwrite=True)["rejected"] == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_tables_of_two_kinds_and_a_missing_model_are_named(tmp_path: Path, jobs: int) -> None:
    """Columns that are not of one type end the run without an output; without a model nothing is begun."""
    folder, out = tmp_path / "in", tmp_path / "o.parquet"
    folder.mkdir()
    for name, kind in (("a", pa.int32()), ("b", pa.string())):
        parquet.write_table(
            pa.table({"id": pa.array([1, 2]).cast(kind), "text": REVIEWS[:2]}), folder / f"{name}.parquet"
        )
    with pytest.raises(InputError, match="not of one type"):
        batch(folder, out, jobs=jobs)
    assert not out.exists() and not list((tmp_path / "o.parquet.parts").glob("*.tmp"))
    with pytest.raises(mvl.ModelError, match="no model here"):
        batch(folder, tmp_path / "p.parquet", jobs=jobs, model=str(tmp_path))
    assert not list(tmp_path.glob("p.parquet*"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"text_column": "nope"}, "has no column 'nope'"),
        ({"resume": True, "overwrite": True}, "say one of them"),
        ({"min_group": 2}, "goes with --group-by"),
        ({"jobs": 0}, "--jobs: expected"),
        ({"jobs": -2}, "found -2"),
        ({"chunk_rows": 0}, "at least 1"),
        ({"encoding": "klingon"}, "is not known"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    """What cannot work is refused before anything is written."""
    with pytest.raises(InputError, match=message):
        batch(written(tmp_path / "in.csv"), tmp_path / "o.csv", **options)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv"]


def command(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=120, **options)


def test_all_cores_of_a_machine_with_one_are_this_process(tmp_path: Path) -> None:
    """`--jobs -1` on one core starts no process and ends like any other run."""
    source, out = written(tmp_path / "in.csv"), tmp_path / "o.csv"
    done = command(source, "-o", out, *NAMED, "--jobs", "-1", env=os.environ | {"LOKY_MAX_CPU_COUNT": "1"})
    assert (done.returncode, len(rows_of(out))) == (0, 30)


def test_standard_input_is_scored_and_cannot_be_resumed(tmp_path: Path) -> None:
    """`-` reads CSV or JSONL from a pipe; --resume with it exits 2."""
    out = tmp_path / "o.csv"
    lines = "".join(json.dumps({"id": k, "text": text}) + "\n" for k, text in enumerate(REVIEWS))
    done = command("-", "-o", out, "--text-column", "text", "--id-column", "id", input=lines)
    assert (done.returncode, done.stdout) == (0, "")
    assert [row["id"] for row in rows_of(out)] == ["0", "1", "2", "3", "4"]
    assert "vision" not in done.stderr
    assert not (tmp_path / "o.csv.stdin").exists()
    again = command("-", "-o", out, "--text-column", "text", "--resume", input=lines)
    assert again.returncode == 2
    assert "standard input cannot be read again" in again.stderr


def test_a_full_disk_and_a_target_that_cannot_be_written_exit_2(tmp_path: Path) -> None:
    """The disk's refusal ends the run with one line; with room again, --resume finishes it."""
    source, out = written(tmp_path / "in.csv", 400), tmp_path / "o.csv"
    arguments = ("-o", out, "--text-column", "text", "--id-column", "id", "--chunk-rows", "20")
    limited = ["bash", "-c", 'ulimit -f 12; exec "$@"', "bash", *COMMAND, str(source), *map(str, arguments)]
    full = subprocess.run(limited, capture_output=True, text=True, timeout=120)
    assert full.returncode == 2
    assert "the disk is full" in full.stderr and "Traceback" not in full.stderr
    assert not out.exists()
    assert command(source, *arguments, "--resume").returncode == 0
    missing = command(source, "-o", tmp_path / "no" / "o.csv", "--text-column", "text")
    assert missing.returncode == 2 and "no such folder" in missing.stderr
    forbidden = command(source, "-o", "/proc/o.csv", "--text-column", "text")
    assert forbidden.returncode == 2 and "cannot be written" in forbidden.stderr


def started(source: Path, out: Path, *more: str) -> subprocess.Popen[bytes]:
    """Start a batch of small chunks as a process group of its own."""
    arguments = [str(source), "-o", str(out), "--text-column", "text", "--id-column", "id", "--chunk-rows", "20", *more]
    with out.with_name("said").open("wb") as said:
        return subprocess.Popen([*COMMAND, *arguments], stderr=said, start_new_session=True)


def wait_for_chunks(process: subprocess.Popen[bytes], out: Path, count: int) -> None:
    """Wait until so many chunks are done, or the process has ended."""
    folder = out.with_name(out.name + ".parts")
    while process.poll() is None and len(list(folder.glob("*.done"))) < count:
        time.sleep(0.005)


def test_an_interrupt_leaves_a_state_to_go_on_from(tmp_path: Path) -> None:
    """Ctrl-C exits 130 and says how to go on; the resumed run's bytes are those of a whole one."""
    source, out = written(tmp_path / "in.csv", 4000), tmp_path / "o.csv"
    batch(source, tmp_path / "whole.csv", chunk_rows=20)
    process = started(source, out)
    wait_for_chunks(process, out, 3)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(60) == 130
    said = (tmp_path / "said").read_bytes()
    assert b"--resume" in said and b"Traceback" not in said
    assert batch(source, out, chunk_rows=20, resume=True)["rows_in"] == 4000
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_an_interrupt_of_several_processes_leaves_a_state_to_go_on_from(tmp_path: Path) -> None:
    """Ctrl-C while two processes score exits 130; what was put together so far is gone, the chunks are kept."""
    source, out = written(tmp_path / "in.csv", 4000), tmp_path / "o.csv"
    batch(source, tmp_path / "whole.csv", chunk_rows=20)
    process = started(source, out, "--jobs", "2")
    wait_for_chunks(process, out, 10)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(60) == 130
    assert b"Traceback" not in (tmp_path / "said").read_bytes()
    names = [path.name for path in (tmp_path / "o.csv.parts").iterdir()]
    assert sum(name.endswith(".done") for name in names) >= 10
    assert not any(name.startswith("o.csv") for name in names) and not out.exists()
    assert command(source, "-o", out, *NAMED, "--chunk-rows", "20", "--resume", "--jobs", "2").returncode == 0
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_killed_while_the_output_grows_and_resumed_it_gives_the_same_bytes(tmp_path: Path, jobs: str) -> None:
    """The output grows from the first chunk on; after `kill -9` it is begun anew and nothing is left of it."""
    source, out = written(tmp_path / "in.csv", 4000), tmp_path / "o.jsonl"
    batch(source, tmp_path / "whole.jsonl", chunk_rows=20)
    folder = tmp_path / "o.jsonl.parts"
    process = started(source, out, "--jobs", jobs)
    while process.poll() is None and not any(path.stat().st_size for path in folder.glob("o.jsonl.*.tmp")):
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(60)
    assert not out.exists()
    assert len(list(folder.glob("o.jsonl.*.tmp"))) == 2  # the output and its rejects
    assert batch(source, out, chunk_rows=20, resume=True)["rows_in"] == 4000
    assert out.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    left = {path.name.removeprefix("o.jsonl") for path in tmp_path.glob("o.jsonl*")}
    assert left == {"", ".rejects.jsonl", ".run.json"}


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_killed_at_random_moments_and_resumed_it_gives_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    """`kill -9` at five random moments a format (ten in all): output and rejects are those of a whole run."""
    source, out, whole = written(tmp_path / "in.csv", 4000), tmp_path / f"o{suffix}", tmp_path / f"whole{suffix}"
    with source.open("a") as file:
        file.write("bad row\n" * 3)
    batch(source, whole, chunk_rows=20)
    chance, kills = random.Random(suffix), 0
    while kills < 5:
        process = started(source, out, "--resume", *(["--jobs", "2"] if kills == 4 else []))
        so_far = len(list(out.with_name(out.name + ".parts").glob("*.done")))
        wait_for_chunks(process, out, so_far + chance.randint(0, 30))
        time.sleep(chance.random() * 0.05)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        process.wait(60)
        if process.returncode == 0:
            assert out.read_bytes() == whole.read_bytes()
            out.unlink()
            out.with_name(out.name + ".run.json").unlink()
    assert batch(source, out, chunk_rows=20, resume=True)["rejected"] == 3
    assert out.read_bytes() == whole.read_bytes()
    rejects = [path.with_name(path.name + ".rejects.jsonl").read_bytes() for path in (out, whole)]
    assert rejects[0] == rejects[1] and rejects[0].count(b"\n") == 3
