"""One provider as rows of the catalogue's tables: what is folded, split and copied out for filters.

The whole document stays in `provider.document`; everything else here can be made again from it.
"""

from collections.abc import Iterator

from edge.catalog.alias import aliases
from edge.database import Connection
from edge.search.fold import fold
from sync.provider import Provider

CHILDREN = ("provider_category", "provider_language", "provider_attribute", "provider_text", "provider_name")
VALUE_LIMIT = 200

Attribute = bool | int | float | str | None


def insert(connection: Connection, provider: Provider, digest: bytes, document: bytes) -> int:
    """Adds a provider that is not there yet; gives its row id."""
    columns = (provider.id, *_columns(provider), digest, document)
    cursor = connection.execute(
        "INSERT INTO provider(id, name, city, city_key, lat, lon, opening_hours, rating, price_band,"
        " price_from, updated_at, digest, document) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
        columns,
    )
    rowid = cursor.lastrowid or 0
    insert_children(connection, rowid, provider)
    return rowid


def update(connection: Connection, rowid: int, provider: Provider, digest: bytes, document: bytes) -> None:
    """Replaces a provider in place; its row id stays."""
    connection.execute(
        "UPDATE provider SET name=?, city=?, city_key=?, lat=?, lon=?, opening_hours=?, rating=?,"
        " price_band=?, price_from=?, updated_at=?, digest=?, document=? WHERE rowid=?",
        (*_columns(provider), digest, document, rowid),
    )
    delete_children(connection, rowid)
    insert_children(connection, rowid, provider)


def delete(connection: Connection, rowid: int) -> None:
    """Takes a provider out of every table of the catalogue (indexes are told by the caller)."""
    delete_children(connection, rowid)
    connection.execute("DELETE FROM provider WHERE rowid=?", (rowid,))


def delete_children(connection: Connection, rowid: int) -> None:
    for table in CHILDREN:
        connection.execute(f"DELETE FROM {table} WHERE provider=?", (rowid,))  # noqa: S608 (names are ours)


def insert_children(connection: Connection, rowid: int, provider: Provider) -> None:
    many = connection.executemany
    many("INSERT OR IGNORE INTO provider_category VALUES (?,?)", [(rowid, id) for id in provider.categories])
    many("INSERT OR IGNORE INTO provider_language VALUES (?,?)", [(rowid, tag) for tag in provider.languages])
    many(
        "INSERT INTO provider_attribute VALUES (?,?,?,?,?)",
        [(rowid, *parts) for parts in attributes(provider)],
    )
    many(
        "INSERT INTO provider_text VALUES (?,?,?,?)",
        [(rowid, tag, text.title, text.description) for tag, text in provider.texts.items()],
    )
    many("INSERT INTO provider_name VALUES (?,?)", [(key, rowid) for key in names(provider)])


def attributes(provider: Provider) -> Iterator[tuple[str, str, float | None, str]]:
    """(key, folded value, number, spelling) of each stated attribute.

    A text with ";" between its parts states several values, as in OSM. A boolean is "true" or "false" with
    the number 1 or 0. Null is not stated. Texts over VALUE_LIMIT characters are descriptions, not values.
    """
    for key, value in provider.attributes.items():
        if isinstance(value, bool):
            yield key, "true" if value else "false", float(value), "true" if value else "false"
        elif isinstance(value, str):
            for part in value.split(";"):
                if part.strip() and len(part) <= VALUE_LIMIT:
                    yield key, fold(part), number(part), part.strip()
        elif value is not None:
            yield key, fold(str(value)), float(value), str(value)


def names(provider: Provider) -> tuple[str, ...]:
    """The folded name and its short forms. Titles say what a provider does, not what it is called."""
    return tuple(key for key in aliases(provider.name, provider.city) if key)


def number(text: str) -> float | None:
    """The number a text is, or None; infinities and NaN are no numbers."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e15 else None


def rating(provider: Provider) -> float | None:
    """0 to 5: the provider's own field, else an attribute of that name that is such a number."""
    if provider.rating is not None:
        return provider.rating
    stated: Attribute = provider.attributes.get("rating")
    if stated is None or isinstance(stated, bool):
        return None
    value = number(str(stated))
    return value if value is not None and 0 <= value <= 5 else None


def price_from(provider: Provider) -> float | None:
    """The lowest price among the offers, in their currency."""
    prices = [offer.price_from for offer in provider.offers if offer.price_from is not None]
    return min(prices, default=None)


def _columns(provider: Provider) -> tuple[Attribute, ...]:
    return (
        provider.name,
        provider.city,
        fold(provider.city) if provider.city else None,
        provider.lat,
        provider.lon,
        provider.opening_hours,
        rating(provider),
        provider.price_band,
        price_from(provider),
        provider.updated_at,
    )
