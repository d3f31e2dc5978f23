"""Any history of keeping, sending, losing, erasing and beginning anew ends with all arrived or counted."""

from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.outbox.service import Outbox
from sync.errors import Unavailable
from tests.edge.outbox.hub import Hub, counted, drained, held, outbox, recalled, rows, totals
from tests.sync.sample import EVERY, HEALTH, LEAD, TURN

CAP_BYTES = 12_000
steps = st.lists(
    st.one_of(
        st.tuples(st.just("keep"), st.integers(0, 4), st.integers(0, 3)),
        st.tuples(st.just("send"), st.booleans(), st.booleans()),
        st.tuples(st.just("erase"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("epoch"), st.just(0), st.just(0)),
        st.tuples(st.sampled_from(["copy", "put back", "ask"]), st.just(0), st.just(0)),
    ),
    max_size=40,
)


@given(steps)
@settings(max_examples=40)
def test_any_history_ends_with_everything_arrived_or_counted(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, int, int]]
) -> None:
    """Kept = arrived + dropped + erased + what the hub knows it lost, whatever happened on the way."""
    box, hub = outbox(tmp_path_factory.mktemp("box"), CAP_BYTES), Hub()
    kept, erased, copy = 0, 0, Hub()
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
            held_before = box.held().records
            erased += box.erase([box.sessions.of(f"s{one}").key.id]).result(20)
            erased += held_before - box.held().records
        elif step == "copy":
            copy = hub.copy()
        elif step == "put back":
            hub.put_back(copy)
        elif step == "ask":
            recalled(box, hub)
        else:
            box.begin_epoch().result(20)
        assert counted(box) == totals(box)
        assert (box.held().records, box.held().bytes) == held(box)
        assert sum(usage.bytes for usage in box.usage().values()) + box.held().bytes <= CAP_BYTES
    _check_end(box, hub, (kept, erased), "epoch" not in [step for step, *_ in history])
    box.ledger.close()


def _check_end(box: Outbox, hub: Hub, counts: tuple[int, int], one_epoch: bool) -> None:
    """`counts`: records that were kept, and those of them that were erased again here."""
    kept, erased = counts
    waiting = sum(each.records for each in box.usage().values())
    drained(box, hub)
    recalled(box, hub)
    usage, arrived, lost = box.usage(), hub.read(), sum(map(len, chain(*hub.lost.values())))
    assert rows(box) == 0
    assert len(arrived) >= waiting
    for epoch in {epoch for epoch, _ in hub.frames}:
        said = hub.ack(epoch)
        assert (said.upto, said.holes) == (said.seen, ())
    if one_epoch:
        dropped = sum(each.dropped for each in usage.values())
        assert len(arrived) <= kept <= len(arrived) + erased + dropped + lost


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
