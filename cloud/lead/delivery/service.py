"""Opens requests and hands them to channels; writes down what became of each try, and nothing of a contact.

A try is written down after it was made: cut off between, the same message is sent again, under the same id.
"""

import hashlib
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import structlog

from cloud import postgres
from cloud.keyring import Keyring
from cloud.lead.delivery import store
from cloud.lead.delivery.envelope import Contact, opened
from cloud.lead.delivery.outside import networks
from cloud.lead.delivery.port import Channel, Message, Outcome
from cloud.lead.delivery.schedule import next_try
from cloud.lead.delivery.store import ChannelRow, Request, Taken
from cloud.lead.delivery.webhook import Webhook
from cloud.postgres import Pool
from sync import failpoint
from sync.errors import Corrupt, PrilavokError

log = structlog.get_logger()
TYPE = "lead.created"
AT_ONCE = 8
EACH = 4
MOST = 24
LEASE = timedelta(minutes=2)

Make = Callable[[ChannelRow], Channel]


def webhook(row: ChannelRow) -> Channel:
    """The channel that a row describes."""
    return Webhook(row.url, row.secret, networks(row.networks))


@dataclass(frozen=True)
class Deliverer:
    """Of all tenants; `make` gives the channel of a row."""

    pool: Pool
    keyring: Keyring
    make: Make = webhook

    def turn(self, tenant: str) -> int:
        """Tries what is due in a tenant, some of each channel; how many tries. Again until there are none."""
        now = datetime.now(UTC)
        with postgres.tenant(self.pool, tenant) as connection:
            store.place(connection, now)
            taken = store.take(connection, now, now + LEASE, EACH, MOST)
            rows = store.channels(connection)
        failpoint.reach("lead.taken")
        with ThreadPoolExecutor(AT_ONCE) as threads:
            outcomes = list(threads.map(lambda each: self._try(tenant, each, rows), taken))
        for each, outcome in zip(taken, outcomes, strict=True):
            if outcome is not None:
                self._record(tenant, each, outcome)
        return len(taken)

    def _try(self, tenant: str, taken: Taken, rows: dict[str, ChannelRow]) -> Outcome | None:
        """None where the request was erased, or the channel turned off, meanwhile."""
        row = rows.get(taken.channel)
        with postgres.tenant(self.pool, tenant) as connection:
            request = store.request(connection, taken.lead)
        if row is None or request is None:
            return None
        try:
            contact = opened(request.envelope, self.keyring.lead_keys(tenant))
            outcome = self.make(row).deliver(message(tenant, taken, request, contact))
        except Corrupt as error:
            return Outcome("gone", error.code, error.message)
        except PrilavokError as error:
            return Outcome("again", error.code, error.message)
        failpoint.reach("lead.sent")
        return outcome

    def _record(self, tenant: str, taken: Taken, outcome: Outcome) -> None:
        now = datetime.now(UTC)
        again = next_try(taken.tries, now, random.random(), outcome.wait_s)
        state = "delivered" if outcome.kind == "delivered" else "due"
        if outcome.kind == "gone" or (outcome.kind == "again" and again is None):
            state = "dead"
        with postgres.tenant(self.pool, tenant) as connection:
            said = (outcome.status, outcome.code, outcome.detail)
            store.record(connection, taken, state, again if state == "due" else None, said)
            if outcome.code == "webhook.gone":
                store.turn_off(connection, taken.channel, outcome.detail)
        if state != "delivered":
            log.warning("lead not delivered", tenant=tenant, lead=taken.lead, code=outcome.code, state=state)
        failpoint.reach("lead.recorded")


def message(tenant: str, taken: Taken, request: Request, contact: Contact) -> Message:
    """What goes to the tenant. Its id is made of tenant, request and channel, and of nothing else."""
    named = f"{tenant}\n{taken.lead}\n{taken.channel}".encode()
    said: dict[str, Any] = {
        "id": taken.lead,
        "market": request.market,
        "provider": {"id": request.provider, **_given(request)} if request.provider else None,
        "language": request.language,
        "consent": request.envelope.consent,
        "contact": msgspec.to_builtins(contact),
    }
    return Message(f"msg_{hashlib.sha256(named).hexdigest()[:32]}", TYPE, request.at, said)


class _Known(msgspec.Struct, omit_defaults=True):
    """What the tenant is told of the provider."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


def _given(request: Request) -> dict[str, str]:
    known = msgspec.json.decode(request.line, type=_Known) if request.line else _Known()
    found: dict[str, str] = msgspec.to_builtins(known)
    return found
