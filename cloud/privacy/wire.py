"""What the routes of erasures take and give."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

Code = Annotated[str, msgspec.Meta(min_length=16, max_length=40)]
NodeState = Literal[
    "queued", "waiting", "sent", "done", "failed", "refused", "expired", "superseded", "revoked"
]


class Erase(msgspec.Struct, frozen=True, kw_only=True):
    """`session` is the code that the visitor was shown. `dry_run`: only say what would go."""

    session: Code
    dry_run: bool = False


class NodeLine(msgspec.Struct, frozen=True, kw_only=True):
    """A node that may hold something of the session.

    `state` is its command's; "queued": it is told once it has answered earlier ones; "revoked": it is told
    nothing any more, and cannot read what it sealed. `counts` is what it says it destroyed.
    """

    node: str
    state: NodeState
    online: bool
    seen_at: datetime | None
    ended_at: datetime | None = None
    counts: dict[str, int] = {}


class DeliveredLine(msgspec.Struct, frozen=True, kw_only=True):
    """A request of the session that a channel had taken before: to be erased there, too."""

    lead: str
    channel: str


class ErasureReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What was destroyed, and what is still to come.

    `counts` are the hub's rows by table. `complete`: every node that can be told has done it. `asked_at`
    None: nothing was done, this is what would be.
    """

    session: str
    asked_by: str
    asked_at: datetime | None
    last_at: datetime | None
    times: int
    counts: dict[str, int]
    delivered: tuple[DeliveredLine, ...]
    nodes: tuple[NodeLine, ...]
    complete: bool


class ErasureLine(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure in a list. `open_nodes`: how many have not done it yet."""

    session: str
    asked_by: str
    asked_at: datetime
    rows: int
    nodes: int
    open_nodes: int


class ErasurePage(msgspec.Struct, frozen=True, kw_only=True):
    """The newest first; `next` goes on below."""

    items: tuple[ErasureLine, ...]
    next: str | None = None
