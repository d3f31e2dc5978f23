"""What the loaded catalogue lets a reader recognise, as one JSON document for a page.

The market document, its places and attributes with the phrases that stand for them, and how many providers
each category has. The rules that hold for every catalogue are in `rules`.
"""

from typing import Any

import msgspec

from edge.answer.attribute import Attribute
from edge.answer.reading import Knowledge
from edge.browser_index.rules import phrases
from edge.catalog.store import Catalog
from sync.provider import Market


def document(catalog: Catalog, knowledge: Knowledge) -> bytes:
    """The document. The same inputs give the same bytes."""
    gazetteer, attributes = knowledge.gazetteer, knowledge.attributes
    return msgspec.json.encode(
        {
            "form": 1,
            "market": _whole(knowledge.market),
            "cities": catalog.cities(),
            "category_counts": knowledge.category_counts,
            "attributes": {key: _attribute(one) for key, one in attributes.attributes.items()},
            "price_key": attributes.price_key,
            "lexicons": {"place": phrases(gazetteer.phrases), "attribute": phrases(attributes.phrases)},
            "places": gazetteer.tables(),
        }
    )


def _whole(market: Market) -> dict[str, Any]:
    """All fields, for a page knows no defaults: a market need say no more than its id."""
    return {field: getattr(market, field) for field in market.__struct_fields__}


def _attribute(attribute: Attribute) -> dict[str, Any]:
    """Values are pairs, since JSON has no keys that are true or false."""
    return {
        "kind": attribute.kind,
        "values": list(attribute.values.items()),
        "categories": attribute.categories,
        "homes": list(attribute.homes.items()),
    }
