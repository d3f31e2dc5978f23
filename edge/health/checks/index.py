"""The search indexes cover the catalogue."""

from edge.health.vital import Finding, Vitals, wrong
from sync.errors import PrilavokError


def check(vitals: Vitals) -> Finding:
    """Degraded while vectors are missing: text search answers until they are made."""
    if trouble := vitals.troubles.get("index"):
        return wrong("index", "degraded", trouble)
    if vitals.vectors is None:
        return Finding(name="index", state="ok", reason="text search")
    try:
        done, total = vitals.vectors()
    except PrilavokError as error:
        return wrong("index", "degraded", error)
    if done < total:
        return Finding(
            name="index", state="ok", reason=f"making vectors: {done} of {total}; text search until then"
        )
    return Finding(name="index", state="ok", reason=f"{done} vectors")
