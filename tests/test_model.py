"""The fit: weights that fold, heads that may have nothing to learn, and vocabularies that keep what is frequent."""

import numpy as np
import pytest

from mvl_classify.dimensions import default_dimensions
from mvl_classify.model import Options, design, fit_table, hard_targets, learn_vocabulary
from mvl_classify.segment import Segmenter
from mvl_classify.training import score_texts
from mvl_classify.vectors import Vectors
from mvl_classify.vocabulary import BEGIN_NAME, Vocabulary

IDS = default_dimensions().ids
WORDS = ["coach", "mentor", "inspire", "budget", "invoice", "schedule", "bread", "oven", "the", "we"]
TEXTS = [
    "Coach the apprentices", "Inspire the apprentices", "Coach the night shift", "Inspire the night shift",
    "Budget the materials", "Schedule the materials", "Budget the night work", "Schedule the night work",
    "The oven is hot", "The bread is fresh", "The bread is warm", "The oven is old",
]  # fmt: skip
LABELS = ["leadership"] * 4 + ["management"] * 4 + ["neutral"] * 4
DIMENSIONS = ["development"] * 4 + ["direction"] * 4 + [None] * 4
KINDS = ["ad", "review"] * 6
OPTIONS = Options(least=(1, 2, 2))


def toy_vectors() -> Vectors:
    """Return vectors in which people words, plan words and bakery words stand apart."""
    base = {"coach": 0, "mentor": 0, "inspire": 0, "budget": 1, "invoice": 1, "schedule": 1, "bread": 2, "oven": 2}
    matrix = np.zeros((len(WORDS) + 1, 4), np.float32)
    for place, word in enumerate(WORDS):
        matrix[place, base.get(word, 3)] = 3.0
    return Vectors((*WORDS, "##s"), matrix, "toy")


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    """Return one segmenter."""
    return Segmenter()


@pytest.fixture(scope="module")
def table(segmenter: Segmenter):  # type: ignore[no-untyped-def]
    """Return a table fitted to the twelve sentences."""
    targets = hard_targets(LABELS, DIMENSIONS, KINDS, IDS)
    return fit_table(segmenter, TEXTS, targets, IDS, toy_vectors(), OPTIONS)


def logits(segmenter: Segmenter, table, text: str) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    """Return the logits of the two poles."""
    management, leadership = score_texts(segmenter, table, [text]).logits[0, :2]
    return float(management), float(leadership)


def test_labels_become_two_questions() -> None:
    """`both` answers yes to each; a neutral row takes no part in the dimensions; an unknown kind is NaN."""
    found = hard_targets(["both", "neutral", "management"], ["focus", None, "risk"], ["ad", None, "review"], IDS)
    assert found.poles.tolist() == [[1, 1], [0, 0], [1, 0]]
    assert found.dimensions.sum(axis=1).tolist() == [1, 0, 1]
    assert found.dimensions[0, IDS.index("focus")] == found.dimensions[2, IDS.index("risk")] == 1
    assert found.ads[0] == 1 and np.isnan(found.ads[1]) and found.ads[2] == 0


def test_the_fit_learns_its_sentences(segmenter: Segmenter, table) -> None:  # type: ignore[no-untyped-def]
    """Each sentence leans to the pole it is labelled with."""
    for text, label in zip(TEXTS[:8], LABELS[:8], strict=True):
        management, leadership = logits(segmenter, table, text)
        assert (leadership > management) == (label == "leadership"), text


def test_a_word_never_seen_leans_with_its_neighbours(segmenter: Segmenter, table) -> None:  # type: ignore[no-untyped-def]
    """ "mentor" stands beside "coach" in the vectors and "invoice" beside "budget": their weights fold in."""
    management, leadership = logits(segmenter, table, "mentor")
    assert leadership > management
    management, leadership = logits(segmenter, table, "invoice")
    assert management > leadership


def test_without_vectors_an_unseen_word_has_no_weight(segmenter: Segmenter) -> None:
    """What a word carries unseen comes from its vector, and from words that begin like it."""
    options = Options(least=(1, 2, 2), vector_weight=0.0)
    plain = fit_table(segmenter, TEXTS, hard_targets(LABELS, DIMENSIONS, KINDS, IDS), IDS, toy_vectors(), options)
    number = plain.vocabulary.words.index("mentor")
    assert not plain.weights[number].any()


def test_the_vocabulary_keeps_what_is_frequent_enough(segmenter: Segmenter) -> None:
    """Words, pairs and triples stand in at least so many sentences; the vectors' words stay in any case."""
    options = Options(least=(3, 3, 3))
    found = learn_vocabulary(segmenter, TEXTS, toy_vectors(), options)
    assert "night" in found.words and "materials" not in found.words and "invoice" in found.words
    runs = {found.text(number) for number in range(len(found.words) + len(found.pieces), len(found))}
    assert f"{BEGIN_NAME} the" in runs and "the night" in runs and "the materials" not in runs


def test_the_design_has_one_scaled_count_a_feature(segmenter: Segmenter) -> None:
    """A sentence of two words with power 0.5: each count is 1 / sqrt(2), a repeated word twice that."""
    vocabulary = Vocabulary.build(["coach", "people"], [], [("coach", "people")])
    x = design(segmenter, vocabulary, ["coach people", "coach coach", ""], Options(power=0.5)).toarray()
    assert x[0] == pytest.approx([0.5**0.5] * 3)
    assert sorted(x[1]) == pytest.approx([0, 0, 2 * 0.5**0.5])
    assert not x[2].any()


def test_a_head_with_one_answer_has_no_weights(segmenter: Segmenter) -> None:
    """Where no row shows a pole, its head says no to everything and nothing fails."""
    labels = ["management"] * 4 + ["neutral"] * 8
    dimensions = ["focus"] * 4 + [None] * 8
    targets = hard_targets(labels, dimensions, [None] * 12, IDS)
    fitted = fit_table(segmenter, TEXTS, targets, IDS, toy_vectors(), OPTIONS)
    scores = score_texts(segmenter, fitted, ["Anything at all"])
    assert scores.poles[0, 1] < 0.05
    assert IDS[int(scores.dimension[0])] == "focus"
    assert np.isfinite(fitted.weights).all()


def test_a_dimension_never_seen_is_ranked_last(segmenter: Segmenter, table) -> None:  # type: ignore[no-untyped-def]
    """Only the two dimensions of the corpus are ever named, and probabilities add up to 1."""
    scores = score_texts(segmenter, table, [*TEXTS, "Something else"])
    assert {IDS[k] for k in scores.dimension} == {"development", "direction"}
    assert scores.dimensions.sum(axis=1) == pytest.approx(np.ones(len(TEXTS) + 1))


def test_roles_are_hidden_in_the_fit(segmenter: Segmenter) -> None:
    """A corpus whose only difference is the title teaches nothing about titles."""
    texts = [
        f"Ask the {title} about room {number}" for number in range(6) for title in ("Sales Manager", "Team Leader")
    ]
    labels = ["management", "leadership"] * 6
    targets = hard_targets(labels, ["influence"] * 12, ["ad"] * 12, IDS)
    fitted = fit_table(segmenter, texts, targets, IDS, toy_vectors(), OPTIONS)
    one, other = (
        logits(segmenter, fitted, f"Ask the {title} about room 3") for title in ("Sales Manager", "Team Leader")
    )
    assert one == other
