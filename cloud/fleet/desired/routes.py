"""`/api/tenants/{tenant}/nodes/{node}/settings`."""

from litestar import Response, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from cloud.account.access import Call
from cloud.account.revision import expected, tag
from cloud.account.routes import Match
from cloud.fleet.desired import service
from cloud.fleet.desired.service import Desk
from cloud.fleet.desired.wire import NewSettings, SettingsLine

TAGS = ["Settings of nodes"]
PATH = "/tenants/{tenant:str}/nodes/{node:str}/settings"


@get(PATH, tags=TAGS, summary="What a node is to have", sync_to_thread=True)
def settings(
    call: NamedDependency[Call], tenant: FromPath[str], node: FromPath[str]
) -> Response[SettingsLine]:
    """And the version that it says it runs."""
    with call.work(tenant, "analyst") as work:
        line = service.read(work, node)
    return Response(line, headers={"ETag": tag(line.version)})


@put(PATH, tags=TAGS, summary="Set them, whole", sync_to_thread=True)
def put_settings(
    call: NamedDependency[Call],
    desk: NamedDependency[Desk],
    tenant: FromPath[str],
    node: FromPath[str],
    data: JSONBody[NewSettings],
    if_match: Match = None,
) -> Response[SettingsLine]:
    """422 for a name that cannot be set or a value out of bounds: see the published schema."""
    with call.work(tenant, "operator") as work:
        line = desk.put(work, node, data.values, expected(if_match))
    return Response(line, headers={"ETag": tag(line.version)})


handlers: list[ControllerRouterHandler] = [settings, put_settings]
