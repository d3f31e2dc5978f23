"""What a query demands, as filters over columns: who meets each, and who merely does not contradict it.

One filter a demand, so that relaxing can let go of one at a time. What is let go, and ranking, are elsewhere.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.database import Connection
from edge.search import hours as opening_hours
from edge.search.columns import UNKNOWN, Columns, Mask, rowids
from edge.search.fold import fold
from edge.search.query import Condition, Near, Query
from sync.provider import Market

Children = Callable[[str], Iterable[str]]

EARTH_RADIUS_M = 6_371_008.8

_CATEGORY = "SELECT json_group_array(provider) FROM provider_category WHERE category=?"
_LANGUAGE = (
    "SELECT json_group_array(provider) FROM provider_language WHERE language=? OR language LIKE ? || '-%'"
)
_VALUE = "SELECT json_group_array(provider) FROM provider_attribute WHERE key=? AND value=?"
_STATED = "SELECT json_group_array(provider) FROM provider_attribute WHERE key=?"
_BETWEEN = "SELECT json_group_array(provider) FROM provider_attribute WHERE key=? AND number>=? AND number<=?"
_IDS = "SELECT json_group_array(rowid) FROM provider WHERE id IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True)
class Filter:
    """A demand. `meets`: who is known to fit; `allows`: those and who says nothing about it.

    `what` names the Query field, or a condition's key; `wanted` is what was asked, for people. A `firm` one
    (category, named provider, excluded) is never let go.
    """

    what: str
    wanted: str
    meets: Mask
    allows: Mask
    firm: bool = False


def filters(
    query: Query, columns: Columns, connection: Connection, market: Market, children: Children
) -> list[Filter]:
    """Every demand of `query`, in no order that matters."""
    made = [
        _categories(query, columns, connection, children),
        _providers(query, columns, connection),
        _excluded(query, columns, connection),
        _cities(query, columns),
        *(_condition(condition, columns, connection) for condition in query.conditions),
        _at_most("price_max", query.price_max, columns.price_from),
        _at_least("rating_min", query.rating_min, columns.rating),
        _bands(query, columns),
        _spoken(query, columns, connection),
        _near(query.near, columns),
        _open(query.open_at, columns, market),
    ]
    return [demand for demand in made if demand is not None]


def _categories(query: Query, columns: Columns, connection: Connection, children: Children) -> Filter | None:
    if not query.categories:
        return None
    return category_filter(query.categories, columns, connection, children)


def category_filter(
    categories: Iterable[str], columns: Columns, connection: Connection, children: Children
) -> Filter:
    """Who has any of these categories, or a descendant of one."""
    wanted = list(dict.fromkeys(categories))
    meets = np.zeros(columns.count, dtype=np.bool_)
    for category in dict.fromkeys(id for top in wanted for id in descendants(top, children)):
        meets |= holders(category, columns, connection)
    return Filter("categories", ", ".join(wanted), meets, meets, firm=True)


def holders(category: str, columns: Columns, connection: Connection) -> Mask:
    """Who has exactly this category."""
    return columns.having(connection, _CATEGORY, category)


def descendants(category: str, children: Children) -> list[str]:
    """The category and everything under it, itself first; a loop in the tree is walked once."""
    found, waiting = {category: None}, [category]
    while waiting:
        for child in children(waiting.pop()):
            if child not in found:
                found[child] = None
                waiting.append(child)
    return list(found)


def _providers(query: Query, columns: Columns, connection: Connection) -> Filter | None:
    if not query.providers:
        return None
    meets = columns.mask(_by_id(query.providers, connection))
    return Filter("providers", ", ".join(query.providers), meets, meets, firm=True)


def _excluded(query: Query, columns: Columns, connection: Connection) -> Filter | None:
    if not query.excluded:
        return None
    meets = ~columns.mask(_by_id(query.excluded, connection))
    return Filter("excluded", ", ".join(query.excluded), meets, meets, firm=True)


def _by_id(ids: tuple[str, ...], connection: Connection) -> NDArray[np.int64]:
    return rowids(connection, _IDS, msgspec.json.encode(ids).decode())


def _cities(query: Query, columns: Columns) -> Filter | None:
    if not query.cities:
        return None
    codes = [columns.city_codes.get(fold(city), UNKNOWN - 1) for city in query.cities]
    meets = np.isin(columns.city, codes)
    return Filter("cities", ", ".join(query.cities), meets, meets | (columns.city == UNKNOWN))


def _condition(condition: Condition, columns: Columns, connection: Connection) -> Filter:
    meets = np.zeros(columns.count, dtype=np.bool_)
    for value in condition.any_of:
        meets |= columns.having(connection, _VALUE, condition.key, _folded(value))
    if condition.at_least is not None or condition.at_most is not None:
        low = -np.inf if condition.at_least is None else condition.at_least
        high = np.inf if condition.at_most is None else condition.at_most
        meets |= columns.mask(rowids(connection, _BETWEEN, condition.key, low, high))
    silent = ~columns.having(connection, _STATED, condition.key)
    return Filter(condition.key, _wanted(condition), meets, meets | silent)


def _folded(value: bool | str | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return fold(str(value))


def _wanted(condition: Condition) -> str:
    said = [_folded(value) if isinstance(value, bool) else str(value) for value in condition.any_of]
    if condition.at_least is not None:
        said.append(f"≥ {condition.at_least:g}")
    if condition.at_most is not None:
        said.append(f"≤ {condition.at_most:g}")
    return ", ".join(said)


def _at_most(what: str, bound: float | None, values: NDArray[np.float64]) -> Filter | None:
    if bound is None:
        return None
    return Filter(what, f"{bound:g}", values <= bound, ~(values > bound))


def _at_least(what: str, bound: float | None, values: NDArray[np.float64]) -> Filter | None:
    if bound is None:
        return None
    return Filter(what, f"{bound:g}", values >= bound, ~(values < bound))


def _bands(query: Query, columns: Columns) -> Filter | None:
    if not query.price_bands:
        return None
    meets = np.isin(columns.price_band, query.price_bands)
    wanted = ", ".join(map(str, query.price_bands))
    return Filter("price_bands", wanted, meets, meets | (columns.price_band == UNKNOWN))


def _spoken(query: Query, columns: Columns, connection: Connection) -> Filter | None:
    """Any of the languages; a regional form ("pt-BR") counts as its language."""
    if not query.spoken:
        return None
    meets = np.zeros(columns.count, dtype=np.bool_)
    for language in query.spoken:
        meets |= columns.having(connection, _LANGUAGE, language, language)
    silent = ~columns.having(connection, "SELECT json_group_array(DISTINCT provider) FROM provider_language")
    return Filter("spoken", ", ".join(query.spoken), meets, meets | silent)


def _near(near: Near | None, columns: Columns) -> Filter | None:
    """Only where a radius is given; without one, nearness ranks and filters nothing."""
    if near is None or near.radius_m is None:
        return None
    meets = distances_m(near, columns) <= near.radius_m
    return Filter(
        "near", f"{near.radius_m:g} m", meets, meets | np.isnan(columns.lat) | np.isnan(columns.lon)
    )


def distances_m(near: Near, columns: Columns) -> NDArray[np.float64]:
    """Great-circle distance of every provider from a point (haversine); NaN where it has no place."""
    lat, lon = np.radians(columns.lat), np.radians(columns.lon)
    here_lat, here_lon = np.radians(near.lat), np.radians(near.lon)
    part = (
        np.sin((lat - here_lat) / 2) ** 2 + np.cos(lat) * np.cos(here_lat) * np.sin((lon - here_lon) / 2) ** 2
    )
    found: NDArray[np.float64] = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(part, 1.0)))
    return found


def _open(at: datetime | None, columns: Columns, market: Market) -> Filter | None:
    """Each distinct hours text is read once, however many keep those hours."""
    if at is None:
        return None
    states = [opening_hours.state(text, at, market) for text in columns.hours_texts]
    opened = np.array([*(state == "open" for state in states), False], dtype=np.bool_)
    closed = np.array([*(state == "closed" for state in states), False], dtype=np.bool_)
    return Filter("open_at", f"{at:%Y-%m-%dT%H:%M}", opened[columns.hours], ~closed[columns.hours])
