"""`/api/tenants/{tenant}/nodes`, and what nodes themselves ask: `/node/enrol` and `/node/time`."""

import asyncio
from typing import Annotated, Any

from litestar import Request, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter, QueryParameter
from litestar.types import ControllerRouterHandler

from cloud.account.access import Call
from cloud.account.revision import expected, tag
from cloud.account.routes import After, Key, Limit, Match
from cloud.fleet.command.service import Commands
from cloud.fleet.node import service, store
from cloud.fleet.node.joining import Joining
from cloud.fleet.node.service import Issuer
from cloud.fleet.node.wire import Act, NewFile, NewNode, NodeEdit, NodeLine, NodeMade, NodePage, Verdict
from cloud.fleet.place import service as place
from cloud.limit.gate import Gate

TAGS = ["Nodes"]
BINARY = "application/octet-stream"
ENROLMENT_LIMIT_BYTES = 8 * 1024
NONCE_LIMIT_BYTES = 64
Word = Annotated[str | None, QueryParameter(max_length=100)]


@post("/tenants/{tenant:str}/nodes", tags=TAGS, summary="Make a node and its file", sync_to_thread=True)
def add(
    call: NamedDependency[Call],
    issuer: NamedDependency[Issuer],
    tenant: FromPath[str],
    data: JSONBody[NewNode],
    idempotency_key: Key = None,
) -> Response[NodeMade]:
    """The file lets one box in, once; it is not kept here."""
    made = call.once(
        tenant,
        "operator",
        idempotency_key,
        ("node", data),
        lambda work: service.add(work, issuer, data),
        service.made_again(issuer, data.file),
    )
    return _made(made)


@post(
    "/tenants/{tenant:str}/nodes/{node:str}/provision", tags=TAGS, summary="A new file", sync_to_thread=True
)
def provision(
    call: NamedDependency[Call],
    issuer: NamedDependency[Issuer],
    tenant: FromPath[str],
    node: FromPath[str],
    data: JSONBody[NewFile],
    idempotency_key: Key = None,
) -> Response[NodeMade]:
    """Older files are void. The node's keys are replaced when the new one is used."""
    made = call.once(
        tenant,
        "operator",
        idempotency_key,
        ("provision", node, data),
        lambda work: service.provision(work, issuer, node, data),
        service.made_again(issuer, data),
    )
    return _made(made)


def _made(made: NodeMade) -> Response[NodeMade]:
    return Response(made, status_code=201, headers={"ETag": tag(made.line.revision)})


@get("/tenants/{tenant:str}/nodes", tags=TAGS, summary="Nodes", sync_to_thread=True)
def nodes(
    call: NamedDependency[Call],
    tenant: FromPath[str],
    market: Word = None,
    standing: Annotated[str | None, QueryParameter(name="state", max_length=100)] = None,
    tag: Word = None,
    limit: Limit = 50,
    after: After = "",
) -> NodePage:
    """By name; with what each last said of itself."""
    with call.work(tenant, "analyst") as work:
        place.tenant(work)
        found = store.nodes(work.connection, store.Wanted(market, standing, tag), after, limit)
    return NodePage(items=tuple(found), next=found[-1].node if len(found) == limit else None)


@get("/tenants/{tenant:str}/nodes/{node:str}", tags=TAGS, summary="One node", sync_to_thread=True)
def node(call: NamedDependency[Call], tenant: FromPath[str], node: FromPath[str]) -> Response[NodeLine]:
    """Its ETag is for editing it."""
    with call.work(tenant, "analyst") as work:
        line = service.node(work, node)
    return Response(line, headers={"ETag": tag(line.revision)})


@patch("/tenants/{tenant:str}/nodes/{node:str}", tags=TAGS, summary="Change a node", sync_to_thread=True)
def edit(
    call: NamedDependency[Call],
    tenant: FromPath[str],
    node: FromPath[str],
    data: JSONBody[NodeEdit],
    if_match: Match = None,
) -> Response[NodeLine]:
    """Title and tags."""
    with call.work(tenant, "operator") as work:
        line = service.edit(work, node, data, expected(if_match))
    return Response(line, headers={"ETag": tag(line.revision)})


@post(
    "/tenants/{tenant:str}/nodes/{node:str}/{act:str}",
    tags=TAGS,
    summary="Accept, reject or revoke a node",
    status_code=200,
    sync_to_thread=True,
)
def judge(
    call: NamedDependency[Call],
    issuing: NamedDependency[Commands],
    tenant: FromPath[str],
    node: FromPath[str],
    act: Annotated[Act, PathParameter()],
    data: JSONBody[Verdict],
) -> Response[NodeLine]:
    """Twice does nothing more. A revoked node is off the broker at once: see `broker` of the answer."""
    with call.work(tenant, "operator") as work:
        before = service.node(work, node).state
        line = service.act(work, node, act, data.reason)
        if act == "revoke" and before != line.state:
            issuing.revoke(work, node, data.reason)
    return Response(line, headers={"ETag": tag(line.revision)})


@post(
    "/node/enrol",
    tags=["For nodes"],
    summary="A node asks to be let in",
    status_code=200,
    media_type=BINARY,
    request_max_body_size=ENROLMENT_LIMIT_BYTES,
    security=[{}],
)
async def enrol(
    request: Request[Any, Any, Any],
    joining: NamedDependency[Joining],
    gate: NamedDependency[Gate],
    asker: NamedDependency[str],
) -> Response[bytes]:
    """Body: a signed enrolment, application/octet-stream. Answer: a signed admission (sync/provisioning).

    429 after many from an address that were refused.
    """
    body = await request.body()

    def answer() -> bytes:
        with gate.guessing("enrolment", asker):
            return joining.enrol(body)

    return Response(await asyncio.to_thread(answer), media_type=BINARY)


@post(
    "/node/time",
    tags=["For nodes"],
    summary="A node asks what time it is",
    status_code=200,
    media_type=BINARY,
    request_max_body_size=NONCE_LIMIT_BYTES,
    security=[{}],
)
async def tell_time(
    request: Request[Any, Any, Any],
    joining: NamedDependency[Joining],
    gate: NamedDependency[Gate],
    asker: NamedDependency[str],
    tenant: Word = None,
) -> Response[bytes]:
    """Body: 16 random bytes. Answer: a signed time (sync/clock). 429 when it is asked very often."""
    body = await request.body()

    def answer() -> bytes:
        gate.asking(asker)
        return joining.time(body, tenant)

    return Response(await asyncio.to_thread(answer), media_type=BINARY)


handlers: list[ControllerRouterHandler] = [add, provision, nodes, node, edit, judge]
open_handlers: list[ControllerRouterHandler] = [enrol, tell_time]
