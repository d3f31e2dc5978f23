"""OpenStreetMap: Overpass JSON and GeoJSON of tagged things. What is no kind of place is passed over."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from sync.interchange.document import entry
from sync.interchange.entry import Entry, Passed, Rejected
from sync.interchange.reader.context import Context
from sync.interchange.reader.element import elements
from sync.interchange.reader.osm_category import CategoryFinder

OVERPASS_PATH = "elements.item"
GEOJSON_PATH = "features.item"
CITY_KEYS = ("addr:city", "addr:town", "addr:village", "addr:hamlet", "addr:place", "addr:suburb")
NUMBER_FIRST = frozenset("AU CA FR GB HK IE IN LU MT MY NZ PH SG TH US ZA".split())  # noqa: SIM905

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,8})*")
_LANGUAGE_KEY = re.compile(r"(name|description|language):([a-z]{2,3}(?:-[A-Za-z]{2,8})*)")

Tags = Mapping[str, str]
Point = tuple[float, float]


def read_overpass(source: BinaryIO, context: Context) -> Iterator[Entry]:
    """Entries of an Overpass answer (`out center` or `out geom` gives ways and relations a place)."""
    yield from _read(source, OVERPASS_PATH, context)


def read_geojson(source: BinaryIO, context: Context) -> Iterator[Entry]:
    """Entries of a FeatureCollection whose properties are OSM tags."""
    yield from _read(source, GEOJSON_PATH, context)


def _read(source: BinaryIO, path: str, context: Context) -> Iterator[Entry]:
    finder = CategoryFinder(context.taxonomy)
    for found in elements(source, path):
        if isinstance(found, Rejected):
            yield found
            continue
        number, element = found
        if not isinstance(element, dict):
            yield Rejected(number, ("must be an object",))
            continue
        try:
            taken = _feature(element) if path == GEOJSON_PATH else _overpass(element)
            yield _entry(number, *taken, finder, context)
        except (TypeError, ValueError, AttributeError, KeyError, IndexError) as error:
            yield Rejected(number, (f"has not the form of its format: {error}",))


def _entry(
    number: int, id: str, tags: Tags, point: Point | None, finder: CategoryFinder, context: Context
) -> Entry:
    categories = finder.find(tags)
    if not categories:
        return Passed(number)
    if not id:
        return Rejected(number, ("id: is required",))
    raw = provider(id, tags, point, categories, context)
    return entry(number, raw)


def provider(
    id: str, tags: Tags, point: Point | None, categories: list[str], context: Context
) -> dict[str, object]:
    """The interchange document for tags; a nameless place is called by its brand, operator or kind."""
    label = context.taxonomy.label(categories[0], context.language)
    name = next((tags[key] for key in ("name", "brand", "operator") if tags.get(key)), label)
    raw: dict[str, object | None] = {
        "id": id,
        "categories": categories,
        "name": name,
        "texts": _texts(tags, context.language),
        "city": next((tags[key] for key in CITY_KEYS if tags.get(key)), context.city),
        "address": _address(tags, context.country),
        "phone": _first(tags, "phone", "contact:phone", "contact:mobile", "mobile"),
        "email": _first(tags, "email", "contact:email"),
        "url": _url(_first(tags, "website", "contact:website", "url", "contact:url")),
        "opening_hours": tags.get("opening_hours"),
        "languages": [match[2] for key in tags if (match := _spoken(key)) and tags[key] == "yes"],
        "attributes": _attributes(tags, context),
        "updated_at": tags.get("@timestamp"),
    }
    if point is not None:
        raw["lat"], raw["lon"] = point
    return {key: value for key, value in raw.items() if value not in (None, [], {}, "")}


def _overpass(element: dict[str, Any]) -> tuple[str, Tags, Point | None]:
    tags = {str(key): str(value) for key, value in element.get("tags", {}).items()}
    if "timestamp" in element:
        tags["@timestamp"] = str(element["timestamp"])
    id = f"{element['type']}/{element['id']}"
    place = element if "lat" in element else element.get("center")
    if place is not None:
        return id, tags, (float(place["lat"]), float(place["lon"]))
    bounds = element.get("bounds")
    if bounds is None:
        return id, tags, None
    lat, lon = (bounds["minlat"] + bounds["maxlat"]) / 2, (bounds["minlon"] + bounds["maxlon"]) / 2
    return id, tags, (float(lat), float(lon))


def _feature(element: dict[str, Any]) -> tuple[str, Tags, Point | None]:
    properties = element.get("properties") or {}
    nested = properties.get("tags")
    stated = nested if isinstance(nested, dict) else properties
    tags = {str(key): str(value) for key, value in stated.items() if isinstance(value, str | int | float)}
    id = element.get("id") or properties.get("@id") or properties.get("id") or properties.get("osm_id") or ""
    return str(id), tags, _middle(element.get("geometry") or {})


def _middle(geometry: dict[str, Any]) -> Point | None:
    """The middle of a geometry's bounding box, as (lat, lon)."""
    points = list(_points(geometry.get("coordinates", [])))
    if not points:
        return None
    lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
    return (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2


def _points(coordinates: list[Any]) -> Iterator[Point]:
    pending = [coordinates]
    while pending:
        item = pending.pop()
        if item and isinstance(item[0], int | float):
            yield float(item[0]), float(item[1])
        else:
            pending.extend(item)


def _texts(tags: Tags, language: str) -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = {}
    if tags.get("description"):
        texts.setdefault(language, {})["description"] = tags["description"]
    for key, value in tags.items():
        match = _LANGUAGE_KEY.fullmatch(key)
        if match is not None and match[1] != "language" and value:
            texts.setdefault(match[2], {})["title" if match[1] == "name" else "description"] = value
    return texts


def _spoken(key: str) -> re.Match[str] | None:
    match = _LANGUAGE_KEY.fullmatch(key)
    return match if match is not None and match[1] == "language" else None


def _address(tags: Tags, country: str | None) -> str | None:
    if tags.get("addr:full"):
        return tags["addr:full"]
    street = tags.get("addr:street") or tags.get("addr:place")
    house = tags.get("addr:housenumber")
    if not street or not house:
        return street
    first = (tags.get("addr:country") or country or "").upper() in NUMBER_FIRST
    return f"{house} {street}" if first else f"{street} {house}"


def _first(tags: Tags, *keys: str) -> str | None:
    for key in keys:
        for part in tags.get(key, "").split(";"):
            if part.strip():
                return part.strip()
    return None


def _url(text: str | None) -> str | None:
    if text is None or text.lower().startswith(("http://", "https://")):
        return text
    return f"https://{text}" if re.fullmatch(r"[\w.-]+\.\w{2,}(/\S*)?", text) else None


def _attributes(tags: Tags, context: Context) -> dict[str, bool | float | str]:
    """Tags the taxonomy knows as attributes; yes and no become booleans, numbers numbers."""
    taken: dict[str, bool | float | str] = {}
    known = context.taxonomy.words("en").fields
    for key, value in tags.items():
        prefix = key.split(":")[0] + ":"
        if (key in known or (prefix in known and prefix != "language:")) and value:
            taken[key] = _value(value)
    for key in ("opening_hours", "phone", "email", "website", "shop", "office", "craft", "healthcare"):
        taken.pop(key, None)
    return taken


def _value(text: str) -> bool | float | str:
    if text in ("yes", "no"):
        return text == "yes"
    if re.fullmatch(r"-?\d{1,9}(\.\d{1,6})?", text):
        return float(text) if "." in text else int(text)
    return text
