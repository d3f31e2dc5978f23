"""MQTT topics: built and parsed in one place, strictly. Names in them can hold no `/`, `+`, `#` or `$`.

    p/1/{tenant}/n/{node}/up · ack · status · do        records, acknowledgements, presence, commands
    p/1/{tenant}/m/{market}/head                        what a market's catalogue is
    p/1/{tenant}/b/{digest}/{piece}                     piece of a blob

The longest topic has 123 bytes (managed brokers allow 256).
"""

import re
from dataclasses import dataclass
from typing import Literal

from sync.errors import Refused
from sync.identity import is_digest, named

Channel = Literal["up", "ack", "status", "do"]
CHANNELS: tuple[Channel, ...] = ("up", "ack", "status", "do")
PREFIX = "p/1"
LIMIT_BYTES = 256
MOST_PIECES = 10_000
_PIECE = re.compile(r"(?:0|[1-9][0-9]{0,3})\Z", re.ASCII)
_GROUP = re.compile(r"[a-z0-9-]{1,40}\Z")


@dataclass(frozen=True)
class NodeTopic:
    """A channel of one node."""

    tenant: str
    node: str
    channel: Channel

    def __str__(self) -> str:
        return (
            f"{PREFIX}/{named(self.tenant, 'tenant')}/n/{named(self.node, 'node')}/{_channel(self.channel)}"
        )


@dataclass(frozen=True)
class HeadTopic:
    """Where a market's head is retained."""

    tenant: str
    market: str

    def __str__(self) -> str:
        return f"{PREFIX}/{named(self.tenant, 'tenant')}/m/{named(self.market, 'market')}/head"


@dataclass(frozen=True)
class PieceTopic:
    """Where a piece of a blob is retained; piece 0 is the blob's index."""

    tenant: str
    digest: str
    piece: int

    def __str__(self) -> str:
        if not 0 <= self.piece < MOST_PIECES:
            raise _refused(f"piece {self.piece}")
        return f"{PREFIX}/{named(self.tenant, 'tenant')}/b/{_digest(self.digest)}/{self.piece}"


Topic = NodeTopic | HeadTopic | PieceTopic


def parse(text: str) -> Topic:
    """The topic in the text. Refused with `topic.invalid` when it is none of ours, whatever is in it."""
    if len(text.encode("utf-8", "replace")) > LIMIT_BYTES:
        raise _refused(f"{text[:80]!r}…")
    match text.split("/"):
        case ["p", "1", tenant, "n", node, channel]:
            topic: Topic = NodeTopic(tenant, node, _channel(channel))
        case ["p", "1", tenant, "m", market, "head"]:
            topic = HeadTopic(tenant, market)
        case ["p", "1", tenant, "b", digest, piece] if _PIECE.match(piece):
            topic = PieceTopic(tenant, digest, int(piece))
        case _:
            raise _refused(repr(text))
    str(topic)  # checks every name in it
    return topic


def every(channel: Channel, tenant: str | None = None, group: str | None = None) -> str:
    """The hub's filter for a channel of all nodes, shared among the workers of a group where one is named."""
    if group is not None and not _GROUP.match(group):
        raise _refused(f"group {group!r}")
    owner = "+" if tenant is None else named(tenant, "tenant")
    share = f"$share/{group}/" if group else ""
    return f"{share}{PREFIX}/{owner}/n/+/{_channel(channel)}"


def rights(tenant: str, node: str, market: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a node may publish and subscribe to: its own, its market's head, its tenant's blobs."""

    def own(channel: Channel) -> str:
        return str(NodeTopic(tenant, node, channel))

    blobs = f"{PREFIX}/{named(tenant, 'tenant')}/b/#"
    return (own("up"), own("status")), (own("ack"), own("do"), str(HeadTopic(tenant, market)), blobs)


def _channel(text: str) -> Channel:
    for channel in CHANNELS:
        if channel == text:
            return channel
    raise _refused(f"channel {text!r}")


def _digest(text: str) -> str:
    if not is_digest(text):
        raise _refused(f"digest {text[:80]!r}")
    return text


def _refused(what: str) -> Refused:
    return Refused(
        f"This is no topic of the protocol: {what}.",
        code="topic.invalid",
        hint="Something else writes under p/1 on this broker; check the accounts' topic rights.",
    )
