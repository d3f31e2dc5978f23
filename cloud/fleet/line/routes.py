"""`/api/tenants/{tenant}/sync`."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from cloud.account.access import Call
from cloud.account.routes import After, Limit
from cloud.fleet.line import store
from cloud.fleet.line.wire import LinePage
from cloud.fleet.place import service as place


@get("/tenants/{tenant:str}/sync", tags=["Sync"], summary="How nodes and hub stand", sync_to_thread=True)
def status(
    call: NamedDependency[Call], tenant: FromPath[str], limit: Limit = 50, after: After = ""
) -> LinePage:
    """What waits on nodes, what the hub has stored, lost, refused; and what an operator should know."""
    with call.work(tenant, "analyst") as work:
        place.tenant(work)
        found = store.statuses(work.connection, after, limit)
        events = store.events(work.connection)
    following = found[-1].node if len(found) == limit else None
    return LinePage(items=tuple(found), events=tuple(events), next=following)


handlers: list[ControllerRouterHandler] = [status]
