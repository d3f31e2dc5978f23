"""`/browser/model`: the small model for a page that phrases answers by itself, in ranges."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from edge.browser_model.service import BrowserModel, Head
from sync.errors import Missing

RANGE = re.compile(r"bytes=(\d+)-(\d*)\Z")
FOREVER = "public, max-age=31536000, immutable"
BYTES = "application/octet-stream"
Asked = Request[Any, Any, Any]


@get("/browser/model", summary="The model a page may take along", tags=["Answering alone"])
async def head(browser_model: NamedDependency[BrowserModel | None]) -> Response[Head | None]:
    """Its name, size, digests and the languages it may phrase in; `null` where there is none for pages."""
    found = await asyncio.to_thread(browser_model.head) if browser_model else None
    return Response(found, headers={"Cache-Control": "no-cache"})


@get("/browser/model/{digest:str}", summary="The model's bytes", tags=["Answering alone"])
async def content(
    request: Asked, digest: FromPath[str], browser_model: NamedDependency[BrowserModel | None]
) -> Response[bytes] | Stream:
    """All of them, or one `Range` of them: 206, and 416 beyond the end. Never another under that digest."""
    if browser_model is None or digest != browser_model.digest:
        raise Missing("No such model.", code="browser.model_unknown", hint="GET /browser/model names it.")
    size = await asyncio.to_thread(browser_model.size)
    headers = {"Cache-Control": FOREVER, "ETag": f'"{digest}"', "Accept-Ranges": "bytes"}
    asked = RANGE.match(request.headers.get("range", ""))
    start, end = (int(asked[1]), min(size, int(asked[2] or size) + 1)) if asked else (0, size)
    if asked and start >= end:
        headers["Content-Range"] = f"bytes */{size}"
        return Response(b"", status_code=416, headers=headers, media_type=BYTES)
    headers["Content-Length"] = str(end - start)
    if asked:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    status = 206 if asked else 200
    return Stream(_sent(browser_model, start, end), status_code=status, headers=headers, media_type=BYTES)


async def _sent(model: BrowserModel, start: int, end: int) -> AsyncIterator[bytes]:
    pieces = model.pieces(start, end)
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece


handlers = [head, content]
