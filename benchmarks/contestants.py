"""The ways to read sentences that `quality.py` compares, from a word list to a fine-tuned transformer.

They read the text as it stands; the fine-tuned teacher reads it with the names of roles hidden, as it does
when it gives the corpus its soft labels.
"""

from __future__ import annotations

import pickle
import random
import tempfile
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

import word_list
from mvl_classify.corpus import Row
from mvl_classify.dimensions import LABELS, POLES
from mvl_classify.engine import Floats
from mvl_classify.masking import hide_roles
from mvl_classify.teacher import Teacher, encoder_folder
from protocol import DIMENSIONS, SEED, targets_of

SHOTS: Final = 64
"""How many sentences a label SetFit is shown: the largest number in its authors' paper (Tunstall et al. 2022)."""

PAIRS: Final = 20
"""How many pairs of each sort SetFit makes a sentence: its authors' R."""

SPACY_EPOCHS: Final = 8
_FAR: Final = -20.0


def log_odds(probability: Floats) -> Floats:
    """Return log(p / (1 - p)), with p kept off 0 and 1."""
    kept = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(kept / (1 - kept)))


def folder_size(folder: Path) -> int:
    """Return the bytes of a folder's files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


class WordList:
    """Counts the words that the codebook names; it learns nothing but its thresholds."""

    def fit(self, rows: Sequence[Row]) -> None:
        """Learn nothing."""

    def logits(self, texts: Sequence[str]) -> Floats:
        """Return the hits of each pole and each dimension."""
        return word_list.counts(texts)

    def size(self) -> int:
        """Return the length of the lists."""
        return sum(len(entries.encode()) for poles in word_list.WORDS.values() for entries in poles)


class Linear:
    """Logistic regressions on features: one a pole, one over the dimensions of oriented rows."""

    def __init__(self, features: Any, c: float) -> None:
        self._features, self._c = features, c

    def fit(self, rows: Sequence[Row]) -> None:
        """Fit the features, then each head."""
        found = self._features.fit_transform([row.text for row in rows])
        targets = targets_of(rows)
        self._poles = [self._head().fit(found, targets.poles[:, k]) for k in range(len(POLES))]
        oriented = np.flatnonzero(targets.dimensions.sum(axis=1))
        self._dimension = self._head().fit(found[oriented], targets.dimensions[oriented].argmax(axis=1))

    def _head(self) -> LogisticRegression:
        return LogisticRegression(C=self._c, max_iter=1000)

    def logits(self, texts: Sequence[str]) -> Floats:
        """Return the decision values of the poles and the log-probabilities of the dimensions."""
        found = self._features.transform(texts)
        out = np.full((len(texts), len(POLES) + len(DIMENSIONS)), _FAR)
        for column, head in enumerate(self._poles):
            out[:, column] = head.decision_function(found)
        out[:, len(POLES) + self._dimension.classes_] = self._dimension.predict_log_proba(found)
        return out

    def size(self) -> int:
        """Return the bytes of the pickled features and heads, and of what the features need beside them."""
        own = len(pickle.dumps((self._features, self._poles, self._dimension)))
        return own + getattr(self._features, "outside", 0)


def tfidf() -> Linear:
    """Return TF-IDF of words and pairs with logistic regression."""
    return Linear(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), c=10.0)


def tfidf_characters() -> Linear:
    """Return TF-IDF of characters inside words with logistic regression."""
    return Linear(TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True), c=10.0)


class Embeddings:
    """Sentence vectors of all-MiniLM-L6-v2 as it comes, in the shape of a scikit-learn transformer.

    Vectors of texts once seen are kept, so that folds do not encode the corpus again.
    """

    def __init__(self, kept: dict[str, np.ndarray]) -> None:
        self._kept = kept

    @cached_property
    def _encoder(self) -> Any:
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(str(encoder_folder()), device="cpu")

    @property
    def outside(self) -> int:
        """The bytes of the encoder."""
        return folder_size(encoder_folder())

    def fit_transform(self, texts: Sequence[str]) -> np.ndarray:
        """Encode, and keep the vectors."""
        fresh = [text for text in dict.fromkeys(texts) if text not in self._kept]
        if fresh:
            self._kept.update(zip(fresh, self._encode(fresh), strict=True))
        return np.array([self._kept[text] for text in texts])

    def transform(self, texts: Sequence[str]) -> np.ndarray:
        """Encode; vectors that are kept already are not used, so that speed is measured."""
        return self._encode(list(texts))

    def _encode(self, texts: list[str]) -> np.ndarray:
        return np.asarray(self._encoder.encode(texts, batch_size=64, show_progress_bar=False), float)

    def __getstate__(self) -> dict[str, Any]:
        return {}


def frozen() -> Callable[[], Linear]:
    """Return a maker of logistic regressions on sentence vectors that share one memory of vectors."""
    kept: dict[str, np.ndarray] = {}
    return lambda: Linear(Embeddings(kept), c=10.0)


class FineTuned:
    """The project's teacher: MiniLM fine-tuned on labels, answering poles and dimensions."""

    def fit(self, rows: Sequence[Row]) -> None:
        """Fine-tune, with the names of roles hidden."""
        self._teacher = Teacher(len(DIMENSIONS))
        self._teacher.fit(hide_roles([row.text for row in rows]), targets_of(rows))

    def logits(self, texts: Sequence[str]) -> Floats:
        """Return the teacher's logits."""
        return self._teacher.predict(hide_roles(list(texts)))

    def size(self) -> int:
        """Return the bytes of the encoder, whose size fine-tuning does not change, and of the heads."""
        return folder_size(encoder_folder()) + 4 * 385 * (len(POLES) + len(DIMENSIONS))


