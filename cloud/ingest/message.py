"""A message of a node as the broker brought it."""

from dataclasses import dataclass

from sync.topic import NodeTopic


@dataclass(frozen=True)
class Came:
    """Where it came and when, by the hub's clock. `retained`: the broker had kept it."""

    topic: NodeTopic
    payload: bytes
    at_ms: int
    retained: bool = False
