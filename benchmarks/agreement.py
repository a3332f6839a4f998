"""How far two blind readings of the corpus agree: nominal alpha and raw agreement, file by file.

    python benchmarks/agreement.py [--write]

Reads `corpus/labels/readings.jsonl`; with --write puts the table into the datasheet. Needs the extra [dev].
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import krippendorff

from mvl_classify.corpus import read_corpus
from mvl_classify.dimensions import LABELS

ROOT = Path(__file__).parents[1]
MARKS = ("<!-- agreement -->", "<!-- end of agreement -->")


def alpha(pairs: list[tuple[str, str]]) -> float:
    """Return Krippendorff's nominal alpha of two readings."""
    readings = [[LABELS.index(pair[k]) for pair in pairs] for k in (0, 1)]
    return float(krippendorff.alpha(readings, level_of_measurement="nominal"))


def row(name: str, read: list[dict]) -> str:
    """Return one line of the table."""
    pairs = [(r["first"], r["second"]) for r in read]
    same = sum(first == second for first, second in pairs) / len(pairs)
    both = [r for r in read if r["first_dimension"] and r["second_dimension"]]
    dimension = sum(r["first_dimension"] == r["second_dimension"] for r in both) / max(len(both), 1)
    return f"| {name} | {len(read)} | {alpha(pairs):.3f} | {same:.1%} | {dimension:.1%} ({len(both)}) |"


def table() -> str:
    """Return the whole table as Markdown."""
    source = {r.id: r.source for r in read_corpus(ROOT / "corpus")}
    lines = (ROOT / "corpus" / "labels" / "readings.jsonl").read_text(encoding="utf-8").splitlines()
    by_file = defaultdict(list)
    for read in map(json.loads, lines):
        if read["id"] in source:
            by_file[source[read["id"]]].append(read)
    head = ["| file | read twice | alpha | same label | same dimension (of) |", "|---|---|---|---|---|"]
    body = [row(name, by_file[name]) for name in sorted(by_file)]
    return "\n".join([*head, *body, row("all", [read for reads in by_file.values() for read in reads])])


def main() -> None:
    """Print the table, or write it into the datasheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into corpus/README.md")
    if not parser.parse_args().write:
        print(table())
        return
    sheet = ROOT / "corpus" / "README.md"
    before, rest = sheet.read_text(encoding="utf-8").split(MARKS[0])
    text = f"{before}{MARKS[0]}\n\n{table()}\n\n{MARKS[1]}{rest.split(MARKS[1])[1]}"
    sheet.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
