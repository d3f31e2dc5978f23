"""Two boxes with one card: a boot that was followed by another, and yet goes on talking, is a copy's.

One box has one boot at a time. Messages of the boot before may come late, out of a queue or past a worker
that is ahead, in a burst; a copy comes back again and again. What becomes of a clone is the hub's business;
so is keeping this, a document a node.
"""

from typing import Annotated

import msgspec

from sync.identity import Count, Id, TimeMs

LATE_MS = 10 * 60 * 1000
"""So long after the next boot was heard, one of the boot before is merely late; bursts count once."""
MOST_BOOTS = 16
RETURNS = 2
"""So often a boot has to come back for a clone: once may be a queue that was found again."""


class Heard(msgspec.Struct, frozen=True):
    """A boot, and when the hub first heard it."""

    boot: Id
    first_ms: TimeMs


class Boots(msgspec.Struct, frozen=True, kw_only=True):
    """A node's latest boots in the order they were first heard, and how often an old one came back."""

    heard: Annotated[tuple[Heard, ...], msgspec.Meta(max_length=MOST_BOOTS)] = ()
    speaker: Id | None = None
    returns: Count = 0
    returned_ms: TimeMs = 0

    def hear(self, boot: str, at_ms: int) -> "Boots":
        """After a batch or status of a boot, received at that time by the hub's clock."""
        known = [each.boot for each in self.heard]
        if boot not in known:
            heard = (*self.heard, Heard(boot, at_ms))[-MOST_BOOTS:]
            return msgspec.structs.replace(self, heard=heard, speaker=boot)
        followed = self.heard[known.index(boot) + 1 :]
        back = boot != self.speaker and any(next.first_ms + LATE_MS < at_ms for next in followed)
        if back and (not self.returns or at_ms > self.returned_ms + LATE_MS):
            return msgspec.structs.replace(self, speaker=boot, returns=self.returns + 1, returned_ms=at_ms)
        return msgspec.structs.replace(self, speaker=boot)

    @property
    def cloned(self) -> bool:
        """Whether two boots go on beside each other."""
        return self.returns >= RETURNS
