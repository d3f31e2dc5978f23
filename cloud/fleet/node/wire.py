"""What the routes of nodes take and give."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from cloud.fleet.node.enrolment import State
from sync.identity import NAME_PATTERN, Name

Title = Annotated[str, msgspec.Meta(max_length=200)]
Reason = Annotated[str, msgspec.Meta(max_length=120)]
Tags = Annotated[tuple[Annotated[str, msgspec.Meta(pattern=NAME_PATTERN)], ...], msgspec.Meta(max_length=50)]
FileTtlS = Annotated[int, msgspec.Meta(ge=60, le=366 * 86_400)]
Act = Literal["accept", "reject", "revoke"]
BrokerState = Literal["open", "closed", "opening", "closing"]
WEEK_S = 7 * 86_400


class NewFile(msgspec.Struct, frozen=True, kw_only=True):
    """A provisioning file to be made. `accept`: whoever uses it first is let in without a further word.

    `market`: the node's from now on; it follows with the new file.
    """

    accept: bool = False
    market: Name | None = None
    ttl_s: FileTtlS = WEEK_S


class NewNode(msgspec.Struct, frozen=True, kw_only=True):
    """A node to come, and the file it joins with."""

    node: Name
    market: Name
    title: Title = ""
    tags: Tags = ()
    file: NewFile = NewFile()


class NodeEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change; the rest stays."""

    title: Title | None = None
    tags: Tags | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Why."""

    reason: Reason = ""


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """What the node last said of itself (sync/status); `status` as it came.

    One without an account is offline: its last will, which would have said so, died with the account.
    """

    online: bool
    seen_at: datetime
    status: dict[str, Any]


class NodeLine(msgspec.Struct, frozen=True, kw_only=True):
    """A node. `broker`: whether it has an account at the broker, as last heard from there."""

    node: str
    market: str
    title: str
    tags: tuple[str, ...]
    state: State
    state_reason: str
    state_at: datetime
    key: str | None
    broker: BrokerState
    file_expires_at: datetime | None
    file_used_at: datetime | None
    joined_at: datetime | None
    revision: int
    created_at: datetime
    presence: Presence | None = None


class NodeMade(msgspec.Struct, frozen=True, kw_only=True):
    """A node, and its provisioning file: the text is shown this once."""

    line: NodeLine
    file: str

    def __repr__(self) -> str:
        return f"NodeMade({self.line.node})"


class NodePage(msgspec.Struct, frozen=True, kw_only=True):
    """By name."""

    items: tuple[NodeLine, ...]
    next: str | None = None
