"""Who is next: first come, first served among sessions, and a session that asks much waits its turn.

Sessions take turns in the order in which they came; each turn serves one request of the session, its oldest.
Pure, and bounded. Leaves out what is waited for.
"""

from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """Items are told apart by identity and must be hashable."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: OrderedDict[str, deque[T]] = OrderedDict()
        self._session: dict[T, str] = {}

    def __len__(self) -> int:
        return len(self._session)

    @property
    def full(self) -> bool:
        """Whether nobody else may join."""
        return len(self._session) >= self._limit

    def join(self, session: str, item: T) -> None:
        """Stand last of the session's own."""
        self._waiting.setdefault(session, deque()).append(item)
        self._session[item] = session

    def leave(self, item: T) -> None:
        """Go away; nothing where it does not wait."""
        session = self._session.pop(item, None)
        if session is None:
            return
        self._waiting[session].remove(item)
        if not self._waiting[session]:
            del self._waiting[session]

    def next(self) -> T | None:
        """Take the one whose turn it is; None where nobody waits."""
        if not self._waiting:
            return None
        session, items = next(iter(self._waiting.items()))
        item = items.popleft()
        del self._session[item]
        del self._waiting[session]
        if items:
            self._waiting[session] = items  # after all the others
        return item

    def place(self, item: T) -> int:
        """How many are served before a waiting item if nobody else comes."""
        session = self._session[item]
        rank = list(self._waiting).index(session)
        turns = self._waiting[session].index(item)
        others = (
            (number, items) for number, (name, items) in enumerate(self._waiting.items()) if name != session
        )
        return turns + sum(min(len(items), turns + (number < rank)) for number, items in others)

    def items(self) -> list[T]:
        """All that wait, in no order."""
        return list(self._session)
