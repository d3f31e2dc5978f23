"""What a rollout does next: decided from its plan, how far it is, and how its nodes are. Pure.

    running ──► done        every node has it, or is silent at the last stage
       │  ▲
       │  └──── paused       by a person, and on again
       ├──────► stopped      more nodes failed than the plan allows
       └──────► cancelled    by a person

A stage is a share of the nodes, taken in an order that depends on rollout and node alone. The next one
begins when every node of this one has answered or been silent too long, half of them at least have answered
well, and nothing has gone wrong for the soak time since.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["running", "paused", "stopped", "done", "cancelled"]
Outcome = Literal["waiting", "good", "failed", "silent"]


@dataclass(frozen=True)
class Plan:
    """`stages` are growing percentages up to 100; times in seconds.

    `patience_s`: so long without a word, and a node is silent. `most_failed`: of the nodes that were sent it,
    the percentage that may fail; 0: not one.
    """

    stages: tuple[int, ...] = (5, 25, 100)
    soak_s: float = 1800
    patience_s: float = 86_400
    most_failed: int = 0


@dataclass(frozen=True)
class Sent:
    """A node that was sent the change. `since`: when its outcome became what it is."""

    node: str
    outcome: Outcome
    since: float


@dataclass(frozen=True)
class Progress:
    """How far it is; `reason` is for people."""

    state: State = "running"
    stage: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Decision:
    """How far it is from now on, and which nodes are sent the change now."""

    progress: Progress
    send: tuple[str, ...] = ()


def order(rollout: str, nodes: Iterable[str]) -> list[str]:
    """The nodes in the order they get it: another one for each rollout, so that none is always first."""

    def place(node: str) -> bytes:
        return hashlib.sha256(f"{rollout}/{node}".encode()).digest()

    return sorted(nodes, key=lambda node: (place(node), node))


def share(stage_percent: int, count: int) -> int:
    """So many nodes are in a stage: rounded up, so that the first stage is never nobody."""
    return -(-stage_percent * count // 100)


def decide(
    plan: Plan, progress: Progress, nodes: Sequence[str], sent: Sequence[Sent], now: float
) -> Decision:
    """What is next. `nodes` in order; `sent` may hold nodes that are in it no longer: they count as well."""
    if progress.state != "running":
        return Decision(progress)
    failed = [each.node for each in sent if each.outcome == "failed"]
    if len(failed) * 100 > plan.most_failed * len(sent):
        some = ", ".join(sorted(failed)[:5])
        return Decision(Progress("stopped", progress.stage, f"{len(failed)} of {len(sent)} failed: {some}"))
    known = {each.node for each in sent}
    room = share(plan.stages[progress.stage], len(nodes)) - sum(node in known for node in nodes)
    fresh = [node for node in nodes if node not in known][: max(0, room)]
    if fresh:
        reason = f"stage {progress.stage + 1}: {len(known) + len(fresh)} nodes"
        return Decision(Progress("running", progress.stage, reason), tuple(fresh))
    return Decision(_after(plan, progress, sent, now))


def _after(plan: Plan, progress: Progress, sent: Sequence[Sent], now: float) -> Progress:
    """Where a stage stands of which every node was sent the change."""
    stage, last = progress.stage, progress.stage == len(plan.stages) - 1
    waiting = sum(each.outcome == "waiting" for each in sent)
    if waiting:
        return Progress("running", stage, f"stage {stage + 1}: waiting for {waiting} nodes")
    good = sum(each.outcome == "good" for each in sent)
    if sent and 2 * good < len(sent):
        return Progress("running", stage, f"stage {stage + 1}: {len(sent) - good} of {len(sent)} are silent")
    left = plan.soak_s - (now - max((each.since for each in sent), default=now - plan.soak_s))
    if left > 0:
        return Progress("running", stage, f"stage {stage + 1}: looks well, {round(left)} s more to see")
    if last:
        return Progress("done", stage, f"{good} of {len(sent)} nodes have it")
    return Progress("running", stage + 1, f"stage {stage + 2} begins")


@dataclass(frozen=True)
class Seen:
    """What is known of a node that was sent the change; times in seconds, None: never.

    `answered`: the receipt's outcome and when. `failing_since`: it says itself that it fails, first since the
    change. `dark_since`: offline since then, though it was online when it was sent the change.
    """

    sent_at: float
    answered: tuple[Literal["done", "failed", "refused", "expired"], float] | None = None
    failing_since: float | None = None
    dark_since: float | None = None


DARK_S = 900.0
"""A node that got the change and has been gone for so long may have been broken by it."""


def outcome(plan: Plan, seen: Seen, now: float) -> tuple[Outcome, float]:
    """How a node takes it, and since when."""
    if seen.failing_since is not None:
        return "failed", seen.failing_since
    if seen.answered is None:
        late = seen.sent_at + plan.patience_s
        return ("silent", late) if now >= late else ("waiting", seen.sent_at)
    said, at = seen.answered
    if said in ("failed", "refused"):
        return "failed", at
    if said == "expired":
        return "silent", at
    if seen.dark_since is not None and now - seen.dark_since >= DARK_S:
        return "failed", seen.dark_since + DARK_S
    return "good", at
