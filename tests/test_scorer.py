"""Scores through the one scorer: additive evidence, abstention, order, and independence of the batch."""

import json
import math

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mvl_classify
from mvl_classify import DocumentScore, InputError, Scorer

TEXTS = st.text(
    alphabet=st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from(list("abc •-–.!?\n\r\t’'\"é🙂")),
    ),
    max_size=120,
) | st.lists(
    st.sampled_from(
        [
            "lead",
            "the team",
            "budget",
            "coach",
            "\r\n",
            " • ",
            "Manager",
            "e\u0301lan",
            "🙂",
            ".",
            "plans",
            "you will",
            "$",
        ]
    ),
    max_size=15,
).map(" ".join)
AD = """# Shift planner

What you will do
- Plan the rota and assign tasks
- Check every delivery note

Apply by Friday.
"""


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_contributions_add_up_to_every_logit(scorer: Scorer, text: str) -> None:
    """For every head, the bias plus the spans' contributions is the logit to 1e-6."""
    score = scorer.score_sentences([text])[0]
    assert score.logits.keys() == score.bias.keys()
    for head, logit in score.logits.items():
        total = score.bias[head] + math.fsum(span.contributions[head] for span in score.evidence)
        assert total == pytest.approx(logit, abs=1e-6)


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_spans_are_slices_of_the_text_as_given(scorer: Scorer, text: str) -> None:
    """Offsets point into the text as given, and the headline is leadership minus management."""
    for sentence in (*scorer.score_sentences([text]), *scorer.score(text).sentences):
        assert text[sentence.start : sentence.end] == sentence.text
        for span in sentence.evidence:
            assert text[span.start : span.end] == span.text
            headline = span.contributions["leadership"] - span.contributions["management"]
            assert span.contribution == pytest.approx(headline, abs=1e-12)


@given(st.lists(TEXTS, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_score_does_not_depend_on_the_other_texts(scorer: Scorer, texts: list[str]) -> None:
    """Sentences and documents score the same alone and in company, to the last bit."""
    together = scorer.score_sentences(texts)
    assert [score.to_dict() for score in together] == [scorer.score_sentences([t])[0].to_dict() for t in texts]
    assert [d.to_dict() for d in scorer.score_many(texts)] == [scorer.score(t).to_dict() for t in texts]


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_any_text_gives_a_result_that_fits_the_schema(scorer: Scorer, root, text: str) -> None:  # type: ignore[no-untyped-def]
    """The plain form of any result is valid JSON by the schema, without NaN."""
    schema = json.loads((root / "docs" / "result.schema.json").read_text(encoding="utf-8"))
    plain = json.loads(json.dumps(scorer.score(text).to_dict(), allow_nan=False))
    jsonschema.validate(plain, schema)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "empty"),
        (math.nan, "empty"),
        ("", "empty"),
        (" \n\t\r\n", "empty"),
        ("Hello", "too_short"),
        (
            "Wir suchen einen Mitarbeiter für unser Team in Berlin, der das Budget plant und die Arbeit verteilt.",
            "not_english",
        ),
        (
            "We are an equal opportunity employer and do not discriminate on race, religion, gender or disability.",
            "boilerplate_only",
        ),
    ],
)
def test_a_text_that_says_too_little_is_undetermined(scorer: Scorer, text: str, reason: str) -> None:
    """Each kind of unreadable text has its reason code, and no orientation."""
    score = scorer.score(text)
    assert (score.label, score.reasons) == ("undetermined", (reason,))
    assert score.orientation is None
    assert score.interval is None


def test_a_plain_text_is_neutral(scorer: Scorer) -> None:
    """A text that was read and shows no pole is neutral, not undetermined."""
    score = scorer.score("The office is in Leeds. The canteen opens at noon. Parking costs four pounds.")
    assert (score.label, score.reasons, score.oriented_count) == ("neutral", ("no_evidence",), 0)


def test_one_oriented_sentence_is_enough(scorer: Scorer) -> None:
    """Orientation and interval are defined from one oriented sentence up."""
    score = scorer.score("He follows every procedure to the letter and checks each form twice.")
    assert score.label == "management"
    assert score.oriented_count == 1
    assert score.interval is not None and score.interval[0] <= score.orientation <= score.interval[1]


