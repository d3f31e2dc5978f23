"""Requests to be called back, once the node belongs to a hub: each into the outbox, and noted as taken.

Noted, so that one that a page sends again is kept once, long after the hub has it. Requests of the time
before the node joined lie in the table `lead`; they are handed over as soon as there is room.
"""

from dataclasses import dataclass

from edge.database import Connection
from edge.lead import store as lead_store
from edge.lead.store import Sealed
from edge.outbox.service import Outbox
from sync.errors import Unavailable
from sync.record import LeadRequest

TABLE = "CREATE TABLE IF NOT EXISTS lead_taken(number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL)"
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
            return self.outbox.ledger.write(lambda connection: self._keep(connection, request)).result(WAIT_S)
        except TimeoutError:
            raise Unavailable(
                "The request could not be stored in time.",
                code="disk.slow",
                hint="Try again in a moment, or call the provider.",
                retry_after_s=5.0,
            ) from None

    def hand_over(self) -> int:
        """Puts requests of the time before the hub into the outbox, at most 50 at once; gives how many.

        Unavailable when no more fit; the rest stays where it is.
        """

        def move(connection: Connection) -> int:
            waiting = lead_store.oldest(connection, AT_ONCE)
            for request in waiting:
                self._keep(connection, request)
                lead_store.remove(connection, request.id)
            return len(waiting)

        return self.outbox.ledger.write(move).result(WAIT_S)

    def _keep(self, connection: Connection, request: Sealed) -> bool:
        if _noted(connection, request.id):
            return False
        connection.execute("INSERT INTO lead_taken(id) VALUES (?)", (request.id,))
        connection.execute(
            "DELETE FROM lead_taken WHERE number <= (SELECT max(number) FROM lead_taken) - ?", (MOST_NOTED,)
        )
        self.outbox.append(connection, lead_record(request), self.outbox.sessions.of(None))
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


def _noted(connection: Connection, id: str) -> bool:
    return connection.execute("SELECT 1 FROM lead_taken WHERE id = ?", (id,)).fetchone() is not None
