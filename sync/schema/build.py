"""Writes the JSON Schemas: `python -m sync.schema.build [--check]`.

The types say what is of which type; the rules that types cannot say (ranges, lengths, patterns) are added
here and are the same that the importer applies.
"""

import inspect
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from sync.provider import Market, Provider
from sync.schema.wire import DOCUMENTS

HERE = Path(__file__).parent
DIALECT = "https://json-schema.org/draft/2020-12/schema"

LANGUAGE = "^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$"
CATEGORY = "^[A-Za-z0-9_.:-]+(/[A-Za-z0-9_.:-]+)*$"
CURRENCY = "^[A-Z]{3}$"

Json = dict[str, Any]

PROVIDER_RULES: dict[str, Json] = {
    "id": {"minLength": 1, "maxLength": 200},
    "name": {"minLength": 1, "maxLength": 300},
    "categories": {"minItems": 1, "maxItems": 500},
    "texts": {"maxProperties": 500, "propertyNames": {"pattern": LANGUAGE}},
    "city": {"maxLength": 200},
    "address": {"maxLength": 500},
    "lat": {"minimum": -90, "maximum": 90},
    "lon": {"minimum": -180, "maximum": 180},
    "phone": {"maxLength": 100},
    "email": {"maxLength": 254},
    "url": {"maxLength": 2000, "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"},
    "opening_hours": {"maxLength": 1000},
    "languages": {"maxItems": 500},
    "attributes": {"maxProperties": 500},
    "rating": {"minimum": 0, "maximum": 5},
    "price_band": {"minimum": 1, "maximum": 4},
    "offers": {"maxItems": 500},
    "updated_at": {"maxLength": 40},
}
OFFER_RULES: dict[str, Json] = {
    "name": {"minProperties": 1, "propertyNames": {"pattern": LANGUAGE}},
    "price_from": {"minimum": 0},
    "price_to": {"minimum": 0},
    "currency": {"pattern": CURRENCY},
    "duration_min": {"minimum": 0},
}


def schemas() -> dict[str, Json]:
    """File name to schema."""
    provider = _schema(Provider, "provider", "One provider of services: a line of the interchange form.")
    definitions: dict[str, Json] = provider["$defs"]
    _rule(definitions["Provider"], PROVIDER_RULES)
    _rule(definitions["Offer"], OFFER_RULES)
    properties = definitions["Provider"]["properties"]
    properties["categories"]["items"]["pattern"] = CATEGORY
    properties["languages"]["items"]["pattern"] = LANGUAGE
    definitions["Provider"]["dependentRequired"] = {"lat": ["lon"], "lon": ["lat"]}
    definitions["Deletion"] = _deletion()
    provider["anyOf"] = [{"$ref": "#/$defs/Deletion"}, {"$ref": "#/$defs/Provider"}]
    del provider["$ref"]
    market = _schema(Market, "market", "A city or region: its languages, money, clock and own words.")
    wire = {f"{name}.schema.json": _schema(type, name, title) for name, (type, title) in DOCUMENTS.items()}
    return {"provider.schema.json": provider, "market.schema.json": market, **wire}


def _schema(type: object, name: str, title: str) -> Json:
    """A type's schema; properties that are not known are allowed, and kept."""
    generated = msgspec.json.schema(type)
    for definition in generated["$defs"].values():
        definition["description"] = inspect.cleandoc(definition.get("description", "")).replace("\n", " ")
    return {"$schema": DIALECT, "$id": f"urn:prilavok:schema:{name}", "title": title, **generated}


def _rule(definition: Json, rules: dict[str, Json]) -> None:
    for name, rule in rules.items():
        definition["properties"][name].update(rule)


def _deletion() -> Json:
    return {
        "title": "Deletion",
        "description": "Takes the provider with this id out of the catalogue.",
        "type": "object",
        "properties": {"id": {"type": "string", "minLength": 1}, "deleted": {"const": True}},
        "required": ["id", "deleted"],
    }


def text(schema: Json) -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    stale = [name for name, schema in schemas().items() if not _fresh(HERE / name, text(schema))]
    if "--check" in arguments:
        print(*(f"{name} is stale: python -m sync.schema.build" for name in stale), sep="\n", end="")
        return 1 if stale else 0
    for name, schema in schemas().items():
        (HERE / name).write_text(text(schema), "utf-8")
    return 0


def _fresh(path: Path, expected: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == expected


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
