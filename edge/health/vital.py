"""What health checks look at, and what they say. Types only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from sync.errors import PrilavokError

State = Literal["ok", "degraded", "failing"]
Phase = Literal["starting", "ready", "failed"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one check. "degraded": answers go on, but not at their best."""

    name: str
    state: State
    reason: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Vitals:
    """The node as it is now.

    `stage` is what is being opened while starting. `troubles` are errors by part: "database", "generator",
    "embedding", "index". `version` and `providers` read the catalogue's file. `vectors` counts providers
    with a vector and all of them, where there is an embedding model.
    """

    phase: Phase
    stage: str
    data_dir: Path
    disk_free_bytes: int
    troubles: Mapping[str, PrilavokError] = field(default_factory=dict)
    version: Callable[[], int] | None = None
    providers: Callable[[], int] | None = None
    vectors: Callable[[], tuple[int, int]] | None = None
    sync: "Callable[[], SyncVitals | None]" = lambda: None


@dataclass(frozen=True)
class SyncVitals:
    """The line to the hub, of a node that has joined one. `waiting` records; `full` is leads' part of theirs.

    `state` is the hub's word on the node; `stale`: the catalogue is older than the hub meant it to be.
    `recalled` records the hub had lost and got again, `forgotten` ones were here no more.
    """

    state: str
    connected: bool
    waiting: int
    full: float
    stale: bool
    catalog: int
    trouble: PrilavokError | None = None
    recalled: int = 0
    forgotten: int = 0


def wrong(name: str, state: State, error: PrilavokError) -> Finding:
    """A finding made of an error."""
    return Finding(name=name, state=state, reason=error.message, hint=error.hint)
