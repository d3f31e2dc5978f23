"""`/api/search`, `/api/market` and `/api/card/{id}/qr.svg`."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from edge.browse.qr import svg
from edge.browse.service import Browse, Found, MarketView, Wanted
from edge.secure.service import Secure
from edge.secure.url import secure_url
from sync.errors import Missing

QR_ENDING = "/qr.svg"
SVG = "image/svg+xml"


@get("/api/search", summary="Find providers by filters", tags=["The catalogue"])
async def search(
    browse: NamedDependency[Browse],
    q: FromQuery[str] = "",
    lang: FromQuery[str] = "en",
    category: FromQuery[str | None] = None,
    city: FromQuery[str | None] = None,
    opening: Annotated[Literal["now"] | None, QueryParameter(name="open")] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=50)] = 5,
) -> Found:
    """Words in any language; `category` is a taxonomy id, `open=now` keeps what is open."""
    return await browse.search(
        Wanted(text=q, language=lang, category=category, city=city, open_now=opening == "now", limit=limit)
    )


@get("/api/market", summary="What this counter knows about", tags=["The catalogue"])
async def market(
    request: Request[Any, Any, Any],
    browse: NamedDependency[Browse],
    secure: NamedDependency[Secure],
    lang: FromQuery[str] = "en",
) -> MarketView:
    """Name, languages, the catalogue's age and its most common categories; where the secure page is."""
    view = await browse.market(lang)
    return msgspec.structs.replace(view, secure_url=secure_url(request, secure.port))


@get("/api/card/{tail:path}", summary="A record to take along", tags=["The catalogue"], media_type=SVG)
async def card(browse: NamedDependency[Browse], tail: FromPath[str]) -> Response[bytes]:
    """`/api/card/{id}/qr.svg`: a QR code of the record as a contact. An id may hold slashes."""
    name = tail.lstrip("/")
    if not name.endswith(QR_ENDING):
        raise Missing("There is no such page.", code="path.unknown", hint="/api/card/{id}/qr.svg is there.")
    return Response(svg(await browse.record(name.removesuffix(QR_ENDING))), media_type=SVG)


handlers = [search, market, card]
