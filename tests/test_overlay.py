"""Terms of one's own change scores exactly as written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mvl_classify.errors import InputError
from mvl_classify.results import DocumentScore
from mvl_classify.scorer import Scorer

TERMS = """
[[add]]
term = "skip-level talks"
weights = { leadership = 2.0, relationship = -1.25 }
reason = "our coaching talks"

[[remove]]
term = "trust"
reason = "the name of a product"

[[reweight]]
term = "budget"
weights = { management = 0.5 }
reason = "everybody here has one"
"""
TEXT = "She holds Skip-Level  talks. We trust the new trust fund. He controls the budget of the team leader."


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Return a file of terms."""
    file = tmp_path_factory.mktemp("terms") / "terms.toml"
    file.write_text(TERMS, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def plain():
    """Return the default scorer."""
    return Scorer()


@pytest.fixture(scope="module")
def laid(path):
    """Return the default scorer under the terms."""
    return Scorer(terms=path)


def test_add_moves_the_logit_by_the_weight(plain, laid):
    """Each occurrence adds its weight to the logit, whatever the length, and no other head moves."""
    for text, times in ((TEXT.split(".")[0], 1), ("skip-level talks and more skip-level talks", 2)):
        before, after = plain.score_sentences([text])[0], laid.score_sentences([text])[0]
        moved = {head: after.logits[head] - value for head, value in before.logits.items()}
        assert moved.pop("leadership") == pytest.approx(2.0 * times)
        assert moved.pop("relationship") == pytest.approx(-1.25 * times)
        assert not any(moved.values())


def test_remove_leaves_no_evidence_on_the_term(plain, laid):
    """Nothing that touches a removed term is evidence any more, and the rest is what it was."""
    text = "We trust the new trust fund."
    before, after = plain.score_sentences([text])[0], laid.score_sentences([text])[0]
    kept = [span for span in before.evidence if "trust" not in span.text.lower()]
    assert len(kept) < len(before.evidence) and list(after.evidence) == kept


def test_reweight_sets_the_named_head_and_leaves_the_others(plain, laid):
    """For the named head the term counts what is written, for the others what it counted before."""
    text = "He controls the budget."
    before, after = plain.score_sentences([text])[0], laid.score_sentences([text])[0]
    touching = sum(s.contributions["management"] for s in before.evidence if "budget" in s.text)
    assert after.logits["management"] == pytest.approx(before.logits["management"] - touching + 0.5)
    assert after.logits["leadership"] == pytest.approx(before.logits["leadership"])


def test_terms_show_up_in_evidence_with_their_reason(laid):
    """The span of a term has its offsets, its weights and the reason given; so does its plain data."""
    result = laid.score(TEXT)
    spans = [span for sentence in result.sentences for span in sentence.evidence if span.reason]
    assert [(span.text, span.reason) for span in spans] == [
        ("Skip-Level  talks", "our coaching talks"),
        ("budget", "everybody here has one"),
    ]
    assert all(TEXT[span.start : span.end] == span.text for span in spans)
    assert spans[0].contribution == 2.0 and spans[0].contributions["relationship"] == -1.25
    assert DocumentScore.from_dict(result.to_dict()) == result


@given(
    st.lists(
        st.one_of(
            st.sampled_from(["trust", "budget", "skip-level talks", "the", "Team Leader", "."]),
            st.text(max_size=6),
        ),
        max_size=12,
    )
)
@settings(max_examples=60, deadline=None)
def test_evidence_still_adds_up(laid, words):
    """For every head, bias plus the evidence's contributions is the logit, with terms as without."""
    score = laid.score_sentences([" ".join(words)])[0]
    for head, logit in score.logits.items():
        assert score.bias[head] + sum(s.contributions[head] for s in score.evidence) == pytest.approx(
            logit, abs=1e-6
        )


def test_a_term_may_name_what_the_model_hides(tmp_path, plain):
    """The name of a role is hidden from the model, but not from the user's own word."""
    file = tmp_path / "t.toml"
    file.write_text(
        '[[add]]\nterm = "Team Leader"\nweights = {management = 1}\nreason = "r"', encoding="utf-8"
    )
    text = "Reports to the Team Leader."
    before, after = plain.score_sentences([text])[0], Scorer(terms=file).score_sentences([text])[0]
    assert after.logits["management"] == pytest.approx(before.logits["management"] + 1)


def test_the_record_names_model_and_terms(plain, laid, path):
    """A score made with terms can be told from one made without; worker processes use the terms too."""
    assert laid.model.digest.startswith(plain.model.digest + "+")
    texts = [TEXT, "Nothing here."] * 2
    assert list(laid.score_many(texts, n_jobs=2)) == list(laid.score_many(texts))


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ('[[add]]\nterm = "a"\nweights = {leadership = 1}\n', 1, "reason"),
        ('[[add]]\nreason = "x"\nterm = "a"\nweights = {boldness = 1}\n', 4, "no head"),
        ('[[add]]\nterm = "a"\nreason = "x"\nweights = {leadership = "much"}\n', 4, "number"),
        ('[[add]]\nterm = "a"\nreason = "x"\nweights = {leadership = nan}\n', 4, "number"),
        ('[[add]]\nterm = "a"\nreason = "x"\n', 1, "weights"),
        ('[[remove]]\nterm = "a"\nreason = "x"\nweights = {leadership = 1}\n', 4, "no field"),
        ('[[remove]]\nterm = "a"\nreason = "x"\n\n[[remove]]\nterm = "A"\nreason = "y"\n', 5, "too"),
        ('[[remove]]\nterm = "…"\nreason = "x"\n', 1, "no word"),
        ('# hm\n[[drop]]\nterm = "a"\n', 2, "none of"),
        ('[[remove]]\nterm = "a\n', 2, "TOML"),
        ('[remove]\nterm = "a"\n', 1, r"\[\[remove\]\]"),
    ],
)
def test_mistakes_are_named_with_file_and_line(tmp_path, source, line, message):
    """A malformed file raises an error that begins with file and line."""
    file = tmp_path / "terms.toml"
    file.write_text(source, encoding="utf-8")
    with pytest.raises(InputError, match=message) as error:
        Scorer(terms=file)
    assert str(error.value).startswith(f"{file}:{line}:")
