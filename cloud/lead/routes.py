"""`/api/tenants/{tenant}/leads` and `lead-channels`."""

from typing import Annotated

from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from cloud.account.access import Call
from cloud.account.revision import expected, tag
from cloud.account.role import HUB
from cloud.account.routes import After, Key, Limit, Match
from cloud.lead import service, store
from cloud.lead.store import Wanted
from cloud.lead.wire import (
    ChannelEdit,
    ChannelLine,
    ChannelPage,
    LeadLine,
    LeadPage,
    NewChannel,
    Retried,
    Retry,
    State,
)

TAGS = ["Requests"]
LEADS = "/tenants/{tenant:str}/leads"
CHANNELS = "/tenants/{tenant:str}/lead-channels"
Word = Annotated[str | None, QueryParameter(max_length=200)]


@get(LEADS, tags=TAGS, summary="Requests", sync_to_thread=True)
def leads(
    call: NamedDependency[Call],
    tenant: FromPath[str],
    only: Annotated[State | None, QueryParameter(name="state")] = None,
    market: Word = None,
    below: Word = None,
    limit: Limit = 50,
) -> LeadPage:
    """The newest first: how far each is. Contacts are in none of it."""
    with call.work(tenant, "analyst") as work:
        found = store.leads(work.connection, Wanted(only, market, below, limit))
    return LeadPage(items=tuple(found), next=found[-1].id if len(found) == limit else None)


@get(LEADS + "/{id:str}", tags=TAGS, summary="One request", sync_to_thread=True)
def lead(call: NamedDependency[Call], tenant: FromPath[str], id: FromPath[str]) -> LeadLine:
    """And where it is on its way to each channel."""
    with call.work(tenant, "analyst") as work:
        return service.lead(work, id)


@post(LEADS + "/{id:str}/retry", tags=TAGS, summary="Try one again", status_code=200, sync_to_thread=True)
def retry(
    call: NamedDependency[Call], tenant: FromPath[str], id: FromPath[str], data: JSONBody[Retry]
) -> Retried:
    """From the start, under the same message id."""
    with call.work(tenant, "operator") as work:
        return service.retry(work, id, data)


@post(LEADS + "/retry", tags=TAGS, summary="Try all that were given up", status_code=200, sync_to_thread=True)
def retry_dead(call: NamedDependency[Call], tenant: FromPath[str]) -> Retried:
    """From the start, under the same message ids."""
    with call.work(tenant, "operator") as work:
        return service.retry(work, None, Retry())


@post(CHANNELS, tags=TAGS, summary="Say where requests go", sync_to_thread=True)
def add_channel(
    call: NamedDependency[Call],
    tenant: FromPath[str],
    data: JSONBody[NewChannel],
    idempotency_key: Key = None,
) -> Response[ChannelLine]:
    """The answer has the secret that signs, and no later one has it."""
    line = call.once(
        tenant,
        "admin",
        idempotency_key,
        ("channel", data),
        lambda work: service.add_channel(work, data, by_hub=call.caller.owner == HUB),
        service.channel,
    )
    return _tagged(line, 201)


@get(CHANNELS, tags=TAGS, summary="Where requests go", sync_to_thread=True)
def channels(
    call: NamedDependency[Call], tenant: FromPath[str], limit: Limit = 50, after: After = ""
) -> ChannelPage:
    """By name."""
    with call.work(tenant, "analyst") as work:
        found = store.channels(work.connection, after, limit)
    return ChannelPage(items=tuple(found), next=found[-1].channel if len(found) == limit else None)


@get(CHANNELS + "/{name:str}", tags=TAGS, summary="One channel", sync_to_thread=True)
def channel(call: NamedDependency[Call], tenant: FromPath[str], name: FromPath[str]) -> Response[ChannelLine]:
    """Its ETag is for editing it."""
    with call.work(tenant, "analyst") as work:
        return _tagged(service.channel(work, name))


@patch(CHANNELS + "/{name:str}", tags=TAGS, summary="Change a channel", sync_to_thread=True)
def edit_channel(
    call: NamedDependency[Call],
    tenant: FromPath[str],
    name: FromPath[str],
    data: JSONBody[ChannelEdit],
    if_match: Match = None,
) -> Response[ChannelLine]:
    """A new secret is told in the answer, once."""
    with call.work(tenant, "admin") as work:
        by_hub = call.caller.owner == HUB
        return _tagged(service.edit_channel(work, name, data, expected(if_match), by_hub=by_hub))


@delete(CHANNELS + "/{name:str}", tags=TAGS, summary="Take a channel away", sync_to_thread=True)
def delete_channel(call: NamedDependency[Call], tenant: FromPath[str], name: FromPath[str]) -> None:
    """Requests that only it would have taken wait for another."""
    with call.work(tenant, "admin") as work:
        service.delete_channel(work, name)


def _tagged(line: ChannelLine, status: int = 200) -> Response[ChannelLine]:
    return Response(line, status_code=status, headers={"ETag": tag(line.revision)})


handlers: list[ControllerRouterHandler] = [
    *(leads, lead, retry, retry_dead),
    *(add_channel, channels, channel, edit_channel, delete_channel),
]
