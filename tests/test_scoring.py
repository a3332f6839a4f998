"""Sentence scores to document scores: sums, intervals and their coverage, verdicts and their order."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvl_classify.dimensions import LABELS
from mvl_classify.engine import Floats
from mvl_classify.results import DOCUMENT_LABELS, REASONS
from mvl_classify.scoring import DocumentArrays, DocumentFacts, Z, documents, interval

DIMENSIONS = 3
SENTENCE = st.tuples(
    st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.sampled_from(LABELS), st.integers(0, DIMENSIONS - 1), st.booleans()
)
Sentence = tuple[float, float, str, int, bool]


def scored(texts: list[list[Sentence]], words: int = 50, english: bool = True, empty: bool = False) -> DocumentArrays:
    """Score documents given as lists of (management, leadership, label, dimension, counted)."""
    flat = [sentence for text in texts for sentence in text]
    count = len(texts)
    facts = DocumentFacts(np.full(count, empty), np.full(count, words), np.full(count, english))
    return documents(
        facts,
        np.repeat(np.arange(count), [len(text) for text in texts]).astype(np.int64),
        np.array([[s[0], s[1]] for s in flat], dtype=float).reshape(-1, 2),
        np.array([LABELS.index(s[2]) for s in flat], dtype=np.int64),
        np.array([s[3] for s in flat], dtype=np.int64),
        np.array([s[4] for s in flat], dtype=np.bool_),
        DIMENSIONS,
    )


def verdict(text: list[Sentence], **facts: object) -> tuple[str, str | None]:
    """Return label and reason of one document."""
    found = scored([text], **facts)  # type: ignore[arg-type]
    reason = int(found.reason[0])
    return DOCUMENT_LABELS[int(found.label[0])], None if reason < 0 else REASONS[reason]


M: Sentence = (0.9, 0.1, "management", 0, True)
L: Sentence = (0.1, 0.9, "leadership", 1, True)
B: Sentence = (0.8, 0.8, "both", 2, True)
N: Sentence = (0.1, 0.1, "neutral", 0, True)
SKIPPED: Sentence = (0.1, 0.9, "leadership", 1, False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ([M, N, N], ("management", None)),
        ([L], ("leadership", None)),
        ([M, L], ("balanced", None)),
        ([B], ("balanced", None)),
        ([M, *[L] * 20], ("leadership", None)),
        ([N, N], ("neutral", "no_evidence")),
        ([], ("neutral", "no_evidence")),
        ([SKIPPED], ("undetermined", "boilerplate_only")),
        ([SKIPPED, N], ("neutral", "no_evidence")),
        ([L, *[N] * 30], ("undetermined", "weak_evidence")),
        ([L, L, *[N] * 60], ("leadership", None)),
    ],
)
def test_the_verdict(text: list[Sentence], expected: tuple[str, str | None]) -> None:
    """Each label and reason, from the sentences that give it."""
    assert verdict(text) == expected


def test_the_first_rule_that_holds_decides() -> None:
    """An empty text is empty whatever else it is; then language, then length, then boilerplate."""
    assert verdict([L], empty=True, english=False, words=0) == ("undetermined", "empty")
    assert verdict([L], english=False, words=1) == ("undetermined", "not_english")
    assert verdict([L], words=2) == ("undetermined", "too_short")
    assert verdict([SKIPPED], words=2) == ("undetermined", "too_short")
    assert verdict([L], words=3) == ("leadership", None)


def test_balanced_needs_both_poles_and_an_interval_around_zero() -> None:
    """One pole alone is never balanced, however wide its interval; nor are two where one outweighs the other."""
    assert scored([[L]]).low[0] < 0 and verdict([L])[0] == "leadership"
    assert scored([[M, *[L] * 20]]).low[0] > 0 and verdict([M, *[L] * 20])[0] == "leadership"


def test_orientation_is_the_balance_of_the_sums() -> None:
    """(L - M) / (L + M) over counted sentences that are not neutral."""
    found = scored([[M, L, L, N, SKIPPED]])
    assert found.orientation[0] == pytest.approx((1.9 - 1.1) / (1.9 + 1.1))
    assert (found.sentences[0], found.oriented[0]) == (4, 3)
    assert found.share[0] == 0.75


def test_a_dimension_pools_its_own_sentences() -> None:
    """Each dimension has the orientation of the sentences that rank it first, and NaN where there are none."""
    found = scored([[M, L, L], [N]])
    assert found.dimension_count.tolist() == [[1, 2, 0], [0, 0, 0]]
    assert found.dimension_orientation[0, :2] == pytest.approx([-0.8, 0.8])
    assert np.isnan(found.dimension_orientation[0, 2]) and np.isnan(found.dimension_orientation[1]).all()


@given(st.lists(st.lists(SENTENCE, max_size=8), max_size=4))
def test_documents_are_scored_independently(texts: list[list[Sentence]]) -> None:
    """A document of a batch has the figures that it has alone."""
    together = scored(texts)
    for number, text in enumerate(texts):
        alone = scored([text])
        for name in ("label", "reason", "orientation", "low", "high", "share", "oriented", "dimension_orientation"):
            one, other = getattr(together, name)[number], getattr(alone, name)[0]
            assert np.array_equal(one, other, equal_nan=True), name


@given(st.lists(SENTENCE, max_size=12))
def test_dimensions_add_up_to_the_document(text: list[Sentence]) -> None:
    """The counts of the dimensions add up to the oriented sentences, and their sums to the document's balance."""
    found = scored([text])
    assert found.dimension_count[0].sum() == found.oriented[0] <= found.sentences[0] <= len(text)
    used = [s for s in text if s[4] and s[2] != "neutral"]
    total = sum(s[0] + s[1] for s in used)
    if total > 1e-6:
        parts = [sum(s[0] + s[1] for s in used if s[3] == k) for k in range(DIMENSIONS)]
        leaning = [0.0 if not part else part * found.dimension_orientation[0, k] for k, part in enumerate(parts)]
        assert math.fsum(leaning) / total == pytest.approx(found.orientation[0], abs=1e-9)


