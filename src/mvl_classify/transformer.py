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
"""How many texts keep their logits in memory before the memory is begun anew."""

LONGEST_REMEMBERED: Final = 1000
"""Longer texts, in characters, are read again each time."""

_NEUTRAL: Final = LABELS.index("neutral")
_PROBE: Final = "Somebody plans, and lets others decide."
_ELSEWHERE: Final = b"location"
"""The key under which an ONNX graph names another file that holds its numbers."""


def runtime() -> Any:
    """Return onnxruntime; raise DependencyError where the extra is not installed."""
    try:
        import onnxruntime
        import tokenizers  # noqa: F401
    except ImportError:
        raise DependencyError(
            "the transformer engine needs the extra [transformer]: pip install 'mvl-classify[transformer]'."
        ) from None
    onnxruntime.disable_telemetry_events()
    return onnxruntime


class Encoder:
    """The fine-tuned encoder with its tokenizer: one text in, one row of logits out, on one thread.

    Raises ModelError where the files of the folder are not such an encoder with so many `heads`.
    """

    def __init__(self, folder: Path, heads: int) -> None:
        self._folder = folder
        self._session = _session(folder / ENCODER, heads)
        self._tokenizer = _tokenizer(folder / TOKENIZER)
        self._edges = [self._tokenizer.token_to_id(name) for name in ("[CLS]", "[SEP]")]
        if None in self._edges:
            raise ModelError(f"{folder / TOKENIZER}: has no [CLS] and [SEP].")
        self._remembered: dict[str, Floats] = {}
        self(_PROBE)

    def __call__(self, text: str) -> Floats:
        """Return the logits (heads,) of a text; raise ModelError where there are none, or one is not finite."""
        found = self._remembered.get(text)
        if found is None:
            found = self._read(text)
            if len(text) <= LONGEST_REMEMBERED:
                if len(self._remembered) >= REMEMBERED:
                    self._remembered.clear()
                self._remembered[text] = found
        return found

    def _read(self, text: str) -> Floats:
        try:
            pieces: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
            windows = [pieces[k : k + WINDOW] for k in range(0, max(len(pieces), 1), WINDOW)]
            sizes = [max(len(window), 1) for window in windows]
            logits = np.average([self._window(window) for window in windows], axis=0, weights=sizes)
        except Exception as error:  # both libraries raise classes of their own
            raise ModelError(f"{self._folder}: cannot read a sentence ({_said(error)}).") from None
        if not np.isfinite(logits).all():
            raise ModelError(f"{self._folder / ENCODER}: gives a logit that is not a finite number.")
        return np.asarray(logits)

    def _window(self, pieces: list[int]) -> Floats:
        ids = np.array([[self._edges[0], *pieces, self._edges[1]]], np.int64)
        return np.asarray(self._session.run([OUTPUT], {INPUT: ids})[0][0], np.float64)

    def sizes(self, strings: Sequence[str]) -> list[int]:
        """Return how many word pieces each string has."""
        return [len(one.ids) for one in self._tokenizer.encode_batch(list(strings), add_special_tokens=False)]

    @cached_property
    def words(self) -> frozenset[str]:
        """The words that the tokenizer knows whole, in lower case."""
        return frozenset(self._tokenizer.get_vocab())


def _session(path: Path, heads: int) -> Any:
    options = runtime().SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.load_model_format", "ONNX")
    options.add_session_config_entry("session.disable_quant_qdq", "1")  # 8-bit weights become 32-bit ones at once
    data = path.read_bytes()
    if _ELSEWHERE in data:
        raise ModelError(f"{path}: points at other files, which are never read.")
    try:
        session = runtime().InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelError(f"{path}: cannot be read ({_said(error)}).") from None
    given = [(one.name, one.type) for one in session.get_inputs()]
    made = [(one.name, one.type, len(one.shape), one.shape[-1:]) for one in session.get_outputs()]
    if given != [(INPUT, "tensor(int64)")] or made != [(OUTPUT, "tensor(float)", 2, [heads])]:
        raise ModelError(f"{path}: does not make {heads} logits of word pieces; found {given}, {made}.")
    return session


def _tokenizer(path: Path) -> Any:
    from tokenizers import Tokenizer

    try:
        found = Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the library's Rust code is no Exception
        raise ModelError(f"{path}: cannot be read ({_said(error)}).") from None
    found.no_truncation()
    found.no_padding()
    return found


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


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
            windows = [_windows(self.encoder, found) for found in cut]
            read = [self._logits(found) for found in windows]
            logits = np.array(read).reshape(-1, len(self.heads) + 1)
            return judged(
                logits,
                self.calibration,
                self.thresholds,
                _known(self.encoder.words, segmenter, tokens, cut),
                lambda label: LeftOut(self.encoder, windows, logits[:, :-1], label != _NEUTRAL),
            )

        return read

    def _logits(self, windows: list[Window]) -> Floats:
        return np.asarray(sum(window.share * self.encoder(window.text) for window in windows))


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a sentence that is read at once: its strings, and its share of the sentence's word pieces."""

    strings: Strings
    share: float

    @property
    def text(self) -> str:
        """What is read."""
        return "".join(word for _, word in self.strings)

    def without(self, place: int) -> str:
        """Return what is read when one string is left out."""
        return "".join(word for at, (_, word) in enumerate(self.strings) if at != place)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Sentences cut up into words, each of which can be left out; `oriented` tells of which sentences that is asked."""

    encoder: Encoder
    windows: list[list[Window]]
    logits: Floats
    oriented: Bools

    def contributions(self, sentence: int) -> list[Contribution]:
        """List what each head's logit loses when one word of an oriented sentence is left out of its window."""
        found: list[Contribution] = []
        for window in self.windows[sentence] if self.oriented[sentence] else ():
            whole = self.encoder(window.text)
            for place, (token, _) in enumerate(window.strings):
                if token >= 0:
                    lost = window.share * (whole - self.encoder(window.without(place)))
                    found.append((token, token, lost[:-1], None))
        return found

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


def _windows(encoder: Encoder, cut: Strings) -> list[Window]:
    """Divide a sentence into windows of at most `WINDOW` word pieces; one string that has more is read by itself."""
    if sum(len(word) for _, word in cut) <= WINDOW:
        return [Window(cut, 1.0)]
    sizes = encoder.sizes([word for _, word in cut])
    parts: list[tuple[Strings, int]] = [([], 0)]
    for string, size in zip(cut, sizes, strict=True):
        if parts[-1][0] and parts[-1][1] + size > WINDOW:
            parts.append(([], 0))
        parts[-1] = ([*parts[-1][0], string], parts[-1][1] + size)
    total = max(sum(size for _, size in parts), 1)
    return [Window(strings, size / total if len(parts) > 1 else 1.0) for strings, size in parts]


def _known(words: frozenset[str], segmenter: Segmenter, tokens: Tokens, cut: list[Strings]) -> Ints:
    """Return how many visible words of each sentence the tokenizer knows whole, and how many not."""
    found = {int(key): segmenter.word(int(key)) in words for key in np.unique(tokens.hashes[tokens.word])}
    counts = [[found[int(tokens.hashes[token])] for token, _ in one if token >= 0] for one in cut]
    return np.array([[sum(one), len(one) - sum(one)] for one in counts], np.int64).reshape(-1, 2)
