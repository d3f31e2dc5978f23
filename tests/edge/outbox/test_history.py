"""Any history of keeping, sending, losing, erasing and beginning anew ends with all arrived or counted."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.outbox.service import Outbox
from sync.errors import Unavailable
from tests.edge.outbox.hub import Hub, counted, drained, outbox, rows, totals
from tests.sync.sample import EVERY, HEALTH, LEAD, TURN

steps = st.lists(
    st.one_of(
        st.tuples(st.just("keep"), st.integers(0, 4), st.integers(0, 3)),
        st.tuples(st.just("send"), st.booleans(), st.booleans()),
        st.tuples(st.just("erase"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("epoch"), st.just(0), st.just(0)),
    ),
    max_size=40,
)


@given(steps)
@settings(max_examples=40)
def test_any_history_ends_with_everything_arrived_or_counted(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, int, int]]
) -> None:
    """Kept = arrived + dropped + erased, whatever was lost or acknowledged late on the way."""
    box, hub = outbox(tmp_path_factory.mktemp("box"), 12_000), Hub()
    kept = 0
    for step, one, two in history:
        if step == "keep":
            payload = EVERY[one]
            try:
                kept += box.record(payload, box.sessions.of(f"s{two}")).result(20)
            except Unavailable:
                continue
        elif step == "send":
            outgoing = box.outgoing(limit_bytes=3_000)
            if outgoing is not None and one:
                said = hub.take(outgoing)
                if two:
                    box.settle(said).result(20)
        elif step == "erase":
            box.erase([box.sessions.of(f"s{one}").key.id]).result(20)
        else:
            box.begin_epoch().result(20)
        assert counted(box) == totals(box)
        assert sum(usage.bytes for usage in box.usage().values()) <= 12_000
    _check_end(box, hub, kept, "epoch" not in [step for step, *_ in history])
    box.ledger.close()


def _check_end(box: Outbox, hub: Hub, kept: int, one_epoch: bool) -> None:
    usage = box.usage()
    waiting = sum(each.records for each in usage.values())
    drained(box, hub)
    arrived = hub.read()
    assert rows(box) == 0
    assert len(arrived) >= waiting
    for epoch in {epoch for epoch, _ in hub.frames}:
        said = hub.ack(epoch)
        assert (said.upto, said.holes) == (said.seen, ())
    if one_epoch:
        lost = sum(each.dropped + each.erased for each in usage.values())
        assert len(arrived) <= kept <= len(arrived) + lost


def test_urgent_records_far_apart_do_not_hold_up_the_rest(tmp_path: Path) -> None:
    """More holes than an acknowledgement has room for: every message is answered all the same."""
    box, hub = outbox(tmp_path), Hub()
    waiting = [
        box.record(payload, box.sessions.of("s")) for _ in range(330) for payload in (LEAD, TURN, HEALTH)
    ]
    assert all(future.result(60) for future in waiting)
    drained(box, hub, most=60)
    box.ledger.close()
    assert len(hub.read()) == 990
