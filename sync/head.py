"""The head of a market: what its catalogue is and which blobs lead there. Believing it is `trust.py`.

    message   [1, [signed key set, …], signed head]       on the market's retained topic

The key sets are those since the oldest one that a node may still hold, so that one message is enough for a
node that was away for a year.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from sync import signed
from sync.blob import BlobRef
from sync.capability import PROTOCOL, Protocol
from sync.delta import Change
from sync.document import decode_exact, encode
from sync.errors import Corrupt, Missing
from sync.identity import Digest, Name, Seq, TimeMs
from sync.key import Signer

HEAD_LIMIT_BYTES = 32 * 1024
MOST_DELTAS = 64
MOST_KEY_SETS = 16


class SnapshotRef(msgspec.Struct, frozen=True, kw_only=True):
    """A blob that builds `version` from nothing."""

    version: Seq
    content: Digest
    blob: BlobRef


class DeltaRef(msgspec.Struct, frozen=True, kw_only=True):
    """A blob that turns one version into another; by content too, so that it is applied to no other state."""

    from_version: Seq
    to_version: Seq
    before: Digest
    after: Digest
    blob: BlobRef


class Head(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Kind "head". `serial` grows with every signing, `version` with every publish. Signed anew in time."""

    tenant: Name
    market: Name
    serial: Seq
    version: Seq
    content: Digest
    issued_ms: TimeMs
    expires_ms: TimeMs
    protocol: Protocol = PROTOCOL
    snapshot: SnapshotRef | None = None
    deltas: Annotated[tuple[DeltaRef, ...], msgspec.Meta(max_length=MOST_DELTAS)] = ()


class HeadMessage(msgspec.Struct, frozen=True, array_like=True):
    """What the topic holds. Not signed itself: every part is."""

    form: Literal[1]
    keys: Annotated[tuple[bytes, ...], msgspec.Meta(max_length=MOST_KEY_SETS)]
    head: bytes


class Have(msgspec.Struct, frozen=True, kw_only=True):
    """The state that a node has applied."""

    version: Seq
    content: Digest


@dataclass(frozen=True)
class Plan:
    """What to fetch and apply, in order; nothing when the content is there already. `size` in bytes."""

    steps: tuple[SnapshotRef | DeltaRef, ...]

    @property
    def size(self) -> int:
        return sum(step.blob.size for step in self.steps)


def write(head: Head, keys: Sequence[bytes], *signers: Signer) -> bytes:
    """The message for the topic. At most the latest 16 key sets go with it."""
    body = encode(head, HEAD_LIMIT_BYTES)
    message = HeadMessage(1, tuple(keys[-MOST_KEY_SETS:]), signed.sign("head", body, *signers))
    return encode(message)


def unpack(message: bytes) -> HeadMessage:
    """The parts of the message, none of them believed yet. Corrupt when it is none."""
    return decode_exact(message, HeadMessage)


def plan(head: Head, have: Have | None) -> Plan:
    """The cheapest way, in bytes, from what a node has to the head. Missing when the head names none.

    A delta counts only from exactly the version and content that it was made for.
    """
    if have is not None and have.content == head.content:
        return Plan(())
    ways: dict[tuple[int, str], Plan] = {}
    if head.snapshot is not None:
        ways[head.snapshot.version, head.snapshot.content] = Plan((head.snapshot,))
    if have is not None:  # also where that is the snapshot's own state, which is not fetched again
        ways[have.version, have.content] = Plan(())
    for delta in sorted(head.deltas, key=lambda delta: delta.to_version):
        before = ways.get((delta.from_version, delta.before))
        if before is not None and delta.from_version < delta.to_version:
            way = Plan((*before.steps, delta))
            known = ways.get((delta.to_version, delta.after))
            if known is None or way.size < known.size:
                ways[delta.to_version, delta.after] = way
    found = ways.get((head.version, head.content))
    if found is None:
        raise Missing(
            f"No way leads from here to version {head.version}.",
            code="head.no_way",
            hint="The hub has to publish a snapshot; the node goes on with what it has.",
        )
    return found


def suits(step: SnapshotRef | DeltaRef, head: Head, change: Change) -> Change:
    """The fetched change, if it is the one that the head means. Corrupt when not (TUF: mix-and-match)."""
    wanted = (
        (0, step.version, None, step.content)
        if isinstance(step, SnapshotRef)
        else (step.from_version, step.to_version, step.before, step.after)
    )
    found = (change.from_version, change.to_version, change.before, change.after)
    if found != wanted or (change.tenant, change.market) != (head.tenant, head.market):
        raise Corrupt(
            f"The blob {step.blob.digest[:12]}… is not the change that the head says it is.",
            code="head.mixed",
            hint="The hub made the head wrongly; publish again.",
        )
    return change


def arrived(head: Head, content: str) -> Have:
    """The state after the last step, to be kept in the transaction that applied it. Corrupt: roll back."""
    if content != head.content:
        raise Corrupt(
            f"Version {head.version} came out different from what the head says.",
            code="head.content",
            hint="Nothing was changed; a snapshot is fetched instead.",
        )
    return Have(version=head.version, content=content)
