"""What waits of one conversation for the hub, told and dropped at its visitor's wish.

Stands behind the port `Trail` of `edge/privacy/service.py`. Found by the session's key in memory: after a
restart, or half an hour of silence, what still waits cannot be told from others' any more.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from edge.chat.session import code
from edge.outbox import store
from edge.outbox.service import Outbox
from edge.privacy.service import Reached


@dataclass(frozen=True)
class OutboxTrail:
    """A conversation's records on their way to the hub."""

    outbox: Outbox

    def code(self, session: str) -> str:
        """The code of the key that its records are sealed under; the session's own where there is no key."""
        found = self.outbox.sessions.find(session)
        return code(session) if found is None else found.key.code

    def reached(self, session: str) -> Reached:
        """Told by the key: the hub has it, or nothing was ever written under it, or it cannot be told."""
        found = self.outbox.sessions.find(session)
        if found is None:
            return "unknown"
        if found.known:
            return "some"
        return "unknown" if found.turns else "nothing"

    async def waiting(self, session: str) -> Mapping[str, int]:
        """By class."""
        found = self.outbox.sessions.find(session)
        return {} if found is None else await asyncio.to_thread(self._count, found.key.id)

    async def erase(self, session: str) -> int:
        """What comes later under that name is sealed under another key."""
        found = self.outbox.sessions.find(session)
        return 0 if found is None else await asyncio.wrap_future(self.outbox.erase([found.key.id]))

    def _count(self, data_key: bytes) -> Mapping[str, int]:
        with self.outbox.ledger.reading() as connection:
            return store.classes_of(connection, data_key)
