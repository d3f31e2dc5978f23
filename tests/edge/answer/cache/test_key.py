"""When two answers are the same answer, and when not."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.answer.cache import key
from edge.answer.turn import Draft, Opening
from edge.search.query import Condition, Near, Query, Relaxation
from sync.provider import Market, Offer, Provider, Text
from tests.edge.answer.cache.kept import voiced
from tests.edge.answer.words import CARDS, MARKET, NOW, PROVIDERS, QUERY, draft, fact


def ground(one: Draft, market: Market = MARKET, speaker: str = "m/phrase") -> bytes:
    voice, lines = voiced(one, market)
    return key.asked(voice, lines, speaker).ground


def queried(**more: Any) -> Draft:
    return draft(understanding={"query": msgspec.structs.replace(QUERY, **more)})


OTHERS = {
    "language": draft("de"),
    "language without words of ours": draft("fr"),
    "category": queried(categories=("craft/plumber", "craft/electrician")),
    "city": queried(cities=("Port Meridian",)),
    "condition": queried(conditions=(Condition(key="has_wifi", any_of=(True,)),)),
    "its value": queried(conditions=(Condition(key="has_wifi", any_of=(False,)),)),
    "price": queried(price_max=40.0),
    "band": queried(price_bands=(1,)),
    "rating": queried(rating_min=4.0),
    "tongue": queried(spoken=("ru",)),
    "excluded": queried(excluded=("p9",)),
    "provider": queried(providers=("p1",)),
    "order": queried(order="price"),
    "now": queried(open_at=NOW),
    "then": queried(open_at=NOW + timedelta(days=1)),
    "the day after": queried(open_at=NOW + timedelta(days=2)),
    "radius": queried(near=Near(lat=1.0, lon=2.0, radius_m=500.0)),
    "intent": draft("en", "fact", facts=(fact("phone", "555-0110"),)),
    "another fact": draft("en", "fact", facts=(fact("address", "7 Lime Street"),)),
    "another value": draft("en", "fact", facts=(fact("phone", "555-0111"),)),
    "let go": draft(found="relaxed", relaxed=(Relaxation(what="price_max", wanted="40"),)),
    "count": draft(total=13),
    "order of cards": draft(cards=(CARDS[1], CARDS[0], CARDS[2])),
    "fewer cards": draft(cards=CARDS[:2], total=2),
}


def test_every_wish_makes_another_ground() -> None:
    grounds = {name: ground(one) for name, one in OTHERS.items()} | {"plain": ground(draft())}
    assert len(set(grounds.values())) == len(grounds)


@pytest.mark.parametrize(
    "change",
    [{"id": "other"}, {"currency": "USD"}, {"country": "FR"}, {"time_zone": "Asia/Tbilisi"}],
)
def test_another_market_makes_another_ground(change: dict[str, str]) -> None:
    assert ground(draft(), msgspec.structs.replace(MARKET, **change)) != ground(draft())


def test_another_model_makes_another_ground() -> None:
    assert ground(draft(), speaker="other/phrase") != ground(draft())


def test_the_clock_counts_by_what_it_changes() -> None:
    late = draft(now=NOW + timedelta(minutes=20))
    assert ground(late) == ground(draft())
    at = queried(open_at=NOW)
    later = draft(
        now=NOW + timedelta(minutes=20),
        understanding={"query": msgspec.structs.replace(QUERY, open_at=NOW + timedelta(minutes=20))},
    )
    assert ground(later) == ground(at)
    shut = msgspec.structs.replace(CARDS[0], opening=Opening(state="closed", opens=NOW + timedelta(hours=2)))
    assert ground(draft(cards=(shut, *CARDS[1:]))) != ground(draft())


def test_where_the_visitor_stands_counts_by_the_distances() -> None:
    here, there = (queried(near=Near(lat=at, lon=2.0)) for at in (1.0, 1.1))
    assert ground(here) == ground(there)
    moved = msgspec.structs.replace(CARDS[0], distance_m=9_000.0)
    assert ground(draft(cards=(moved, *CARDS[1:]))) != ground(draft())


def test_the_question_is_kept_apart_from_the_ground() -> None:
    one, other = draft(question="A plumber?"), draft(question="who mends taps")
    assert ground(one) == ground(other)
    keys = {key.asked(*voiced(d), "m").question for d in (one, other, draft(question="  a PLUMBER "))}
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("My name is Anna Berg, a plumber please", "My name is Otto Kran, a plumber please"),
        ("call me on +49 30 1234567, plumber", "call me on +49 171 7654321, plumber"),
        ("plumber, write to a@b.example", "plumber, write to c.d@e.example"),
    ],
)
def test_personal_data_never_reaches_a_key(first: str, second: str) -> None:
    assert key.plain(first) == key.plain(second)
    assert "[" in key.plain(first)


TEXT = st.text(max_size=8)
RECORDS = st.builds(
    Provider,
    id=st.just("p1"),
    categories=st.lists(TEXT, min_size=1, max_size=2).map(tuple),
    name=TEXT,
    texts=st.dictionaries(TEXT, st.builds(Text, title=TEXT, description=TEXT), max_size=2),
    city=st.none() | TEXT,
    phone=st.none() | TEXT,
    opening_hours=st.none() | TEXT,
    languages=st.lists(TEXT, max_size=2).map(tuple),
    attributes=st.dictionaries(TEXT, st.none() | st.booleans() | st.integers(-9, 9) | TEXT, max_size=3),
    rating=st.none() | st.floats(0, 5),
    offers=st.lists(st.builds(Offer, name=st.just({"en": "x"}), price_from=st.floats(0, 99)), max_size=2).map(
        tuple
    ),
    updated_at=st.none() | TEXT,
)


@given(one=RECORDS, other=RECORDS)
def test_two_records_have_one_digest_only_if_they_are_the_same(one: Provider, other: Provider) -> None:
    same = msgspec.json.encode(one, order="sorted") == msgspec.json.encode(other, order="sorted")
    assert (key.cited(one) == key.cited(other)) == same
    assert key.cited(msgspec.json.decode(msgspec.json.encode(one), type=Provider)) == key.cited(one)


QUERIES = st.builds(
    Query,
    text=TEXT,
    categories=st.lists(st.sampled_from(["craft/plumber", "shop/bakery"]), max_size=2, unique=True).map(
        tuple
    ),
    cities=st.lists(st.sampled_from(["Olkhovo", "Port Meridian"]), max_size=2, unique=True).map(tuple),
    price_max=st.none() | st.sampled_from([10.0, 20.0]),
    rating_min=st.none() | st.sampled_from([4.0, 4.5]),
    spoken=st.sampled_from([(), ("ru",), ("en", "ru")]),
    order=st.sampled_from(["fit", "price", "rating"]),
)


@given(one=QUERIES, other=QUERIES, language=st.sampled_from(["en", "de", "tr"]))
def test_two_queries_share_a_ground_only_if_they_filter_alike(
    one: Query, other: Query, language: str
) -> None:
    first, second = (draft("en", understanding={"query": query}) for query in (one, other))
    alike = msgspec.structs.replace(one, text="") == msgspec.structs.replace(other, text="")
    assert (ground(first) == ground(second)) == alike
    elsewhere = draft(language, understanding={"query": one})
    assert (ground(first) == ground(elsewhere)) == (language == "en")


def test_a_draft_has_the_records_it_cites() -> None:
    assert [one.provider for one in key.asked(*voiced(draft()), "m").cited] == [one.id for one in PROVIDERS]
