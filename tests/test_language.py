"""English is told from other languages and from no language at all."""

import pytest

from mvl_classify import Scorer
from mvl_classify.language import is_english

ENGLISH = "the new colleague plans the week and speaks with the people in the shop".split()
FOREIGN = {
    "de": "die neue Kollegin plant die Woche und spricht mit den Menschen in dem Laden",
    "fr": "la nouvelle collègue prépare la semaine et parle avec les gens dans le magasin",
    "es": "la nueva compañera planifica la semana y habla con la gente en la tienda",
    "it": "la nuova collega pianifica la settimana e parla con le persone che sono nel negozio",
    "nl": "de nieuwe collega plant de week en spreekt met de mensen in de winkel",
    "pt": "a nova colega planeia a semana e fala com as pessoas que estão na loja",
    "sv": "den nya kollegan planerar veckan och talar med de människor som är i butiken",
    "pl": "nowa koleżanka planuje tydzień i rozmawia z ludźmi, którzy są w tym sklepie",
    "fi": "uusi työtoveri suunnittelee viikon ja puhuu niiden ihmisten kanssa jotka ovat kaupassa",
}


@pytest.mark.parametrize("language", FOREIGN)
def test_other_languages_are_not_english(language: str) -> None:
    """Even where the model knows half of the words, the frequent ones tell."""
    assert not is_english(FOREIGN[language].lower().replace(",", "").split(), 0.5)


@pytest.mark.parametrize("language", FOREIGN)
def test_a_document_in_another_language_is_undetermined(scorer: Scorer, language: str) -> None:
    """`score` says `not_english`, and gives no orientation."""
    score = scorer.score((FOREIGN[language] + ". ") * 3)
    assert (score.label, score.reasons, score.orientation) == ("undetermined", ("not_english",), None)


def test_english_is_english() -> None:
    """Plain prose passes, also with a few words of another language."""
    assert is_english(ENGLISH, 0.9)
    assert is_english([*ENGLISH, "und", "mit", "Grüßen".lower()], 0.8)


def test_telegraphic_english_passes() -> None:
    """Bullets without a single stop word are no other language."""
    assert is_english("supervised ramp crew parked aircraft mishaps rewrote duty roster".split(), 0.9)


def test_words_that_the_model_does_not_know_are_no_english() -> None:
    """Letters without a language."""
    assert not is_english("qwxz plooth vrrk snerb dlofq wixu".split(), 0.2)


def test_short_texts_pass() -> None:
    """Too few words to tell, unless none of them is in Latin letters."""
    assert is_english([], 0.0)
    assert is_english(["teamwork", "über"], 0.3)
    assert not is_english(["管理", "团队"], 0.0)


def test_other_scripts_are_not_english(scorer: Scorer) -> None:
    """Cyrillic, Greek, Arabic and Chinese text is refused, not scored."""
    for text in (
        "Вы будете планировать работу отдела и обучать новых сотрудников каждый месяц.",
        "Θα σχεδιάζετε την εργασία της ομάδας και θα εκπαιδεύετε τους νέους συναδέλφους.",
        "ستخطط لعمل القسم وتدرب الموظفين الجدد كل شهر في المدينة الكبيرة",
        "你 将 计划 部门 的 工作 并 培训 新 员工",
    ):
        assert scorer.score(text).reasons == ("not_english",)


def test_an_english_text_with_a_foreign_name_is_scored(scorer: Scorer) -> None:
    """Names and places of other languages do no harm."""
    score = scorer.score(
        "You will plan the rota at our Düsseldorf site with Frau Müller-Lüdenscheidt and check each delivery note."
    )
    assert score.label == "management"
