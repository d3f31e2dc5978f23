"""The interchange form of the catalogue: one provider a line of JSON.

Node and hub read and write this form. Its JSON Schema is `sync/schema/provider.schema.json`, made from these
types. Unknown fields are kept by whoever stores the line; they are not part of these types.
"""

import msgspec


class Text(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a provider says about itself in one language."""

    title: str = ""
    description: str = ""


class Offer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing a provider sells. Prices in units of `currency` (ISO 4217), duration in minutes."""

    name: dict[str, str]
    price_from: float | None = None
    price_to: float | None = None
    currency: str | None = None
    duration_min: int | None = None


class Provider(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One provider of services.

    `categories` are taxonomy ids such as "craft/plumber", the main one first. `texts` is keyed by BCP 47
    language. `lat`/`lon` are WGS 84 degrees. `opening_hours` follows the OSM opening_hours grammar.
    `languages` are the languages spoken there. `rating` is 0 to 5, `price_band` 1 (cheap) to 4.
    `attributes` are typed by their JSON value.
    """

    id: str
    categories: tuple[str, ...]
    name: str
    texts: dict[str, Text] = {}
    city: str | None = None
    address: str | None = None
    lat: float | None = None
    lon: float | None = None
    phone: str | None = None
    email: str | None = None
    url: str | None = None
    opening_hours: str | None = None
    languages: tuple[str, ...] = ()
    attributes: dict[str, bool | int | float | str | None] = {}
    rating: float | None = None
    price_band: int | None = None
    offers: tuple[Offer, ...] = ()
    updated_at: str | None = None


class Market(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A city or region with its languages, money and clock; one JSON document beside the catalogue.

    `name` is keyed by language. `country` is ISO 3166-1 alpha-2, `currency` ISO 4217, `time_zone` IANA.
    `synonyms` maps a category id to the tenant's own words for it, by language; `categories` are the
    tenant's own categories beside the taxonomy. `places` gives other names of a city or district.
    `examples` are questions, by language, that a visitor could start with.
    """

    id: str
    name: dict[str, str] = {}
    country: str | None = None
    languages: tuple[str, ...] = ("en",)
    currency: str | None = None
    time_zone: str = "UTC"
    lat: float | None = None
    lon: float | None = None
    emergency_number: str | None = None
    categories: tuple["OwnCategory", ...] = ()
    synonyms: dict[str, dict[str, tuple[str, ...]]] = {}
    places: dict[str, tuple[str, ...]] = {}
    examples: dict[str, tuple[str, ...]] = {}


class OwnCategory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tenant's own category: names and search terms by language, icon as in the taxonomy."""

    id: str
    names: dict[str, str]
    terms: dict[str, tuple[str, ...]] = {}
    parent: str | None = None
    icon: str | None = None
    schema_type: str | None = None
