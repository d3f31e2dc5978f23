"""When things happened, from boxes whose clock may be wrong: stamps, and the rules that correct them.

A box without a clock battery wakes up in the past. So a stamp says what the wall clock showed, whether it was
known to be right, and how long the boot had run; one right moment of a boot then dates the whole boot. The
hub corrects, the node only stamps. Reading clocks is not here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from sync import signed
from sync.document import decode, encode
from sync.errors import Refused
from sync.identity import Count, Id, TimeMs
from sync.key import Signer
from sync.signed import Signatories

Quality = Literal["clock", "boot", "bound"]
AHEAD_MS = 2 * 60 * 1000
"""A trusted clock may be this far ahead of the hub's."""
NONCE_BYTES = 16


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """A moment as a node saw it: `mono_ms` milliseconds since the boot began, `wall_ms` since 1970 UTC."""

    boot: Id
    mono_ms: Count
    wall_ms: TimeMs
    trusted: bool


class Anchor(msgspec.Struct, frozen=True, kw_only=True):
    """A moment of a boot whose true time is known."""

    mono_ms: Count
    at_ms: TimeMs


@dataclass(frozen=True)
class Corrected:
    """The time the hub goes by.

    "clock": the node's own, trusted. "boot": counted from a known moment of the same boot. "bound": no moment
    of that boot is known; it is not after `at_ms`.
    """

    at_ms: int
    quality: Quality


def anchor(sent: Stamp, received_ms: int) -> Anchor:
    """What a batch's own stamp tells about its boot: it was sent no later than it was received.

    A trusted clock that is not ahead of the hub's is believed; else the moment of receipt stands in, late by
    the time on the way.
    """
    believed = sent.trusted and sent.wall_ms <= received_ms + AHEAD_MS
    return Anchor(mono_ms=sent.mono_ms, at_ms=min(sent.wall_ms, received_ms) if believed else received_ms)


def better(old: Anchor | None, new: Anchor) -> Anchor:
    """Of two anchors of one boot, the one that puts the boot's beginning earlier: delays only add."""
    if old is None or new.at_ms - new.mono_ms < old.at_ms - old.mono_ms:
        return new
    return old


def corrected(stamp: Stamp, anchors: Mapping[str, Anchor], received_ms: int) -> Corrected:
    """The time of a stamp, given what is known of boots and when the hub received it. Never after receipt."""
    if stamp.trusted and stamp.wall_ms <= received_ms + AHEAD_MS:
        return Corrected(min(stamp.wall_ms, received_ms), "clock")
    known = anchors.get(stamp.boot)
    if known is not None:
        at_ms = known.at_ms + stamp.mono_ms - known.mono_ms
        return Corrected(max(0, min(at_ms, received_ms)), "boot")
    return Corrected(received_ms, "bound")


@dataclass(frozen=True)
class Now:
    """The time as a node knows it: it is not before `floor_ms`, the latest that the hub ever signed."""

    wall_ms: int
    trusted: bool
    floor_ms: int = 0

    @property
    def least_ms(self) -> int:
        """What it is at least: the wall clock where trusted, else the floor."""
        return self.wall_ms if self.trusted else self.floor_ms

    def past(self, expires_ms: int) -> bool:
        """Whether a thing has surely expired. With a clock that is not trusted, only by the floor."""
        return self.least_ms >= expires_ms


def raised(now: Now, signed_ms: int) -> Now:
    """The floor after a verified time of the hub's; one that a trusted clock contradicts does not count."""
    if now.trusted and signed_ms > now.wall_ms + AHEAD_MS:
        return now
    return Now(now.wall_ms, now.trusted, max(now.floor_ms, signed_ms))


def judged(wall_ms: int, *, built_ms: int, synchronised: bool, told: bool) -> bool:
    """Whether a wall clock is to be trusted.

    Never before the program was built; otherwise when the system says it is synchronised, or it was `told` in
    this boot by a fresh signed time of the hub.
    """
    return wall_ms >= built_ms and (synchronised or told)


class HubTime(msgspec.Struct, frozen=True, kw_only=True):
    """Kind "time": the hub's answer to "what time is it?". The asker's nonce shows that it is no old one."""

    at_ms: TimeMs
    nonce: Annotated[bytes, msgspec.Meta(min_length=NONCE_BYTES, max_length=NONCE_BYTES)]


def tell(nonce: bytes, at_ms: int, signer: Signer) -> bytes:
    """The hub's time, signed, for whoever sent the nonce."""
    return signed.sign("time", encode(HubTime(at_ms=at_ms, nonce=nonce)), signer)


def told(data: bytes, nonce: bytes, trusted: Signatories, asked_mono_ms: int, mono_ms: int) -> Anchor:
    """The moment that an answer fixes, halfway between asking and hearing. Refused if it answers another."""
    time = decode(signed.verify(data, "time", trusted), HubTime)
    if time.nonce != nonce:
        raise Refused(
            "The time answers another question.",
            code="time.replayed",
            hint="An old answer was sent again; ask once more.",
        )
    return Anchor(mono_ms=(asked_mono_ms + mono_ms) // 2, at_ms=time.at_ms)
