"""The waiting line: bounded, first come, first served among sessions, and fair between them.

Rounds, after start-time fair queueing (Goyal, Vin and Cheng 1996): a session's first request belongs to the
round that is served now, each further one to the round after its last; within a round goes first who came
first. Somebody with ten questions does not keep out somebody with one, also where one place serves all. A
round is over when nobody waits in it, or when as many were served in it as the line holds: new faces that
never end do not keep out a second question for ever.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(eq=False)
class _Place(Generic[T]):
    session: Hashable
    round: int
    item: T


class WaitingLine(Generic[T]):
    """Requests in the order in which they will be served."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._places: list[_Place[T]] = []
        self._round = 0
        self._served = 0  # in this round
        self._next: dict[Hashable, int] = {}  # the round of a session's next request, where that is not now

    def __len__(self) -> int:
        return len(self._places)

    @property
    def full(self) -> bool:
        """Whether nobody more may join."""
        return len(self._places) >= self.limit

    def join(self, session: Hashable, item: T) -> None:
        """Stand in line. The caller has looked whether it is full."""
        place = _Place(session, max(self._round, self._next.get(session, 0)), item)
        self._next[session] = place.round + 1
        self._places.append(place)
        self._sort()

    def leave(self, item: T) -> bool:
        """Go away, and let the others of the session move up; False where it is not in the line."""
        gone = next((place for place in self._places if place.item is item), None)
        if gone is None:
            return False
        self._places.remove(gone)
        for place in self._places:
            if place.session == gone.session and place.round > gone.round:
                place.round -= 1
        self._next[gone.session] -= 1
        self._sort()
        self._forget()
        return True

    def order(self) -> list[T]:
        """All who wait, the next one first."""
        return [place.item for place in self._places]

    def next(self) -> T | None:
        """Take the next one out."""
        if not self._places:
            return None
        first = self._places.pop(0)
        if first.round > self._round or self._served >= self.limit:
            self._round, self._served = max(first.round, self._round + 1), 0
            self._forget()
        self._served += 1
        return first.item

    def _sort(self) -> None:
        """By rounds; the order within one stays."""
        self._places.sort(key=lambda place: place.round)

    def _forget(self) -> None:
        self._next = {session: turn for session, turn in self._next.items() if turn > self._round}
