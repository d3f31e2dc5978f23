"""schema.org JSON-LD: LocalBusiness and the like, alone, in an array, an @graph or an ItemList.

Reads plain JSON-LD with the schema.org vocabulary; it does not expand contexts. Nodes that are no businesses
(pages, breadcrumbs, people) are passed over.
"""

import hashlib
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from sync.interchange.document import entry
from sync.interchange.entry import Entry, Passed, Rejected
from sync.interchange.reader import jsonld_offer, jsonld_value
from sync.interchange.reader.context import Context
from sync.interchange.reader.element import elements, top_lists
from sync.interchange.reader.jsonld_hours import opening_hours
from sync.interchange.reader.jsonld_value import Node

SNIFF_BYTES = 65_536
# What is business-like though its type names no category.
PLACE_SIGNS = ("address", "telephone", "openingHours", "openingHoursSpecification", "geo", "priceRange")
FEATURES = {
    "smokingAllowed": "smoking",
    "petsAllowed": "dog",
    "acceptsReservations": "reservation",
    "isAccessibleForFree": "free_entry",
    "publicAccess": "public_access",
    "servesCuisine": "cuisine",
    "paymentAccepted": "payment",
    "currenciesAccepted": "currencies",
    "numberOfRooms": "rooms",
    "maximumAttendeeCapacity": "capacity",
}


def read(source: BinaryIO, context: Context) -> Iterator[Entry]:
    """Entries of a JSON-LD document, numbered by node."""
    head = source.peek(SNIFF_BYTES) if hasattr(source, "peek") else b""
    number = 0
    for found in elements(source, _path(head)):
        if isinstance(found, Rejected):
            yield found
            continue
        for node in _nodes(found[1]):
            number += 1
            try:
                yield _entry(number, node, context)
            except (TypeError, ValueError, AttributeError, KeyError, RecursionError) as error:
                yield Rejected(number, (f"has not the form of schema.org: {error}",))


def _path(head: bytes) -> str:
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"["):
        return "item"
    lists = top_lists(head)
    return next((f"{name}.item" for name in ("@graph", "itemListElement") if name in lists), "")


def _nodes(value: object) -> Iterator[Node]:
    """The nodes inside a value: members of nested graphs and lists, the item of a ListItem."""
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item)
    elif isinstance(value, dict):
        inner = value.get("@graph") or value.get("itemListElement")
        if inner is not None and not _types(value) & {"Offer", "OfferCatalog"}:
            yield from _nodes(inner)
        elif "item" in value and "ListItem" in _types(value):
            yield from _nodes(value["item"])
        else:
            yield cast(Node, value)


def _types(node: Node) -> set[str]:
    stated = [*jsonld_value.many(node.get("@type")), *jsonld_value.many(node.get("additionalType"))]
    return {str(type).rsplit("/", 1)[-1].removeprefix("schema:") for type in stated}


def _entry(number: int, node: Node, context: Context) -> Entry:
    types = _types(node)
    category = next((id for id in _categories(node, types, context)), context.category)
    if category is None:
        if not any(sign in node for sign in PLACE_SIGNS):
            return Passed(number)
        reason = f"@type: {', '.join(sorted(types)) or 'nothing'} names no category; give one with --category"
        return Rejected(number, (reason,))
    if not any(sign in node for sign in PLACE_SIGNS) and not node.get("name"):
        return Passed(number)
    raw = provider(node, [category], context)
    return entry(number, raw)


def _categories(node: Node, types: set[str], context: Context) -> Iterator[str]:
    """Taxonomy ids: stated as such in additionalType or keywords, else what the type stands for."""
    for stated in [*jsonld_value.many(node.get("additionalType")), *jsonld_value.many(node.get("@type"))]:
        if str(stated) in context.taxonomy:
            yield str(stated)
    found = [context.taxonomy.for_schema_type(type) for type in sorted(types)]
    yield from sorted(filter(None, found), key=lambda id: -id.count("/"))


def provider(node: Node, categories: list[str], context: Context) -> dict[str, object]:
    """The interchange document of a business node."""
    names = jsonld_value.by_language(node.get("name"), context.language)
    descriptions = jsonld_value.by_language(node.get("description"), context.language)
    name = names.get(context.language) or next(iter(names.values()), None)
    address = _address(node.get("address"))
    band = jsonld_offer.price_band(node.get("priceRange"))
    raw: dict[str, object | None] = {
        "id": _id(node, name, address),
        "categories": categories,
        "name": name,
        "texts": _texts(names, descriptions, name),
        "city": address.get("city") or context.city,
        "address": address.get("address"),
        "phone": jsonld_value.text(node.get("telephone")),
        "email": (jsonld_value.text(node.get("email")) or "").removeprefix("mailto:"),
        "url": jsonld_value.text(node.get("url")),
        "opening_hours": opening_hours(node),
        "languages": jsonld_value.languages(node.get("knowsLanguage") or node.get("availableLanguage")),
        "attributes": _attributes(node),
        "rating": jsonld_offer.rating(node.get("aggregateRating")),
        "price_band": band,
        "offers": jsonld_offer.offers(node, context.language),
        "updated_at": jsonld_value.text(node.get("dateModified")),
        **_point(node.get("geo")),
    }
    return {key: value for key, value in raw.items() if value not in (None, [], {}, "")}


def _id(node: Node, name: str | None, address: dict[str, str]) -> str:
    for key in ("@id", "identifier", "url"):
        stated = node.get(key)
        if isinstance(stated, dict):
            stated = stated.get("value")
        if stated:
            return str(stated)
    digest = hashlib.sha256(f"{name}\n{address}".encode("utf-8", "replace")).hexdigest()
    return f"jsonld-{digest[:16]}"


def _texts(
    names: dict[str, str], descriptions: dict[str, str], name: str | None
) -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = {}
    for tag, title in names.items():
        if title != name:
            texts.setdefault(tag, {})["title"] = title
    for tag, description in descriptions.items():
        texts.setdefault(tag, {})["description"] = description
    return texts


def _address(value: object) -> dict[str, str]:
    """{"city", "address"} of a PostalAddress or a plain text."""
    stated = next(iter(jsonld_value.many(value)), None)
    if isinstance(stated, dict):
        parts = {
            "city": jsonld_value.text(stated.get("addressLocality")),
            "address": jsonld_value.text(stated.get("streetAddress")),
        }
        return {key: part for key, part in parts.items() if part}
    return {"address": str(stated).strip()} if stated else {}


def _point(value: object) -> dict[str, float]:
    stated = next(iter(jsonld_value.many(value)), None)
    if not isinstance(stated, dict) or stated.get("latitude") in (None, ""):
        return {}
    return {"lat": float(stated["latitude"]), "lon": float(stated["longitude"])}


def _attributes(node: Node) -> dict[str, Any]:
    taken: dict[str, Any] = {}
    for key, name in FEATURES.items():
        if node.get(key) not in (None, "", []):
            taken[name] = jsonld_value.scalar(node[key])
    for feature in jsonld_value.many(node.get("amenityFeature")):
        if isinstance(feature, dict) and feature.get("name"):
            value = feature.get("value", True)
            taken[str(feature["name"])] = jsonld_value.scalar(value)
    stars = node.get("starRating")
    if isinstance(stars, dict) and stars.get("ratingValue") is not None:
        taken["stars"] = jsonld_value.scalar(stars["ratingValue"])
    return {key: value for key, value in taken.items() if value is not None}
