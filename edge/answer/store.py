"""What understanding reads from the catalogue's tables: names for lookup, and which attributes are in use."""

from collections.abc import Sequence

from edge.answer.attribute import Attribute, Value
from edge.answer.name import Named
from edge.database import Database
from edge.search.fold import fold

_KEYS_AT_ONCE = 400


def named(database: Database, keys: Sequence[str]) -> dict[str, tuple[Named, ...]]:
    """Providers by folded name or short form, for those of `keys` that are one."""
    found: dict[str, list[Named]] = {}
    with database.reading() as connection:
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            part = keys[start : start + _KEYS_AT_ONCE]
            marks = ",".join("?" * len(part))
            rows = connection.execute(
                "SELECT n.key, p.id, p.city, group_concat(c.category, ' '), p.name"  # noqa: S608 (marks only)
                " FROM provider_name n JOIN provider p ON p.rowid = n.provider"
                f" LEFT JOIN provider_category c ON c.provider = p.rowid WHERE n.key IN ({marks})"
                " GROUP BY n.key, p.rowid ORDER BY p.id LIMIT 2000",
                part,
            )
            for key, id, city, categories, name in rows:
                found.setdefault(key, []).append(
                    Named(id, city, tuple((categories or "").split()), fold(name) == key)
                )
    return {key: tuple(providers) for key, providers in found.items()}


def attributes(database: Database) -> list[Attribute]:
    """Every attribute in use with its values as spelt, counts, and the categories that state it."""
    homes: dict[str, dict[str, dict[str, int]]] = {}
    with database.reading() as connection:
        rows = connection.execute(
            "SELECT a.key, a.spelling, c.category, count(*) FROM provider_attribute a"
            " JOIN provider_category c ON c.provider = a.provider GROUP BY 1, 2, 3 ORDER BY 1, 4 DESC"
        )
        for key, spelling, category, count in rows:
            homes.setdefault(key, {}).setdefault(spelling, {})[category] = count
    return [_attribute(key, spelt) for key, spelt in homes.items()]


def _attribute(key: str, homes: dict[str, dict[str, int]]) -> Attribute:
    categories: dict[str, int] = {}
    for stated in homes.values():
        for category, count in stated.items():
            categories[category] = categories.get(category, 0) + count
    values = {spelling: sum(stated.values()) for spelling, stated in homes.items()}
    typed = _typed(values)
    return Attribute(key, typed, categories, dict(zip(typed, homes.values(), strict=True)))


def _typed(spelt: dict[str, int]) -> dict[Value, int]:
    """Values as JSON has them: what is only ever true or false is a boolean."""
    if spelt.keys() <= {"true", "false"}:
        return {word == "true": count for word, count in spelt.items()}
    return {word: count for word, count in spelt.items()}  # noqa: C416 (the key type widens)
