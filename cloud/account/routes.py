"""`/api/login`, `me`, `tokens`, `operators`, `audit`; and how every route gets to know who calls."""

from typing import Annotated, Any

from litestar import Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from cloud.account import access, service, store
from cloud.account.access import Call
from cloud.account.audit import store as audit_log
from cloud.account.revision import expected, tag
from cloud.account.wire import (
    AuditPage,
    Login,
    Me,
    NewOperator,
    NewToken,
    OperatorEdit,
    OperatorLine,
    OperatorPage,
    TokenMade,
    TokenPage,
)
from cloud.limit.gate import Gate
from cloud.parts import Parts

Key = Annotated[str | None, HeaderParameter(name="Idempotency-Key", max_length=200)]
Match = Annotated[str | None, HeaderParameter(name="If-Match", max_length=200)]
Limit = Annotated[int, QueryParameter(ge=1, le=200)]
After = Annotated[str, QueryParameter(max_length=200)]
TAGS = ["Accounts"]


def give_call(
    request: Request[Any, Any, Any],
    parts: NamedDependency[Parts],
    gate: NamedDependency[Gate],
    asker: NamedDependency[str],
) -> Call:
    """Who calls, from the bearer token. After many wrong ones from an address, 429."""
    with gate.failing("token", asker, "token.invalid"):
        return access.call(parts.pool, request.headers.get("authorization"))


@post("/login", tags=TAGS, summary="A token for name and password", sync_to_thread=True, security=[{}])
def log_in(
    parts: NamedDependency[Parts],
    gate: NamedDependency[Gate],
    asker: NamedDependency[str],
    data: JSONBody[Login],
) -> TokenMade:
    """401 when name or password is wrong, 429 after too many wrong tries of an address or account."""
    with gate.guessing("login", asker, f"{data.owner}/{data.operator}"):
        return service.log_in(parts.pool, data)


@get("/me", tags=TAGS, summary="Who the token stands for", sync_to_thread=True)
def me(call: NamedDependency[Call]) -> Me:
    """Owner is a tenant, or @hub for the hub's own admins."""
    return Me(owner=call.caller.owner, operator=call.caller.operator, role=call.caller.role)


@post("/logout", tags=TAGS, summary="End the token that is used", status_code=204, sync_to_thread=True)
def log_out(call: NamedDependency[Call]) -> None:
    """The token opens nothing afterwards."""
    with call.work(call.caller.owner, "analyst") as begun:
        service.revoke_token(begun, call.caller, call.caller.token)


@post("/tokens", tags=TAGS, summary="A token for a program", sync_to_thread=True)
def make_token(
    call: NamedDependency[Call], data: JSONBody[NewToken], idempotency_key: Key = None
) -> TokenMade:
    """With at most the caller's own role, in the caller's own tenant. Its text is shown this once."""
    return call.once(
        call.caller.owner,
        "analyst",
        idempotency_key,
        ("token", data),
        lambda work: service.make_token(work, call.caller, data),
        lambda work, id: service.make_token_again(work, call.caller, data, id),
    )


@get("/tokens", tags=TAGS, summary="Tokens, without their secrets", sync_to_thread=True)
def tokens(call: NamedDependency[Call], limit: Limit = 50, after: After = "") -> TokenPage:
    """One's own; for an admin, everybody's in the tenant."""
    whose = None if call.caller.role == "admin" else call.caller.operator
    with call.work(call.caller.owner, "analyst") as work:
        found = store.tokens(work.connection, whose, after, limit)
    return TokenPage(items=tuple(found), next=found[-1].id if len(found) == limit else None)


@delete("/tokens/{id:str}", tags=TAGS, summary="End a token", sync_to_thread=True)
def revoke_token(call: NamedDependency[Call], id: FromPath[str]) -> None:
    """One's own; for an admin, anybody's in the tenant."""
    with call.work(call.caller.owner, "analyst") as work:
        service.revoke_token(work, call.caller, id)


@post("/tenants/{tenant:str}/operators", tags=TAGS, summary="Add an operator", sync_to_thread=True)
def add_operator(
    call: NamedDependency[Call],
    tenant: FromPath[str],
    data: JSONBody[NewOperator],
    idempotency_key: Key = None,
) -> Response[OperatorLine]:
    """The tenant @hub stands for the hub itself, whose admins are admins everywhere."""
    line = call.once(
        tenant,
        "admin",
        idempotency_key,
        ("operator", data.operator, data.role),
        lambda work: service.add_operator(work, data),
        service.operator,
    )
    return Response(line, status_code=201, headers={"ETag": tag(line.revision)})


@get("/tenants/{tenant:str}/operators", tags=TAGS, summary="Operators and roles", sync_to_thread=True)
def operators(
    call: NamedDependency[Call], tenant: FromPath[str], limit: Limit = 50, after: After = ""
) -> OperatorPage:
    """By name."""
    with call.work(tenant, "admin") as work:
        found = store.operators(work.connection, after, limit)
    return OperatorPage(items=tuple(found), next=found[-1].operator if len(found) == limit else None)


@get("/tenants/{tenant:str}/operators/{name:str}", tags=TAGS, summary="One operator", sync_to_thread=True)
def operator(
    call: NamedDependency[Call], tenant: FromPath[str], name: FromPath[str]
) -> Response[OperatorLine]:
    """Its ETag is for editing it."""
    with call.work(tenant, "admin") as work:
        line = service.operator(work, name)
    return Response(line, headers={"ETag": tag(line.revision)})


@patch("/tenants/{tenant:str}/operators/{name:str}", tags=TAGS, summary="Change one", sync_to_thread=True)
def edit_operator(
    call: NamedDependency[Call],
    tenant: FromPath[str],
    name: FromPath[str],
    data: JSONBody[OperatorEdit],
    if_match: Match = None,
) -> Response[OperatorLine]:
    """Role, password, or whether they may log in."""
    with call.work(tenant, "admin") as work:
        line = service.edit_operator(work, name, data, expected(if_match))
    return Response(line, headers={"ETag": tag(line.revision)})


@get("/tenants/{tenant:str}/audit", tags=TAGS, summary="Who changed what", sync_to_thread=True)
def audit(
    call: NamedDependency[Call],
    tenant: FromPath[str],
    subject: Annotated[str | None, QueryParameter(max_length=200)] = None,
    below: Annotated[int | None, QueryParameter(ge=1, le=2**63 - 1)] = None,
    limit: Limit = 50,
) -> AuditPage:
    """Newest first; `subject` such as `node/kiosk-1`; `below` is the page's `next`."""
    with call.work(tenant, "admin") as work:
        found = audit_log.lines(work.connection, subject, below, limit)
    return AuditPage(items=tuple(found), next=str(found[-1].id) if len(found) == limit else None)


handlers: list[ControllerRouterHandler] = [
    log_in,
    me,
    log_out,
    make_token,
    tokens,
    revoke_token,
    add_operator,
    operators,
    operator,
    edit_operator,
    audit,
]
