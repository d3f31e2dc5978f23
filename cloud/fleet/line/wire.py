"""What the route of a tenant's sync state gives."""

from datetime import datetime
from typing import Any

import msgspec


class LineStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One node. `waiting` and `dropped` are its own words, by class; the rest is what the hub has.

    `settings` is [reported, desired]. `lost`: numbers that the hub acknowledged and has no more, since it was
    put back from a copy. `refused`: messages of the node that were not taken, by why. `unread`: records that
    cannot be used. `open_commands`: without a receipt yet.
    """

    node: str
    market: str
    state: str
    online: bool | None
    seen_at: datetime | None
    catalog: int | None
    settings: tuple[int | None, int]
    waiting: dict[str, int]
    dropped: dict[str, int]
    troubles: tuple[str, ...]
    stored: int
    lost: int
    refused: dict[str, int]
    unread: int
    open_commands: int


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator should know: restored, cloned, twin."""

    at: datetime
    node: str
    kind: str
    detail: dict[str, Any]


class LinePage(msgspec.Struct, frozen=True, kw_only=True):
    """By name; `events` are the tenant's latest twenty."""

    items: tuple[LineStatus, ...]
    events: tuple[Event, ...]
    next: str | None = None
