"""schema.org: businesses in any wrapping become providers; the rest is passed over."""

import io
import json
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.catalog.taxonomy import Taxonomy
from sync.interchange.entry import Entry, Passed, Rejected, Upsert
from sync.interchange.hours import readable
from sync.interchange.reader import jsonld
from sync.interchange.reader.context import Context
from sync.interchange.reader.jsonld_hours import opening_hours
from sync.interchange.reader.jsonld_offer import price_band, rating

CONTEXT = Context(Taxonomy.load())
PLUMBER: dict[str, Any] = {
    "@type": "Plumber",
    "@id": "urn:p",
    "name": "Pipes",
    "telephone": "+1 202-555-0143",
}


def _read(document: object, context: Context = CONTEXT) -> list[Entry]:
    source = io.BufferedReader(cast(io.RawIOBase, io.BytesIO(json.dumps(document).encode())))
    return list(jsonld.read(cast(BinaryIO, source), context))


def _one(**change: object) -> Upsert:
    (entry,) = _read({"@context": "https://schema.org", **PLUMBER, **change})
    assert isinstance(entry, Upsert), entry
    return entry


@pytest.mark.parametrize(
    "document",
    [
        PLUMBER,
        [PLUMBER],
        {"@context": "https://schema.org", "@graph": [{"@type": "WebSite", "name": "x"}, PLUMBER]},
        {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "position": 1, "item": PLUMBER}]},
        [{"@graph": [PLUMBER]}],
    ],
)
def test_a_business_is_found_in_any_wrapping(document: object) -> None:
    found = [entry for entry in _read(document) if isinstance(entry, Upsert)]
    assert [entry.provider.id for entry in found] == ["urn:p"]
    assert found[0].provider.categories == ("craft/plumber",)


def test_all_of_a_business() -> None:
    found = _one(
        **{"@type": ["LocalBusiness", "https://schema.org/Plumber"]},
        name=[{"@value": "Pipes", "@language": "en"}, {"@value": "Трубы", "@language": "ru"}],
        description="Fixes leaks",
        address={"@type": "PostalAddress", "streetAddress": "1 Main St", "addressLocality": "Springfield"},
        geo={"latitude": "53.3", "longitude": -6.2},
        email="mailto:p@example.com",
        url="https://p.example",
        priceRange="$$",
        aggregateRating={"ratingValue": "9", "bestRating": 10},
        hasOfferCatalog={
            "itemListElement": [
                {"@type": "Offer", "itemOffered": {"name": "Leak"}, "price": "80", "priceCurrency": "EUR"},
                {"name": "Visit", "priceSpecification": {"minPrice": 10, "maxPrice": 20}},
            ]
        },
        knowsLanguage=["en", {"@type": "Language", "name": "Irish", "alternateName": "ga"}],
        amenityFeature=[{"name": "wheelchair", "value": True}],
        smokingAllowed=False,
        dateModified="2026-01-02",
    ).provider
    assert (found.name, found.texts["ru"].title, found.texts["en"].description) == (
        "Pipes",
        "Трубы",
        "Fixes leaks",
    )
    assert (found.city, found.address, found.lat, found.lon) == ("Springfield", "1 Main St", 53.3, -6.2)
    assert (found.email, found.price_band, found.rating) == ("p@example.com", 2, 4.5)
    assert [(offer.name["en"], offer.price_from, offer.price_to) for offer in found.offers] == [
        ("Leak", 80, 80),
        ("Visit", 10, 20),
    ]
    assert found.languages == ("en", "ga")
    assert found.attributes == {"wheelchair": True, "smoking": False}


def test_business_without_an_id_gets_a_lasting_one() -> None:
    nameless = {key: value for key, value in PLUMBER.items() if key != "@id"}
    first, second = _read([nameless, nameless])
    assert isinstance(first, Upsert)
    assert isinstance(second, Upsert)
    assert first.provider.id == second.provider.id


def test_type_that_names_no_category_is_told_unless_one_is_given() -> None:
    business = {**PLUMBER, "@type": "LocalBusiness"}
    (refused,) = _read(business)
    assert isinstance(refused, Rejected)
    assert "names no category" in refused.reasons[0]
    (kept,) = _read(business, Context(CONTEXT.taxonomy, category="craft/roofer"))
    assert isinstance(kept, Upsert)
    assert kept.provider.categories == ("craft/roofer",)


def test_pages_and_people_are_passed_over() -> None:
    entries = _read([{"@type": "WebPage", "name": "x"}, {"@type": "Person", "name": "y"}])
    assert [type(entry) for entry in entries] == [Passed, Passed]


def _spec(days: object, opens: str | None, closes: str | None, **more: str) -> dict[str, object]:
    return {"dayOfWeek": days, "opens": opens, "closes": closes, **more}


WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]


@pytest.mark.parametrize(
    ("node", "hours"),
    [
        ({"openingHours": "Mo-Fr 09:00-17:00"}, "Mo-Fr 09:00-17:00"),
        ({"openingHours": ["Mo-Fr 09:00 – 17:00", "Sa 10:00-13:00"]}, "Mo-Fr 09:00-17:00; Sa 10:00-13:00"),
        ({"openingHoursSpecification": _spec(WEEK, "09:00:00", "17:00")}, "Mo-Fr 09:00-17:00"),
        (
            {
                "openingHoursSpecification": [
                    _spec("Monday", "9:00", "12:00"),
                    _spec("Monday", "13:00", "18:00"),
                ]
            },
            "Mo 09:00-12:00,13:00-18:00",
        ),
        ({"openingHoursSpecification": _spec("https://schema.org/Sunday", "00:00", "00:00")}, "Su off"),
        ({"openingHoursSpecification": _spec(["Saturday", "Sunday"], "00:00", "23:59")}, "Sa,Su 00:00-24:00"),
        ({"openingHoursSpecification": _spec("Friday", "20:00", "02:00")}, "Fr 20:00-02:00"),
        ({"openingHoursSpecification": _spec("PublicHolidays", "10:00", "12:00")}, "PH 10:00-12:00"),
        (
            {
                "openingHoursSpecification": _spec(
                    None, "10:00", "12:00", validFrom="2026-12-24", validThrough="2026-12-26"
                )
            },
            "2026 Dec 24-2026 Dec 26 Mo-Su 10:00-12:00",
        ),
        ({}, None),
    ],
)
def test_opening_hours(node: dict[str, Any], hours: str | None) -> None:
    assert opening_hours(node) == hours
    assert hours is None or readable(hours)


@pytest.mark.parametrize(
    ("stated", "band"), [("$", 1), ("€€€", 3), ("$10-20", None), ("$$$$$", None), (None, None)]
)
def test_price_band(stated: object, band: int | None) -> None:
    assert price_band(stated) == band


@pytest.mark.parametrize(
    ("stated", "value"),
    [
        ({"ratingValue": 4}, 4.0),
        ({"ratingValue": "80", "bestRating": "100"}, 4.0),
        ({"ratingValue": 9}, None),
        ({}, None),
        ("x", None),
    ],
)
def test_rating(stated: object, value: float | None) -> None:
    assert rating(stated) == value


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "@type",
                    "@graph",
                    "name",
                    "address",
                    "geo",
                    "openingHoursSpecification",
                    "opens",
                    "offers",
                    "item",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["@id", "name", "address", "geo", "offers", "openingHours"]), _JSON))
def test_no_node_raises(node: dict[str, Any]) -> None:
    assert all(entry.number >= 1 for entry in _read({"@type": "Plumber", **node}))
