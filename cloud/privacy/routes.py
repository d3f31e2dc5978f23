"""`/api/tenants/{tenant}/erasures`."""

from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from cloud.account.access import Call
from cloud.account.routes import Limit
from cloud.privacy import service, store
from cloud.privacy.service import Eraser
from cloud.privacy.wire import Erase, ErasurePage, ErasureReceipt
from sync.seal import coded

TAGS = ["Privacy"]
BASE = "/tenants/{tenant:str}/erasures"
Below = Annotated[str | None, QueryParameter(max_length=40)]


@post(BASE, tags=TAGS, summary="Erase a conversation", status_code=200, sync_to_thread=True)
def erase(
    call: NamedDependency[Call],
    eraser: NamedDependency[Eraser],
    tenant: FromPath[str],
    data: JSONBody[Erase],
) -> ErasureReceipt:
    """Here at once, on nodes when they hear of it. Again does what is left; `dry_run` does nothing."""
    session = coded(data.session)
    with call.work(tenant, "admin") as work:
        return service.preview(work, session) if data.dry_run else eraser.erase(work, session)


@get(BASE, tags=TAGS, summary="Erasures", sync_to_thread=True)
def erasures(
    call: NamedDependency[Call], tenant: FromPath[str], below: Below = None, limit: Limit = 50
) -> ErasurePage:
    """The newest first."""
    start = None if below is None else coded(below)
    with call.work(tenant, "admin") as work:
        found = store.erasures(work.connection, start, limit)
    return ErasurePage(items=tuple(found), next=found[-1].session if len(found) == limit else None)


@get(BASE + "/{session:str}", tags=TAGS, summary="One erasure's receipt", sync_to_thread=True)
def erasure(call: NamedDependency[Call], tenant: FromPath[str], session: FromPath[str]) -> ErasureReceipt:
    """As it stands now: nodes say one after another that they have done it."""
    with call.work(tenant, "admin") as work:
        return service.receipt(work, coded(session))


handlers: list[ControllerRouterHandler] = [erase, erasures, erasure]
