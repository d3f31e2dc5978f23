"""Airports as names of the cities they serve: "LAX", "Charles de Gaulle International Airport".

The names and codes are those of the `airportsdata` package; only airports of the catalogue's own cities
count.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

import airportsdata

from edge.search.fold import fold

_ENDINGS = frozenset(("international", "airport", "intl", "regional", "metropolitan", "municipal"))


def airports(cities: Iterable[str]) -> tuple[tuple[str, str, str], ...]:
    """(city, folded code, folded name without "international airport") of each airport of `cities`.

    An airport belongs to the city it is listed under, else to the one it is named after or whose region it is
    in. Remembered for the last cities, which change more seldom than what is in them.
    """
    return _airports(tuple(sorted(cities)))


@lru_cache(maxsize=1)
def _airports(cities: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    return tuple(_found(cities))


def _found(cities: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    wanted = {fold(city.split(",")[0]): city for city in cities}
    for code, airport in airportsdata.load("IATA").items():
        core = [word for word in fold(airport["name"]).split() if word not in _ENDINGS]
        listed = (fold(airport["city"]), " ".join(core[:2]), " ".join(core[:1]), fold(airport["subd"]))
        city = next((wanted[name] for name in listed if name in wanted), None)
        if city is not None and core:
            yield city, code.casefold(), " ".join(core)


def phrases(code: str, core: str) -> Iterator[str]:
    """How people write an airport: by its code or by the end of its name, with the word airport."""
    parts = core.split()
    for name in dict.fromkeys((code, core, " ".join(parts[-2:]), " ".join(parts[-3:]))):
        yield f"{name} airport"
        yield f"{name} international airport"
