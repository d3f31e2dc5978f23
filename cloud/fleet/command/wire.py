"""What the routes of commands take and give."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from sync.command import LONGEST_MS
from sync.identity import Count, Digest
from sync.record import Code

State = Literal["waiting", "sent", "done", "failed", "refused", "expired", "superseded"]
Kind = Literal["settings", "erase", "update", "support", "revoke"]
MONTH_S = 30 * 86_400
TtlS = Annotated[int, msgspec.Meta(ge=60, le=LONGEST_MS // 1000)]
UpdateUrl = Annotated[str, msgspec.Meta(max_length=2000, pattern=r"^https?://\S+$")]


class NewUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """A model or firmware to take: found by URL or stick, trusted by digest and size only."""

    what: Literal["model", "firmware"]
    name: Code
    version: Code
    digest: Digest
    size: Count
    urls: Annotated[tuple[UpdateUrl, ...], msgspec.Meta(max_length=8)] = ()
    ttl_s: TtlS = MONTH_S


class CommandLine(msgspec.Struct, frozen=True, kw_only=True):
    """A command and what became of it. `code` and `counts` are the receipt's."""

    id: str
    node: str
    kind: Kind
    action: dict[str, Any]
    cause: str
    state: State
    issued_at: datetime
    expires_at: datetime
    tries: int
    sent_at: datetime | None
    ended_at: datetime | None
    code: str
    counts: dict[str, int]


class CommandPage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first."""

    items: tuple[CommandLine, ...]
    next: str | None = None
