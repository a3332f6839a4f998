"""Uses the public names as a user would, fully typed: the type checker reads this file, and a test runs it."""

from collections.abc import Iterator, Sequence
from typing import assert_type

import mvl_classify as mvl
from mvl_classify import (
    DimensionScore,
    DimensionSet,
    DocumentScore,
    MvlClassifyError,
    Scorer,
    SentenceScore,
    Span,
)


def one() -> DocumentScore:
    """Score a text with the default model."""
    result = mvl.score("You will set the direction for the team.", title="Team Leader", kind="ad")
    assert_type(result, DocumentScore)
    assert_type(result.orientation, float | None)
    assert_type(result.interval, tuple[float, float] | None)
    assert_type(result.dimensions["direction"], DimensionScore)
    assert_type(result.sentences, tuple[SentenceScore, ...])
    assert_type(result.evidence, tuple[Span, ...])
    return result


def many(texts: Sequence[str | None]) -> list[str]:
    """Score several texts, some of them missing."""
    results = mvl.score_many(texts, kinds="review", n_jobs=1)
    assert_type(results, Iterator[DocumentScore])
    return [result.label for result in results]


def deciding_words(sentence: SentenceScore) -> dict[str, float]:
    """Return the words that decided, with what each contributed."""
    found = {span.text: span.contribution for span in sentence.evidence}
    assert_type(found, dict[str, float])
    return found


def with_a_model(folder: str) -> Scorer | None:
    """Load a model, or say why that failed."""
    try:
        return Scorer(folder)
    except MvlClassifyError as error:
        print(error)
        return None


def names(dimensions: DimensionSet) -> list[str]:
    """Return the names of both poles of every dimension."""
    return [name for d in dimensions.values() for name in (d.management.name, d.leadership.name)]


def main() -> None:
    """Use everything once."""
    print(one().label, many(["She coaches everybody.", None]))
    print([deciding_words(sentence) for sentence in mvl.score_sentences(["Plan the budget."])])
    print(with_a_model("nowhere"), names(mvl.default_dimensions())[:2])


if __name__ == "__main__":
    main()
