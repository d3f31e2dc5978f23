"""`/api/tenants` and their markets."""

from litestar import Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from cloud.account.access import Call
from cloud.account.revision import expected, tag
from cloud.account.role import HUB, foreign
from cloud.account.routes import After, Key, Limit, Match
from cloud.fleet.place import service, store
from cloud.fleet.place.wire import (
    MarketLine,
    MarketPage,
    NewMarket,
    NewTenant,
    PlaceEdit,
    TenantLine,
    TenantPage,
)
from cloud.parts import Parts

TAGS = ["Tenants and markets"]


@post("/tenants", tags=TAGS, summary="Make a tenant", sync_to_thread=True)
def add_tenant(
    call: NamedDependency[Call],
    parts: NamedDependency[Parts],
    data: JSONBody[NewTenant],
    idempotency_key: Key = None,
) -> Response[TenantLine]:
    """For the hub's admins. Its keys are made with it."""
    call.caller.check(HUB, "admin")
    line = call.once(
        data.tenant,
        "admin",
        idempotency_key,
        ("tenant", data),
        lambda work: service.add_tenant(work, parts.keyring, data),
        service.tenant,
    )
    return Response(line, status_code=201, headers={"ETag": tag(line.revision)})


@get("/tenants", tags=TAGS, summary="Tenants", sync_to_thread=True)
def tenants(call: NamedDependency[Call], limit: Limit = 50, after: After = "") -> TenantPage:
    """All of them for the hub's admins; else the caller's own."""
    if call.caller.owner != HUB:
        with call.work(call.caller.owner, "analyst") as work:
            return TenantPage(items=(service.tenant(work),))
    found = store.tenants(call.pool, after, limit)
    return TenantPage(items=tuple(found), next=found[-1].tenant if len(found) == limit else None)


@get("/tenants/{tenant:str}", tags=TAGS, summary="One tenant", sync_to_thread=True)
def tenant(call: NamedDependency[Call], tenant: FromPath[str]) -> Response[TenantLine]:
    """Its ETag is for editing it."""
    if tenant == HUB:
        raise foreign(tenant)
    with call.work(tenant, "analyst") as work:
        line = service.tenant(work)
    return Response(line, headers={"ETag": tag(line.revision)})


@patch("/tenants/{tenant:str}", tags=TAGS, summary="Name a tenant", sync_to_thread=True)
def edit_tenant(
    call: NamedDependency[Call], tenant: FromPath[str], data: JSONBody[PlaceEdit], if_match: Match = None
) -> Response[TenantLine]:
    """Its title; its name stays."""
    with call.work(tenant, "admin") as work:
        line = service.name_tenant(work, data, expected(if_match))
    return Response(line, headers={"ETag": tag(line.revision)})


@post("/tenants/{tenant:str}/markets", tags=TAGS, summary="Make a market", sync_to_thread=True)
def add_market(
    call: NamedDependency[Call], tenant: FromPath[str], data: JSONBody[NewMarket], idempotency_key: Key = None
) -> Response[MarketLine]:
    """A city or region."""
    line = call.once(
        tenant,
        "admin",
        idempotency_key,
        ("market", data),
        lambda work: service.add_market(work, data),
        service.market,
    )
    return Response(line, status_code=201, headers={"ETag": tag(line.revision)})


@get("/tenants/{tenant:str}/markets", tags=TAGS, summary="Markets", sync_to_thread=True)
def markets(
    call: NamedDependency[Call], tenant: FromPath[str], limit: Limit = 50, after: After = ""
) -> MarketPage:
    """By name."""
    with call.work(tenant, "analyst") as work:
        service.tenant(work)
        found = store.markets(work.connection, after, limit)
    return MarketPage(items=tuple(found), next=found[-1].market if len(found) == limit else None)


@get("/tenants/{tenant:str}/markets/{market:str}", tags=TAGS, summary="One market", sync_to_thread=True)
def market(call: NamedDependency[Call], tenant: FromPath[str], market: FromPath[str]) -> Response[MarketLine]:
    """Its ETag is for editing it."""
    with call.work(tenant, "analyst") as work:
        line = service.market(work, market)
    return Response(line, headers={"ETag": tag(line.revision)})


@patch("/tenants/{tenant:str}/markets/{market:str}", tags=TAGS, summary="Name a market", sync_to_thread=True)
def edit_market(
    call: NamedDependency[Call],
    tenant: FromPath[str],
    market: FromPath[str],
    data: JSONBody[PlaceEdit],
    if_match: Match = None,
) -> Response[MarketLine]:
    """Its title; its name stays."""
    with call.work(tenant, "admin") as work:
        line = service.name_market(work, market, data, expected(if_match))
    return Response(line, headers={"ETag": tag(line.revision)})


handlers: list[ControllerRouterHandler] = [
    add_tenant,
    tenants,
    tenant,
    edit_tenant,
    add_market,
    markets,
    market,
    edit_market,
]
