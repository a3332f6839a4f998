"""The names of roles carry no evidence; qualities asked for by name do."""

import pytest

from mvl_classify import Scorer

NEUTRAL = [
    "Reports to the {}.",
    "The {} sits in the Leeds office.",
    "You will be interviewed by our {} and two colleagues.",
    "Please send your application to the {} by Friday.",
    "The {} has worked here since 2015.",
    "This post is based in Malmö with the {}.",
]
TITLES = [
    "Engineering Manager",
    "Engineering Leader",
    "Engineer",
    "Senior Engineering Manager",
    "Team Leader",
    "Director",
]


@pytest.mark.parametrize("frame", NEUTRAL)
def test_another_title_in_a_neutral_sentence_changes_no_score(scorer: Scorer, frame: str) -> None:
    """Whatever the role is called, both probabilities stay within 0.02."""
    scores = scorer.score_sentences([frame.format(title) for title in TITLES])
    for pole in ("management", "leadership"):
        values = [getattr(score, pole) for score in scores]
        assert max(values) - min(values) <= 0.02


@pytest.mark.parametrize(
    "text",
    ["leading provider", "lead time", "database management", "leadership team", "market leader", "Project Manager"],
)
def test_names_of_fields_bodies_and_companies_carry_no_evidence(scorer: Scorer, text: str) -> None:
    """The words are hidden: no span of evidence, and a neutral label."""
    score = scorer.score_sentences([text])[0]
    assert score.evidence == ()
    assert score.label == "neutral"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("We are a leading provider of cloud storage.", "leading"),
        ("The lead time is four weeks.", "lead"),
        ("Experience in database management", "management"),
        ("You will meet the leadership team.", "leadership"),
        ("Ask the Regional Sales Manager", "Manager"),
    ],
)
def test_hidden_words_are_no_evidence_inside_a_sentence(scorer: Scorer, text: str, hidden: str) -> None:
    """No span touches the hidden word."""
    start = text.index(hidden)
    for span in scorer.score_sentences([text])[0].evidence:
        assert span.end <= start or span.start >= start + len(hidden)


def test_leadership_skills_asked_for_by_name_count(scorer: Scorer) -> None:
    """Codebook, rule 2: "strong leadership skills" is leadership / influence."""
    score = scorer.score_sentences(["strong leadership skills"])[0]
    assert score.label == "leadership"
    assert score.dimension == "influence"
    assert any("leadership" in span.text and span.contribution > 0 for span in score.evidence)


def test_people_management_asked_for_by_name_counts(scorer: Scorer) -> None:
    """Codebook, rule 2: "proven people-management skills" is management."""
    assert scorer.score_sentences(["Proven people-management skills"])[0].label == "management"
