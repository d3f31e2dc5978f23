"""What two programs of different age can both do: the intersection of protocol versions and of features.

A box that updates once a year stays in the fleet, as long as one protocol version is common.
"""

from dataclasses import dataclass
from typing import Annotated

import msgspec

from sync.errors import Refused
from sync.record import Code

Version = Annotated[int, msgspec.Meta(ge=1, le=1000)]
FEATURES = ("snapshot", "delta", "vectors", "erase", "settings", "update", "support")


class Protocol(msgspec.Struct, frozen=True, kw_only=True):
    """The versions a program speaks, from lowest to highest."""

    lowest: Version = 1
    highest: Version = 1


PROTOCOL = Protocol(lowest=1, highest=1)


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a program says of itself. Features that the other does not know are not used."""

    protocol: Protocol = PROTOCOL
    features: Annotated[tuple[Code, ...], msgspec.Meta(max_length=100)] = FEATURES


@dataclass(frozen=True)
class Agreed:
    """What both sides use."""

    protocol: int
    features: frozenset[str]


def agree(mine: Capabilities, theirs: Capabilities) -> Agreed:
    """The highest common version and the common features. Refused when no version is common."""
    return Agreed(
        common(mine.protocol, theirs.protocol), frozenset(mine.features) & frozenset(theirs.features)
    )


def common(mine: Protocol, theirs: Protocol) -> int:
    """The highest version in both ranges. Refused with `protocol.none` when there is none."""
    highest = min(mine.highest, theirs.highest)
    if highest < max(mine.lowest, theirs.lowest):
        raise Refused(
            f"Protocol {theirs.lowest} to {theirs.highest} is not spoken here"
            f" ({mine.lowest} to {mine.highest}).",
            code="protocol.none",
            hint="Update the older of the two; nothing is lost meanwhile.",
        )
    return highest
