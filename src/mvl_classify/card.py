"""A model's card, rendered from its manifest."""

from __future__ import annotations

from typing import Any, Final

from mvl_classify.errors import ModelError
from mvl_classify.manifest import engine_of

_INTENDED = """\
It describes text: which sentences show a management pole, a leadership pole, both or neither, after the
codebook in `corpus/CODEBOOK.md`. It does not judge people, and it must not be the sole basis of a decision
about a person. It reads English job ads and performance reviews; other texts, other languages and irony are
outside what it was measured on."""

_ENGINES: Final = {
    "table": """\
An additive table: a sentence's logit for each head is a bias plus the sum of the weights of its words
and runs of words, times a constant of the sentence. Every score is its evidence.""",
    "transformer": """\
all-MiniLM-L6-v2 (Apache-2.0), fine-tuned, its weights stored as 8-bit integers. It reads whole sentences, the names of
roles hidden. The evidence of an oriented sentence is what leaving out one word takes from its logits; these parts do
not add up to them.""",
}

_FOLDS: Final = {
    "table": """\
With 95 % bootstrap intervals; `mvl-classify train` prints them anew. They are no figures on real text:
for those see the project's README.""",
    "transformer": """\
With 95 % bootstrap intervals, of the soft labels: of encoders fine-tuned on half of the corpus and for a shorter
time. They are no figures on real text: for those see `docs/engines.md`.""",
}

VERSIONS: Final = {
    "table": ("numpy", "scipy", "scikit-learn", "spacy"),
    "transformer": tuple(
        "onnx onnxruntime onnxscript scikit-learn spacy tokenizers torch transformers".split(),
    ),
}
"""The libraries that each engine's numbers come from."""


def render(manifest: dict[str, Any]) -> str:
    """Return the card as Markdown; every figure in it stands in the manifest.

    Raises ModelError where one is missing.
    """
    try:
        return _rendered(manifest)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"the manifest lacks what its card tells ({error!r}).") from None


def _rendered(manifest: dict[str, Any]) -> str:
    files = sum(facts["bytes"] for facts in manifest["files"].values())
    training, engine = manifest["training"], engine_of(manifest)
    low, high = manifest["thresholds"]
    lines = [
        f"# {manifest['name']} {manifest['version']}",
        "",
        _ENGINES[engine],
        "",
        "## Intended use",
        "",
        _INTENDED,
        "",
        "## Trained on",
        "",
        f"{manifest['corpus']['rows']} sentences (digest `{manifest['corpus']['digest'][:16]}`)"
        + (", with the soft labels of a fine-tuned teacher." if training.get("soft") else "."),
        "",
        "| source | rows |",
        "|---|---|",
        *(f"| {name} | {count} |" for name, count in manifest["corpus"]["sources"].items()),
        "",
        "## Figures on held-out folds of the corpus",
        "",
        _FOLDS[engine],
        "",
        *_figures(manifest["figures"]["corpus_folds"]),
        "",
        *_gain(manifest),
        "## Facts",
        "",
        f"- format {manifest['format']}, {files / 1e6:.1f} MB, {len(manifest['dimensions'])} dimensions",
        f"- a pole counts as shown from P = {low} (management), {high} (leadership)",
        f"- probabilities are calibrated to text of which {manifest['base_neutral']:.0%} is neutral",
        "- versions: " + ", ".join(f"{name} {training[name]}" for name in VERSIONS[engine]),
        "",
    ]
    return "\n".join(lines)


def _figures(folds: dict[str, Any]) -> list[str]:
    names = [name for name in next(iter(folds.values())) if name != "rows"]
    lines = ["| | rows | " + " | ".join(names) + " |", "|---" * (len(names) + 2) + "|"]
    for kind, figures in folds.items():
        cells = [_cell(figures[name]) for name in names]
        lines.append(f"| {kind} | {figures['rows']} | " + " | ".join(cells) + " |")
    return lines


def _gain(manifest: dict[str, Any]) -> list[str]:
    """Return what labels of a user's own gained over the model they were compared with."""
    gain = manifest["figures"].get("gain")
    if gain is None:
        return []
    lines = ["## Gained by these labels", "", "| | before | after | difference |", "|---|---|---|---|"]
    for name, figure in gain.items():
        if name != "rows" and figure["difference"]["value"] is not None:
            lines.append(f"| {name} | {figure['before']:.3f} | {figure['after']:.3f} | {_cell(figure['difference'])} |")
    return [*lines, ""]


def _cell(figure: dict[str, float | None]) -> str:
    if figure["value"] is None:
        return "–"
    if figure["low"] is None:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} ({figure['low']:.3f}–{figure['high']:.3f})"
