"""A scored text cut for showing."""

from mvl_classify import Scorer
from mvl_classify.highlight import DECIDING, LEVELS, deciding, groups, level

TEXT = "What you will do\n- Inspire and motivate the team\n\n- Assign duties and enforce procedures\n- Type letters\n"


def test_runs_hold_the_text_and_marks_hold_deciding_words(scorer: Scorer) -> None:
    """The runs of all pieces are the text without its line breaks; marked runs lie in deciding spans."""
    cut = groups(scorer.score(TEXT), TEXT)
    pieces = [piece for group in cut for line in group.lines for piece in line.pieces]
    assert "".join(run.text for piece in pieces for run in piece.runs) == TEXT.replace("\n", "")
    marked = [(piece.sentence, run) for piece in pieces for run in piece.runs if run.poles]
    assert marked
    for sentence, run in marked:
        assert sentence is not None
        words = " ".join(span.text for pole in run.poles for span in deciding(sentence, pole))
        assert all(word in words for word in run.text.split())


def test_a_sentence_over_two_lines_stays_in_one_piece(scorer: Scorer) -> None:
    """A line break inside a sentence neither ends its line nor is lost."""
    text = "The person in this post will inspire and motivate the whole team and\ncoach colleagues one to one."
    (group,) = groups(scorer.score(text), text)
    (line,) = group.lines
    assert "\n" in "".join(run.text for piece in line.pieces for run in piece.runs)


def test_blank_lines_leave_a_gap(scorer: Scorer) -> None:
    """A line below a blank one says so, and blank lines themselves are not shown."""
    lines = [line for group in groups(scorer.score(TEXT), TEXT) for line in group.lines]
    assert [line.gap for line in lines] == [False, False, True, False]


def test_levels_follow_the_probability(scorer: Scorer) -> None:
    """Neutral sentences have no tint; oriented ones 1 to 4, and a surer one never less."""
    found = sorted((max(s.management, s.leadership), level(s)) for s in scorer.score(TEXT).sentences if level(s))
    assert [number for _, number in found] == sorted(number for _, number in found)
    assert all(1 <= number <= LEVELS for _, number in found)
    assert {level(s) for s in scorer.score(TEXT).sentences if not s.oriented or not s.counted} == {0}


def test_deciding_words_are_few_and_strongest_first(scorer: Scorer) -> None:
    """The words marked for a pole all raised it, strongest first."""
    (sentence,) = scorer.score_sentences(["Inspire, motivate, coach, mentor, listen to and empower every colleague"])
    weights = [span.contributions["leadership"] for span in deciding(sentence, "leadership")]
    assert weights == sorted(weights, reverse=True) and min(weights) > 0 and len(weights) == DECIDING
