"""`GET /health` for people and supervisors, `GET /metrics` for Prometheus."""

import asyncio

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec

from edge.health.service import Health, Report
from edge.metrics import CONTENT_TYPE, Metrics

NOT_READY = {503: ResponseSpec(Report, description="Not ready: `reason` says why")}
FRESH = {"Cache-Control": "no-store"}


@get("/health", responses=NOT_READY, summary="How the node is", tags=["The node"])
async def health(health: NamedDependency[Health]) -> Response[Report]:
    """503 until questions can be answered; "degraded" means that they are, but not at their best."""
    report = await asyncio.to_thread(health.report)
    return Response(report, status_code=200 if report.ready else 503, headers=FRESH)


@get("/metrics", summary="Counters for Prometheus", tags=["The node"], media_type=CONTENT_TYPE)
async def metrics(metrics: NamedDependency[Metrics]) -> Response[bytes]:
    """How answers went and how long they took; nothing about who asked or what was said."""
    return Response(metrics.text(), media_type=CONTENT_TYPE)
