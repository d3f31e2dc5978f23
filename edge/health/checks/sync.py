"""The line to the hub, on a node that belongs to one. Being offline is no fault: it is made for that."""

from edge.health.vital import Finding, SyncVitals, Vitals

NEARLY = 0.9
NEEDS_SOMEBODY = ("enrolment.forgotten",)


def check(vitals: Vitals) -> Finding:
    """Degraded when somebody has to act: turned away or forgotten, no room for requests, an old catalogue."""
    sync = vitals.sync()
    if sync is None:
        return Finding(name="sync", state="ok", reason="belongs to no hub")
    if sync.state in ("rejected", "revoked"):
        return _ill("The hub has turned this node away.", "Join anew, or leave it as it is: it answers on.")
    if sync.trouble is not None and sync.trouble.code in NEEDS_SOMEBODY:
        return _ill(f"{sync.trouble.message} {sync.waiting} records wait.", sync.trouble.hint)
    if sync.full >= NEARLY:
        reason = f"Requests fill {sync.full:.0%} of their room; soon no more can be taken."
        return _ill(reason, "Connect the counter, or raise outbox_bytes.")
    if sync.stale:
        return _ill("Nothing new was heard from the hub for long: facts may be old.", "Connect the counter.")
    return Finding(
        name="sync", state="ok", reason=_said(sync), hint=sync.trouble.hint if sync.trouble else ""
    )


def _ill(reason: str, hint: str) -> Finding:
    return Finding(name="sync", state="degraded", reason=reason, hint=hint)


def _said(sync: SyncVitals) -> str:
    line = "connected" if sync.connected else "not connected"
    if sync.trouble is not None:
        line += f" ({sync.trouble.code})"
    if sync.recalled:
        line += f"; the hub had lost {sync.recalled} records, which are sent again"
    if sync.forgotten:
        line += f"; the hub has lost {sync.forgotten} records that are here no more"
    return f"{line}; {sync.waiting} records wait; catalogue {sync.catalog}"
