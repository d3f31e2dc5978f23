"""`/api/tenants/{tenant}/rollouts`."""

from typing import Annotated

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter
from litestar.types import ControllerRouterHandler

from cloud.account.access import Call
from cloud.account.revision import expected, tag
from cloud.account.routes import After, Key, Limit, Match
from cloud.fleet.place import service as place
from cloud.fleet.rollout import service, store
from cloud.fleet.rollout.service import Rollouts
from cloud.fleet.rollout.wire import NewRollout, RolloutLine, RolloutNodePage, RolloutPage, Turn

TAGS = ["Rollouts"]
PATH = "/tenants/{tenant:str}/rollouts"


@post(PATH, tags=TAGS, summary="Take a change to many nodes", sync_to_thread=True)
def begin(
    call: NamedDependency[Call],
    taking: NamedDependency[Rollouts],
    tenant: FromPath[str],
    data: JSONBody[NewRollout],
    idempotency_key: Key = None,
) -> Response[RolloutLine]:
    """In stages; it stops by itself when more nodes fail than the plan allows."""
    line = call.once(
        tenant,
        "operator",
        idempotency_key,
        ("rollout", data),
        lambda work: taking.begin(work, data),
        service.rollout,
    )
    return Response(line, status_code=201, headers={"ETag": tag(line.revision)})


@get(PATH, tags=TAGS, summary="Rollouts", sync_to_thread=True)
def rollouts(call: NamedDependency[Call], tenant: FromPath[str]) -> RolloutPage:
    """Newest first, a hundred at most."""
    with call.work(tenant, "analyst") as work:
        place.tenant(work)
        return RolloutPage(items=tuple(store.rollouts(work.connection)))


@get(f"{PATH}/{{id:str}}", tags=TAGS, summary="One rollout", sync_to_thread=True)
def rollout(call: NamedDependency[Call], tenant: FromPath[str], id: FromPath[str]) -> Response[RolloutLine]:
    """How far it is, and why."""
    with call.work(tenant, "analyst") as work:
        line = service.rollout(work, id)
    return Response(line, headers={"ETag": tag(line.revision)})


@get(f"{PATH}/{{id:str}}/nodes", tags=TAGS, summary="How nodes took it", sync_to_thread=True)
def nodes(
    call: NamedDependency[Call],
    tenant: FromPath[str],
    id: FromPath[str],
    limit: Limit = 50,
    after: After = "",
) -> RolloutNodePage:
    """By name; those that were sent it."""
    with call.work(tenant, "analyst") as work:
        service.rollout(work, id)
        found = store.nodes(work.connection, id, after, limit)
    return RolloutNodePage(items=tuple(found), next=found[-1].node if len(found) == limit else None)


@post(
    f"{PATH}/{{id:str}}/{{turn:str}}",
    tags=TAGS,
    summary="Pause, resume, cancel or revert a rollout",
    status_code=200,
    sync_to_thread=True,
)
def turn(
    call: NamedDependency[Call],
    taking: NamedDependency[Rollouts],
    tenant: FromPath[str],
    id: FromPath[str],
    turn: Annotated[Turn, PathParameter()],
    if_match: Match = None,
) -> Response[RolloutLine]:
    """`revert` ends it and puts back the settings that it replaced, where nobody changed them since."""
    with call.work(tenant, "operator") as work:
        line = taking.turn(work, id, turn, None if if_match is None else expected(if_match))
    return Response(line, headers={"ETag": tag(line.revision)})


handlers: list[ControllerRouterHandler] = [begin, rollouts, rollout, nodes, turn]
