"""`GET /health`: 200 when the hub can work, else 503 with what is missing; `GET /`: the same for people."""

import asyncio

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler

from cloud.health import page, service
from cloud.health.service import Report
from cloud.limit.gate import Gate
from cloud.parts import Parts
from cloud.version import VERSION


@get("/health", tags=["hub"], summary="Whether the hub can do its work")
async def health(parts: NamedDependency[Parts]) -> Response[Report]:
    """503 with what is missing and what to do."""
    report = await asyncio.to_thread(service.alive, parts, VERSION)
    headers = {"Cache-Control": "no-store"}
    return Response(report, status_code=200 if report.ready else 503, headers=headers)


@get("/", media_type=MediaType.HTML, include_in_schema=False)
async def front(
    parts: NamedDependency[Parts], gate: NamedDependency[Gate], asker: NamedDependency[str]
) -> Response[str]:
    """Whoever opens the hub's address sees whether it works."""

    def look() -> Report:
        gate.asking(asker)
        return service.alive(parts, VERSION)

    report = await asyncio.to_thread(look)
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": page.POLICY}
    return Response(page.page(report), headers=headers)


handlers: list[ControllerRouterHandler] = [health, front]
