"""`/api/lead`: sealed requests to a provider, and the terms they are taken on."""

import asyncio
from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from edge.lead.service import Lead, Leads, Taken, Terms
from edge.metrics import Metrics


@get("/api/lead/terms", summary="What a visitor agrees to", tags=["The counter"])
async def terms(
    leads: NamedDependency[Leads], lang: Annotated[str, QueryParameter(max_length=35)] = "en"
) -> Terms:
    """The consent text, its version, and the key that contacts are sealed to in the page."""
    return leads.terms(lang)


@post("/api/lead", status_code=202, summary="Ask a provider to call back", tags=["The counter"])
async def take(
    data: JSONBody[Lead], leads: NamedDependency[Leads], metrics: NamedDependency[Metrics]
) -> Taken:
    """Takes only what was sealed in the visitor's browser to the tenant's key; the node cannot read it.

    The same `id` sent again is answered the same and kept once.
    """
    taken, new = await asyncio.to_thread(leads.take, data)
    if new:
        metrics.leads.inc()
    return taken


handlers = [terms, take]
