"""`/api/tenants/{tenant}/nodes/{node}/support`."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from cloud.account.access import Call
from cloud.account.routes import Key
from cloud.fleet.support import service
from cloud.fleet.support.service import Bundles
from cloud.fleet.support.wire import BundleLine, BundlePage, NewBundle

TAGS = ["Support bundles"]
PATH = "/tenants/{tenant:str}/nodes/{node:str}/support"
GZIP = "application/gzip"


@post(PATH, tags=TAGS, summary="Ask a node for a support bundle", sync_to_thread=True)
def ask(
    call: NamedDependency[Call],
    asking: NamedDependency[Bundles],
    tenant: FromPath[str],
    node: FromPath[str],
    data: JSONBody[NewBundle],
    idempotency_key: Key = None,
) -> Response[BundleLine]:
    """Redacted logs, metrics and findings; they come when the node is online."""
    line = call.once(
        tenant,
        "operator",
        idempotency_key,
        ("support", node, data),
        lambda work: asking.ask(work, node, data),
        lambda work, id: service.bundle(work, node, id),
    )
    return Response(line, status_code=202)


@get(PATH, tags=TAGS, summary="Bundles that were asked for", sync_to_thread=True)
def bundles(call: NamedDependency[Call], tenant: FromPath[str], node: FromPath[str]) -> BundlePage:
    """Newest first, a hundred at most, with how many parts have come."""
    with call.work(tenant, "operator") as work:
        return BundlePage(items=tuple(service.bundles(work, node)))


@get(f"{PATH}/{{id:str}}", tags=TAGS, summary="Fetch a bundle", media_type=GZIP, sync_to_thread=True)
def fetch(
    call: NamedDependency[Call], tenant: FromPath[str], node: FromPath[str], id: FromPath[str]
) -> Response[bytes]:
    """A gzipped tar; 409 until every part has come. Who fetched it stands in the audit log."""
    with call.work(tenant, "operator") as work:
        data = service.fetch(work, node, id)
    name = f'attachment; filename="{node}-{id}.tar.gz"'
    return Response(data, media_type=GZIP, headers={"Content-Disposition": name})


handlers: list[ControllerRouterHandler] = [ask, bundles, fetch]
