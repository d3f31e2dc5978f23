"""Batches: sealed records of one node in one message of at most 100 KiB, signed by the node.

Beside the records a batch says what will never come (`gone`: dropped by policy or expired) and how many that
was by class, so that a hole is told from a loss. `low` is the first number that the node holds, waiting or
settled: what a hub lacks below it, it once acknowledged and lost for good. A batch with a `probe` asks what
the hub has; the acknowledgement repeats it. What it then lacks is sent again, or named as `forgotten`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from sync import signed
from sync.clock import Stamp
from sync.document import MESSAGE_LIMIT_BYTES, decode, encode
from sync.errors import PrilavokError, Refused
from sync.identity import Count, Id, Name, Seq
from sync.key import Signer
from sync.seal import CLASS_PATTERN, FRAME_LIMIT_BYTES, Header, header_of
from sync.signed import Signatories
from sync.span import Span

MOST_GONE = 500
MOST_RECORDS = 2_000
_AROUND_BYTES = 16
"""What the list, a number and two lengths may take around one record; also how much the outer ones grow."""

Class = Annotated[str, msgspec.Meta(pattern=CLASS_PATTERN)]


class Sent(msgspec.Struct, frozen=True, array_like=True):
    """A sealed frame and its number, beside it, so that a damaged one can be put in quarantine by number."""

    seq: Seq
    frame: bytes


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Kind "batch". `dropped` counts by class since the epoch began."""

    tenant: Name
    node: Name
    epoch: Id
    sent: Stamp
    protocol: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    low: Seq
    records: Annotated[tuple[Sent, ...], msgspec.Meta(max_length=MOST_RECORDS)] = ()
    gone: Annotated[tuple[Span, ...], msgspec.Meta(max_length=MOST_GONE)] = ()
    dropped: Annotated[dict[Class, Count], msgspec.Meta(max_length=32)] = {}
    probe: Id | UnsetType = UNSET
    forgotten: Annotated[tuple[Span, ...], msgspec.Meta(max_length=MOST_GONE)] | UnsetType = UNSET


@dataclass(frozen=True)
class Question:
    """What a batch asks. The acknowledgement repeats `probe`.

    `forgotten` numbers the hub was found to lack, and the node does not hold any more: at most 500 spans.
    """

    probe: str
    forgotten: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Packed:
    """A message to send, and how many of the records offered are in it."""

    message: bytes
    taken: int


@dataclass(frozen=True)
class Sender:
    """A node's name for its batches, and its key."""

    tenant: str
    node: str
    epoch: str
    signer: Signer

    def pack(
        self,
        records: Iterable[Sent],
        sent: Stamp,
        *,
        low: int,
        gone: Sequence[Span] = (),
        dropped: Mapping[str, int] | None = None,
        question: Question | None = None,
        protocol: int = 1,
        limit_bytes: int = MESSAGE_LIMIT_BYTES,
    ) -> Packed:
        """As many of the records, in order, as fit; never more than `limit_bytes` in all.

        At most 500 spans of `gone` go with one batch, the earliest first. Refused when one is too big
        for any batch.
        """
        empty = Batch(
            tenant=self.tenant,
            node=self.node,
            epoch=self.epoch,
            sent=sent,
            protocol=protocol,
            low=low,
            gone=tuple(gone[:MOST_GONE]),
            dropped=dict(dropped or {}),
            probe=question.probe if question else UNSET,
            forgotten=(question.forgotten[:MOST_GONE] or UNSET) if question else UNSET,
        )
        room = limit_bytes - len(self._signed(empty)) - _AROUND_BYTES
        taken: list[Sent] = []
        for record in records:
            if len(record.frame) > FRAME_LIMIT_BYTES:
                raise _too_big(len(record.frame))
            room -= len(record.frame) + _AROUND_BYTES
            if room < 0 or len(taken) == MOST_RECORDS:
                break
            taken.append(record)
        full = msgspec.structs.replace(empty, records=tuple(taken))
        return Packed(self._signed(full), len(taken))

    def _signed(self, batch: Batch) -> bytes:
        return signed.sign("batch", encode(batch), self.signer)


class Item(msgspec.Struct, frozen=True):
    """A record as received. No header: it is damaged or not this node's, and goes to quarantine."""

    seq: int
    frame: bytes
    header: Header | None


@dataclass(frozen=True)
class Received:
    """A batch that was verified, and its records."""

    batch: Batch
    items: tuple[Item, ...]


def receive(message: bytes, tenant: str, node: str, node_key: bytes) -> Received:
    """The batch in a message that came under the topic of that tenant and node.

    Refused when the node did not sign it or it is another node's, Corrupt when it is no batch. Nothing is
    parsed before the signature holds. Frames are stored as they are, not opened.
    """
    batch = decode(signed.verify(message, "batch", Signatories((node_key,))), Batch)
    if (batch.tenant, batch.node) != (tenant, node):
        raise Refused(
            f"The batch is {batch.tenant}/{batch.node}'s, not {tenant}/{node}'s.",
            code="batch.foreign",
            hint="A node may only send its own records; look who has its key.",
        )
    return Received(batch, tuple(Item(sent.seq, sent.frame, _header(batch, sent)) for sent in batch.records))


def _header(batch: Batch, sent: Sent) -> Header | None:
    try:
        header = header_of(sent.frame)
    except PrilavokError:
        return None
    said = (header.tenant, header.node, header.epoch, header.seq)
    return header if said == (batch.tenant, batch.node, batch.epoch, sent.seq) else None


def _too_big(size: int) -> Refused:
    return Refused(
        f"A sealed record of {size} bytes fits no batch: at most {FRAME_LIMIT_BYTES}.",
        code="record.too_large",
        hint="Records are bounded when they are written; this one is damaged.",
    )
