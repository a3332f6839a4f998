"""The second engine: a small transformer that reads whole sentences, and shows what decided by leaving words out.

The encoder is all-MiniLM-L6-v2 (Wang and others 2020; Reimers and Gurevych 2019), fine-tuned on the corpus, its
weights stored as 8-bit integers (`finetuning`). It reads every sentence by itself, so that no bit of a score depends on
the other sentences of a batch. The evidence of an oriented sentence is what each head's logit loses when one word is
left out (Li and others 2016, "Understanding neural networks through representation erasure"); neutral sentences have
none. Words work together here, so the losses do not add up to the logit: `rest` is what is left over. Needs the extra
[transformer].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np

from mvl_classify.dimensions import LABELS, POLES
from mvl_classify.engine import Contribution, Curves, EngineName, Floats, Parts, Reader, SentenceArrays, judged
from mvl_classify.errors import DependencyError, ModelError
from mvl_classify.manifest import ENCODER, TOKENIZER
from mvl_classify.masking import Strings, strings
from mvl_classify.segment import Bools, Ints, Segmenter, Sentences, Tokens

INPUT: Final = "input_ids"
OUTPUT: Final = "logits"

WINDOW: Final = 126
"""How many word pieces are read at once; a longer sentence is read in windows, whose logits are averaged."""

REMEMBERED: Final = 20_000
"""How many sentences keep their logits in memory before the memory is begun anew."""

_NEUTRAL: Final = LABELS.index("neutral")


def runtime() -> Any:
    """Return onnxruntime; raise DependencyError where the extra is not installed."""
    try:
        import onnxruntime
        import tokenizers  # noqa: F401
    except ImportError:
        raise DependencyError(
            "the transformer engine needs the extra [transformer]: pip install 'mvl-classify[transformer]'."
        ) from None
    return onnxruntime


class Encoder:
    """The fine-tuned encoder with its tokenizer: one text in, one row of logits out, on one thread."""

    def __init__(self, folder: Path, heads: int) -> None:
        from tokenizers import Tokenizer

        options = runtime().SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.disable_quant_qdq", "1")  # 8-bit weights become 32-bit ones at once
        try:
            data = (folder / ENCODER).read_bytes()  # from bytes: a graph that points at other files is refused
            self._session = runtime().InferenceSession(data, options, providers=["CPUExecutionProvider"])
            self._tokenizer = Tokenizer.from_str((folder / TOKENIZER).read_text(encoding="utf-8"))
        except Exception as error:  # both libraries raise classes of their own
            raise ModelError(f"{folder}: cannot be read ({type(error).__name__}: {str(error)[:200]}).") from None
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        given = [(one.name, one.type) for one in self._session.get_inputs()]
        made = [(one.name, one.type, one.shape[-1:]) for one in self._session.get_outputs()]
        if given != [(INPUT, "tensor(int64)")] or made != [(OUTPUT, "tensor(float)", [heads])]:
            raise ModelError(f"{folder / ENCODER}: does not make {heads} logits of word pieces; found {given}, {made}.")
        self._edges = [self._tokenizer.token_to_id(name) for name in ("[CLS]", "[SEP]")]
        if None in self._edges:
            raise ModelError(f"{folder / TOKENIZER}: has no [CLS] and [SEP].")
        self._heads = heads
        self._remembered: dict[str, Floats] = {}

    def __call__(self, text: str) -> Floats:
        """Return the logits (heads,) of a text; raise ModelError where one is not a finite number."""
        found = self._remembered.get(text)
        if found is None:
            if len(self._remembered) >= REMEMBERED:
                self._remembered.clear()
            found = self._remembered[text] = self._read(text)
        return found

    def _read(self, text: str) -> Floats:
        pieces: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        windows = [pieces[k : k + WINDOW] for k in range(0, max(len(pieces), 1), WINDOW)]
        sizes = [max(len(window), 1) for window in windows]
        logits = np.average([self._window(window) for window in windows], axis=0, weights=sizes)
        if not np.isfinite(logits).all():
            raise ModelError("the encoder gives a logit that is not a finite number.")
        return np.asarray(logits)

    def _window(self, pieces: list[int]) -> Floats:
        ids = np.array([[self._edges[0], *pieces, self._edges[1]]], np.int64)
        return np.asarray(self._session.run([OUTPUT], {INPUT: ids})[0][0], np.float64)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words that the tokenizer knows whole, in lower case."""
        return frozenset(self._tokenizer.get_vocab())


@dataclass(frozen=True)
class Transformer:
    """An encoder with the curves and thresholds that make labels of its logits."""

    name: ClassVar[EngineName] = "transformer"
    tolerance: ClassVar[float] = 1e-3

    encoder: Encoder
    dimensions: tuple[str, ...]
    calibration: Curves
    thresholds: tuple[float, float]

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """The heads that evidence is given for, in column order."""
        return (*POLES, *self.dimensions)

    def reader(self, segmenter: Segmenter) -> Reader:
        """Return what scores sentences of tokens that `segmenter` made."""

        def read(texts: Sequence[str], tokens: Tokens, sentences: Sentences) -> SentenceArrays:
            cut = strings(texts, tokens, sentences)
            logits = np.array([self.encoder(_joined(found)) for found in cut]).reshape(-1, len(self.heads) + 1)
            known = _known(self.encoder.words, segmenter, tokens, cut)
            return judged(
                logits,
                self.calibration,
                self.thresholds,
                known,
                lambda label: LeftOut(self.encoder, cut, logits[:, :-1], label != _NEUTRAL),
            )

        return read


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Sentences cut up into words, each of which can be left out; `oriented` tells of which sentences that is asked."""

    encoder: Encoder
    cut: list[Strings]
    logits: Floats
    oriented: Bools

    def contributions(self, sentence: int) -> list[Contribution]:
        """List what each head's logit loses when one word of an oriented sentence is left out."""
        if not self.oriented[sentence]:
            return []
        cut, whole = self.cut[sentence], self.logits[sentence]
        found = ((token, _joined(cut[:k] + cut[k + 1 :])) for k, (token, _) in enumerate(cut) if token >= 0)
        return [(token, token, whole - self.encoder(without)[:-1], None) for token, without in found]

    def rest(self, sentence: int, found: Sequence[Contribution]) -> Floats:
        """Return what the words do not account for one by one."""
        return np.asarray(self.logits[sentence] - sum(values for _, _, values, _ in found))

    def parts(self, chosen: Bools) -> Parts:
        """Return the words of the chosen sentences."""
        rows = [
            (first, last, int(sentence), *values[:2])
            for sentence in np.flatnonzero(chosen)
            for first, last, values, _ in self.contributions(int(sentence))
        ]
        table = np.array(rows, np.float64).reshape(-1, 5)
        places = table[:, :3].astype(np.int64)
        return Parts(places[:, 0], places[:, 1], places[:, 2], table[:, 3:])


def _joined(cut: Strings) -> str:
    return "".join(word for _, word in cut)


def _known(words: frozenset[str], segmenter: Segmenter, tokens: Tokens, cut: list[Strings]) -> Ints:
    """Return how many visible words of each sentence the tokenizer knows whole, and how many not."""
    found = {int(key): segmenter.word(int(key)) in words for key in np.unique(tokens.hashes[tokens.word])}
    counts = [[found[int(tokens.hashes[token])] for token, _ in one if token >= 0] for one in cut]
    return np.array([[sum(one), len(one) - sum(one)] for one in counts], np.int64).reshape(-1, 2)
