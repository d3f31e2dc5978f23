"""Which pages may post here: the node's own, and those of the origins that the settings name.

Reading is not decided here: other origins read what CORS lets them.
"""

import ipaddress
import socket
from urllib.parse import urlsplit

from litestar import Request
from litestar.datastructures import State

from edge.settings import Settings
from sync.errors import Refused

PAGE_HEADER = "prilavok-page"
Asked = Request[object, object, State]


def check_origin(request: Asked) -> None:
    """A page of another origin may post here only where the settings name it.

    The node's own pages are those under a name that is the node's: a page whose name was pointed at this box
    (DNS rebinding) has that name as origin and as host, and is not ours.
    """
    origin = request.headers.get("origin")
    if origin is None or request.method in ("GET", "HEAD", "OPTIONS"):
        return
    settings: Settings = request.app.state.settings
    place = urlsplit(origin)
    if origin in settings.origins or (
        place.netloc == request.headers.get("host") and own_name(place.hostname or "", settings.names)
    ):
        return
    raise Refused(
        "Pages of that origin may not ask here.",
        code="origin.forbidden",
        hint="Add it to the setting `origins`, or the node's own name to `names`.",
    )


def embedding(request: Asked) -> str | None:
    """The page that a question comes from, where it is not the node's own: allowances go by it.

    A frame of the node's in that page asks with the node's origin and names the page, as its browser told it.
    Another page's script cannot name one: a foreign origin stands for itself.
    """
    origin = request.headers.get("origin")
    own = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    return request.headers.get(PAGE_HEADER, origin) if own else origin


def own_name(host: str, names: tuple[str, ...]) -> bool:
    """Whether a host name can only be this node's: an address, a local name, or one of the settings'."""
    if host == "localhost" or host.endswith((".local", ".localhost")) or host in names:
        return True
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return host == socket.gethostname().lower()
