"""Acknowledgements: what the hub has durably stored. The only receipt there is; a broker's is none.

`upto` is the highest number up to which nothing is missing, counting what the node said will never come.
`holes` are missing between `upto` and `seen`; `also` are stored above `seen`. Urgent records come out of
turn, so there may be more holes than fit: what has just come is then named in `also`, and a node gets on all
the same. It is signed, for a node settles what it names. Where it repeats the probe of a batch, it
is known to be no older than that batch: only then a node believes it about what is missing.
"""

from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from sync import signed
from sync.document import decode, encode
from sync.errors import Conflict, Refused
from sync.identity import Count, Id, Name
from sync.key import Signer
from sync.signed import Signatories
from sync.span import Span, gaps, merged, of

MOST_HOLES = 256
MOST_ALSO = 512


class Ack(msgspec.Struct, frozen=True, kw_only=True):
    """Kind "ack". It settles what it names however old it is; only a fresh one tells what is missing."""

    tenant: Name
    node: Name
    epoch: Id
    upto: Count
    seen: Count
    holes: Annotated[tuple[Span, ...], msgspec.Meta(max_length=MOST_HOLES)] = ()
    also: Annotated[tuple[Span, ...], msgspec.Meta(max_length=MOST_ALSO)] = ()
    probe: Id | UnsetType = UNSET

    def settled(self) -> tuple[Span, ...]:
        """What the node may forget."""
        first = (Span(1, self.upto),) if self.upto else ()
        return merged((*first, *gaps(self.holes, self.upto + 1, self.seen), *self.also))

    def settles(self, seq: int) -> bool:
        """Whether that number is stored, or known to be gone."""
        return any(seq in span for span in self.settled())

    def missing(self, highest: int) -> tuple[Span, ...]:
        """What of 1 to `highest` the hub does not have. With 256 holes it may lack more."""
        return gaps(self.settled(), 1, self.seen if len(self.holes) == MOST_HOLES else highest)

    @property
    def highest(self) -> int:
        """The highest number that it speaks of."""
        return max(self.upto, self.seen, *(span.last for span in self.also))


def acknowledge(
    tenant: str, node: str, epoch: str, settled: Iterable[Span], fresh: Iterable[int] = (), probe: str = ""
) -> Ack:
    """What to say of an epoch of which these numbers are stored or gone, `fresh` ones among them just now.

    `probe` is a batch's, in or after whose transaction the numbers were read.

    Of more than 256 holes only the first are named, and `seen` goes no further than they do; `fresh` numbers
    above it are named one by one, so that whoever sent them is answered.
    """
    spans = merged(settled)
    upto = spans[0].last if spans and spans[0].first == 1 else 0
    seen = spans[-1].last if spans else 0
    holes = gaps(spans, upto + 1, seen)
    if len(holes) > MOST_HOLES:
        seen = holes[MOST_HOLES].first - 1
        holes = holes[:MOST_HOLES]
    also = of(number for number in fresh if number > seen)[:MOST_ALSO]
    return Ack(
        tenant=tenant,
        node=node,
        epoch=epoch,
        upto=upto,
        seen=seen,
        holes=holes,
        also=also,
        probe=probe or UNSET,
    )


def write(ack: Ack, signer: Signer) -> bytes:
    """The signed message."""
    return signed.sign("ack", encode(ack), signer)


def receive(message: bytes, tenant: str, node: str, epoch: str, highest: int, hub: Signatories) -> Ack | None:
    """The acknowledgement for this epoch, whose numbers go up to `highest`; None when it is for another.

    Refused when the hub did not sign it or it is another node's. Conflict `ack.ahead` when the hub has more
    than was ever sent: the outbox was put back from a copy, and has to begin a new epoch.
    """
    ack = decode(signed.verify(message, "ack", hub), Ack)
    if (ack.tenant, ack.node) != (tenant, node):
        raise Refused(
            f"The acknowledgement is for {ack.tenant}/{ack.node}.",
            code="ack.foreign",
            hint="The broker lets a node read a topic that is not its own.",
        )
    if ack.epoch != epoch:
        return None
    if ack.highest > highest:
        raise Conflict(
            f"The hub has record {ack.highest}; this outbox has got to {highest}.",
            code="ack.ahead",
            hint="The outbox is an old copy, or a copy of this node runs elsewhere: begin a new epoch.",
        )
    return ack
