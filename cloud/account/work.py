"""One piece of work for one tenant: its transaction, who does it and when, and what the audit log keeps.

Services take a `Work` and know nothing of HTTP or tokens. What is not committed leaves no line either.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from cloud import postgres
from cloud.account.audit import store as audit
from cloud.postgres import Connection, Pool


@dataclass(frozen=True)
class Work:
    """`tenant` is the one whose rows are seen, or the hub's name for its own."""

    connection: Connection
    tenant: str
    actor: str
    now: datetime

    @property
    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return int(self.now.timestamp() * 1000)

    def note(
        self,
        action: str,
        subject: str,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> None:
        """A line in the audit log: what was done to what. Secrets do not belong in it."""
        audit.append(self.connection, self.now, self.actor, action, subject, before, after)


@contextmanager
def work(pool: Pool, tenant: str, actor: str) -> Iterator[Work]:
    """A transaction in a tenant's name. Whether the actor may is asked before."""
    with postgres.tenant(pool, tenant) as connection:
        yield Work(connection, tenant, actor, datetime.now(UTC))
