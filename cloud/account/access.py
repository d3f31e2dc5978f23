"""From a token to who is calling, and from there to work in a tenant's name, if the caller's role allows it.

A token opens its own tenant; one of the hub's opens every tenant. Both are asked for on each call, so a token
that is revoked, or an operator who is shut out, is out with the next call.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from cloud import postgres
from cloud.account import store, token
from cloud.account.role import HUB, ROLES, Role, allows, forbidden, foreign, owner
from cloud.account.work import Work, work
from cloud.postgres import Pool
from sync.errors import Refused
from sync.identity import digest

T = TypeVar("T")
LONGEST_KEY = 200


@dataclass(frozen=True)
class Caller:
    """Who a token stands for. `role` is the lower of the token's and the operator's."""

    owner: str
    operator: str
    role: Role
    token: str

    @property
    def name(self) -> str:
        """As the audit log says it."""
        return f"{self.operator}{HUB}" if self.owner == HUB else self.operator

    def check(self, tenant: str, need: Role) -> None:
        """Refused with `tenant.foreign` or `role.forbidden` where the caller may not."""
        if self.owner not in (HUB, owner(tenant)):
            raise foreign(tenant)
        if not allows(self.role, need):
            raise forbidden(need)


@dataclass(frozen=True)
class Call:
    """A call by somebody who is known, to work in one tenant's name after another."""

    pool: Pool
    caller: Caller

    @contextmanager
    def work(self, tenant: str, need: Role) -> Iterator[Work]:
        """A transaction of that tenant's, if the caller may."""
        self.caller.check(tenant, need)
        with work(self.pool, tenant, self.caller.name) as begun:
            yield begun

    def once(
        self,
        tenant: str,
        need: Role,
        key: str | None,
        request: object,
        make: Callable[[Work], tuple[str, T]],
        again: Callable[[Work, str], T],
    ) -> T:
        """Makes a thing, once for an Idempotency-Key: `make` says its name, `again` tells of it anew.

        `request` is what was asked, to tell a repetition from another request. Refused when the key came with
        another one before.
        """
        with self.work(tenant, need) as begun:
            if key is None:
                return make(begun)[1]
            whose, said = self._digest(tenant, key), digest(msgspec.json.encode(request))
            before = store.claim(begun.connection, whose, said, begun.now)
            if before is None:
                subject, made = make(begun)
                store.settle(begun.connection, whose, subject)
                return made
            if before[0] != said or before[1] is None:
                raise Refused(
                    "This Idempotency-Key came with another request before.",
                    code="idempotency.reused",
                    hint="Use a new key for a new request.",
                )
            return again(begun, before[1])

    def _digest(self, tenant: str, key: str) -> str:
        if not 1 <= len(key) <= LONGEST_KEY:
            raise Refused(
                f"An Idempotency-Key has 1 to {LONGEST_KEY} characters.",
                code="idempotency.invalid",
                hint="A UUID will do.",
            )
        return digest(f"{tenant}\0{self.caller.owner}\0{self.caller.operator}\0{key}".encode())


def call(pool: Pool, header: str | None) -> Call:
    """Who calls, by the Authorization header. Refused with `token.missing` or `token.invalid`."""
    shown = token.read(header)
    with work(pool, shown.owner, "") as begun:
        found = store.bearer(begun.connection, shown.digest)
        if found is None or not found.enabled or found.line.revoked_at or found.line.expires_at <= begun.now:
            raise token.invalid()
        store.use_token(begun.connection, found.line.id, begun.now)
    role = min(found.line.role, found.ceiling, key=ROLES.index)
    return Call(pool, Caller(shown.owner, found.line.operator, role, found.line.id))


def tenants(pool: Pool) -> list[str]:
    """Every tenant's name, for what the hub does by itself."""
    with postgres.directory(pool) as connection:
        return [row[0] for row in connection.execute("SELECT tenant FROM tenant ORDER BY tenant")]
