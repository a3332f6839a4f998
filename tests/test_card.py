"""A model's card says what its manifest says, and what the model is for."""

import json
from pathlib import Path

from mvl_classify import card
from mvl_classify.artifact import CARD, MANIFEST, read_manifest


def test_the_card_is_rendered_from_the_manifest(small_model: Path) -> None:
    """The file beside the weights is what `render` gives, with nothing added by hand."""
    assert (small_model / CARD).read_text(encoding="utf-8") == card.render(read_manifest(small_model))


def test_the_card_of_the_default_model_is_current(root: Path) -> None:
    """The committed card is that of the committed manifest."""
    folder = root / "models" / "default"
    assert (folder / CARD).read_text(encoding="utf-8") == card.render(read_manifest(folder))


def test_the_card_says_what_the_model_is_for(small_model: Path) -> None:
    """It describes text, it does not judge people, and it is not to decide about a person alone."""
    text = " ".join((small_model / CARD).read_text(encoding="utf-8").split())
    assert "It does not judge people" in text
    assert "must not be the sole basis of a decision about a person" in text


def test_the_card_has_the_figures_of_the_manifest(small_model: Path) -> None:
    """Each figure of each kind stands in the card as in the manifest, to three places."""
    manifest = json.loads((small_model / MANIFEST).read_text(encoding="utf-8"))
    text = (small_model / CARD).read_text(encoding="utf-8")
    for kind, figures in manifest["figures"]["corpus_folds"].items():
        line = next(line for line in text.splitlines() if line.startswith(f"| {kind} |"))
        for name, figure in figures.items():
            if name != "rows" and figure["value"] is not None:
                assert f"{figure['value']:.3f} ({figure['low']:.3f}–{figure['high']:.3f})" in line
    assert f"{manifest['corpus']['rows']} sentences" in text
    assert manifest["corpus"]["digest"][:16] in text


def test_a_figure_that_is_not_defined_is_a_dash(small_model: Path) -> None:
    """Null in the manifest is a dash in the card."""
    manifest = read_manifest(small_model)
    kind = next(iter(manifest["figures"]["corpus_folds"]))
    manifest["figures"]["corpus_folds"][kind]["auc_pole"] = {"value": None, "low": None, "high": None}
    lines = card.render(manifest).splitlines()
    head = next(line for line in lines if line.startswith("| | rows |")).split(" | ")
    row = next(line for line in lines if line.startswith(f"| {kind} |")).split(" | ")
    assert row[head.index("auc_pole")].strip(" |") == "–"
