"""The spaCy component `mvl_classify`: `doc._.mvl`, `sent._.mvl` and `doc.cats` in a user's pipeline.

    nlp = spacy.blank("en")
    nlp.add_pipe("mvl_classify", config={"kind": "review"})

spaCy finds the factory by its entry point, so that `spacy.load` needs no import of ours. A sentence is what
the pipeline before us set; where it set none, ours are set, as `score` cuts them. Results travel with the
document as plain data (`doc.user_data`), so that they survive `to_bytes`, `DocBin` and other processes.
"""

# No `from __future__ import annotations` here: older spaCy reads the factory's types as they stand.

import json
import shutil
import tempfile
import warnings
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import ensure_path, minibatch

from mvl_classify.dimensions import KINDS, Kind
from mvl_classify.errors import InputError, ModelError
from mvl_classify.locate import SHIPPED, model_folder, named
from mvl_classify.manifest import FILES, GOLDEN, MANIFEST
from mvl_classify.results import DOCUMENT_LABELS, DocumentScore, SentenceScore
from mvl_classify.scored import Batch
from mvl_classify.scorer import Scorer, shared
from mvl_classify.segment import boundaries

NAME: Final = "mvl_classify"
_STATE: Final = "state.json"
_TERMS: Final = "terms.toml"
_FILES: Final = (MANIFEST, *(name for names in FILES.values() for name in names), GOLDEN)


def _document(doc: Doc) -> DocumentScore | None:
    """Return the document's score; None before the component has seen it."""
    data = doc.user_data.get(NAME)
    return None if data is None else DocumentScore.from_dict(data)


def _sentence(span: Span) -> SentenceScore | None:
    """Return the score of the first scored sentence that begins in the span; None where none does."""
    data = span.doc.user_data.get(NAME)
    for sentence in () if data is None else data["sentences"]:
        if span.start_char <= sentence["start"] < span.end_char:
            return SentenceScore.from_dict(sentence)
    return None


Doc.set_extension("mvl", getter=_document, force=True)
Span.set_extension("mvl", getter=_sentence, force=True)


