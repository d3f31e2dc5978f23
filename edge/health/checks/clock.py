"""The clock is not absurd: a box without a battery wakes up in 1970, and then "open now" is wrong."""

from datetime import UTC, datetime

from edge.health.vital import Finding, Vitals

BUILT = datetime(2026, 11, 1, tzinfo=UTC)


def check(vitals: Vitals) -> Finding:
    """Degraded when it is earlier than this program was written."""
    now = datetime.now(UTC)
    if now >= BUILT:
        return Finding(name="clock", state="ok")
    return Finding(
        name="clock",
        state="degraded",
        reason=f"The clock says {now:%Y-%m-%d}, which is in the past.",
        hint="Set it (timedatectl set-time) or connect the box: opening times cannot be trusted until then.",
    )
