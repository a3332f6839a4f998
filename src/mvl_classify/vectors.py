"""Static word vectors that ship with the package, so that training needs no deep-learning library.

They were distilled from all-MiniLM-L6-v2 (Apache-2.0, see NOTICE) the way model2vec does it (Tulkens and
van Dongen 2024): each entry of its WordPiece vocabulary is encoded by itself, the vectors are reduced by
principal components and weighted by Zipf's law, and stored as 8-bit integers with one scale.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from mvl_classify.errors import ModelError
from mvl_classify.locate import vectors_folder
from mvl_classify.vocabulary import Vocabulary

VECTORS: Final = "vectors.safetensors"
MANIFEST: Final = "manifest.json"


@dataclass(frozen=True)
class Vectors:
    """Vectors (entries, dimensions) of WordPiece entries; a continuation piece begins with ##."""

    entries: tuple[str, ...]
    matrix: npt.NDArray[np.float32]
    digest: str

    @property
    def words(self) -> list[str]:
        """The entries that begin a word and hold letters only."""
        return [entry for entry in self.entries if not entry.startswith("##") and entry.isascii() and entry.isalpha()]

    @property
    def pieces(self) -> list[str]:
        """The entries that continue a word."""
        return [entry for entry in self.entries if entry.startswith("##")]

    def of(self, vocabulary: Vocabulary) -> npt.NDArray[np.float64]:
        """Return the vectors of a vocabulary's words and pieces, in its order; unknown words get their pieces' mean."""
        number = {entry: place for place, entry in enumerate(self.entries)}
        own = Vocabulary.build((e for e in self.entries if not e.startswith("##")), self.pieces)
        names = (*own.words, *own.pieces)
        out = np.zeros((len(vocabulary.words) + len(vocabulary.pieces), self.matrix.shape[1]))
        for place, word in enumerate((*vocabulary.words, *vocabulary.pieces)):
            found = number.get(word)
            if found is not None:
                out[place] = self.matrix[found]
                continue
            cut = [number[names[part]] for part in own.cut(word) if names[part] in number]
            if cut:
                out[place] = self.matrix[cut].mean(axis=0)
        return out


def save(folder: Path, entries: list[str], matrix: npt.NDArray[np.float64], origin: dict[str, str]) -> None:
    """Write vectors as 8-bit integers; the same vectors give the same bytes."""
    from safetensors.numpy import save as encode

    folder.mkdir(parents=True, exist_ok=True)
    step = float(np.quantile(np.abs(matrix), 0.9999)) / 127
    small = np.clip(np.round(matrix / step), -127, 127).astype(np.int8)
    words = np.frombuffer("\n".join(entries).encode(), dtype=np.uint8)
    data = encode({"entries": words, "matrix": small, "step": np.array([step], np.float64)})
    (folder / VECTORS).write_bytes(data)
    about = {"format": 1, "origin": origin, "entries": len(entries), "dimensions": int(matrix.shape[1])}
    about["sha256"] = hashlib.sha256(data).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(about, indent=1, sort_keys=True) + "\n", encoding="utf-8")


@lru_cache(maxsize=2)
def load(folder: Path | None = None) -> Vectors:
    """Read vectors and check their digest; raise ModelError when they are missing or damaged."""
    from safetensors import SafetensorError
    from safetensors.numpy import load as decode

    folder = vectors_folder() if folder is None else folder
    try:
        about = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        data = (folder / VECTORS).read_bytes()
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder}: the word vectors cannot be read ({error}).") from None
    if hashlib.sha256(data).hexdigest() != about.get("sha256"):
        raise ModelError(f"{folder / VECTORS}: is not the file that its manifest describes (its digest differs).")
    try:
        arrays = decode(data)
    except (SafetensorError, ValueError) as error:
        raise ModelError(f"{folder / VECTORS}: cannot be read ({error}).") from None
    matrix = arrays["matrix"].astype(np.float32) * np.float32(arrays["step"][0])
    return Vectors(tuple(arrays["entries"].tobytes().decode().split("\n")), matrix, str(about["sha256"]))
