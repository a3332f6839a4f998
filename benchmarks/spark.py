"""`DataFrame.mapInArrow` on a real local PySpark: the same core as `batch`, compared to the last bit.

    pip install 'mvl-classify[spark]' && python benchmarks/spark.py DOCUMENTS.jsonl     (needs Java 17)
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa

from mvl_classify import Scorer
from mvl_classify.arrow import schema, score_batches

PARTITIONS = 4


def score(batches: Iterator[pa.RecordBatch], text_column: str) -> Iterator[pa.RecordBatch]:
    """Score on a worker: the model travels by path (here: the default one), the rows as Arrow."""
    yield from score_batches(batches, text_column=text_column)


def main() -> None:
    """Score the documents with Spark and without, and compare."""
    from pyspark.sql import SparkSession
    from pyspark.sql.pandas.types import from_arrow_schema

    os.environ["PYSPARK_PYTHON"] = sys.executable  # the workers run what this process runs
    lines = Path(sys.argv[1]).read_text(encoding="utf-8").split("\n")
    rows = [(str(k), json.loads(line)["text"]) for k, line in enumerate(lines) if line]
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    frame = spark.createDataFrame(rows, "id string, text string").repartition(PARTITIONS)
    out = from_arrow_schema(pa.schema([pa.field("id", pa.string()), *schema()]))
    began = time.perf_counter()
    found = {row["id"]: row for row in frame.mapInArrow(partial(score, text_column="text"), out).collect()}
    seconds = time.perf_counter() - began
    spark.stop()
    results = Scorer().score_many([text for _, text in rows])
    different = 0
    for (name, _), result in zip(rows, results, strict=True):
        row = found[name]
        same = (row["label"], row["orientation"], row["share"]) == (result.label, result.orientation, result.share)
        same &= all(row[f"{key}.orientation"] == value.orientation for key, value in result.dimensions.items())
        same &= [span["contribution"] for span in row["evidence"]] == [span.contribution for span in result.evidence]
        different += not same
    print(f"{len(rows)} rows on Spark, {seconds:.1f} s with its start; {different} differ from score_many in any bit.")
    sys.exit(1 if different or len(found) != len(rows) else 0)


if __name__ == "__main__":
    main()
