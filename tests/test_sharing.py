"""What features share: vectors by word, first letters by word and by run."""

import numpy as np

from mvl_classify.model import Options, fit_table, hard_targets
from mvl_classify.segment import Segmenter
from mvl_classify.sharing import shared
from mvl_classify.vectors import Vectors
from mvl_classify.vocabulary import BEGIN_NAME, Vocabulary

WORDS = ["coach", "coached", "coat", "people"]
RUNS = [("coach", "people"), ("coached", "people"), (BEGIN_NAME, "coach")]


def vectors() -> Vectors:
    """Two entries, one of them a continuation piece."""
    return Vectors(("coach", "##ed"), np.array([[1.0, 0.0], [0.0, 2.0]], np.float32), "none")


def columns() -> tuple[Vocabulary, dict[str, set[int]], np.ndarray]:
    """A vocabulary, the shared columns of each feature beyond the vectors, and the whole matrix."""
    vocabulary = Vocabulary.build(WORDS, ["##ed"], RUNS)
    found = shared(vocabulary, vectors(), 0.5, 5, 2.0).toarray()
    beginnings = {vocabulary.text(k): set(np.flatnonzero(found[k, 2:]).tolist()) for k in range(len(vocabulary))}
    return vocabulary, beginnings, found


def test_words_that_begin_alike_share_a_column() -> None:
    """ "coach" and "coached" share one; "coat" has its own; a continuation piece has none."""
    _, of, _ = columns()
    assert of["coach"] == of["coached"] != of["coat"]
    assert len(of["coach"]) == len(of["people"]) == 1 and not of["##ed"]


def test_runs_share_by_the_beginnings_of_all_their_words() -> None:
    """Runs of alike words share a column of their own; an edge stays an edge."""
    _, of, _ = columns()
    assert of["coach people"] == of["coached people"] and len(of["coach people"]) == 1
    assert not of[f"{BEGIN_NAME} coach"] & (of["coach"] | of["coach people"])


def test_weights_scale_the_columns() -> None:
    """Vectors are multiplied by the one weight, beginnings by the other; runs have no vectors."""
    vocabulary, _, found = columns()
    row = [vocabulary.text(k) for k in range(len(vocabulary))].index("coach")
    assert found[row, 0] == 0.5 and found[row].sum() == 2.5
    assert not found[len(vocabulary.words) + 1 :, :2].any()


def test_a_form_never_seen_leans_with_its_relatives() -> None:
    """Only "delegating" is labelled, and "delegates" leans with it where letters are shared, and not otherwise."""
    texts = ["delegating the rota", "painting the wall"] * 3
    targets = hard_targets(["management", "neutral"] * 3, ["method", None] * 3, [None] * 6, ["method", "risk"])
    known = Vectors(("delegates",), np.zeros((1, 2), np.float32), "none")

    def lean(weight: float) -> float:
        options = Options(least=(1, 2, 2), letters_weight=weight)
        table = fit_table(Segmenter(), texts, targets, ("method", "risk"), known, options)
        return float(table.weights[table.vocabulary.words.index("delegates"), 0])

    assert lean(1.0) > 0 and lean(0.0) == 0
