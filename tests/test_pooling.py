"""Many texts about one person: pooled evidence, a narrower interval, the number of texts shown."""

from pathlib import Path

import pytest

import mvl_classify as mvl
from mvl_classify import DocumentScore, InputError, Scorer


@pytest.fixture(scope="module")
def results(scorer: Scorer, root: Path) -> list[DocumentScore]:
    """Return the scores of the example reviews."""
    paths = sorted((root / "examples").glob("review-*.txt"))
    return list(scorer.score_many([path.read_text(encoding="utf-8") for path in paths]))


def test_sentences_of_all_texts_are_pooled(results: list[DocumentScore]) -> None:
    """Counts add up, and every piece of evidence is one of the texts' own."""
    combined = mvl.combine(results)
    assert combined.text_count == len(results)
    assert combined.sentence_count == sum(r.sentence_count for r in results if "too_short" not in r.reasons)
    assert combined.oriented_count == sum(r.oriented_count for r in results if "too_short" not in r.reasons)
    for span, number in zip(combined.evidence, combined.evidence_texts, strict=True):
        assert span in results[number].evidence


def test_repeating_texts_narrows_the_interval_only(scorer: Scorer) -> None:
    """Four times the same text has the same orientation and a narrower interval."""
    one = scorer.score("She sets a vision and inspires people. He controls the budget and monitors every task.")
    combined = mvl.combine([one] * 4)
    assert one.interval is not None and combined.interval is not None and one.orientation is not None
    assert combined.orientation == pytest.approx(one.orientation)
    assert combined.interval[1] - combined.interval[0] < one.interval[1] - one.interval[0]


def test_one_text_combined_is_that_text(results: list[DocumentScore]) -> None:
    """Pooling one result changes no number."""
    for result in results:
        combined = mvl.combine([result])
        assert combined.label == result.label
        assert combined.orientation == result.orientation
        assert combined.interval == result.interval
        assert combined.dimensions == result.dimensions


def test_a_small_group_gets_no_score(results: list[DocumentScore]) -> None:
    """Below min_group there is a number of texts and nothing about them."""
    combined = mvl.combine(results[:2], min_group=3)
    assert (combined.label, combined.orientation, combined.interval) == ("undetermined", None, None)
    assert (combined.reasons, combined.text_count, combined.evidence) == (("small_group",), 2, ())


def test_unreadable_texts_count_and_weigh_nothing(scorer: Scorer, results: list[DocumentScore]) -> None:
    """Empty texts change the number of texts, not the score."""
    more = mvl.combine([*results, scorer.score(None)])
    assert more.orientation == mvl.combine(results).orientation
    assert more.text_count == mvl.combine(results).text_count + 1
    assert mvl.combine([scorer.score("")]).reasons == ("empty",)


def test_nothing_to_combine_is_refused() -> None:
    """No result is an error, not a score of nobody."""
    with pytest.raises(InputError, match="at least one result"):
        mvl.combine([])
