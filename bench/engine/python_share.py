"""Python's share of the engine's steps, from two readings of the node's counters."""

import httpx

STEP = "prilavok_engine_step_seconds_total"
NATIVE = "prilavok_engine_native_seconds_total"


def counters(text: str) -> dict[str, float]:
    """The two counters of a page of metrics, summed over labels; what is not there is left out."""
    found: dict[str, float] = {}
    for line in text.splitlines():
        name, _, rest = line.partition("{") if "{" in line else line.partition(" ")
        if name in (STEP, NATIVE):
            value = rest.rpartition("}")[2].split()[0] if "{" in line else rest.split()[0]
            found[name] = found.get(name, 0.0) + float(value)
    return found


def read(url: str) -> dict[str, float]:
    """A node's counters now."""
    with httpx.Client(timeout=30, trust_env=False) as client:
        return counters(client.get(f"{url}/metrics").text)


def share(before: dict[str, float], after: dict[str, float]) -> float | None:
    """1 - native / step between two readings; None where the node does not count, or did nothing."""
    if STEP not in after or NATIVE not in after:
        return None
    step = after[STEP] - before.get(STEP, 0.0)
    native = after[NATIVE] - before.get(NATIVE, 0.0)
    return 1 - native / step if step > 0 else None
