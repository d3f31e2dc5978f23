"""Requests to be called back, once the node belongs to a hub: each into the outbox, and noted as taken.

Noted, so that one that a page sends again is kept once, long after the hub has it. Requests of the time
before the node joined lie in the table `lead`; they are handed over as soon as there is room.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from edge.database import Connection
from edge.lead import store as lead_store
from edge.lead.store import Kept, Sealed
from edge.outbox.service import Outbox
from sync.errors import Unavailable
from sync.record import LeadRequest

TABLE = """CREATE TABLE IF NOT EXISTS lead_taken(
  number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, data_key BLOB NOT NULL)"""
MOST_NOTED = 100_000
AT_ONCE = 50
WAIT_S = 10.0


@dataclass(frozen=True)
class KeptRequests:
    """Stands behind the port of `edge/lead/service.py`."""

    outbox: Outbox

    def has(self, id: str) -> bool:
        """Whether a request of that id was taken. Blocking."""
        with self.outbox.ledger.reading() as connection:
            return _noted(connection, id) or lead_store.waits(connection, id)

    def add(self, request: Sealed) -> bool:
        """Keeps a sealed request, once; gives whether it is new. Blocking.

        Unavailable when no more requests fit, or the disk is stuck.
        """
        try:
            return self.outbox.commit(lambda connection: self._keep(connection, request)).result(WAIT_S)
        except TimeoutError:
            raise Unavailable(
                "The request could not be stored in time.",
                code="disk.slow",
                hint="Try again in a moment, or call the provider.",
                retry_after_s=5.0,
            ) from None

    def find(self, ids: Sequence[str]) -> list[Kept]:
        """Those of the ids that wait as they came; what is in the outbox nobody here can open. Blocking."""
        with self.outbox.ledger.reading() as connection:
            return lead_store.find(connection, ids)

    def withdraw(self, ids: Sequence[str]) -> int:
        """Deletes those of the ids that the hub does not have yet; gives how many. Blocking."""
        before = self.outbox.ledger.write(lambda connection: lead_store.withdraw(connection, ids))
        with self.outbox.ledger.reading() as connection:
            keys = [key for id in ids if (key := _key_of(connection, id)) is not None]
        return before.result(WAIT_S) + self.outbox.erase(keys).result(WAIT_S)

    def hand_over(self) -> int:
        """Puts requests of the time before the hub into the outbox, at most 50 at once; gives how many.

        Unavailable when no more fit; the rest stays where it is.
        """

        def move(connection: Connection) -> int:
            waiting = lead_store.oldest(connection, AT_ONCE)
            for request in waiting:
                self._keep(connection, request)
                lead_store.withdraw(connection, [request.id])
            return len(waiting)

        return self.outbox.ledger.write(move).result(WAIT_S)

    def _keep(self, connection: Connection, request: Sealed) -> bool:
        if _noted(connection, request.id):
            return False
        session = self.outbox.sessions.of(None)
        connection.execute("INSERT INTO lead_taken(id, data_key) VALUES (?, ?)", (request.id, session.key.id))
        connection.execute(
            "DELETE FROM lead_taken WHERE number <= (SELECT max(number) FROM lead_taken) - ?", (MOST_NOTED,)
        )
        self.outbox.append(connection, lead_record(request), session)
        return True


def lead_record(request: Sealed) -> LeadRequest:
    """The record of a request, sealed as it came."""
    return LeadRequest(
        id=request.id,
        provider=request.provider,
        key=request.key_id,
        enc=request.enc,
        sealed=request.sealed,
        language=request.consent_language,
        consent=request.consent_version,
    )


def _key_of(connection: Connection, id: str) -> bytes | None:
    row = connection.execute("SELECT data_key FROM lead_taken WHERE id = ?", (id,)).fetchone()
    return None if row is None else bytes(row[0])


def _noted(connection: Connection, id: str) -> bool:
    return connection.execute("SELECT 1 FROM lead_taken WHERE id = ?", (id,)).fetchone() is not None
