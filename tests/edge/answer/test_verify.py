from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.answer import figure, notation, template, verify
from edge.answer.turn import Draft, Opening
from edge.search.query import Condition, Query, Relaxation
from tests.edge.answer.words import CARDS, HOURS, MARKET, NAMES, NOW, PROVIDERS, Names, draft, fact

LANGUAGES = ("en", "ru", "es", "de")
FIELDS: dict[str, Any] = {
    "phone": "555-0110",
    "address": "7 Lime Street",
    "hours": HOURS,
    "price": 31.0,
    "rating": 4.1,
    "languages": "en, ru",
    "distance": 411.0,
    "category": "craft/plumber",
    "offers": "Pipe repair",
    "attributes.has_wifi": True,
    "attributes.smoking_allowed": False,
    "attributes.price_range": "moderate",
    "attributes.rooftop_bar": True,
    "email": None,
}


def drafts(language: str) -> list[Draft]:
    gone = (Relaxation(what="open_at", wanted="now"),)
    conditions = (
        Condition(key="has_wifi", any_of=(True,)),
        Condition(key="price_range", any_of=("moderate",)),
    )
    narrow = {"query": Query(cities=("Olkhovo",), conditions=conditions, open_at=NOW)}
    return [
        draft(language),
        draft(language, total=4),
        draft(language, understanding=narrow),
        draft(language, found="relaxed", relaxed=gone, understanding=narrow),
        draft(language, found="none", cards=()),
        draft(language, "compare", cards=CARDS[:2]),
        draft(language, "request", understanding={"providers": ("p1",)}),
        draft(language, "request"),
        draft(language, "smalltalk", understanding={"smalltalk": "greeting"}),
        draft(language, "out_of_scope"),
        draft(language, "emergency", question="fire", cards=()),
        draft(language, "fact", facts=tuple(fact(field, value) for field, value in FIELDS.items())),
        *[draft(language, "fact", facts=(fact(field, value),)) for field, value in FIELDS.items()],
    ]


def said(text: str, language: str = "en", **more: Any) -> verify.Verdict:
    return verify.check(text, draft(language, **more), MARKET, Names())


@pytest.mark.parametrize("language", [*LANGUAGES, "fr"])
def test_every_sentence_of_the_template_holds(language: str) -> None:
    for one in drafts(language):
        for sentence in template.compose(one, MARKET, Names()):
            verdict = verify.check(sentence.text, one, MARKET, Names())
            assert verdict.ok, (verdict.reason, sentence.text)


@settings(deadline=None)
@given(st.sampled_from(LANGUAGES), st.integers(0, 30), st.data())
def test_a_changed_digit_is_always_caught(language: str, at: int, data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(drafts(language)))
    texts = [sentence.text for sentence in template.compose(one, MARKET, Names())]
    text = texts[at % len(texts)]
    places = [place for place, char in enumerate(text) if char.isdigit()]
    if not places:
        return
    place = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([char for char in "0123456789" if char != text[place]]))
    changed = text[:place] + digit + text[place + 1 :]
    if _true_by_chance(changed, text, one):
        return
    assert not verify.check(changed, one, MARKET, Names()).ok, changed


def _true_by_chance(changed: str, text: str, one: Draft) -> bool:
    """The new figure may be true as well: a count, price or rating, another time, the exact distance."""
    old = {reading for found in figure.read(figure.plain(text)) for reading in found.readings}
    new = {reading for found in figure.read(figure.plain(changed)) for reading in found.readings} - old
    counts = {float(count) for count in (one.total, *range(1, len(one.cards) + 1), len(one.cards), 5, 112)}
    true = {
        "number": {*counts, 4.1, 4.2, 31.0, 32.0},
        "time": {9 * 60.0, 10 * 60.0, 14 * 60.0, 20 * 60.0, 12 * 60.0},
        "m": {card.distance_m for card in one.cards},
    }
    return all(value in true.get(kind, ()) for kind, value in new)


@settings(deadline=None)
@given(st.sampled_from(LANGUAGES), st.permutations(range(4)))
def test_a_swapped_name_is_always_caught(language: str, order: list[int]) -> None:
    one = draft(language, "fact", facts=(fact("phone", "555-0110"),))
    text = template.compose(one, MARKET, Names())[0].text
    other = order[0] or 1
    for name in (NAMES[other], f"{NAMES[other]} Plus", "Klempner Schmidt", "rohrfrei sued"):
        swapped = text.replace(NAMES[0], name)
        assert not verify.check(swapped, one, MARKET, Names()).ok, swapped


