"""Memory left on the machine."""

import psutil

from edge.health.vital import Finding, Vitals

LITTLE = 64 * 1024 * 1024
MIB = 1024 * 1024


def check(vitals: Vitals) -> Finding:
    """Degraded when the machine is about to run out."""
    left = int(psutil.virtual_memory().available)
    if left >= LITTLE:
        return Finding(name="memory", state="ok", reason=f"{left // MIB} MiB available")
    return Finding(
        name="memory",
        state="degraded",
        reason=f"Only {left // MIB} MiB of memory are available.",
        hint="Stop other programs, or choose a smaller model.",
    )
