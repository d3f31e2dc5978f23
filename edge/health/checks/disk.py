"""Room for what is written: the log of changes, leads, temporary files."""

import shutil

from edge.health.vital import Finding, Vitals

MIB = 1024 * 1024


def check(vitals: Vitals) -> Finding:
    """Degraded when little is left: answers need no room, imports do."""
    free = shutil.disk_usage(vitals.data_dir).free
    if free >= vitals.disk_free_bytes:
        return Finding(name="disk", state="ok", reason=f"{free // MIB} MiB free")
    return Finding(
        name="disk",
        state="degraded",
        reason=f"Only {free // MIB} MiB are free in {vitals.data_dir}.",
        hint="Free some space: imports and requests are refused when none is left.",
    )
