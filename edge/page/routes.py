"""`/`, `/widget.js`, `/sw.js` and `/assets/…`: built files, with what makes browsers keep them."""

import re
from typing import Any

from litestar import Request, Response, route
from litestar.params import FromPath
from litestar.types import Method

from edge.page import reference
from edge.page.bundle import Bundle, content

READ: list[Method] = ["GET", "HEAD"]
PACKED = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
SCRIPT, PAGE = ".js", ".html"
FOREVER = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"


def handlers(bundle: Bundle) -> list[Any]:
    """Handlers over one bundle."""

    def send(request: Request[Any, Any, Any], name: str, caching: str) -> Response[bytes]:
        asset = bundle.get(name)
        headers = {"Cache-Control": caching, "ETag": asset.tag}
        if bundle.policy and name.endswith((SCRIPT, PAGE)):
            headers["Content-Security-Policy"] = bundle.policy  # workers go by their own script's
            headers["Cross-Origin-Embedder-Policy"] = "require-corp"  # isolated: the model may use threads
        if asset.packed is not None:
            headers["Vary"] = "Accept-Encoding"
        if request.headers.get("if-none-match") == asset.tag:
            return Response(b"", status_code=304, headers=headers, media_type=asset.media_type)
        if asset.packed is not None and PACKED.search(request.headers.get("accept-encoding", "")):
            headers["Content-Encoding"] = "gzip"
            return Response(content(asset.packed), headers=headers, media_type=asset.media_type)
        return Response(content(asset.data), headers=headers, media_type=asset.media_type)

    @route("/", http_method=READ, include_in_schema=False, sync_to_thread=False)
    def index(request: Request[Any, Any, Any]) -> Response[bytes]:
        return send(request, "index.html", ASK_FIRST)

    @route("/widget.js", http_method=READ, include_in_schema=False, sync_to_thread=False)
    def widget(request: Request[Any, Any, Any]) -> Response[bytes]:
        return send(request, "widget.js", ASK_FIRST)

    @route("/sw.js", http_method=READ, include_in_schema=False, sync_to_thread=False)
    def service_worker(request: Request[Any, Any, Any]) -> Response[bytes]:
        return send(request, "sw.js", ASK_FIRST)

    @route("/schema.css", http_method=READ, include_in_schema=False, sync_to_thread=False)
    def style() -> Response[bytes]:
        return Response(
            reference.STYLE, media_type="text/css; charset=utf-8", headers={"Cache-Control": ASK_FIRST}
        )

    @route("/assets/{name:str}", http_method=READ, include_in_schema=False, sync_to_thread=False)
    def asset(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
        return send(request, f"assets/{name}", FOREVER)

    return [index, widget, service_worker, style, asset]
