"""Rollouts: what a simulated fleet of any temper is sent, never more than its stage, never after a stop."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.fleet.rollout.decision import (
    DARK_S,
    Decision,
    Outcome,
    Plan,
    Progress,
    Seen,
    Sent,
    decide,
    order,
    outcome,
    share,
)

PLAN = Plan(stages=(10, 50, 100), soak_s=100, patience_s=1000, most_failed=0)
NODES = tuple(f"n{number}" for number in range(20))


def sent(count: int, said: Outcome = "good", since: float = 0) -> list[Sent]:
    return [Sent(node, said, since) for node in NODES[:count]]


def test_first_stage_is_sent_to_its_share() -> None:
    assert decide(PLAN, Progress(), NODES, (), 0).send == NODES[:2]


def test_one_node_of_a_small_fleet_is_the_first_stage() -> None:
    assert decide(PLAN, Progress(), ("only",), (), 0).send == ("only",)
    assert share(1, 3) == 1


def test_next_stage_waits_for_every_answer_and_for_the_soak() -> None:
    assert decide(PLAN, Progress(), NODES, sent(2, "waiting"), 500).progress.stage == 0
    assert decide(PLAN, Progress(), NODES, sent(2, since=401), 500).progress.stage == 0
    assert decide(PLAN, Progress(), NODES, sent(2, since=400), 500).progress.stage == 1


def test_one_failure_too_many_stops_it_for_good() -> None:
    stopped = decide(PLAN, Progress(stage=1), NODES, [*sent(9), Sent("n9", "failed", 0)], 500).progress
    assert (stopped.state, "n9" in stopped.reason) == ("stopped", True)
    assert decide(PLAN, stopped, NODES, sent(9), 10_000) == Decision(stopped)


def test_as_many_failures_as_the_plan_allows_do_not_stop_it() -> None:
    lenient = replace(PLAN, most_failed=10)
    said = [*sent(9), Sent("n9", "failed", 0)]
    assert decide(lenient, Progress(stage=1), NODES, said, 500).progress.stage == 2


def test_mostly_silent_stage_holds() -> None:
    said = [*sent(4), *(Sent(node, "silent", 0) for node in NODES[4:10])]
    held = decide(PLAN, Progress(stage=1), NODES, said, 10_000).progress
    assert (held.state, held.stage) == ("running", 1)


def test_last_stage_ends_it() -> None:
    assert decide(PLAN, Progress(stage=2), NODES, sent(20), 500).progress.state == "done"


def test_node_that_came_later_is_sent_it_too() -> None:
    later = (*NODES, "new")
    assert decide(PLAN, Progress(stage=2), later, sent(20), 500).send == ("new",)


def test_fleet_of_nobody_is_done() -> None:
    progress = Progress()
    for _ in PLAN.stages:
        progress = decide(PLAN, progress, (), (), 0).progress
    assert progress.state == "done"


@pytest.mark.parametrize("state", ["paused", "stopped", "done", "cancelled"])
def test_nothing_is_sent_unless_it_runs(state: str) -> None:
    assert decide(PLAN, Progress(state), NODES, (), 0).send == ()  # type: ignore[arg-type]


def test_order_is_another_for_each_rollout_and_the_same_each_time() -> None:
    assert order("a", NODES) == order("a", reversed(NODES))
    assert order("a", NODES) != order("b", NODES)


@pytest.mark.parametrize(
    ("seen", "now", "expected"),
    [
        (Seen(0), 10, "waiting"),
        (Seen(0), 1000, "silent"),
        (Seen(0, ("done", 5)), 2000, "good"),
        (Seen(0, ("refused", 5)), 10, "failed"),
        (Seen(0, ("failed", 5)), 10, "failed"),
        (Seen(0, ("expired", 5)), 10, "silent"),
        (Seen(0, ("done", 5), failing_since=8), 10, "failed"),
        (Seen(0, ("done", 5), dark_since=8), 10, "good"),
        (Seen(0, ("done", 5), dark_since=8), 8 + DARK_S, "failed"),
        (Seen(0, None, failing_since=8), 10, "failed"),
    ],
)
def test_outcome_of_a_node(seen: Seen, now: float, expected: Outcome) -> None:
    assert outcome(PLAN, seen, now)[0] == expected


@dataclass(frozen=True)
class Temper:
    """How a simulated node takes a change: after how long it answers (None: never), and what."""

    after_s: int | None
    well: bool


tempers = st.builds(
    Temper, after_s=st.none() | st.integers(0, 3000), well=st.sampled_from([True, True, True, False])
)
plans = st.builds(
    Plan,
    stages=st.lists(st.integers(1, 99), max_size=4, unique=True).map(lambda some: (*sorted(some), 100)),
    soak_s=st.integers(0, 500).map(float),
    patience_s=st.integers(1, 2000).map(float),
    most_failed=st.sampled_from([0, 0, 5, 30, 100]),
)


@given(plan=plans, fleet=st.lists(tempers, max_size=40), step=st.integers(50, 700), cut=st.booleans())
def test_any_fleet_is_sent_no_more_than_its_stage_and_nothing_after_a_stop(
    plan: Plan, fleet: list[Temper], step: int, cut: bool
) -> None:
    nodes = order("r", (f"n{number}" for number in range(len(fleet))))
    temper = {f"n{number}": each for number, each in enumerate(fleet)}
    at: dict[str, float] = {}
    progress, now = Progress(), 0.0
    for _ in range(200):
        seen = [Sent(node, *_taken(plan, temper[node], at[node], now)) for node in at]
        decided = decide(plan, progress, nodes, seen, now)
        if cut:  # the same question, asked again after a crash, has the same answer
            assert decide(plan, progress, nodes, seen, now) == decided
        failed = sum(each.outcome == "failed" for each in seen)
        if progress.state != "running":
            assert decided == Decision(progress)  # who answers later changes nothing any more
        elif failed * 100 > plan.most_failed * len(seen):
            assert decided.progress.state == "stopped"
            assert decided.send == ()
        if decided.progress.stage > progress.stage:
            assert decided.progress.stage == progress.stage + 1
            assert all(each.outcome != "waiting" for each in seen)
            assert 2 * sum(each.outcome == "good" for each in seen) >= len(seen)
            assert all(now - each.since >= plan.soak_s for each in seen)
        assert not set(decided.send) & set(at)
        at |= dict.fromkeys(decided.send, now)
        assert len(at) <= share(plan.stages[decided.progress.stage], len(nodes))
        assert decided.progress.stage >= progress.stage
        progress, now = decided.progress, now + step
    if progress.state == "done":
        assert set(at) == set(nodes)
    if all(each.well and each.after_s == 0 for each in fleet):
        assert progress.state == "done"


def _taken(plan: Plan, temper: Temper, sent_at: float, now: float) -> tuple[Outcome, float]:
    if temper.after_s is None or now < sent_at + temper.after_s:
        return outcome(plan, Seen(sent_at), now)
    said = "done" if temper.well else "failed"
    return outcome(plan, Seen(sent_at, (said, sent_at + temper.after_s)), now)  # type: ignore[arg-type]
