"""`/api/tenants/{tenant}/nodes/{node}/commands` and `update`."""

from typing import Annotated

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from cloud.account.access import Call
from cloud.account.routes import Key, Limit
from cloud.account.work import Work
from cloud.fleet.command import service, store
from cloud.fleet.command.service import Commands
from cloud.fleet.command.wire import CommandLine, CommandPage, NewUpdate
from cloud.fleet.node import service as nodes

TAGS = ["Commands"]
NODE = "/tenants/{tenant:str}/nodes/{node:str}"


@get(f"{NODE}/commands", tags=TAGS, summary="A node's commands", sync_to_thread=True)
def commands(
    call: NamedDependency[Call],
    tenant: FromPath[str],
    node: FromPath[str],
    below: Annotated[str | None, QueryParameter(max_length=100)] = None,
    limit: Limit = 50,
) -> CommandPage:
    """Newest first, with what became of each."""
    with call.work(tenant, "analyst") as work:
        nodes.node(work, node)
        found = store.commands(work.connection, node, below, limit)
    return CommandPage(items=tuple(found), next=found[-1].id if len(found) == limit else None)


@get(f"{NODE}/commands/{{id:str}}", tags=TAGS, summary="One command", sync_to_thread=True)
def command(
    call: NamedDependency[Call], tenant: FromPath[str], node: FromPath[str], id: FromPath[str]
) -> CommandLine:
    """What became of it."""
    with call.work(tenant, "analyst") as work:
        return service.read(work, node, id)


@post(f"{NODE}/update", tags=TAGS, summary="Have a node take a model or firmware", sync_to_thread=True)
def update(
    call: NamedDependency[Call],
    issuing: NamedDependency[Commands],
    tenant: FromPath[str],
    node: FromPath[str],
    data: JSONBody[NewUpdate],
    idempotency_key: Key = None,
) -> Response[CommandLine]:
    """The answer is the command; see there what becomes of it."""

    def make(work: Work) -> tuple[str, CommandLine]:
        line = issuing.update(work, node, data)
        return line.id, line

    line = call.once(
        tenant,
        "operator",
        idempotency_key,
        ("update", node, data),
        make,
        lambda work, id: service.read(work, node, id),
    )
    return Response(line, status_code=202)


handlers: list[ControllerRouterHandler] = [commands, command, update]
