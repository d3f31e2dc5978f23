"""Python's share of the engine's decode steps, from two readings of the node's counters.

Time in which keys and values are copied into places is apart: it is memory's, and no decode step's.
"""

import httpx

STEP = "prilavok_engine_step_seconds_total"
NATIVE = "prilavok_engine_native_seconds_total"
SEATING = "prilavok_engine_seating_seconds_total"


def counters(text: str) -> dict[str, float]:
    """The three counters of a page of metrics, summed over labels; what is not there is left out."""
    found: dict[str, float] = {}
    for line in text.splitlines():
        name, _, rest = line.partition("{") if "{" in line else line.partition(" ")
        if name in (STEP, NATIVE, SEATING):
            value = rest.rpartition("}")[2].split()[0] if "{" in line else rest.split()[0]
            found[name] = found.get(name, 0.0) + float(value)
    return found


def read(url: str) -> dict[str, float]:
    """A node's counters now."""
    with httpx.Client(timeout=30, trust_env=False) as client:
        return counters(client.get(f"{url}/metrics").text)


def share(before: dict[str, float], after: dict[str, float]) -> float | None:
    """1 - native / (step - seating) between two readings; None where a node did not count, or nothing."""
    if STEP not in after or NATIVE not in after:
        return None
    gained = {name: value - before.get(name, 0.0) for name, value in after.items()}
    step, native = gained[STEP] - gained.get(SEATING, 0.0), gained[NATIVE]
    return 1 - native / step if step > 0 else None
