"""A model on disk: a folder that introduces itself before it is trusted, and in which nothing executes.

    manifest.json         format, version, heads, calibration, thresholds, corpus digest, figures, file digests
    weights.safetensors   a table: arrays only (vocabulary as UTF-8 bytes, runs, weights)
    encoder.onnx          a transformer: a graph that points at no other file, with its tokenizer.json
    golden.jsonl          sentences with the scores this model must give them
    README.md             the card, rendered from the manifest

`load` reads the manifest, checks format, names, sizes, digests and finiteness, and only then uses the
arrays. To change the format: raise `manifest.FORMAT`, say here what changed, and keep reading the former one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mvl_classify.dimensions import POLES, DimensionSet
from mvl_classify.encoder import Encoder
from mvl_classify.engine import KIND_HEAD, Calibration, Curves, Engine
from mvl_classify.errors import InputError, ModelError
from mvl_classify.manifest import (
    FILES,
    FORMAT,
    GOLDEN,
    MANIFEST,
    WEIGHTS,
    checked,
    digest_of,
    engine_of,
    read_manifest,
    sha256,
)
from mvl_classify.table import Table
from mvl_classify.transformer import Transformer
from mvl_classify.vocabulary import Vocabulary

__all__ = [
    "CARD",
    "FORMAT",
    "GOLDEN",
    "MANIFEST",
    "WEIGHTS",
    "Model",
    "described",
    "load",
    "read_manifest",
    "save",
    "write_manifest",
]

CARD: Final = "README.md"
_ARRAYS: Final = {"words": np.uint8, "pieces": np.uint8, "runs": np.int32, "weights": np.float16, "bias": np.float64}


@dataclass(frozen=True)
class Model:
    """A loaded model: its engine, its dimension set, its manifest, and where it came from."""

    engine: Engine
    dimensions: DimensionSet
    manifest: dict[str, Any]
    path: Path
    digest: str

    @property
    def table(self) -> Table:
        """The engine, where a table is needed; raise ModelError for another one."""
        if not isinstance(self.engine, Table):
            raise ModelError(f"{self.path}: is a {self.engine.name}, this needs a table: its words and their weights.")
        return self.engine

    @property
    def name(self) -> str:
        """The model's name and version, as a record names it."""
        return f"{self.manifest['name']} {self.manifest['version']}"


def save(folder: Path, table: Table, dimensions: DimensionSet, about: dict[str, Any]) -> None:
    """Write weights and manifest; `about` has name, version, corpus, training and figures.

    The same table and `about` give the same bytes. Files already listed in `about["files"]` (the card, the
    golden sentences) are not touched.
    """
    from safetensors.numpy import save as encode

    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = table.vocabulary
    arrays = {
        "words": _bytes(vocabulary.words),
        "pieces": _bytes(vocabulary.pieces),
        "runs": vocabulary.runs.astype(np.int32),
        "weights": table.weights.astype(np.float16),
        "bias": table.bias.astype(np.float64),
    }
    (folder / WEIGHTS).write_bytes(encode(arrays))
    scale = {"scale": {"power": table.power, "offset": table.offset}}
    write_manifest(folder, about | scale | described(table, dimensions))