@given(st.lists(SENTENCE, min_size=1, max_size=12))
def test_an_interval_holds_its_orientation_and_never_leaves_the_scale(text: list[Sentence]) -> None:
    """-1 <= low <= orientation <= high <= +1 where there is an orientation; all three are NaN where there is none."""
    found = scored([text])
    low, value, high = found.low[0], found.orientation[0], found.high[0]
    if any(s[4] and s[2] != "neutral" and s[0] + s[1] > 1e-9 for s in text):
        assert -1 <= low <= value + 1e-12 and value - 1e-12 <= high <= 1
    elif not any(s[4] and s[2] != "neutral" for s in text):
        assert np.isnan([low, value, high]).all()


@given(st.lists(SENTENCE, max_size=12))
def test_swapping_the_poles_mirrors_the_score(text: list[Sentence]) -> None:
    """Orientation and interval change sign and nothing else does: no pole is favoured."""
    other = {"management": "leadership", "leadership": "management"}
    mirrored = [(s[1], s[0], other.get(s[2], s[2]), s[3], s[4]) for s in text]
    one, two = scored([text]), scored([mirrored])
    for name, swapped in (("orientation", "orientation"), ("low", "high")):
        assert getattr(one, name)[0] == pytest.approx(-getattr(two, swapped)[0], abs=1e-12, nan_ok=True)
    assert one.reason[0] == two.reason[0]


def test_the_interval_is_wilsons() -> None:
    """Against the formula as printed in Wilson (1927), for 7 of 10."""
    share, size = 0.7, 10.0
    middle = (share + Z**2 / (2 * size)) / (1 + Z**2 / size)
    half = Z / (1 + Z**2 / size) * math.sqrt(share * (1 - share) / size + Z**2 / (4 * size**2))
    low, high = interval(np.array([share]), np.array([size]))
    assert low[0] == pytest.approx(2 * (middle - half) - 1)
    assert high[0] == pytest.approx(2 * (middle + half) - 1)


def test_more_sentences_narrow_the_interval() -> None:
    """The same mix, four times as long, has an interval about half as wide."""
    short, long = scored([[M, L] * 5]), scored([[M, L] * 20])
    assert 0.4 < (long.high[0] - long.low[0]) / (short.high[0] - short.low[0]) < 0.6


def draw(rng: np.random.Generator, share: float, both: float, size: int, soft: bool) -> tuple[Floats, Floats]:
    """Draw sentences of a mix: their two probabilities, and their labels as numbers of `LABELS`."""
    kind = np.where(rng.random(size) < both, 2, (rng.random(size) < share).astype(np.int64))
    high, low = (
        (rng.beta(6, 2, (2, size)), rng.beta(1, 8, (2, size))) if soft else (np.ones((2, size)), np.zeros((2, size)))
    )
    management, leadership = np.where(kind != 1, high[0], low[0]), np.where(kind != 0, high[1], low[1])
    return np.stack([management, leadership], axis=1), kind


def coverage(rng: np.random.Generator, share: float, both: float, lengths: tuple[int, int], soft: bool) -> float:
    """Return how often the interval of a document holds the orientation of the mix it was drawn from."""
    mix, _ = draw(rng, share, both, 200_000, soft)
    management, leadership = mix.sum(axis=0)
    truth = (leadership - management) / (leadership + management)
    count = 1000
    size = rng.integers(lengths[0], lengths[1] + 1, count)
    poles, label = draw(rng, share, both, int(size.sum()), soft)
    found = documents(
        DocumentFacts(np.zeros(count, np.bool_), size * 10, np.ones(count, np.bool_)),
        np.repeat(np.arange(count), size),
        poles,
        label.astype(np.int64),
        np.zeros(len(label), np.int64),
        np.ones(len(label), np.bool_),
        1,
    )
    return float(np.mean((found.low <= truth + 1e-12) & (truth - 1e-12 <= found.high)))


MIXES = [(share, both) for share in (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0) for both in (0.0, 0.15)]


@pytest.mark.parametrize("lengths", [(1, 1), (2, 3), (4, 10), (11, 40)])
def test_intervals_of_calibrated_sentences_cover_at_least_95_percent(lengths: tuple[int, int]) -> None:
    """In every mix, at every length from 1 to 40; in fact 99 %: Wilson allows for sure sentences, which vary more."""
    rng = np.random.default_rng(20)
    assert min(coverage(rng, share, both, lengths, soft=True) for share, both in MIXES) >= 0.975


@pytest.mark.parametrize("lengths", [(1, 1), (2, 3), (4, 10), (11, 40)])
def test_intervals_of_certain_sentences_cover_95_percent_over_the_mixes(lengths: tuple[int, int]) -> None:
    """With probabilities of 0 and 1 it is Wilson's own: 95 % on average over the mixes, and no mix is below 85 %."""
    rng = np.random.default_rng(21)
    found = [coverage(rng, share, both, lengths, soft=False) for share, both in MIXES]
    assert np.mean(found) >= 0.95
    assert min(found) >= 0.85
