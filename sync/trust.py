"""Whether to believe a head: the checks of The Update Framework, pure, one message in, new trust out.

Refused, each by name: a head of the wrong key, tenant or market; too few signatures; an older one (rollback);
another of the same serial or version (equivocation); an expired one when that is sure (freeze); one whose
blobs are another catalogue's (mix-and-match, with `head.suits` and `head.arrived`). After the catalogue's
keys were replaced the old floor is forgotten, so that a thief's huge version number does no harm
(fast-forward). A refusal changes nothing: the node goes on answering from what it has.

Clauses: The Update Framework specification 1.0, section 5.
"""

from dataclasses import dataclass, replace

import msgspec

from sync import keyset, signed
from sync.capability import PROTOCOL, Protocol, common
from sync.clock import Now
from sync.document import decode, encode
from sync.errors import Refused
from sync.head import HEAD_LIMIT_BYTES, Head, unpack
from sync.identity import Digest, Seq, TimeMs, digest
from sync.keyset import KeySet

FUTURE_MS = 24 * 60 * 60 * 1000
"""How far ahead of a trusted clock a head may be dated."""


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """The head last trusted: nothing below it is. `body` is the digest of its signed bytes."""

    serial: Seq
    version: Seq
    content: Digest
    body: Digest
    issued_ms: TimeMs


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What a node keeps of its trust between starts, in a place of its own that only it writes."""

    keys: KeySet
    floor: Floor | None = None
    head: Head | None = None


@dataclass(frozen=True)
class Trust:
    """What a node believes about its market. `head` is the last one trusted, for planning what to fetch."""

    market: str
    keys: KeySet
    floor: Floor | None = None
    head: Head | None = None
    protocol: Protocol = PROTOCOL

    @classmethod
    def restored(cls, data: bytes, market: str, protocol: Protocol = PROTOCOL) -> "Trust":
        """The trust that was kept. Corrupt when the bytes are none: begin again from the key set pinned."""
        kept = decode(data, Kept)
        return cls(market, kept.keys, kept.floor, kept.head, protocol)

    def kept(self) -> bytes:
        """The bytes to keep, before anything is fetched by the head."""
        return encode(Kept(keys=self.keys, floor=self.floor, head=self.head))

    def offered(self, message: bytes, now: Now) -> "Trust":
        """The trust after a message of the head's topic. The same when it says nothing new.

        Refused or Corrupt, and nothing believed of it, when any check fails.
        """
        parts = unpack(message)
        grown = self.followed(message, now)
        body = signed.verify(parts.head, "head", grown.keys.catalog.signatories)
        head = decode(body, Head, HEAD_LIMIT_BYTES)
        self._check_place(head)
        _check_order(head, digest(body), grown.floor)
        _check_time(head, now)
        common(self.protocol, head.protocol)
        floor = Floor(
            serial=head.serial,
            version=head.version,
            content=head.content,
            body=digest(body),
            issued_ms=head.issued_ms,
        )
        return replace(grown, floor=floor, head=head)

    def followed(self, message: bytes, now: Now) -> "Trust":
        """The trust after the message's key sets alone (5.3.3 to 5.3.11), whatever its head is worth.

        To be kept even when the head is then refused: a key that was taken away must stay away. The floor is
        forgotten with the catalogue keys that set it.
        """
        keys = self.keys
        for fresh in unpack(message).keys:
            if keyset.peek_version(fresh) > keys.version:
                keys = keyset.successor(keys, fresh)
        keyset.current(keys, now)
        if keys.catalog != self.keys.catalog:
            return replace(self, keys=keys, floor=None, head=None)
        return replace(self, keys=keys)

    def stale(self, now: Now) -> bool:
        """Whether the head last trusted has surely expired: the node answers on, and its status says so."""
        return self.head is not None and now.past(self.head.expires_ms)

    def _check_place(self, head: Head) -> None:
        if (head.tenant, head.market) != (self.keys.tenant, self.market):
            raise Refused(
                f"The head is of {head.tenant}/{head.market}, not {self.keys.tenant}/{self.market}.",
                code="head.foreign",
                hint="Another market's head was put on this topic.",
            )


def _check_order(head: Head, body: str, floor: Floor | None) -> None:
    """Never backwards (5.4.3, 5.5.5), and never two of one number."""
    if floor is None:
        return
    if head.serial < floor.serial or head.version < floor.version:
        raise Refused(
            f"Head {head.serial} of version {head.version} is older than {floor.serial} of {floor.version}.",
            code="head.rollback",
            hint="An old head was sent again. Has the hub been put back from a backup? Publish once more.",
        )
    if (head.serial == floor.serial and body != floor.body) or (
        head.version == floor.version and head.content != floor.content
    ):
        raise Refused(
            f"There are two different heads {head.serial} of version {head.version}.",
            code="head.equivocation",
            hint="Two hubs sign with one key, or one was put back from a backup: publish a higher version.",
        )


def _check_time(head: Head, now: Now) -> None:
    """Not expired for sure (5.4.4, 5.5.6), and not from the future."""
    if now.past(head.expires_ms):
        raise Refused(
            f"Head {head.serial} has expired.",
            code="head.expired",
            hint="Somebody holds newer heads back, or the hub does not sign them: see its log.",
        )
    if now.trusted and head.issued_ms > now.wall_ms + FUTURE_MS:
        raise Refused(
            f"Head {head.serial} is dated in the future.",
            code="head.future",
            hint="The hub's clock or this node's is wrong.",
        )
