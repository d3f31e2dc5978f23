"""The waiting line: bounded, first come, first served among sessions, and fair between them.

The next is the request whose session has the fewest before it (running, or ahead in the line), the oldest
among equals: somebody with ten questions does not keep out somebody with one.
"""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class _Place(Generic[T]):
    session: Hashable
    item: T


class WaitingLine(Generic[T]):
    """Requests in the order in which they came."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._places: list[_Place[T]] = []

    def __len__(self) -> int:
        return len(self._places)

    @property
    def full(self) -> bool:
        """Whether nobody more may join."""
        return len(self._places) >= self.limit

    def join(self, session: Hashable, item: T) -> None:
        """Stand last. The caller has looked whether it is full."""
        self._places.append(_Place(session, item))

    def leave(self, item: T) -> bool:
        """Go away; False where it is not in the line."""
        for index, place in enumerate(self._places):
            if place.item is item:
                del self._places[index]
                return True
        return False

    def order(self, running: Mapping[Hashable, int]) -> list[T]:
        """All who wait, the next one first. `running` are the requests that are served, by session."""
        return [place.item for place in self._ranked(running)]

    def next(self, running: Mapping[Hashable, int]) -> T | None:
        """Take the next one out."""
        first = next(self._ranked(running), None)
        if first is None:
            return None
        self._places.remove(first)
        return first.item

    def _ranked(self, running: Mapping[Hashable, int]) -> Iterator[_Place[T]]:
        ahead: Counter[Hashable] = Counter(running)
        keyed = []
        for index, place in enumerate(self._places):
            keyed.append((ahead[place.session], index, place))
            ahead[place.session] += 1
        keyed.sort(key=lambda entry: entry[:2])
        return (place for _, _, place in keyed)
