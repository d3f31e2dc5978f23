"""Which numbers of an outbox are settled, and what a batch adds to them. Pure arithmetic.

A number is settled once: stored, or said never to come. Below a batch's `low` everything was acknowledged
before and the node holds it no more; what is missing there was lost here, by a database put back from a copy
(sync/README.md, Rules of conduct). So is what a node says it has forgotten. A record that comes after all is
taken.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from sync.batch import Item, Received
from sync.errors import Refused
from sync.span import Span, gaps, merged, of

HIGHEST = 2**62
"""Beyond this no number is taken: the database's ranges end soon after."""


@dataclass(frozen=True)
class Taken:
    """After a batch: the numbers, and its records by what is to be done with them.

    `fresh` are to be stored, one a number. `again` came before, here or in this batch: whether with the same
    content is to be compared. `lost` was found missing just now.
    """

    numbers: "Numbers"
    fresh: tuple[Item, ...]
    again: tuple[Item, ...]
    lost: tuple[Span, ...]


@dataclass(frozen=True)
class Numbers:
    """One outbox epoch. `settled` and `lost` are disjoint and in order."""

    settled: tuple[Span, ...] = ()
    lost: tuple[Span, ...] = ()

    @property
    def answered(self) -> tuple[Span, ...]:
        """What a node need not send any more."""
        return merged((*self.settled, *self.lost))

    def take(self, received: Received) -> Taken:
        """The numbers after a batch that passed `check`, and what to do with its records."""
        batch = received.batch
        fresh: dict[int, Item] = {}
        again: list[Item] = []
        for item, known in zip(received.items, _within(self.settled, received.items), strict=True):
            if known or item.seq in fresh:
                again.append(item)
            else:
                fresh[item.seq] = item
        settled = merged((*self.settled, *of(fresh), *batch.gone))
        below = (Span(1, batch.low - 1), *(batch.forgotten or ()))
        missing = without(below, (*settled, *self.lost))
        still_lost = without((*self.lost, *missing), settled)
        return Taken(Numbers(settled, still_lost), tuple(fresh.values()), tuple(again), missing)


def without(spans: Sequence[Span], others: Sequence[Span]) -> tuple[Span, ...]:
    """The numbers of the one that are not in the other."""
    return tuple(part for span in merged(spans) for part in gaps(others, span.first, span.last))


def _within(spans: tuple[Span, ...], items: Sequence[Item]) -> list[bool]:
    firsts = [span.first for span in spans]
    found = []
    for item in items:
        at = bisect_right(firsts, item.seq) - 1
        found.append(at >= 0 and item.seq <= spans[at].last)
    return found


def check(received: Received) -> None:
    """Refused with `batch.numbers` when a number in it is out of all bounds."""
    batch = received.batch
    spans = (*batch.gone, *(batch.forgotten or ()))
    ends = (batch.low, *(item.seq for item in received.items), *(span.last for span in spans))
    if max(ends) > HIGHEST:
        raise Refused(
            f"The batch speaks of number {max(ends)}.",
            code="batch.numbers",
            hint="No outbox gets so far; the node's program is damaged.",
        )
