"""What a search is asked and what it gives back. Types only."""

from datetime import datetime
from typing import Literal

import msgspec

from sync.provider import Provider


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A typed attribute must have one of these values.

    `key` is the attribute's key in the catalogue ("has_wifi", "cuisine"). `any_of` holds values as the
    catalogue spells them, or booleans. `at_least`/`at_most` bound a number. A provider that does not
    state the attribute fails the condition only where no provider that states it fits (see relax).
    `or_else` are broader values to try, one after the other, where nothing meets `any_of`.
    """

    key: str
    any_of: tuple[bool | str | float, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    or_else: tuple[bool | str | float, ...] = ()


class Near(msgspec.Struct, frozen=True, kw_only=True):
    """A point in WGS 84 degrees, and how far from it is still near, in metres."""

    lat: float
    lon: float
    radius_m: float | None = None


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A search, already understood. Empty fields do not filter.

    `text` ranks (and filters nothing); `language` is of the text and of the wanted labels. `categories`:
    any of them, or a taxonomy child of any. `cities`: any, spelt as the catalogue does. `open_at` is
    market-local wall time without zone. `price_max` in market currency compares with the lowest offer price.
    `price_bands` any of 1–4. `order`: what decides among equals.
    """

    text: str = ""
    language: str = "en"
    categories: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    providers: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    open_at: datetime | None = None
    price_max: float | None = None
    price_bands: tuple[int, ...] = ()
    rating_min: float | None = None
    spoken: tuple[str, ...] = ()
    near: Near | None = None
    order: Literal["fit", "price", "rating", "distance"] = "fit"
    limit: int = 5


class Relaxation(msgspec.Struct, frozen=True, kw_only=True):
    """A filter let go because nothing met it. `what` names the Query field (of a condition: its key)."""

    what: str
    wanted: str


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A provider found. `distance_m` is from `Query.near`, where given."""

    provider: Provider
    score: float
    distance_m: float | None = None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """`found` is "exact" when every filter holds for every hit, "relaxed" when some were let go."""

    hits: tuple[Hit, ...]
    found: Literal["exact", "relaxed", "none"]
    relaxed: tuple[Relaxation, ...] = ()
    total: int = 0
    catalog_version: int = 0
