"""Tenants and markets are made and named. A tenant gets its keys when it is made."""

import msgspec

from cloud.account.revision import check_revision
from cloud.account.work import Work
from cloud.fleet.place import store
from cloud.fleet.place.wire import MarketLine, NewMarket, NewTenant, PlaceEdit, TenantLine
from cloud.keyring import Keyring
from sync.errors import Conflict, Missing


def add_tenant(work: Work, keyring: Keyring, wanted: NewTenant) -> tuple[str, TenantLine]:
    """A new tenant, in its own name. Conflict where the name is taken."""
    if not store.add_tenant(work.connection, wanted.title):
        raise Conflict(
            f"There is a tenant {wanted.tenant} already.", code="tenant.taken", hint="Choose another name."
        )
    keyring.ensure(wanted.tenant, work.now_ms)
    line = tenant(work)
    work.note("tenant.add", f"tenant/{wanted.tenant}", after=msgspec.to_builtins(line))
    return wanted.tenant, line


def tenant(work: Work, _: str = "", *, lock: bool = False) -> TenantLine:
    """The work's own. Missing where there is none."""
    line = store.tenant(work.connection, lock=lock)
    if line is None:
        raise Missing(
            f"There is no tenant {work.tenant}.",
            code="tenant.unknown",
            hint="`prilavok tenant list` has them; `prilavok tenant add` makes one.",
        )
    return line


def name_tenant(work: Work, edit: PlaceEdit, revision: int | None) -> TenantLine:
    """Another title."""
    before = tenant(work, lock=True)
    check_revision(before.revision, revision)
    store.name_tenant(work.connection, edit.title)
    after = tenant(work)
    work.note("tenant.edit", f"tenant/{work.tenant}", msgspec.to_builtins(before), msgspec.to_builtins(after))
    return after


def add_market(work: Work, wanted: NewMarket) -> tuple[str, MarketLine]:
    """A new market. Conflict where the name is taken."""
    tenant(work)
    if not store.add_market(work.connection, wanted.market, wanted.title):
        raise Conflict(
            f"There is a market {wanted.market} already.", code="market.taken", hint="Choose another name."
        )
    line = market(work, wanted.market)
    work.note("market.add", f"market/{wanted.market}", after=msgspec.to_builtins(line))
    return wanted.market, line


def market(work: Work, name: str) -> MarketLine:
    """One of them. Missing where there is none."""
    line = store.market(work.connection, name)
    if line is None:
        raise Missing(
            f"There is no market {name}.",
            code="market.unknown",
            hint="`prilavok market list` has them; `prilavok market add` makes one.",
        )
    return line


def name_market(work: Work, name: str, edit: PlaceEdit, revision: int | None) -> MarketLine:
    """Another title."""
    store.lock_market(work.connection, name)
    before = market(work, name)
    check_revision(before.revision, revision)
    store.name_market(work.connection, name, edit.title)
    after = market(work, name)
    work.note("market.edit", f"market/{name}", msgspec.to_builtins(before), msgspec.to_builtins(after))
    return after
