"""`POST /api/lead`: sealed requests to a provider."""

import asyncio

from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from edge.lead.service import Lead, Leads, Taken
from edge.metrics import Metrics


@post("/api/lead", status_code=202, summary="Ask a provider to call back", tags=["The counter"])
async def take(
    data: JSONBody[Lead], leads: NamedDependency[Leads], metrics: NamedDependency[Metrics]
) -> Taken:
    """Takes only what was sealed in the visitor's browser to the tenant's key; the node cannot read it."""
    taken = await asyncio.to_thread(leads.take, data)
    metrics.leads.inc()
    return taken


handlers = [take]
