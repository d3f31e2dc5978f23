"""The catalogue's file can be read."""

from edge.health.vital import Finding, Vitals, wrong
from sync.errors import PrilavokError


def check(vitals: Vitals) -> Finding:
    """Failing without a readable catalogue: every fact comes from it."""
    if trouble := vitals.troubles.get("database"):
        return wrong("database", "failing", trouble)
    if vitals.version is None:
        return Finding(name="database", state="failing", reason="The catalogue is not open yet.")
    try:
        version = vitals.version()
        empty = version == 0 or (vitals.providers is not None and vitals.providers() == 0)
    except PrilavokError as error:
        return wrong("database", "failing", error)
    if empty:
        return Finding(
            name="database",
            state="degraded",
            reason="The catalogue is empty.",
            hint="Run `prilavok-edge catalog import FILE`.",
        )
    return Finding(name="database", state="ok", reason=f"catalogue version {version}")
