"""`/`, `/frame`, `/widget.js`, `/sw.js` and `/assets/…`: built files, with what makes browsers keep them."""

import re
from functools import cache, partial
from typing import Any

from litestar import Request, Response, route
from litestar.params import FromPath
from litestar.types import Method

from edge.page import reference
from edge.page.bundle import Asset, Bundle, content
from edge.page.frame import Frame

READ: list[Method] = ["GET", "HEAD"]
PACKED = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
SCRIPT, PAGE = ".js", ".html"
Asked = Request[Any, Any, Any]
FOREVER = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"
# The shell on a page elsewhere is to be there when the node is not: the browser's own copy serves, and is
# asked for again behind it. In a frame it finds whatever counter the node has by then.
ASK_BEHIND = f"max-age=0, stale-while-revalidate={30 * 86_400}"


def deliver(request: Asked, asset: Asset, caching: str, own: dict[str, str] | None = None) -> Response[bytes]:
    """An asset as this browser takes it, or the word that it has it; `own` are headers of its own."""
    headers = {"Cache-Control": caching, "ETag": asset.tag, **(own or {})}
    if asset.packed is not None:
        headers["Vary"] = "Accept-Encoding"
    if request.headers.get("if-none-match") == asset.tag:
        return Response(b"", status_code=304, headers=headers, media_type=asset.media_type)
    if asset.packed is not None and PACKED.search(request.headers.get("accept-encoding", "")):
        headers["Content-Encoding"] = "gzip"
        return Response(content(asset.packed), headers=headers, media_type=asset.media_type)
    return Response(content(asset.data), headers=headers, media_type=asset.media_type)


def handlers(bundle: Bundle, origins: tuple[str, ...] = ()) -> list[Any]:
    """Handlers over one bundle; `origins` are those of pages that may have the frame."""
    framed = cache(partial(Frame.of, bundle, origins))
    # Workers go by the policies of their own script. Isolated, so that the model may use threads.
    isolated = {"Cross-Origin-Embedder-Policy": "require-corp"}
    own = {"Content-Security-Policy": bundle.policy, **isolated} if bundle.policy else {}

    def send(request: Asked, name: str, caching: str) -> Response[bytes]:
        return deliver(request, bundle.get(name), caching, own if name.endswith((SCRIPT, PAGE)) else None)

    @route("/", http_method=READ, include_in_schema=False, sync_to_thread=False)
    def index(request: Asked) -> Response[bytes]:
        return send(request, "index.html", ASK_FIRST)

    @route("/frame", http_method=READ, include_in_schema=False, sync_to_thread=False)
    def frame(request: Asked) -> Response[bytes]:
        return deliver(request, framed().asset, ASK_FIRST, framed().headers)

    @route("/widget.js", http_method=READ, include_in_schema=False, sync_to_thread=False)
    def widget(request: Asked) -> Response[bytes]:
        return send(request, "widget.js", ASK_BEHIND)

    @route("/sw.js", http_method=READ, include_in_schema=False, sync_to_thread=False)
    def service_worker(request: Asked) -> Response[bytes]:
        return send(request, "sw.js", ASK_FIRST)

    @route("/schema.css", http_method=READ, include_in_schema=False, sync_to_thread=False)
    def style() -> Response[bytes]:
        return Response(
            reference.STYLE, media_type="text/css; charset=utf-8", headers={"Cache-Control": ASK_FIRST}
        )

    @route("/assets/{name:str}", http_method=READ, include_in_schema=False, sync_to_thread=False)
    def asset(request: Asked, name: FromPath[str]) -> Response[bytes]:
        return send(request, f"assets/{name}", FOREVER)

    return [index, frame, widget, service_worker, style, asset]
