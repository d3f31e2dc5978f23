import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.answer.number import find_limits, find_ordinal, find_spoken


@pytest.mark.parametrize(
    ("language", "text", "places"),
    [
        ("en", "the second one", (2,)),
        ("en", "2", (2,)),
        ("en", "number 3 please", (3,)),
        ("en", "the last one", (-1,)),
        ("en", "tell me more about the first place on your list please", (1,)),
        ("ru", "второй", (2,)),
        ("ru", "первый и третий", (1, 3)),
        ("ru", "а последняя?", (-1,)),
        ("es", "la segunda", (2,)),
        ("de", "das dritte", (3,)),
        ("de", "Nummer 2", (2,)),
        ("en", "", ()),
        ("en", "a hotel", ()),
        ("en", "my first visit to the city was a long time ago, any hotel?", ()),
        ("en", "12", ()),
    ],
)
def test_places_in_the_list(language: str, text: str, places: tuple[int, ...]) -> None:
    assert find_ordinal(text, language) == places


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("rated over 4", 4.0),
        ("with a rating of at least 4.5", 4.5),
        ("4+ stars", 4.0),
        ("рейтинг от 4,5", 4.5),
        ("con valoración de 4", 4.0),
        ("Bewertung über 4", 4.0),
        ("rated 9 of 10", None),
        ("a table for 4", None),
        ("at 4 pm", None),
    ],
)
def test_the_least_rating(text: str, least: float | None) -> None:
    assert find_limits(text)[0] == least


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("under 20 euro", 20.0),
        ("less than $15.50", 15.5),
        ("до 30 евро", 30.0),
        ("не дороже 500 рублей", 500.0),
        ("por menos de 40 €", 40.0),
        ("unter 25 Euro", 25.0),
        ("до 9 вечера", None),
        ("bis 20 Uhr", None),
        ("under 18", None),
    ],
)
def test_the_highest_price_is_a_sum_of_money(text: str, most: float | None) -> None:
    assert find_limits(text)[1] == most


@pytest.mark.parametrize(
    ("language", "text", "spoken"),
    [
        ("en", "a dentist who speaks German", ("de",)),
        ("en", "where they speak English or French", ("en", "fr")),
        ("ru", "врач, который говорит по-английски", ("en",)),
        ("es", "un médico que hable inglés", ("en",)),
        ("de", "ein Arzt, der Russisch spricht", ("ru",)),
        ("en", "a German restaurant", ()),
        ("en", "do they speak?", ()),
    ],
)
def test_languages_that_should_be_spoken(language: str, text: str, spoken: tuple[str, ...]) -> None:
    assert find_spoken(text, language) == spoken


@given(st.text(alphabet="rated over under stars 0123456789.,€$+ до", max_size=40))
def test_limits_stay_in_their_bounds(text: str) -> None:
    rating, price = find_limits(text)
    assert rating is None or 0.0 <= rating <= 5.0
    assert price is None or 0.0 <= price < 1_000_000.0