class SetFit:
    """SetFit on a balanced sample: contrastive fine-tuning, then logistic regression over the four labels."""

    def __init__(self, shots: int = SHOTS) -> None:
        self._shots = shots

    def fit(self, rows: Sequence[Row]) -> None:
        """Draw the sample and train as the authors do."""
        from datasets import Dataset
        from setfit import SetFitModel, Trainer, TrainingArguments

        drawn = self._draw(rows)
        self._model = SetFitModel.from_pretrained(str(encoder_folder()), labels=list(LABELS), device="cpu")
        data = Dataset.from_dict(
            {"text": [row.text for row in drawn], "label": [LABELS.index(row.label) for row in drawn]}
        )
        with tempfile.TemporaryDirectory() as folder:
            told = TrainingArguments(
                output_dir=folder,
                batch_size=16,
                num_epochs=1,
                num_iterations=PAIRS,
                seed=SEED,
                report_to="none",
                save_strategy="no",
                show_progress_bar=False,
            )
            Trainer(model=self._model, args=told, train_dataset=data).train()

    def _draw(self, rows: Sequence[Row]) -> list[Row]:
        order = list(rows)
        random.Random(SEED).shuffle(order)
        return [row for label in LABELS for row in [row for row in order if row.label == label][: self._shots]]

    def logits(self, texts: Sequence[str]) -> Floats:
        """Return the log-odds of each pole: its own label or `both`."""
        found = np.asarray(self._model.predict_proba(list(texts), as_numpy=True, show_progress_bar=False), float)
        both = found[:, LABELS.index("both")]
        return np.stack([log_odds(found[:, LABELS.index(pole)] + both) for pole in POLES], axis=1)

    def size(self) -> int:
        """Return the bytes of the saved model."""
        with tempfile.TemporaryDirectory() as folder:
            self._model.save_pretrained(folder)
            return folder_size(Path(folder))


class SpacyBag:
    """spaCy's textcat, bag of words and pairs: the poles as independent labels, the dimensions exclusively."""

    def fit(self, rows: Sequence[Row]) -> None:
        """Train both pipelines."""
        poles = [{pole: float(row.label in (pole, "both")) for pole in POLES} for row in rows]
        self._poles = _textcat("textcat_multilabel", rows, poles)
        oriented = [row for row in rows if row.dimension is not None]
        named = [{key: float(key == row.dimension) for key in DIMENSIONS.ids} for row in oriented]
        self._dimensions = _textcat("textcat", oriented, named)

    def logits(self, texts: Sequence[str]) -> Floats:
        """Return the log-odds of the poles and of the dimensions."""
        heads = ((self._poles, POLES), (self._dimensions, DIMENSIONS.ids))
        columns = [[[doc.cats[key] for key in keys] for doc in nlp.pipe(texts)] for nlp, keys in heads]
        return log_odds(np.concatenate([np.array(part, float) for part in columns], axis=1))

    def size(self) -> int:
        """Return the bytes of both saved pipelines."""
        with tempfile.TemporaryDirectory() as folder:
            self._poles.to_disk(Path(folder) / "poles")
            self._dimensions.to_disk(Path(folder) / "dimensions")
            return folder_size(Path(folder))


def _textcat(name: str, rows: Sequence[Row], cats: Sequence[dict[str, float]]) -> Any:
    """Train one text categorizer by spaCy's usual loop."""
    import spacy
    from spacy.training import Example
    from spacy.util import fix_random_seed, minibatch

    fix_random_seed(SEED)
    nlp = spacy.blank("en")
    bag = {"@architectures": "spacy.TextCatBOW.v3", "exclusive_classes": name == "textcat", "ngram_size": 2}
    nlp.add_pipe(name, config={"model": {**bag, "no_output_layer": False, "length": 262144}})
    examples = [
        Example.from_dict(nlp.make_doc(row.text), {"cats": entry}) for row, entry in zip(rows, cats, strict=True)
    ]
    optimizer = nlp.initialize(lambda: examples)
    shuffled = random.Random(SEED)
    for _ in range(SPACY_EPOCHS):
        shuffled.shuffle(examples)
        for batch in minibatch(examples, 128):
            nlp.update(batch, sgd=optimizer)
    return nlp