@settings(deadline=None)
@given(st.sampled_from(LANGUAGES), st.times(), st.sampled_from(["{:%H:%M}", "{:%I:%M %p}", "{:%H.%M}"]))
def test_an_invented_time_is_always_caught(language: str, at: Any, form: str) -> None:
    if (at.hour, at.minute) in {(9, 0), (20, 0), (10, 0), (14, 0), (12, 0)}:
        return
    text = f"{NAMES[0]} [1]: {form.format(at)}"
    value = float(f"{at.hour}.{at.minute:02d}")
    if form == "{:%H.%M}" and value in {4.1, *map(float, range(13)), 31.0}:
        return
    assert not said(text, language).ok, text


@settings(deadline=None)
@given(
    st.sampled_from(LANGUAGES), st.sampled_from(["US", "GB", "DE", "RU", "ES", "CH", None]), st.integers(0, 3)
)
def test_true_values_pass_in_every_locale(language: str, country: str | None, which: int) -> None:
    where, card = notation.locale(language, country), CARDS[which]
    assert card.opening
    at = card.opening.until or card.opening.opens
    assert at
    assert card.price_from
    assert card.distance_m
    values = [
        notation.clock(at, where),
        notation.price(card.price_from, "EUR", where),
        notation.distance(card.distance_m, where),
        notation.number(card.rating or 0, where),
        card.phone,
        card.address,
    ]
    for value in values:
        text = f"{card.name} [{card.number}]: {value}"
        assert said(text, language).ok, (text, said(text, language).reason)


@pytest.mark.parametrize(
    "written", ["1.234,50 €", "€1,234.50", "EUR 1234.50", "1 234,50 €", "1’234.50 EUR", "１２３４.５０ €"]
)
def test_a_price_may_be_written_in_any_way(written: str) -> None:
    dear = CARDS[0].__class__(
        id="p1", number=1, name=NAMES[0], category="", category_id="", price_from=1234.5, currency="EUR"
    )
    verdict = verify.check(f"{NAMES[0]} [1]: {written}", draft(cards=(dear,), records=()), MARKET)
    assert verdict.ok, verdict.reason


@pytest.mark.parametrize(
    "text",
    [
        "Kran & Co [2] has 555-0110.",
        "Rohrfrei Nord [2] is open until 20:00.",
        "Rohrfrei Nord [1] is open until 9 PM.",
        "Rohrfrei Nord [1] costs from $31.",
        "Rohrfrei Nord [7] is near.",
        "Plumber Pro is a good plumber.",
        "Ask for Peter at Rohrfrei Nord [1].",
        "Rohrfrei Nord [1] is at 8 Lime Street.",
        "Rohrfrei Nord [1] is at 7 Lemon Street.",
        "Rohrfrei Nord [1] is at 7 Street Lime.",
        "seven places fit.",
        "See rohrfrei.example for more.",
        "Write to info@rohrfrei.example please.",
        "Rohrfrei Nord [1] is 1.3 km away.",
        "请联系水管工。",
        "اتصل الآن",
        "Call 113 now.",
    ],
)
def test_what_nothing_supports_is_refused(text: str) -> None:
    assert not said(text).ok


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "hours", ["May-Sep Mo-Su 08:00-21:30; Oct-Apr Sa,Su 10:00-16:00", "24/7", "Mo sunrise-sunset"]
)
def test_hours_of_the_record_hold_however_they_are_read_out(language: str, hours: str) -> None:
    record = msgspec.structs.replace(PROVIDERS[0], opening_hours=hours)
    one = draft(language, "fact", facts=(fact("hours", hours),), records=(record,), cards=CARDS[:1])
    for sentence in template.compose(one, MARKET, Names()):
        verdict = verify.check(sentence.text, one, MARKET, Names())
        assert verdict.ok, (verdict.reason, sentence.text)


def test_what_the_visitor_said_may_be_repeated() -> None:
    text = "Nothing for Maria at 7:45 near 3 Elm Road."
    assert not said(text).ok
    assert said(text, question="I am Maria, 7:45 at 3 Elm Road please").ok


def test_a_place_may_not_borrow_the_time_of_another() -> None:
    later = msgspec.structs.replace(
        CARDS[1], opening=Opening(state="open", until=datetime(2026, 11, 23, 22, 15))
    )
    both = {"cards": (CARDS[0], later), "records": PROVIDERS[:1]}
    assert said("Rohrfrei Nord [1] — open until 20:00; Kran & Co [2] — open until 22:15.", **both).ok
    assert not said("Rohrfrei Nord [1] — open until 22:15; Kran & Co [2] — open until 20:00.", **both).ok


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_gets_a_verdict(text: str) -> None:
    assert isinstance(said(text).ok, bool)
