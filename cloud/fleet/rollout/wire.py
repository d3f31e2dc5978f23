"""What the routes of rollouts take and give."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from cloud.fleet.command.wire import NewUpdate
from cloud.fleet.desired.wire import Values
from cloud.fleet.rollout.decision import Outcome, Plan, State
from sync.identity import Name

Title = Annotated[str, msgspec.Meta(max_length=200)]
Percent = Annotated[int, msgspec.Meta(ge=1, le=100)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=90 * 86_400)]
Turn = Literal["pause", "resume", "cancel", "revert"]


class NewPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Percentages that grow up to 100, and bounds; see `decision.Plan`."""

    stages: Annotated[tuple[Percent, ...], msgspec.Meta(min_length=1, max_length=20)] = (5, 25, 100)
    soak_s: Seconds = 1800
    patience_s: Annotated[float, msgspec.Meta(ge=60, le=90 * 86_400)] = 86_400
    most_failed: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0

    def __post_init__(self) -> None:
        if list(self.stages) != sorted(set(self.stages)) or self.stages[-1] != 100:
            raise ValueError("stages grow, and the last one is 100")

    @property
    def plan(self) -> Plan:
        """As it is decided by."""
        return Plan(self.stages, self.soak_s, self.patience_s, self.most_failed)


class SettingsChange(msgspec.Struct, frozen=True, kw_only=True, tag="settings"):
    """Settings to be set beside those that a node has; null: as the node's own files say."""

    values: Values


class UpdateChange(msgspec.Struct, frozen=True, kw_only=True, tag="update"):
    """A model or firmware."""

    update: NewUpdate


Change = SettingsChange | UpdateChange


class NewRollout(msgspec.Struct, frozen=True, kw_only=True):
    """A change for all nodes that are in; those of a market, or with a tag, where these are named."""

    change: Change
    title: Title = ""
    market: Name | None = None
    tag: Name | None = None
    plan: NewPlan = NewPlan()


class RolloutLine(msgspec.Struct, frozen=True, kw_only=True):
    """A rollout and how far it is. `nodes`: whom it is for now; the counts: of those that were sent it."""

    id: str
    title: str
    market: str | None
    tag: str | None
    change: Change
    plan: NewPlan
    state: State
    stage: int
    reason: str
    nodes: int
    waiting: int
    good: int
    failed: int
    silent: int
    revision: int
    created_at: datetime
    created_by: str
    changed_at: datetime


class RolloutNode(msgspec.Struct, frozen=True, kw_only=True):
    """How one node took it."""

    node: str
    command: str
    sent_at: datetime
    outcome: Outcome
    since: datetime


class RolloutPage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first, a hundred at most."""

    items: tuple[RolloutLine, ...]


class RolloutNodePage(msgspec.Struct, frozen=True, kw_only=True):
    """By name."""

    items: tuple[RolloutNode, ...]
    next: str | None = None
