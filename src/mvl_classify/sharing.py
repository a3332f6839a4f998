"""What features share before anything is learnt: words their static vectors, words and runs their first letters.

The heads are fitted on a sentence's own features beside what those share, and the part on the shared columns
then folds into one weight a feature, so that sharing costs nothing when a text is scored. A word that the
corpus shows once, or only in another form, is so read by what its relatives have taught ("develop",
"developing", "developer"; Bojanowski et al. 2017 share the letters inside words, for vectors).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from mvl_classify.vectors import Vectors
from mvl_classify.vocabulary import BEGIN_NAME, END_NAME, Vocabulary


def shared(vocabulary: Vocabulary, vectors: Vectors, vector_weight: float, letters: int, letters_weight: float) -> Any:
    """Return the sparse matrix (features, columns) of what each feature shares, times the two weights.

    The first columns are the vectors' dimensions; the others stand each for the beginnings of `letters`
    letters of a word, or of every word of a run.
    """
    own = vectors.of(vocabulary) * vector_weight
    dense = sparse.vstack([sparse.csr_matrix(own), sparse.csr_matrix((len(vocabulary) - len(own), own.shape[1]))])
    return sparse.hstack([dense, _beginnings(vocabulary, letters, letters_weight)]).tocsr()


def _beginnings(vocabulary: Vocabulary, letters: int, weight: float) -> Any:
    """Return one column for each beginning; continuation pieces have none."""
    column: dict[str, int] = {}
    rows, columns = [], []
    for feature in range(len(vocabulary) if weight else 0):
        text = vocabulary.text(feature)
        if not text.startswith("##"):
            rows.append(feature)
            columns.append(column.setdefault(_beginning(text, letters), len(column)))
    return sparse.csr_matrix((np.full(len(rows), weight), (rows, columns)), shape=(len(vocabulary), len(column)))


def _beginning(text: str, letters: int) -> str:
    return " ".join(word if word in {BEGIN_NAME, END_NAME} else word[:letters] for word in text.split(" "))
