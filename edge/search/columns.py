"""The catalogue's filterable fields as arrays, one position a provider: a filter is one array operation.

Loaded once per catalogue version (100,000 providers: about ten megabytes). Who has a category, a language
or an attribute value is read when first asked and kept. Nothing here ranks.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.database import Connection

Mask = NDArray[np.bool_]
Positions = NDArray[np.int64]

MASKS_LIMIT = 512
RENEWED_LIMIT = 100
ROWS_AT_ONCE = 1_000
UNKNOWN = -1

Row = tuple[Any, ...]
_ROWS = (
    "SELECT rowid, city_key, lat, lon, rating, price_band, price_from, opening_hours"
    " FROM provider ORDER BY rowid"
)


@dataclass(frozen=True)
class Columns:
    """Providers by position, ordered by row id. NaN, or UNKNOWN for codes, is "not stated"."""

    version: int
    rowid: NDArray[np.int64]
    city: NDArray[np.int32]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    rating: NDArray[np.float64]
    price_band: NDArray[np.int16]
    price_from: NDArray[np.float64]
    hours: NDArray[np.int32]
    city_codes: dict[str, int]
    hours_texts: tuple[str, ...]
    _masks: dict[tuple[str, ...], Mask] = field(default_factory=dict, repr=False)
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def count(self) -> int:
        return len(self.rowid)

    def everyone(self) -> Mask:
        return np.ones(self.count, dtype=np.bool_)

    def positions(self, rowids: NDArray[np.int64]) -> Positions:
        """Positions of these row ids, in their order; unknown ids are left out."""
        if not self.count or not len(rowids):
            return np.empty(0, dtype=np.int64)
        found = np.searchsorted(self.rowid, rowids)
        found[found == self.count] = 0
        known: Positions = found[self.rowid[found] == rowids]
        return known

    def mask(self, rowids: NDArray[np.int64]) -> Mask:
        chosen = np.zeros(self.count, dtype=np.bool_)
        chosen[self.positions(rowids)] = True
        return chosen

    def having(self, connection: Connection, statement: str, *values: str) -> Mask:
        """Who is named by `statement`, which selects one JSON array of row ids; remembered by its values."""
        key = (statement, *values)
        with self._guard:
            known = self._masks.pop(key, None)
            if known is not None:
                self._masks[key] = known  # what was asked for last stands last
                return known
        known = self.mask(rowids(connection, statement, *values))
        with self._guard:
            while len(self._masks) >= MASKS_LIMIT:
                self._masks.pop(next(iter(self._masks)))
            self._masks[key] = known
        return known

    def renew(self, connection: Connection, before: "Columns") -> None:
        """Reads anew who was asked for last of the version before, so that no answer has to."""
        with before._guard:
            asked = list(before._masks)[-RENEWED_LIMIT:]
        for statement, *values in asked:
            self.having(connection, statement, *values)


def rowids(connection: Connection, statement: str, *values: str | float) -> NDArray[np.int64]:
    """Row ids from a statement that selects one JSON array of them."""
    row = connection.execute(statement, values).fetchone()
    return np.array(msgspec.json.decode(row[0]), dtype=np.int64)


def load(connection: Connection, version: int) -> Columns:
    """Reads the whole provider table; call it inside the read transaction that the version was read in.

    Piece by piece: turning a whole column at once into an array would keep the interpreter from answers.
    """
    city_codes: dict[str, int] = {}
    hour_codes: dict[str, int] = {}
    rows = connection.execute(_ROWS)
    pieces = [_piece((), city_codes, hour_codes)]
    while some := rows.fetchmany(ROWS_AT_ONCE):
        pieces.append(_piece(some, city_codes, hour_codes))
    rowid, city, lat, lon, rating, band, price, hours = map(np.concatenate, zip(*pieces, strict=True))
    return Columns(
        version=version,
        rowid=rowid,
        city=city,
        lat=lat,
        lon=lon,
        rating=rating,
        price_band=band,
        price_from=price,
        hours=hours,
        city_codes=city_codes,
        hours_texts=tuple(hour_codes),
    )


def _piece(rows: Sequence[Row], city_codes: dict[str, int], hour_codes: dict[str, int]) -> list[NDArray[Any]]:
    """An array for each column of `_ROWS`; new cities and hours get the next codes."""
    ids, cities, lat, lon, rating, band, price, hours = zip(*rows, strict=True) if rows else [()] * 8
    return [
        np.array(ids, dtype=np.int64),
        np.array(_codes(cities, city_codes), dtype=np.int32),
        np.array(lat, dtype=np.float64),
        np.array(lon, dtype=np.float64),
        np.array(rating, dtype=np.float64),
        np.array([UNKNOWN if value is None else value for value in band], dtype=np.int16),
        np.array(price, dtype=np.float64),
        np.array(_codes(hours, hour_codes), dtype=np.int32),
    ]


def _codes(values: Iterable[str | None], codes: dict[str, int]) -> list[int]:
    return [UNKNOWN if value is None else codes.setdefault(value, len(codes)) for value in values]
