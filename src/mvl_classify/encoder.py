"""A fine-tuned encoder on disk, an ONNX graph with its tokenizer, made into what gives a text its logits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from mvl_classify.engine import Floats
from mvl_classify.errors import DependencyError, ModelError
from mvl_classify.manifest import ENCODER, TOKENIZER

INPUT: Final = "input_ids"
OUTPUT: Final = "logits"

WINDOW: Final = 126
"""How many word pieces are read at once; a longer sentence is read in windows, whose logits are averaged."""

REMEMBERED: Final = 20_000
"""How many texts keep their logits in memory before the memory is begun anew."""

LONGEST_REMEMBERED: Final = 1000
"""Longer texts, in characters, are read again each time."""

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
