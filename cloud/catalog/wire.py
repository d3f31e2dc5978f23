"""What the routes of catalogues take and give."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from cloud.catalog.draft.difference import Kind as Changed
from cloud.catalog.version.store import Kind

Note = Annotated[str, msgspec.Meta(max_length=500)]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**53)]


class Publish(msgspec.Struct, frozen=True, kw_only=True):
    """`confirmed` also when more than three in ten providers go."""

    note: Note = ""
    confirmed: bool = False


class Rollback(msgspec.Struct, frozen=True, kw_only=True):
    """`version` is the one whose content comes back."""

    version: Number
    note: Note = ""
    confirmed: bool = False


class CatalogLine(msgspec.Struct, frozen=True, kw_only=True):
    """A market's catalogue: what is published, how far nodes can have it, and what the draft changes.

    `head_version` is the newest version that the broker announces; `head_expires_at` is when nodes begin to
    call it old.
    """

    market: str
    version: int
    content: str | None
    providers: int
    draft_added: int
    draft_changed: int
    draft_deleted: int
    draft_market: bool
    head_serial: int
    head_version: int | None
    head_expires_at: datetime | None
    head_sent_at: datetime | None
    revision: int


class VersionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A version. `built_at`: its blobs are made; `sent_at`: a head that names them is on the broker."""

    version: int
    kind: Kind
    source: int | None
    content: str
    providers: int
    added: int
    changed: int
    deleted: int
    note: str
    published_by: str
    published_at: datetime
    model: str | None
    built_at: datetime | None
    sent_at: datetime | None


class VersionPage(msgspec.Struct, frozen=True, kw_only=True):
    """The newest first; `next` goes on below."""

    items: tuple[VersionLine, ...]
    next: int | None = None


class DifferenceLine(msgspec.Struct, frozen=True, kw_only=True):
    """A provider that is added, changed or deleted, and the fields that are."""

    id: str
    kind: Changed
    name: str
    fields: tuple[str, ...]


class DifferencePage(msgspec.Struct, frozen=True, kw_only=True):
    """By id."""

    items: tuple[DifferenceLine, ...]
    next: str | None = None


class ProviderPage(msgspec.Struct, frozen=True, kw_only=True):
    """Whole documents, by id."""

    items: tuple[dict[str, Any], ...]
    next: str | None = None


class ProblemLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that was left out (`refused`), or a doubt about one that was kept."""

    number: int
    reason: str
    refused: bool
    id: str | None


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, or would have done where it is not `applied`; the first 1,000 problems."""

    added: int
    changed: int
    unchanged: int
    deleted: int
    refused: int
    passed_over: int
    doubtful: int
    applied: bool
    version: int
    seconds: float
    problems: tuple[ProblemLine, ...]
