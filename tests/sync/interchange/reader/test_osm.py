"""OpenStreetMap: tags become categories, addresses and attributes; what is no place is passed over."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.catalog.taxonomy import Taxonomy
from sync.interchange.entry import Entry, Passed, Rejected, Upsert
from sync.interchange.reader import osm
from sync.interchange.reader.context import Context
from sync.interchange.reader.osm_category import CategoryFinder
from sync.provider import Provider

TAXONOMY = Taxonomy.load()
CONTEXT = Context(TAXONOMY, language="de", country="DE")


def _read(*elements: object, cut: int | None = None, context: Context = CONTEXT) -> list[Entry]:
    data = json.dumps({"version": 0.6, "elements": elements}).encode()[:cut]
    return list(osm.read_overpass(io.BytesIO(data), context))


def _node(tags: dict[str, str], **more: object) -> dict[str, object]:
    return {"type": "node", "id": 1, "lat": 52.5, "lon": 13.4, "tags": tags, **more}


def _provider(tags: dict[str, str], context: Context = CONTEXT) -> Provider:
    (entry,) = _read(_node(tags), context=context)
    assert isinstance(entry, Upsert), entry
    return entry.provider


@pytest.mark.parametrize(
    ("tags", "categories"),
    [
        ({"craft": "plumber"}, ["craft/plumber"]),
        ({"amenity": "restaurant", "cuisine": "thai"}, ["amenity/restaurant/thai"]),
        (
            {"amenity": "restaurant", "cuisine": "italian;pizza"},
            ["amenity/restaurant/italian", "amenity/restaurant/pizza"],
        ),
        ({"amenity": "restaurant", "cuisine": "martian"}, ["amenity/restaurant"]),
        ({"amenity": "cafe", "shop": "books"}, ["amenity/cafe", "shop/books"]),
        ({"amenity": "doctors", "healthcare:speciality": "dermatology"}, ["amenity/doctors/dermatology"]),
        ({"highway": "residential", "name": "High Street"}, []),
        ({"disused:shop": "bakery"}, []),
        ({}, []),
    ],
)
def test_tags_to_categories(tags: dict[str, str], categories: list[str]) -> None:
    assert CategoryFinder(TAXONOMY).find(tags) == categories


def test_every_preset_finds_itself_or_a_kind_of_itself() -> None:
    finder = CategoryFinder(TAXONOMY)
    lost = []
    for id in TAXONOMY.ids:
        category = TAXONOMY.category(id)
        assert category is not None
        tags = {
            key: "x" if value == "*" else value for key, value in (category.tags | category.added).items()
        }
        if not finder.find(tags):
            lost.append(id)
    assert lost == []


def test_all_of_a_place() -> None:
    found = _provider(
        {
            "amenity": "restaurant",
            "cuisine": "italian",
            "name": "Da Rosa",
            "name:ru": "У Розы",
            "description:en": "By the canal",
            "addr:street": "Testweg",
            "addr:housenumber": "5",
            "addr:city": "Testhausen",
            "opening_hours": "Mo-Su 11:00-23:00",
            "contact:phone": "+49 30 23125 01; +49 30 23125 02",
            "website": "darosa.example",
            "wheelchair": "limited",
            "outdoor_seating": "yes",
            "payment:cash": "no",
            "stars": "4",
            "language:it": "yes",
            "source": "survey",
        }
    )
    assert found.name == "Da Rosa"
    assert found.texts["ru"].title == "У Розы"
    assert found.texts["en"].description == "By the canal"
    assert (found.city, found.address) == ("Testhausen", "Testweg 5")
    assert (found.phone, found.url) == ("+49 30 23125 01", "https://darosa.example")
    assert found.opening_hours == "Mo-Su 11:00-23:00"
    assert found.languages == ("it",)
    assert found.attributes == {
        "cuisine": "italian",
        "wheelchair": "limited",
        "outdoor_seating": True,
        "payment:cash": False,
        "stars": 4,
    }


def test_house_number_comes_first_where_it_does() -> None:
    tags = {"shop": "bakery", "addr:street": "Main St", "addr:housenumber": "7", "addr:country": "US"}
    assert _provider(tags).address == "7 Main St"


def test_nameless_place_is_called_by_brand_or_kind() -> None:
    assert _provider({"amenity": "atm", "brand": "Testbank"}).name == "Testbank"
    assert _provider({"amenity": "pharmacy"}).name == TAXONOMY.label("amenity/pharmacy", "de")


def test_ways_have_the_place_they_are_given_and_ids_tell_types_apart() -> None:
    tags = {"shop": "bakery"}
    way = {"type": "way", "id": 1, "center": {"lat": 1, "lon": 2}, "tags": tags}
    relation = {"type": "relation", "id": 1, "tags": tags}
    relation["bounds"] = {"minlat": 0, "minlon": 2, "maxlat": 2, "maxlon": 4}
    first, second = _read(way, relation)
    assert isinstance(first, Upsert)
    assert isinstance(second, Upsert)
    assert (first.provider.id, first.provider.lat, first.provider.lon) == ("way/1", 1, 2)
    assert (second.provider.id, second.provider.lat, second.provider.lon) == ("relation/1", 1, 3)


def test_what_is_no_place_or_malformed_spoils_no_other() -> None:
    entries = _read({"type": "node", "id": 1}, 5, {"type": "node"}, _node({"shop": "bakery"}, lat="north"))
    assert [type(entry) for entry in entries] == [Passed, Rejected, Rejected, Rejected]


def test_document_that_breaks_off_keeps_what_came_before() -> None:
    entries = _read(_node({"shop": "bakery"}), _node({"shop": "tea"}), cut=-40)
    assert [type(entry) for entry in entries] == [Upsert, Rejected]
    assert isinstance(entries[1], Rejected)
    assert "what follows is not read" in entries[1].reasons[0]


def test_geojson_features() -> None:
    square = [[[2.0, 1.0], [4.0, 1.0], [4.0, 3.0], [2.0, 1.0]]]
    feature: dict[str, Any] = {
        "type": "Feature",
        "id": "way/9",
        "properties": {"craft": "plumber", "name": "Pipes", "levels": 2},
        "geometry": {"type": "Polygon", "coordinates": square},
    }
    data = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    (entry,) = osm.read_geojson(io.BytesIO(data), CONTEXT)
    assert isinstance(entry, Upsert)
    assert (entry.provider.id, entry.provider.lat, entry.provider.lon) == ("way/9", 2, 3)


_KEYS = st.sampled_from(
    ["amenity", "shop", "name", "addr:street", "phone", "website", "stars", "cuisine", "x"]
)


@given(st.dictionaries(_KEYS, st.text(max_size=20) | st.sampled_from(["restaurant", "bakery", "yes"])))
def test_no_tags_raise(tags: dict[str, str]) -> None:
    assert len(_read(_node(tags))) == 1


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    for entry in osm.read_overpass(io.BytesIO(b'{"elements":[' + data), CONTEXT):
        assert entry.number >= 1
