"""`/browser/…`: the market and the rules for a page that goes on alone."""

import asyncio
import gzip
import re
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from edge.browser_index.shelf import Shelf

PACKED = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
FOREVER = "public, max-age=31536000, immutable"
BYTES = "application/octet-stream"
Asked = Request[Any, Any, Any]


@get("/browser/head", summary="What a page may take along", tags=["Answering alone"])
async def head(request: Asked, browser: NamedDependency[Shelf]) -> Response[bytes]:
    """The parts of the current browser index by digest; 503 while the first is being made."""
    current = browser.head()
    headers = {"Cache-Control": "no-cache", "ETag": f'W/"{current.name}"', "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers, media_type="application/json")
    return _sent(request, current.encoded, headers, "application/json")


@get("/browser/chunk/{digest:str}", summary="A stretch of a part", tags=["Answering alone"])
async def chunk(request: Asked, digest: FromPath[str], browser: NamedDependency[Shelf]) -> Response[bytes]:
    """The bytes of that digest, the same for ever; 404 once they are of no current index."""
    return _sent(request, await asyncio.to_thread(browser.chunk, digest), _kept(digest), BYTES)


@get("/browser/part/{digest:str}", summary="A whole part", tags=["Answering alone"])
async def part(request: Asked, digest: FromPath[str], browser: NamedDependency[Shelf]) -> Response[bytes]:
    """All the bytes of a part, for a page that has none of them."""
    packed = takes_gzip(request)
    data = await asyncio.to_thread(browser.part, digest, packed)
    headers = {**_kept(digest), **({"Content-Encoding": "gzip"} if packed else {})}
    return Response(data, headers=headers, media_type=BYTES)


def takes_gzip(request: Asked) -> bool:
    """Whether the client reads gzip."""
    return PACKED.search(request.headers.get("accept-encoding", "")) is not None


def _sent(request: Asked, data: bytes, headers: dict[str, str], media_type: str) -> Response[bytes]:
    if takes_gzip(request):
        headers = {**headers, "Content-Encoding": "gzip"}
        data = gzip.compress(data, compresslevel=6, mtime=0)
    return Response(data, headers=headers, media_type=media_type)


def _kept(digest: str) -> dict[str, str]:
    return {"Cache-Control": FOREVER, "ETag": f'"{digest}"', "Vary": "Accept-Encoding"}


handlers = [head, chunk, part]
