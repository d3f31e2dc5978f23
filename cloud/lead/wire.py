"""What the routes of requests take and give. Contacts are in none of it."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from sync.identity import Name

State = Literal["new", "waiting", "due", "delivered", "dead"]
Url = Annotated[str, msgspec.Meta(max_length=2000, min_length=8)]
Network = Annotated[str, msgspec.Meta(max_length=60)]
Networks = Annotated[tuple[Network, ...], msgspec.Meta(max_length=20)]


class DeliveryLine(msgspec.Struct, frozen=True, kw_only=True):
    """A request on its way to one channel. `code` and `detail` are of the last try that failed."""

    channel: str
    state: Literal["due", "delivered", "dead"]
    tries: int
    next_at: datetime | None
    last_at: datetime | None
    status: int | None
    code: str
    detail: str


class LeadLine(msgspec.Struct, frozen=True, kw_only=True):
    """A request. `waiting`: no channel takes it; `dead`: given up, until somebody has it tried again.

    `copies`: how often it came.
    """

    id: str
    market: str
    provider: str
    language: str
    node: str
    at: datetime
    received_at: datetime
    state: State
    copies: int
    deliveries: tuple[DeliveryLine, ...]


class LeadPage(msgspec.Struct, frozen=True, kw_only=True):
    """The newest first; `next` goes on below."""

    items: tuple[LeadLine, ...]
    next: str | None = None


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """`delivered` also sends what was delivered before, under the same message id."""

    delivered: bool = False


class Retried(msgspec.Struct, frozen=True, kw_only=True):
    """How many deliveries are tried again."""

    deliveries: int


class NewChannel(msgspec.Struct, frozen=True, kw_only=True):
    """`market` None: requests of all markets. `networks`: addresses inside the hub's network it may be at."""

    channel: Name
    url: Url
    kind: Literal["webhook"] = "webhook"
    market: Name | None = None
    networks: Networks = ()


class ChannelEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What is left out stays. `new_secret` makes another one, and the old one signs nothing any more."""

    url: Url | None = None
    enabled: bool | None = None
    networks: Networks | None = None
    new_secret: bool = False


class ChannelLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A channel. `trouble`: why it turned itself off. `secret` is told once, when it is made."""

    channel: str
    kind: str
    market: str | None
    url: str
    enabled: bool
    networks: tuple[str, ...]
    trouble: str
    revision: int
    created_at: datetime
    secret: str | None = None


class ChannelPage(msgspec.Struct, frozen=True, kw_only=True):
    """By name."""

    items: tuple[ChannelLine, ...]
    next: str | None = None
