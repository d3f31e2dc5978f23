"""Reads opening hours at a moment: open until when, closed until when, or unknown.

The OSM opening_hours grammar is read by a library; what it cannot read is unknown, never an error. Moments
are wall time of the market. Holidays are those of the market's country, sun times those of its place.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from opening_hours import OpeningHours, State

from edge.answer.turn import Opening
from sync.interchange import night
from sync.interchange.hours import HOURS_LIMIT
from sync.provider import Market

CHANGES_LIMIT = 12
HORIZON_DAYS = 366

OpenState = Literal["open", "closed", "unknown"]
_STATES: dict[State, OpenState] = {State.OPEN: "open", State.CLOSED: "closed"}


@dataclass(frozen=True)
class Ground:
    """What opening hours are read against: whose holidays, whose sun."""

    country: str | None = None
    zone: str | None = None
    point: tuple[float, float] | None = None


def ground(market: Market) -> Ground:
    """The ground of a market; sun times need both its place and its time zone."""
    if market.lat is None or market.lon is None:
        return Ground(market.country)
    return Ground(market.country, market.time_zone, (market.lat, market.lon))


def local(at: datetime, market: Market) -> datetime:
    """`at` as naive wall time of the market; naive times are that already. An unknown zone is UTC."""
    if at.tzinfo is None:
        return at
    return at.astimezone(_zone(market.time_zone)).replace(tzinfo=None)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def opening(hours: str | None, at: datetime, market: Market) -> Opening:
    """Whether a place with these hours is open at `at`, and its next change within a year."""
    parsed = _parse(hours, ground(market)) if hours else None
    if parsed is None:
        return Opening(state="unknown")
    try:
        return _read(parsed, local(at, market))
    except Exception:  # the library raises plain exceptions for dates it cannot reach
        return Opening(state="unknown")


def state(hours: str | None, at: datetime, market: Market) -> OpenState:
    """Open, closed or unknown at `at`, without looking for the next change."""
    parsed = _parse(hours, ground(market)) if hours else None
    if parsed is None:
        return "unknown"
    try:
        return _state(parsed, local(at, market))
    except Exception:
        return "unknown"


def spans(
    hours: str, begin: datetime, end: datetime, market: Market
) -> list[tuple[datetime, datetime, bool]] | None:
    """When a place is not closed between two wall times: (from, until, known to be open), in order.

    None where the hours cannot be read.
    """
    parsed = _parse(hours, ground(market))
    if parsed is None:
        return None
    found = []
    try:
        for start, until, state, _ in parsed.intervals(begin, end):
            if state != State.CLOSED:
                first, last = max(start.replace(tzinfo=None), begin), min(until.replace(tzinfo=None), end)
                found.append((first, last, state == State.OPEN))
    except Exception:  # the library raises plain exceptions for dates it cannot reach
        return None
    return found


@lru_cache(maxsize=50_000)
def _parse(hours: str, on: Ground) -> OpeningHours | None:
    """The parsed expression, or None where it is none; country and place are let go before that."""
    if len(hours) > HOURS_LIMIT:
        return None
    plain: dict[str, Any] = {"country": on.country, "auto_timezone": False}
    sunny: dict[str, Any] = {
        "country": on.country,
        "timezone": _zone(on.zone or "UTC"),
        "coords": on.point,
    }
    attempts = [plain, {"auto_timezone": False}]
    written = night.kept(hours)
    for options in [sunny, *attempts] if on.point else attempts:
        try:
            return OpeningHours(written, auto_country=False, max_interval_days=HORIZON_DAYS, **options)
        except Exception:
            continue
    return None


def _state(parsed: OpeningHours, at: datetime) -> OpenState:
    return _STATES.get(parsed.state(at)[0], "unknown")


def _read(parsed: OpeningHours, at: datetime) -> Opening:
    now = _state(parsed, at)
    if now == "open":
        return Opening(state="open", until=_next(parsed, at, leaving="open"))
    if now == "closed":
        return Opening(state="closed", opens=_next(parsed, at, reaching="open"))
    return Opening(state="unknown")


def _next(
    parsed: OpeningHours, at: datetime, *, leaving: OpenState | None = None, reaching: OpenState | None = None
) -> datetime | None:
    """The first change after `at` that leaves or reaches a state, or None within the horizon."""
    moment = at
    for _ in range(CHANGES_LIMIT):
        change = parsed.next_change(moment)
        if change is None:
            return None
        moment = change.replace(tzinfo=None)
        then = _state(parsed, moment)
        if (leaving and then != leaving) or (reaching and then == reaching):
            return moment
    return None