class Component:
    """Scores each document that passes; `model`, `terms` and `kind` are as for `Scorer`.

    With `cats`, `doc.cats` gets 1.0 for the document's label and 0.0 for the other labels. The model is
    loaded when the first document comes, once a process, however many pipelines use it.
    """

    def __init__(
        self, model: str | None = None, terms: str | None = None, kind: Kind | None = None, cats: bool = True
    ) -> None:
        if kind is not None and kind not in KINDS:
            raise InputError(f"kind: expected 'ad', 'review' or null, found {kind!r}.")
        self.model = named(model)
        self.terms = None if terms is None else str(terms)
        self.kind = kind
        self.cats = cats

    @property
    def scorer(self) -> Scorer:
        """The scorer, shared with everything in this process that uses the same model and terms."""
        return shared(self.model, self.terms)

    def __call__(self, doc: Doc) -> Doc:
        """Score one document and return it."""
        self._score([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Score documents in batches, in order; results do not depend on the batches."""
        for docs in minibatch(stream, batch_size):
            docs = list(docs)
            self._score(docs)
            yield from docs

    def _score(self, docs: list[Doc]) -> None:
        scorer = self.scorer
        starts = [_starts(doc) for doc in docs]
        batch = scorer.batch([doc.text for doc in docs], [self.kind] * len(docs), starts)
        edges = np.searchsorted(batch.tokens.text, np.arange(len(docs) + 1))
        for number, (doc, result) in enumerate(zip(docs, scorer.results(batch), strict=True)):
            doc.user_data[NAME] = result.to_dict()
            if starts[number] is None:
                _cut(doc, batch, int(edges[number]), int(edges[number + 1]))
            if self.cats:
                doc.cats.update({label: float(label == result.label) for label in DOCUMENT_LABELS})

    def _pack(self) -> dict[str, bytes]:
        """Return what a saved pipeline holds: the options, and a model and terms that are not ours."""
        state = {
            "digest": self.scorer.model.digest,
            "kind": self.kind,
            "cats": self.cats,
            "own": self.model is not None and self.model not in SHIPPED,
            "engine": self.model if self.model in SHIPPED else None,
        }
        packed = {_STATE: json.dumps(state, sort_keys=True).encode()}
        if state["own"]:
            folder = model_folder(self.model)
            packed |= {name: (folder / name).read_bytes() for name in _FILES if (folder / name).is_file()}
        if self.terms is not None:
            packed[_TERMS] = Path(self.terms).read_bytes()
        return packed

    def _unpack(self, packed: dict[str, bytes], folder: Path) -> None:
        """Take over the options, and the model and the terms from a folder in which they lie."""
        state = json.loads(packed[_STATE])
        self.kind, self.cats = state["kind"], state["cats"]
        self.model = named(folder) if state["own"] else state.get("engine")
        self.terms = str(folder / _TERMS) if _TERMS in packed else None
        if self.scorer.model.digest != state["digest"]:
            warnings.warn(
                f"mvl_classify: the pipeline was saved with the model {state['digest']}, this version ships "
                f"{self.scorer.model.digest}: scores differ. Save the model's folder with it to keep them.",
                stacklevel=2,
            )

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the component into a folder; a model of the user's own goes with it."""
        folder = ensure_path(path)
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in self._pack().items():
            (folder / name).write_bytes(data)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> "Component":
        """Read the component from a folder that `to_disk` wrote; its model is read there and not copied."""
        folder = Path(ensure_path(path))
        if not (folder / _STATE).is_file():
            raise ModelError(f"{folder}: no saved component here (expected {_STATE}).")
        names = (_STATE, _TERMS)
        self._unpack(
            {name: (folder / name).read_bytes() for name in names if (folder / name).is_file()}, folder
        )
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Return the component as bytes; a model of the user's own is in them."""
        import srsly

        return bytes(srsly.msgpack_dumps(self._pack()))

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> "Component":
        """Read the component from bytes; a model in them is laid into a folder of its own."""
        import srsly

        packed = srsly.msgpack_loads(data)
        folder = Path(tempfile.mkdtemp(prefix="mvl-classify-"))
        weakref.finalize(self, shutil.rmtree, folder, True)
        for name in (*_FILES, _TERMS):
            if name in packed:
                (folder / name).write_bytes(packed[name])
        self._unpack(packed, folder)
        return self


def _starts(doc: Doc) -> list[int] | None:
    """Return the offsets of the sentences that the pipeline has set; None where it has set none."""
    return [sent.start_char for sent in doc.sents] if doc.has_annotation("SENT_START") else None


def _cut(doc: Doc, batch: Batch, first: int, last: int) -> None:
    """Set the document's sentence boundaries where ours are, at the token that holds each beginning."""
    if not len(doc):
        return
    tokens = batch.tokens
    filled = first + np.flatnonzero(~tokens.space[first:last])
    begins = first + np.flatnonzero(boundaries(tokens)[first:last])
    moved = np.searchsorted(filled, begins)
    offsets = tokens.start[filled[moved[moved < len(filled)]]]
    places = np.searchsorted(np.array([token.idx for token in doc]), offsets, "right") - 1
    wanted = {0, *places.tolist()}
    for token in doc:
        token.is_sent_start = token.i in wanted


@Language.factory(  # type: ignore[untyped-decorator]
    NAME,
    assigns=["doc._.mvl", "span._.mvl", "doc.cats", "token.is_sent_start"],
    default_config={"model": None, "terms": None, "kind": None, "cats": True},
)
def make(
    nlp: Language, name: str, model: str | None, terms: str | None, kind: str | None, cats: bool
) -> Component:
    """Make the component for a pipeline; see `Component` for the options."""
    return Component(model, terms, kind, cats)  # type: ignore[arg-type]
