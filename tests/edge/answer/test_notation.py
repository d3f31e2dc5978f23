from datetime import datetime

import pytest

from edge.answer import notation

WORDS = {"always": "always", "closed": "closed", "holidays": "holidays"}
AT = datetime(2026, 11, 23, 20, 5)


@pytest.mark.parametrize(
    ("language", "country", "said"),
    [
        ("en", "US", "8:05 PM"),
        ("en", None, "20:05"),
        ("de", "DE", "20:05"),
        ("ru", "RU", "20:05"),
        ("es", "ES", "20:05"),
    ],
)
def test_times_follow_the_locale(language: str, country: str | None, said: str) -> None:
    assert notation.clock(AT, notation.locale(language, country)).replace("\xa0", " ") == said


@pytest.mark.parametrize(
    ("language", "country", "amount", "said"),
    [
        ("en", "US", 45.0, "€45"),
        ("de", "DE", 1234.5, "1.234,50 €"),
        ("ru", "RU", 45.0, "45 €"),
        ("es", "US", 31.0, "EUR 31"),
    ],
)
def test_prices_follow_the_locale(language: str, country: str, amount: float, said: str) -> None:
    assert notation.price(amount, "EUR", notation.locale(language, country)).replace("\xa0", " ") == said


@pytest.mark.parametrize(
    ("metres", "country", "said"),
    [
        (3.0, "DE", "10 m"),
        (412.0, "DE", "410 m"),
        (1234.0, "DE", "1,2 km"),
        (15300.0, "DE", "15 km"),
        (1609.0, "US", "1 mi"),
    ],
)
def test_distances_are_rounded_as_people_say_them(metres: float, country: str, said: str) -> None:
    where = notation.locale("de" if country == "DE" else "en", country)
    assert notation.distance(metres, where).replace("\xa0", " ") == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Mo-Fr 09:00-18:00; Sa 10:00-14:00", "Mon–Fri 9:00–18:00; Sat 10:00–14:00"),
        ("Mo-Fr 09:00-12:00,14:00-18:00", "Mon–Fri 9:00–12:00, 14:00–18:00"),
        ("Mo,We 10:00-12:00; PH off", "Mon, Wed 10:00–12:00; holidays closed"),
        ("24/7", "always"),
        ("08:00-20:00", "8:00–20:00"),
        ("Mo-Fr sunrise-sunset", "Mo-Fr sunrise-sunset"),
        (
            "May-Sep Mo-Su 08:00-20:00; Oct-Apr Sa,Su 10:00-16:00",
            "May–Sept Mon–Sun 8:00–20:00; Oct–Apr Sat, Sun 10:00–16:00",
        ),
        ("week 1-10 Mo 10:00-12:00", "week 1-10 Mo 10:00-12:00"),
    ],
)
def test_hours_are_read_out_or_left_as_they_are(written: str, said: str) -> None:
    assert notation.hours(written, notation.locale("en"), WORDS) == said


def test_lists_are_joined_as_the_language_does() -> None:
    assert notation.series(["A", "B", "C"], notation.locale("de")) == "A, B und C"
    assert notation.series(["A", "B"], notation.locale("ru"), "or") == "A или B"
    assert notation.series([], notation.locale("en")) == ""


def test_an_unknown_country_falls_back() -> None:
    assert notation.locale("en", "XX").language == "en"
    assert notation.locale("tlh").language == "en"
