"""What a model folder says of itself, checked against the files beside it before anything is loaded."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from mvl_classify.errors import ModelError

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
WEIGHTS: Final = "weights.safetensors"
ENCODER: Final = "encoder.onnx"
TOKENIZER: Final = "tokenizer.json"
GOLDEN: Final = "golden.jsonl"
FILES: Final = {"table": (WEIGHTS,), "transformer": (ENCODER, TOKENIZER)}
"""What the model folder of each engine must hold."""

_REFUSED: Final = frozenset({".joblib", ".pkl", ".pickle", ".pt", ".bin"})


def checked(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder whose files are those it lists; raise ModelError otherwise."""
    if folder.suffix.lower() in _REFUSED:
        raise ModelError(f"{folder}: pickled models are never loaded, they can run code; give a model folder.")
    manifest = read_manifest(folder)
    _check_files(folder, manifest)
    return manifest


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return a folder's manifest once its format is known; raise ModelError otherwise."""
    path = folder / MANIFEST
    if not folder.is_dir() or not path.is_file():
        raise ModelError(f"{folder}: no model here (a model is a folder with a {MANIFEST}).")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ModelError(f"{path}: cannot be read ({error}).") from None
    found = manifest.get("format") if isinstance(manifest, dict) else None
    if found != FORMAT:
        raise ModelError(f"{path}: has format {found!r}, this version reads format {FORMAT}; train it again.")
    return dict(manifest)


def engine_of(manifest: dict[str, Any]) -> str:
    """Return the name of a manifest's engine; a manifest that names none is of version 0.1.0 and a table's."""
    return str(manifest.get("engine", "table"))


def digest_of(folder: Path) -> str:
    """Return the digest by which a model is known: that of its manifest, which has those of the other files."""
    return sha256(folder / MANIFEST)[:16]


def _check_files(folder: Path, manifest: dict[str, Any]) -> None:
    files, engine = manifest.get("files"), engine_of(manifest)
    if engine not in FILES:
        raise ModelError(f"{folder / MANIFEST}: has the engine {engine!r}; there are {', '.join(FILES)}.")
    files = files if isinstance(files, dict) else {}
    for name in FILES[engine]:
        if name not in files:
            raise ModelError(f"{folder / MANIFEST}: lists no {name}.")
    for name, facts in files.items():
        path = folder / name
        if Path(name).name != name or not isinstance(facts, dict):
            raise ModelError(f"{folder / MANIFEST}: the file name {name!r} is not one of a model.")
        if not path.is_file():
            raise ModelError(f"{path}: is missing.")
        if path.stat().st_size != facts.get("bytes") or sha256(path) != facts.get("sha256"):
            raise ModelError(f"{path}: is not the file that the manifest describes (its digest differs).")


def sha256(path: Path) -> str:
    """Return the SHA-256 digest of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
