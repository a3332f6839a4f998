"""From a corpus to a transformer's model folder: fine-tune, calibrate, export, quantise, write, describe.

The encoder is the teacher (`teacher`), fine-tuned on all of the corpus that teachers are taught. Its curves and figures
come from the corpus' soft labels, which teachers of the same kind gave to rows they had not seen. Needs the extra
[teacher]; only `teacher` imports torch.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from sklearn.linear_model import LogisticRegression

from mvl_classify import artifact, corpus, teacher, training
from mvl_classify.corpus import Row
from mvl_classify.dimensions import DimensionSet
from mvl_classify.encoder import Encoder, runtime
from mvl_classify.engine import Floats
from mvl_classify.errors import CorpusError
from mvl_classify.manifest import ENCODER, TOKENIZER
from mvl_classify.masking import hide_roles
from mvl_classify.model import Targets, targets_of
from mvl_classify.soft import SOFT_FILE, read_soft
from mvl_classify.training import Progress, quiet
from mvl_classify.transformer import Transformer

IR_VERSION: Final = 10
"""The version of ONNX's file format: read by the oldest onnxruntime that pyproject.toml allows."""

_KIND_ROWS: Final = 4000
_LEAST: Final = 1e-4
_SMALL: Final = 4096
"""Matrices with fewer entries stay as they are."""


def finetune(
    folder: Path,
    out: Path,
    dimensions: DimensionSet,
    progress: Progress = quiet,
    name: str = "transformer",
    version: str = "0.1.0",
) -> dict[str, Any]:
    """Fine-tune on a corpus folder and write a model folder; return its manifest.

    The same corpus and library versions give the same bytes on one machine; it takes about an hour of one core.
    Raises CorpusError where the corpus has no soft labels, DependencyError without the extra [teacher].
    """
    teacher.encoder_folder()
    runtime()
    rows = corpus.read_corpus(folder)
    if not (folder / SOFT_FILE).is_file():
        raise CorpusError(f"{folder}: has no {SOFT_FILE} to calibrate by; `mvl-classify train --teacher` makes it.")
    soft = read_soft(folder / SOFT_FILE, rows, dimensions)
    taught = [row for row, used in zip(rows, corpus.taught(folder, rows), strict=True) if used]
    progress(f"{len(taught)} of {len(rows)} sentences")
    trained = teacher.Teacher(len(dimensions), teacher.WHOLE)
    trained.fit(hide_roles([row.text for row in taught]), targets_of(taught, dimensions.ids), progress)
    progress("export")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        whole = Path(place) / "whole.onnx"
        trained.export(whole, out / TOKENIZER, _kind_head(trained, taught))
        quantise(whole, out / ENCODER)
    named = {"name": name, "version": version}
    described = {"digest": corpus.digest(rows), "rows": len(taught), "sources": training.sources(taught)}
    return _write(out, rows, soft, dimensions, corpus.thresholds(folder), {**named, "corpus": described})


def _kind_head(trained: teacher.Teacher, rows: Sequence[Row]) -> tuple[Floats, float]:
    """Fit the head that tells ads from reviews on the vectors of some sentences."""
    known = [row for row in rows if row.kind is not None]
    known = known[:: max(1, len(known) // _KIND_ROWS)]
    ads = [row.kind == "ad" for row in known]
    if len(set(ads)) < 2:
        return np.zeros(trained.pooled([""]).shape[1]), 0.0
    vectors = trained.pooled(hide_roles([row.text for row in known]))
    head = LogisticRegression(max_iter=1000).fit(vectors, ads)
    return head.coef_[0], float(head.intercept_[0])


def quantise(source: Path, out: Path) -> None:
    """Write an ONNX graph with its matrices as 8-bit integers, each column (or word) with a scale of its own.

    They are read back as 32-bit numbers when the graph is loaded. Dynamic quantisation, which counts in integers
    too, is faster, but rounds what it has computed at every layer, and its logits differ from one version of
    onnxruntime to the next.
    """
    import onnx

    model = onnx.load(str(source))
    graph = model.graph
    used = {name: node for node in graph.node for name in node.input}
    kept, small, back = [], [], []
    for tensor in graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.ndim != 2 or values.size < _SMALL:
            kept.append(tensor)
            continue
        axis = int(used[tensor.name].op_type == "MatMul")
        scale = np.maximum(np.abs(values).max(axis=1 - axis, keepdims=True) / 127, np.finfo(np.float32).tiny)
        whole, scales = np.rint(values / scale).astype(np.int8), scale.ravel().astype(np.float32)
        names = [f"{tensor.name}.int8", f"{tensor.name}.scale"]
        small += [onnx.numpy_helper.from_array(*pair) for pair in zip((whole, scales), names, strict=True)]
        back.append(onnx.helper.make_node("DequantizeLinear", names, [tensor.name], axis=axis))
    nodes = [*back, *graph.node]
    for field, values in ((graph.initializer, kept + small), (graph.node, nodes), (graph.value_info, [])):
        del field[:]
        field.extend(values)
    for part in (model, graph, *graph.node, *graph.input, *graph.output):
        part.doc_string = ""
        del part.metadata_props[:]  # where on the exporting machine a node came from
    model.ir_version = min(model.ir_version, IR_VERSION)
    out.write_bytes(model.SerializeToString(deterministic=True))


def _write(
    out: Path,
    rows: Sequence[Row],
    soft: Targets,
    dimensions: DimensionSet,
    thresholds: tuple[float, float] | None,
    described: dict[str, Any],
) -> dict[str, Any]:
    sure = np.clip(soft.poles, _LEAST, 1 - _LEAST)
    logits = np.log(sure / (1 - sure))
    shown = targets_of(rows, dimensions.ids).poles
    names = np.array(dimensions.ids)[soft.dimensions.argmax(axis=1)]
    curves, chosen, folds = training.judged_folds(rows, logits, shown, names, thresholds)
    engine = Transformer(Encoder(out, len(dimensions) + 3), dimensions.ids, curves, chosen)
    about = {
        **described,
        "training": {
            **training.versions(Transformer.name),
            "encoder": teacher.PACKAGE,
            **teacher.settings(teacher.WHOLE),
        },
        "base_neutral": training.BASE_NEUTRAL,
        "figures": training.figures(rows, folds),
    }
    artifact.write_manifest(out, about | artifact.described(engine, dimensions))
    return training.finish(out, [row.text for row in rows if row.source != "documents"])
