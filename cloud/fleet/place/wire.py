"""What the routes of tenants and markets take and give."""

from datetime import datetime
from typing import Annotated

import msgspec

from sync.identity import Name

Title = Annotated[str, msgspec.Meta(max_length=200)]


class NewTenant(msgspec.Struct, frozen=True, kw_only=True):
    """`tenant` is its name for ever; `title` is for people."""

    tenant: Name
    title: Title = ""


class NewMarket(msgspec.Struct, frozen=True, kw_only=True):
    """`market` is its name for ever; `title` is for people."""

    market: Name
    title: Title = ""


class PlaceEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What can change."""

    title: Title


class TenantLine(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant."""

    tenant: str
    title: str
    revision: int
    created_at: datetime


class MarketLine(msgspec.Struct, frozen=True, kw_only=True):
    """A market, and how many nodes it has."""

    market: str
    title: str
    nodes: int
    revision: int
    created_at: datetime


class TenantPage(msgspec.Struct, frozen=True, kw_only=True):
    """By name."""

    items: tuple[TenantLine, ...]
    next: str | None = None


class MarketPage(msgspec.Struct, frozen=True, kw_only=True):
    """By name."""

    items: tuple[MarketLine, ...]
    next: str | None = None
