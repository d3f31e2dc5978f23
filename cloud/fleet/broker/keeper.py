"""Keeps the broker's accounts as the database says: one a node that is in, none for any other.

    settle   what the database knows to be different, now
    mend     what the broker has against all of the database: at the start, when the broker comes back, and
             every few minutes, for a broker that lost its accounts or that somebody else changed

Wherever it is cut off, the next turn goes on: only what the broker confirmed is written down.
"""

from dataclasses import dataclass

import structlog

from cloud.account import access
from cloud.account.work import work
from cloud.fleet.broker import dynsec
from cloud.fleet.broker.account import Passwords
from cloud.fleet.broker.control import Control
from cloud.fleet.broker.dynsec import NodeAccount
from cloud.fleet.node import store
from cloud.fleet.node.store import Seat
from cloud.postgres import Pool
from sync.errors import Corrupt

log = structlog.get_logger()
ABSENT = "not found"
CHUNK = 50


@dataclass(frozen=True)
class Accounts:
    """Of all tenants at one broker; without `control`, accounts are made by whoever runs the broker."""

    pool: Pool
    control: Control | None
    passwords: Passwords

    @property
    def connections(self) -> int:
        """How often the broker has let the hub in."""
        return 0 if self.control is None else self.control.line.connections

    def close(self) -> None:
        """Ends the line."""
        if self.control is not None:
            self.control.close()

    def settle(self, tenant: str) -> int:
        """Makes and ends what is due in a tenant; how many accounts. Unavailable without a broker."""
        with work(self.pool, tenant, "hub") as begun:
            due = store.unsettled(begun.connection)
        for start in range(0, len(due), CHUNK):
            some = due[start : start + CHUNK]
            self._end([f"{tenant}/{node}" for node, _, _ in some])
            self._make([self._account(tenant, seat) for _, seat, _ in some if seat is not None])
            with work(self.pool, tenant, "hub") as begun:
                for node, seat, _ in some:
                    store.heard(begun.connection, node, None if seat is None else seat.number)
        return len(due)

    def mend(self) -> int:
        """Ends accounts that are nobody's, makes those that are missing or not right; how many."""
        if self.control is None:
            return 0
        there = self.control.there()
        seats = {tenant: self._seats(tenant) for tenant in access.tenants(self.pool)}
        wanted = [self._account(tenant, seat) for tenant, found in seats.items() for seat in found]
        wrong = dynsec.wrong(wanted, there)
        if wrong:
            log.warning("broker accounts differ", count=len(wrong), first=sorted(wrong)[:5])
        self._end(sorted(wrong))
        for tenant, found in seats.items():
            with work(self.pool, tenant, "hub") as begun:
                for seat in found:
                    if f"{tenant}/{seat.node}" in wrong:
                        store.heard(begun.connection, seat.node, None)
            self.settle(tenant)
        return len(wrong)

    def _seats(self, tenant: str) -> list[Seat]:
        with work(self.pool, tenant, "hub") as begun:
            return store.seats(begun.connection)

    def _account(self, tenant: str, seat: Seat) -> NodeAccount:
        account = self.passwords.account(tenant, seat.node, seat.sign_key, seat.number)
        return NodeAccount(tenant, seat.node, seat.market, account.password)

    def _end(self, names: list[str]) -> None:
        errors = self._run([command for name in names for command in dynsec.end(name)])
        _check([error for error in errors if ABSENT not in error])

    def _make(self, accounts: list[NodeAccount]) -> None:
        _check(self._run([command for account in accounts for command in dynsec.make(account)]))

    def _run(self, commands: list[dynsec.Command]) -> list[str]:
        return [] if self.control is None else self.control.run(commands)


def _check(errors: list[str]) -> None:
    if errors:
        raise Corrupt(
            f"The broker did not do as it was told: {errors[0]}.",
            code="broker.disobeys",
            hint="It is tried again; does another hub control the same broker?",
        )
