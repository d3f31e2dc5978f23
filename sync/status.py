"""Presence: what a node says of itself on a retained topic, and what the broker says for it when it is gone.

The last will is a status made when the node connects, with `online` false. Signed by the node, so that a
broker can only hold one back.
"""

from typing import Annotated

import msgspec

from sync import signed
from sync.capability import Capabilities
from sync.clock import Stamp
from sync.document import decode, encode
from sync.errors import Refused
from sync.identity import Count, Digest, Id, Name
from sync.key import Signer
from sync.record import Code, Versions
from sync.seal import CLASS_PATTERN
from sync.signed import Signatories

Class = Annotated[str, msgspec.Meta(pattern=CLASS_PATTERN)]


class Depth(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a class waits, and how many were dropped since the epoch began."""

    records: Count = 0
    bytes: Count = 0
    dropped: Count = 0


class Status(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Kind "status". `serial`, `catalog` and `content` are of the head last trusted and the state applied."""

    tenant: Name
    node: Name
    market: Name
    online: bool
    at: Stamp
    epoch: Id
    capabilities: Capabilities = Capabilities()
    versions: Versions = Versions()
    settings: Count = 0
    keys: Count = 0
    serial: Count = 0
    catalog: Count = 0
    content: Digest | None = None
    outbox: Annotated[dict[Class, Depth], msgspec.Meta(max_length=32)] = {}
    troubles: Annotated[tuple[Code, ...], msgspec.Meta(max_length=50)] = ()


def write(status: Status, signer: Signer) -> bytes:
    """The signed message; with `online` false, the last will."""
    return signed.sign("status", encode(status), signer)


def receive(message: bytes, tenant: str, node: str, node_key: bytes) -> Status:
    """The status under that node's topic. Refused when it is not that node's, Corrupt when it is none."""
    status = decode(signed.verify(message, "status", Signatories((node_key,))), Status)
    if (status.tenant, status.node) != (tenant, node):
        raise Refused(
            f"The status is of {status.tenant}/{status.node}.",
            code="status.foreign",
            hint="A node may only speak for itself; look who has its key.",
        )
    return status
