"""A model on disk: a folder that introduces itself before it is trusted, and in which nothing executes.

    manifest.json         format, version, heads, calibration, thresholds, corpus digest, figures, file digests
    weights.safetensors   arrays only (vocabulary as UTF-8 bytes, runs, weights)
    golden.jsonl          sentences with the scores this model must give them
    README.md             the card, rendered from the manifest

`load` reads the manifest, checks format, names, sizes, digests and finiteness, and only then uses the
arrays. To change the format: raise `manifest.FORMAT`, say here what changed, and keep reading the former one.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mvl_classify.dimensions import DimensionSet
from mvl_classify.errors import InputError, ModelError
from mvl_classify.features import Vocabulary
from mvl_classify.manifest import FORMAT, MANIFEST, WEIGHTS, checked, digest_of, read_manifest, sha256
from mvl_classify.table import Calibration, Table

__all__ = [
    "CARD",
    "FORMAT",
    "GOLDEN",
    "MANIFEST",
    "WEIGHTS",
    "Model",
    "load",
    "read_manifest",
    "save",
    "write_manifest",
]

GOLDEN: Final = "golden.jsonl"
CARD: Final = "README.md"
_ARRAYS: Final = {"words": np.uint8, "pieces": np.uint8, "runs": np.int32, "weights": np.float16, "bias": np.float64}


@dataclass(frozen=True)
class Model:
    """A loaded model: its table, its dimension set, its manifest, and where it came from."""

    table: Table
    dimensions: DimensionSet
    manifest: dict[str, Any]
    path: Path
    digest: str

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
    manifest = {
        "format": FORMAT,
        **about,
        "heads": [*table.heads, "ad"],
        "scale": {"power": table.power, "offset": table.offset},
        "calibration": [{"slope": c.slope, "intercept": c.intercept} for c in table.calibration],
        "thresholds": list(table.thresholds),
        "dimensions": dimensions.to_dict(),
    }
    write_manifest(folder, manifest)


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest with the digests of the files that lie beside it."""
    names = [name for name in (WEIGHTS, GOLDEN) if (folder / name).is_file()]
    files = {name: {"sha256": sha256(folder / name), "bytes": (folder / name).stat().st_size} for name in names}
    text = json.dumps({**manifest, "files": files}, indent=1, ensure_ascii=False, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def load(folder: Path) -> Model:
    """Return the model in a folder; raise ModelError when it is missing, damaged or of another format."""
    manifest = checked(folder)
    arrays = _read_arrays(folder / WEIGHTS)
    try:
        dimensions = DimensionSet.from_dict(manifest["dimensions"], str(folder / MANIFEST))
        table = _table(arrays, manifest, dimensions)
    except (KeyError, TypeError, ValueError, InputError) as error:
        raise ModelError(f"{folder / MANIFEST}: {error}") from None
    _check_table(folder, table, manifest)
    return Model(table, dimensions, manifest, folder, digest_of(folder))


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


def _table(arrays: dict[str, npt.NDArray[Any]], manifest: dict[str, Any], dimensions: DimensionSet) -> Table:
    vocabulary = Vocabulary(_words(arrays["words"]), _words(arrays["pieces"]), arrays["runs"].astype(np.int64))
    management, leadership = manifest["calibration"]
    low, high = manifest["thresholds"]
    return Table(
        vocabulary=vocabulary,
        dimensions=dimensions.ids,
        weights=arrays["weights"].astype(np.float32),
        bias=arrays["bias"],
        calibration=(_curve(management), _curve(leadership)),
        thresholds=(_number(low, "threshold", 0, 1), _number(high, "threshold", 0, 1)),
        power=_number(manifest["scale"]["power"], "scale's power"),
        offset=_number(manifest["scale"]["offset"], "scale's offset"),
    )


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


def _check_table(folder: Path, table: Table, manifest: dict[str, Any]) -> None:
    heads = [*table.heads, "ad"]
    place = folder / WEIGHTS
    if manifest.get("heads") != heads:
        raise ModelError(f"{folder / MANIFEST}: the heads are not the poles, the dimensions and 'ad'.")
    if table.weights.shape != (len(table.vocabulary), len(heads)) or table.bias.shape != (len(heads),):
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
