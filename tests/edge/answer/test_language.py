import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.answer.language import detect

LIKELY = ("en", "ru", "es", "de")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("where can I eat tonight?", "en"),
        ("I need a plumber", "en"),
        ("где поесть сегодня вечером?", "ru"),
        ("нужен сантехник", "ru"),
        ("¿dónde puedo cenar esta noche?", "es"),
        ("busco un fontanero", "es"),
        ("wo kann ich heute Abend essen?", "de"),
        ("ich brauche einen Klempner", "de"),
        ("où est la pharmacie ?", "fr"),
        ("bana yakın bir eczane lazım", "tr"),
        ("附近有药店吗", "zh"),
        ("近くの薬局はどこですか", "ja"),
        ("가까운 약국이 어디예요?", "ko"),
        ("πού είναι το φαρμακείο;", "el"),
        ("איפה בית המרקחת?", "he"),
        ("أين أقرب صيدلية؟", "ar"),
    ],
)
def test_short_questions_are_known(text: str, language: str) -> None:
    assert detect(text, LIKELY)[0] == language


@pytest.mark.parametrize("hint", ["en", "ru", "de", "tr"])
@pytest.mark.parametrize("text", ["", "   ", "12:30?", "😀", "+49 30 1234", "OK"])
def test_what_has_no_language_keeps_the_one_in_use(text: str, hint: str) -> None:
    assert detect(text, LIKELY, hint) == (hint, False)


def test_without_a_hint_the_market_language_is_taken() -> None:
    assert detect("12:30", ("es", "en")) == ("es", False)
    assert detect("12:30") == ("en", False)


def test_a_foreign_name_in_a_sentence_changes_no_language() -> None:
    assert detect("Where is the Кафе Липа?", LIKELY)[0] == "en"
    assert detect("как пройти в Café Olé?", LIKELY)[0] == "ru"


def test_a_script_of_one_language_is_sure() -> None:
    assert detect("药店", LIKELY, "ru") == ("zh", True)


@given(st.text(max_size=60), st.sampled_from([None, *LIKELY]))
def test_some_language_is_always_named(text: str, hint: str | None) -> None:
    language, _ = detect(text, LIKELY, hint)
    assert 2 <= len(language) <= 3
