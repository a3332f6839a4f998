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
from typing import ClassVar, Final

import numpy as np

from mvl_classify.dimensions import LABELS, POLES
from mvl_classify.encoder import WINDOW, Encoder
from mvl_classify.engine import Contribution, Curves, EngineName, Floats, Parts, Reader, SentenceArrays, judged
from mvl_classify.masking import Strings, strings
from mvl_classify.segment import Bools, Ints, Segmenter, Sentences, Tokens

_NEUTRAL: Final = LABELS.index("neutral")


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
