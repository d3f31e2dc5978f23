"""`GET /health`: 200 when the hub can work, else 503 with what is missing."""

import asyncio

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler

from cloud.health import service
from cloud.health.service import Report
from cloud.parts import Parts
from cloud.version import VERSION


@get("/health", tags=["hub"], summary="Whether the hub can do its work")
async def health(parts: NamedDependency[Parts]) -> Response[Report]:
    """503 with what is missing and what to do."""
    report = await asyncio.to_thread(service.alive, parts, VERSION)
    headers = {"Cache-Control": "no-store"}
    return Response(report, status_code=200 if report.ready else 503, headers=headers)


handlers: list[ControllerRouterHandler] = [health]
