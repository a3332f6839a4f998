"""Phrases of the other pole, for ads."""

from mvl_classify import Scorer
from mvl_classify.suggest import MOST, PHRASES, suggestions

ONE_SIDED = "You enforce procedures.\nYou monitor attendance.\nYou control the budget.\nYou inspire no one yet."


def test_phrases_are_those_of_the_pole_that_is_not_shown(scorer: Scorer) -> None:
    """Each suggestion quotes a sentence of one pole, and phrases of the other from the dimension set."""
    score = scorer.score(ONE_SIDED, kind="ad")
    found = suggestions(score, scorer.model.dimensions)
    assert 0 < len(found) <= MOST
    for one in found:
        assert {one.shown, one.other} == {"management", "leadership"}
        assert one.phrases == scorer.model.dimensions[one.dimension].pole(one.other).phrases[:PHRASES]
        assert ONE_SIDED[one.start : one.end] == one.sentence
        (sentence,) = [s for s in score.sentences if s.start == one.start]
        assert (sentence.label, sentence.dimension) == (one.shown, one.dimension)


def test_leadership_is_answered_with_management_as_well(scorer: Scorer) -> None:
    """Neither pole is ranked: an ad that shows leadership only is offered the phrases of management."""
    score = scorer.score("You inspire and motivate people.\nYou coach and mentor colleagues.", kind="ad")
    assert {one.other for one in suggestions(score, scorer.model.dimensions)} == {"management"}


def test_reviews_of_people_get_none(scorer: Scorer) -> None:
    """A review is about a person: nothing is suggested."""
    assert suggestions(scorer.score(ONE_SIDED, kind="review"), scorer.model.dimensions) == ()


def test_a_text_that_shows_nothing_gets_none(scorer: Scorer) -> None:
    """Where there is no evidence there is nothing to contrast."""
    assert suggestions(scorer.score("You type letters and file them.", kind="ad"), scorer.model.dimensions) == ()
