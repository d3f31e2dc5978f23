"""Filters against an oracle that looks at every provider."""

import math
import tempfile
from datetime import datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.catalog.row import price_from, rating
from edge.search.columns import load
from edge.search.filter import descendants, distances_m, filters
from edge.search.hours import state
from edge.search.query import Condition, Near, Query
from sync.provider import Offer, Provider
from tests.edge.search.market import MARKET, TAXONOMY, make

CATEGORIES = ("craft/plumber", "shop/hairdresser", "shop/hairdresser/barber", "amenity/restaurant/pizza")
CITIES = ("Lipki", "Novy Most", "LIPKI", "São Tomé", None)
HOURS = ("24/7", "Mo-Fr 08:00-18:00", "nonsense", None)
MONDAY_NOON = datetime(2026, 11, 23, 12)

ATTRIBUTES = st.dictionaries(
    st.sampled_from(["wifi", "stars", "kind"]),
    st.sampled_from([True, False, 3, 4.5, "4", "Art; Craft", "art", None]),
    max_size=3,
)
FIELDS = {
    "categories": st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=2, unique=True).map(tuple),
    "city": st.sampled_from(CITIES),
    "place": st.one_of(st.none(), st.tuples(st.floats(-89, 89), st.floats(-180, 180))),
    "opening_hours": st.sampled_from(HOURS),
    "languages": st.lists(st.sampled_from(["en", "pt-BR", "ru"]), max_size=2, unique=True).map(tuple),
    "attributes": ATTRIBUTES,
    "rating": st.sampled_from([None, 3.0, 4.5]),
    "price_band": st.sampled_from([None, 1, 3]),
    "price": st.sampled_from([None, 10.0, 50.0]),
}
QUERIES = st.builds(
    Query,
    categories=st.lists(st.sampled_from(["shop/hairdresser", "craft/plumber"]), max_size=1).map(tuple),
    cities=st.lists(st.sampled_from(["lipki", "SAO TOME"]), max_size=2).map(tuple),
    conditions=st.lists(
        st.builds(
            Condition,
            key=st.sampled_from(["wifi", "stars", "kind"]),
            any_of=st.lists(st.sampled_from([True, False, "ART", 3]), max_size=2).map(tuple),
            at_least=st.sampled_from([None, 3.5]),
        ),
        max_size=2,
    ).map(tuple),
    open_at=st.sampled_from([None, MONDAY_NOON]),
    price_max=st.sampled_from([None, 20.0]),
    price_bands=st.sampled_from([(), (1, 2)]),
    rating_min=st.sampled_from([None, 4.0]),
    spoken=st.sampled_from([(), ("pt",), ("en", "ru")]),
    near=st.sampled_from([None, Near(lat=0, lon=0, radius_m=5e6)]),
    excluded=st.sampled_from([(), ("0",)]),
)


def provider(number: int, fields: dict) -> Provider:  # type: ignore[type-arg]
    lat, lon = fields["place"] or (None, None)
    offers = () if fields["price"] is None else (Offer(name={"en": "x"}, price_from=fields["price"]),)
    plain = {key: value for key, value in fields.items() if key not in ("place", "price")}
    return Provider(id=str(number), name=f"Name {number}", lat=lat, lon=lon, offers=offers, **plain)


def folded(value: object) -> str:
    return str(value).lower() if not isinstance(value, str) else value.strip().lower()


def states(condition: Condition, one: Provider) -> bool:
    value = one.attributes.get(condition.key)
    if value is None:
        return False
    said = {folded(part) for part in value.split(";")} if isinstance(value, str) else {folded(value)}
    if said & {folded(wanted) for wanted in condition.any_of}:
        return True
    try:
        number = float(value)
    except ValueError:
        return False
    return condition.at_least is not None and number >= condition.at_least


def distance(one: Provider) -> float:
    """From (0, 0) by the spherical law of cosines."""
    lat, lon = math.radians(one.lat or 0), math.radians(one.lon or 0)
    return 6_371_008.8 * math.acos(max(-1.0, min(1.0, math.cos(lat) * math.cos(lon))))


def meets(query: Query, one: Provider) -> dict[str, bool]:
    """Each demand of the query by name, looked at naively."""
    city = (one.city or "").lower().replace("ã", "a").replace("é", "e")
    kinds = {id for top in query.categories for id in descendants(top, TAXONOMY.children)}
    cheapest, score = price_from(one), rating(one)
    return {
        "categories": not query.categories or bool(kinds & set(one.categories)),
        "cities": not query.cities or city in [wanted.lower() for wanted in query.cities],
        **{
            f"{place} {condition.key}": states(condition, one)
            for place, condition in enumerate(query.conditions)
        },
        "open_at": query.open_at is None or state(one.opening_hours, query.open_at, MARKET) == "open",
        "price_max": query.price_max is None or (cheapest is not None and cheapest <= query.price_max),
        "price_bands": not query.price_bands or one.price_band in query.price_bands,
        "rating_min": query.rating_min is None or (score is not None and score >= query.rating_min),
        "spoken": not query.spoken or any(tag.split("-")[0] in query.spoken for tag in one.languages),
        "near": query.near is None or (one.lat is not None and distance(one) <= 5e6),
        "excluded": one.id not in query.excluded,
    }


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.fixed_dictionaries(FIELDS), min_size=1, max_size=8), st.lists(QUERIES, min_size=1, max_size=4)
)
def test_filters_agree_with_looking_at_every_provider(rows: list, queries: list[Query]) -> None:  # type: ignore[type-arg]
    providers = [provider(number, fields) for number, fields in enumerate(rows)]
    with tempfile.TemporaryDirectory() as folder:
        catalog = make(Path(folder), providers)
        with catalog.database.reading() as connection:
            columns = load(connection, catalog.version())
            for query in queries:
                mask = columns.everyone()
                for made in filters(query, columns, connection, MARKET, TAXONOMY.children):
                    mask &= made.meets
                    assert (made.meets & ~made.allows).sum() == 0
                expected = [all(meets(query, one).values()) for one in providers]
                assert mask.tolist() == expected
        catalog.database.close()


def test_distance_is_that_of_the_globe(tmp_path: Path) -> None:
    berlin = Provider(id="b", categories=("x/y",), name="B", lat=52.52, lon=13.405)
    catalog = make(tmp_path, [berlin])
    with catalog.database.reading() as connection:
        columns = load(connection, 1)
    assert abs(distances_m(Near(lat=48.8566, lon=2.3522), columns)[0] - 877_500) < 1_000
    catalog.database.close()
