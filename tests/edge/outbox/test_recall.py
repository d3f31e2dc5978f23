"""What a hub had and lost comes again from the node, as long as it is held there, and never in silence."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from edge.outbox.recall import Recall
from edge.outbox.service import Outbox
from sync.record import ChatTurn, Payload
from tests.edge.outbox.hub import Clock, Hub, counted, drained, held, outbox, recalled, rows, totals
from tests.sync.cast import DAY_MS, START_MS, at
from tests.sync.sample import EVERY, FEEDBACK, LEAD, TURN

PROBE = "fedcba9876543210"
HOURS_72_MS = 3 * DAY_MS


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Outbox]:
    made = outbox(tmp_path)
    yield made
    made.ledger.close()


def _keep(box: Outbox, *payloads: Payload, session: str | None = "s") -> None:
    for payload in payloads:
        assert box.record(payload, box.sessions.of(session)).result(20)


def _turn(number: int, question: str = "q") -> ChatTurn:
    return msgspec.structs.replace(TURN, turn=number, question=question)


def _turns(hub: Hub) -> list[int]:
    return [payload.turn for _, payload in hub.read() if isinstance(payload, ChatTurn)]


def test_a_hub_that_was_put_back_gets_again_what_it_lost(box: Outbox) -> None:
    hub = Hub()
    _keep(box, *EVERY, _turn(1))
    drained(box, hub)
    copy = hub.copy()
    _keep(box, *(_turn(number) for number in range(2, 30)), session="t")
    _keep(box, LEAD, FEEDBACK)
    drained(box, hub)
    whole = dict(hub.frames)
    hub.put_back(copy)
    _keep(box, _turn(30), session="t")
    drained(box, hub)
    recalled(box, hub)
    assert {place: hub.frames[place] for place in whole} == whole
    assert _turns(hub)[1:] == list(range(1, 31))
    assert not any(hub.lost.values())
    assert rows(box) == 0


def test_a_hub_that_lost_everything_gets_it_all_again(box: Outbox) -> None:
    hub = Hub()
    for number in range(40):
        _keep(box, _turn(number, "x" * 900), session=f"s{number // 4}")
        drained(box, hub)
    hub.put_back(Hub())
    recalled(box, hub)
    assert _turns(hub) == list(range(40))


def test_nothing_is_sent_again_to_a_hub_that_lost_nothing(box: Outbox) -> None:
    hub, recall = Hub(), Recall(box)
    _keep(box, *EVERY)
    drained(box, hub)
    (epoch,) = recall.epochs()
    message = recall.question(epoch, PROBE)
    assert message is not None
    assert recall.answered(hub.asked(message)).result(20).whole
    assert rows(box) == 0


def test_what_waits_is_not_missing(box: Outbox) -> None:
    hub, recall = Hub(), Recall(box)
    _keep(box, *EVERY)
    (epoch,) = recall.epochs()
    message = recall.question(epoch, PROBE)
    assert message is not None
    assert recall.answered(hub.asked(message)).result(20).whole


def test_what_the_hub_has_gives_way_to_what_is_new(tmp_path: Path) -> None:
    box, hub = outbox(tmp_path, 60_000), Hub()
    for number in range(20):
        _keep(box, _turn(number, "x" * 500), session=f"s{number}")
    drained(box, hub)
    assert 0 < box.held().bytes <= 15_000
    for number in range(20, 50):
        _keep(box, _turn(number, "x" * 500), session=f"s{number}")
        assert sum(usage.bytes for usage in box.usage().values()) + box.held().bytes <= 60_000
        assert (box.held().records, box.held().bytes) == held(box)
        assert counted(box) == totals(box)
    assert box.usage()["chat"].dropped == 0
    box.ledger.close()


def test_what_is_here_no_more_is_named_and_not_asked_for_again(tmp_path: Path) -> None:
    box, hub = outbox(tmp_path, 60_000), Hub()
    _keep(box, LEAD, session="first")
    for number in range(40):
        _keep(box, _turn(number, "x" * 500), session=f"s{number}")
        drained(box, hub)
    kept = box.held().records
    assert 0 < kept < 41
    hub.put_back(Hub())
    recalled(box, hub)
    assert len(hub.read()) == kept
    assert sum(map(len, *hub.lost.values())) == 2 * (41 - kept)  # a record and its key each
    (epoch,) = box.epochs()
    assert hub.ack(epoch).holes == ()
    box.ledger.close()


def test_a_key_that_went_is_written_again_before_its_session_goes_on(tmp_path: Path) -> None:
    box, hub = outbox(tmp_path, 60_000), Hub()
    _keep(box, _turn(0), session="long")
    drained(box, hub)
    for number in range(40):
        _keep(box, FEEDBACK, _turn(100 + number, "x" * 500), session=f"s{number}")
        drained(box, hub)
    hub.put_back(Hub())
    _keep(box, _turn(1), session="long")
    drained(box, hub)
    recalled(box, hub)
    assert 1 in _turns(hub)
    box.ledger.close()


def test_what_was_settled_long_ago_goes_by_a_clock_that_is_known_good(tmp_path: Path) -> None:
    clock = Clock()
    box, hub = outbox(tmp_path, clock=clock), Hub()
    _keep(box, _turn(1))
    drained(box, hub)
    box.expire(at(START_MS + HOURS_72_MS * 2, trusted=False)).result(20)
    assert box.held().records == 1
    box.expire(at(START_MS + HOURS_72_MS - DAY_MS)).result(20)
    assert box.held().records == 1
    box.expire(at(START_MS + HOURS_72_MS + DAY_MS)).result(20)
    assert box.held().records == 0
    assert held(box) == (0, 0)
    box.ledger.close()


def test_erasure_reaches_what_the_hub_has(box: Outbox) -> None:
    hub = Hub()
    key = box.sessions.of("s").key.id
    _keep(box, _turn(1), LEAD)
    _keep(box, _turn(2), session="t")
    drained(box, hub)
    _keep(box, _turn(3))
    assert box.erase([key]).result(20) == 1
    assert held(box)[0] == 1
    hub.put_back(Hub())
    recalled(box, hub)
    assert _turns(hub) == [2]


def test_nothing_is_kept_where_the_share_is_nothing(tmp_path: Path) -> None:
    box = outbox(tmp_path, settled_share=0.0)
    _keep(box, *EVERY)
    drained(box, Hub())
    assert held(box) == (0, 0)
    box.ledger.close()
