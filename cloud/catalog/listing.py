"""Reads catalogues for people: where one stands, its history, its providers, what a draft changes."""

from dataclasses import asdict
from typing import Any

import msgspec

from cloud.catalog import state
from cloud.catalog.announce import store as announced
from cloud.catalog.draft import difference
from cloud.catalog.draft import store as drafts
from cloud.catalog.version import service as version
from cloud.catalog.version import store as versions
from cloud.catalog.version.store import Version
from cloud.catalog.wire import (
    CatalogLine,
    DifferenceLine,
    DifferencePage,
    ProviderPage,
    VersionLine,
    VersionPage,
)
from cloud.postgres import Connection


def line(connection: Connection, market: str) -> CatalogLine:
    """Where a catalogue stands. Missing without a market."""
    catalog = state.read(connection, market)
    drafted = versions.drafted(connection, market)
    head = announced.standing(connection, market)
    return CatalogLine(
        market=market,
        version=catalog.version,
        content=catalog.content,
        providers=versions.providers(connection, market),
        draft_added=drafted.added,
        draft_changed=drafted.changed,
        draft_deleted=drafted.deleted,
        draft_market=catalog.draft_document is not None,
        head_serial=catalog.serial,
        head_version=head.head_version if head else None,
        head_expires_at=head.head_expires if head else None,
        head_sent_at=head.sent_at if head else None,
        revision=catalog.draft_revision,
    )


def history(connection: Connection, market: str, below: int | None, limit: int) -> VersionPage:
    """The newest first."""
    state.read(connection, market)
    found = versions.history(connection, market, below, limit)
    return VersionPage(
        items=tuple(version_line(each) for each in found),
        next=found[-1].version if len(found) == limit else None,
    )


def version_line(made: Version) -> VersionLine:
    """A version as it goes over the wire."""
    return VersionLine(**{name: getattr(made, name) for name in VersionLine.__struct_fields__})


def changes(
    connection: Connection, market: str, old: int | None, new: int | None, after: str, limit: int
) -> DifferencePage:
    """What the draft changes; or, where a version is named, what led from `old` (0: nothing) to `new`.

    Without `old`, from the version before `new`; without `new`, to what is published.
    """
    catalog = state.read(connection, market)
    if old is None and new is None:
        found = difference.of_draft(connection, market, after, limit)
    else:
        last = catalog.version if new is None else new
        first = last - 1 if old is None else old
        for number in (first, last):
            if number != 0:
                version.find(connection, market, number)
        found = difference.of_versions(connection, market, first, last, after, limit)
    items = tuple(DifferenceLine(**asdict(each)) for each in found)
    return DifferencePage(items=items, next=items[-1].id if len(items) == limit else None)


def providers(
    connection: Connection, market: str, number: int | None, after: str, limit: int
) -> ProviderPage:
    """Whole documents by id: of a version, or as the draft has them."""
    state.read(connection, market)
    if number is None:
        found = drafts.page(connection, market, after, limit)
    else:
        version.find(connection, market, number)
        found = versions.page(connection, market, number, after, limit)
    items = tuple(msgspec.json.decode(each) for each in found)
    return ProviderPage(items=items, next=items[-1]["id"] if len(items) == limit else None)


def document(connection: Connection, market: str) -> dict[str, Any]:
    """The market's document as the draft has it."""
    catalog = state.read(connection, market)
    found: dict[str, Any] = msgspec.json.decode(catalog.draft_document or catalog.document)
    return found