def test_dimensions_agree_with_the_sentences(scorer: Scorer, root) -> None:  # type: ignore[no-untyped-def]
    """A dimension's count is the number of counted oriented sentences that it ranks first."""
    score = scorer.score((root / "examples" / "engineering-manager.md").read_text(encoding="utf-8"))
    assert tuple(score.dimensions) == scorer.model.dimensions.ids
    for key, dimension in score.dimensions.items():
        own = [s for s in score.sentences if s.counted and s.oriented and s.dimension == key]
        assert dimension.sentence_count == len(own)
        assert (dimension.orientation is None) == (not own)
        assert bool(dimension.evidence) == bool(own)


def test_orientation_is_the_balance_of_the_two_sums(scorer: Scorer) -> None:
    """(L - M) / (L + M) over the counted sentences that are oriented."""
    score = scorer.score(AD)
    used = [s for s in score.sentences if s.counted and s.oriented]
    leadership, management = sum(s.leadership for s in used), sum(s.management for s in used)
    assert score.orientation == pytest.approx((leadership - management) / (leadership + management))
    assert score.share == len(used) / score.sentence_count


def test_a_title_is_compared_and_not_scored(scorer: Scorer, root) -> None:  # type: ignore[no-untyped-def]
    """A "Team Leader" over a page of administration is reported, and changes no figure."""
    text = (root / "examples" / "team-leader-records.md").read_text(encoding="utf-8")
    plain, titled = scorer.score(text), scorer.score(text, title="Team Leader")
    assert titled.title is not None and plain.title is None
    assert (titled.title.names, titled.title.agrees) == ("leadership", False)
    assert titled.orientation == plain.orientation


def test_the_kind_is_guessed_or_given(scorer: Scorer) -> None:
    """A given kind is reported as given; another word is an error."""
    assert scorer.score("She always helps her colleagues and she keeps every deadline.").kind == "review"
    assert not scorer.score(AD).kind_given
    given_kind = scorer.score(AD, kind="review")
    assert (given_kind.kind, given_kind.kind_given) == ("review", True)
    with pytest.raises(InputError, match="poem"):
        scorer.score(AD, kind="poem")  # type: ignore[arg-type]


def test_a_value_that_is_no_text_is_an_error(scorer: Scorer) -> None:
    """Numbers and bytes are refused with their place."""
    with pytest.raises(InputError, match="text 1: expected a string, found int"):
        list(scorer.score_many(["fine", 7]))  # type: ignore[list-item]
    with pytest.raises(InputError, match="text 5000: expected a string, found bytes"):
        list(scorer.score_many(["fine"] * 5000 + [b"x"]))  # type: ignore[list-item]


def test_half_a_surrogate_pair_is_named_with_its_place(scorer: Scorer) -> None:
    """What no encoding can write is refused in one sentence, and not by an error of some encoder."""
    with pytest.raises(InputError, match="text 1: is not valid Unicode .* at character 5"):
        list(scorer.score_many(["Plan the rota.", "Plan \ud800 the rota."]))
    with pytest.raises(InputError, match="text 0: is not valid Unicode"):
        scorer.score_sentences(["\udfff"])


def test_workers_give_the_same_results_in_order(scorer: Scorer) -> None:
    """Two processes give what one gives."""
    texts = [f"Plan the rota for site {number}. Coach the new colleagues." for number in range(30)] + [None, ""]
    one = [score.to_dict() for score in scorer.score_many(texts)]
    assert [score.to_dict() for score in scorer.score_many(texts, n_jobs=2)] == one


def test_score_many_is_lazy(scorer: Scorer) -> None:
    """A generator is read chunk by chunk, so an endless one can be scored."""

    def endless():  # type: ignore[no-untyped-def]
        while True:
            yield "Plan the rota. " * 200

    assert next(iter(scorer.score_many(endless()))).label == "management"


def test_the_one_liners_use_the_default_model() -> None:
    """`mvl_classify.score` is `Scorer().score`."""
    assert isinstance(mvl_classify.score(AD), DocumentScore)
    assert mvl_classify.score(AD).to_dict() == Scorer().score(AD).to_dict()
    assert mvl_classify.score_sentences(["", AD])[0].label == "neutral"
    assert len(list(mvl_classify.score_many([AD, AD]))) == 2


def test_every_public_name_exists() -> None:
    """`__all__` is what the package offers, and each name is there."""
    for name in mvl_classify.__all__:
        assert getattr(mvl_classify, name) is not None


def test_results_are_frozen(scorer: Scorer) -> None:
    """A result cannot be changed."""
    with pytest.raises(AttributeError):
        scorer.score(AD).label = "leadership"  # type: ignore[misc]