def described(engine: Engine, dimensions: DimensionSet) -> dict[str, Any]:
    """Return what every manifest says of its engine."""
    return {
        "format": FORMAT,
        "engine": engine.name,
        "heads": [*engine.heads, KIND_HEAD],
        "calibration": [{"slope": c.slope, "intercept": c.intercept} for c in engine.calibration],
        "thresholds": list(engine.thresholds),
        "dimensions": dimensions.to_dict(),
    }


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest with the digests of the files that lie beside it."""
    names = [name for name in (*FILES[engine_of(manifest)], GOLDEN) if (folder / name).is_file()]
    files = {name: {"sha256": sha256(folder / name), "bytes": (folder / name).stat().st_size} for name in names}
    text = json.dumps({**manifest, "files": files}, indent=1, ensure_ascii=False, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def load(folder: Path) -> Model:
    """Return the model in a folder; raise ModelError when it is missing, damaged or of another format."""
    manifest = checked(folder)
    try:
        dimensions = DimensionSet.from_dict(manifest["dimensions"], str(folder / MANIFEST))
        if manifest["heads"] != [*POLES, *dimensions.ids, KIND_HEAD]:
            raise ValueError(f"the heads are not the poles, the dimensions and {KIND_HEAD!r}.")
        engine = _ENGINES[engine_of(manifest)](folder, manifest, dimensions)
    except (KeyError, TypeError, ValueError, InputError) as error:
        raise ModelError(f"{folder / MANIFEST}: {error}") from None
    return Model(engine, dimensions, manifest, folder, digest_of(folder))


def _read_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load as decode

    try:
        arrays: dict[str, npt.NDArray[Any]] = decode(path.read_bytes())
    except (SafetensorError, ValueError, KeyError, OSError) as error:
        raise ModelError(f"{path}: cannot be read ({error}).") from None
    for name, kind in _ARRAYS.items():
        if name not in arrays or arrays[name].dtype != kind:
            raise ModelError(f"{path}: the array {name!r} is missing or not {np.dtype(kind).name}.")
    return arrays


def _table(folder: Path, manifest: dict[str, Any], dimensions: DimensionSet) -> Table:
    arrays = _read_arrays(folder / WEIGHTS)
    curves, thresholds = _judgement(manifest)
    table = Table(
        vocabulary=Vocabulary(_words(arrays["words"]), _words(arrays["pieces"]), arrays["runs"].astype(np.int64)),
        dimensions=dimensions.ids,
        weights=arrays["weights"].astype(np.float32),
        bias=arrays["bias"],
        calibration=curves,
        thresholds=thresholds,
        power=_number(manifest["scale"]["power"], "scale's power"),
        offset=_number(manifest["scale"]["offset"], "scale's offset"),
    )
    _check_table(folder / WEIGHTS, table)
    return table


def _transformer(folder: Path, manifest: dict[str, Any], dimensions: DimensionSet) -> Engine:
    curves, thresholds = _judgement(manifest)
    return Transformer(Encoder(folder, len(dimensions) + 3), dimensions.ids, curves, thresholds)


_ENGINES: Final[dict[str, Callable[[Path, dict[str, Any], DimensionSet], Engine]]] = {
    "table": _table,
    "transformer": _transformer,
}


def _judgement(manifest: dict[str, Any]) -> tuple[Curves, tuple[float, float]]:
    management, leadership = manifest["calibration"]
    low, high = manifest["thresholds"]
    return (_curve(management), _curve(leadership)), (_number(low, "threshold", 0, 1), _number(high, "threshold", 0, 1))


def _curve(row: dict[str, Any]) -> Calibration:
    curve = Calibration(float(row["slope"]), float(row["intercept"]))
    if not (curve.slope > 0 and math.isfinite(curve.slope) and math.isfinite(curve.intercept)):
        raise ValueError(f"a calibration needs a slope above 0 and finite numbers, found {curve}.")
    return curve


def _number(value: Any, name: str, least: float = -math.inf, most: float = math.inf) -> float:
    number = float(value)
    if not (math.isfinite(number) and least <= number <= most):
        raise ValueError(f"a {name} of {number} is out of range.")
    return number


def _check_table(place: Path, table: Table) -> None:
    heads = len(table.heads) + 1
    if table.weights.shape != (len(table.vocabulary), heads) or table.bias.shape != (heads,):
        raise ModelError(f"{place}: {table.weights.shape} weights do not fit {len(table.vocabulary)} features.")
    if not (np.isfinite(table.weights).all() and np.isfinite(table.bias).all()):
        raise ModelError(f"{place}: holds a weight that is not a finite number.")
    runs = table.vocabulary.runs
    if runs.ndim != 2 or runs.shape[1:] != (3,) or (runs >= table.vocabulary.size).any() or (runs < -1).any():
        raise ModelError(f"{place}: a run names a word that does not exist.")
    for name, ordered in (("words", table.vocabulary.hashes), ("runs", table.vocabulary.keys)):
        if (ordered[1:] <= ordered[:-1]).any():
            raise ModelError(f"{place}: the {name} are not in ascending order.")


def _bytes(words: tuple[str, ...]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def _words(data: npt.NDArray[np.uint8]) -> tuple[str, ...]:
    text = data.tobytes().decode()
    return tuple(text.split("\n")) if text else ()
