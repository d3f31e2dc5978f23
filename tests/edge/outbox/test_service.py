"""What is kept arrives, once, whole, and goes from the disk; what is dropped is counted and told."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from edge.database import Connection
from edge.outbox.service import Outbox
from sync.document import MESSAGE_LIMIT_BYTES
from sync.errors import Refused, Unavailable
from sync.key import Unsealer
from sync.record import ChatTurn, Payload
from sync.seal import header_of
from tests.edge.outbox.hub import Clock, Hub, counted, drained, outbox, rows, totals
from tests.sync.cast import DAY_MS, START_MS, at
from tests.sync.sample import EVERY, FEEDBACK, HEALTH, LEAD, TURN


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Outbox]:
    made = outbox(tmp_path)
    yield made
    made.ledger.close()


def _keep(box: Outbox, *payloads: Payload, session: str | None = "s") -> list[bool]:
    return [box.record(payload, box.sessions.of(session)).result(20) for payload in payloads]


def _turn(number: int, question: str = "q") -> ChatTurn:
    return msgspec.structs.replace(TURN, turn=number, question=question)


def test_every_kind_of_record_arrives_as_it_was_kept(box: Outbox) -> None:
    hub = Hub()
    assert _keep(box, *EVERY) == [True] * len(EVERY)
    drained(box, hub)
    assert [payload for _, payload in hub.read()] == list(EVERY)
    assert rows(box) == 0
    assert counted(box) == []


def test_nothing_kept_can_be_read_on_the_disk(box: Outbox, tmp_path: Path) -> None:
    _keep(box, _turn(1, "canary-in-a-mine"))
    box.ledger.close()
    for file in tmp_path.iterdir():
        data = file.read_bytes()
        assert b"canary" not in data
        assert box.sessions.of("s").key.secret not in data


def test_key_travels_once_while_the_session_lives(box: Outbox) -> None:
    hub = Hub()
    for number in range(1, 4):
        _keep(box, _turn(number))
        drained(box, hub)
    assert len(hub.frames) == 4
    assert [payload.turn for _, payload in hub.read()] == [1, 2, 3]  # type: ignore[union-attr]


def test_restarted_node_goes_on_under_a_new_key_and_the_old_records_still_arrive(tmp_path: Path) -> None:
    first = outbox(tmp_path)
    _keep(first, _turn(1))
    first.ledger.close()
    second, hub = outbox(tmp_path), Hub()
    _keep(second, _turn(2))
    drained(second, hub)
    second.ledger.close()
    assert [payload.turn for _, payload in hub.read()] == [1, 2]  # type: ignore[union-attr]
    assert len({epoch for epoch, _ in hub.frames}) == 1


def test_most_urgent_is_sent_first_each_after_its_key(box: Outbox) -> None:
    for number, payload in enumerate((HEALTH, TURN, FEEDBACK, LEAD)):
        _keep(box, payload, session=f"s{number}")
    first = box.outgoing(limit_bytes=1_400)
    assert first is not None
    hub = Hub()
    hub.take(first)
    assert hub.read()[0][0] == "lead"
    drained(box, hub)
    assert [cls for cls, _ in hub.read()] == ["health", "chat", "feedback", "lead"]


def test_what_is_on_its_way_is_not_sent_twice(box: Outbox) -> None:
    _keep(box, *[_turn(number, "x" * 900) for number in range(200)])
    flying: set[int] = set()
    hub = Hub()
    while (outgoing := box.outgoing(flying)) is not None:
        assert not flying & set(outgoing.rows)
        assert len(outgoing.message) <= MESSAGE_LIMIT_BYTES
        flying |= set(outgoing.rows)
        hub.take(outgoing)
    assert len(hub.read()) == 200


def test_message_that_was_lost_is_sent_again(box: Outbox) -> None:
    _keep(box, *[_turn(number) for number in range(5)])
    lost, again = box.outgoing(), box.outgoing()
    assert lost is not None
    assert again is not None
    assert lost.rows == again.rows


def test_commits_with_what_it_records_or_not_at_all(box: Outbox) -> None:
    def together(connection: Connection) -> None:
        connection.execute("CREATE TABLE other(x)")
        box.append(connection, TURN, box.sessions.of("s"))
        raise Refused("no", code="test.no")

    with pytest.raises(Refused):
        box.ledger.write(together).result(20)
    assert rows(box) == 0
    _keep(box, TURN)
    hub = Hub()
    drained(box, hub)
    assert len(hub.read()) == 1


def test_record_that_is_too_big_is_refused_and_takes_no_number(box: Outbox) -> None:
    with pytest.raises(Refused):
        _keep(box, _turn(1, "x" * 5_000))
    _keep(box, TURN)
    outgoing = box.outgoing()
    assert outgoing is not None
    assert outgoing.highest == 2


def test_full_outbox_drops_the_oldest_turns_and_tells_the_hub(tmp_path: Path) -> None:
    box, hub = outbox(tmp_path, 60_000), Hub()
    assert _keep(box, FEEDBACK, LEAD, session="kept") == [True, True]
    for number in range(200):
        assert _keep(box, _turn(number, "x" * 500), session=f"s{number // 3}") == [True]
    usage = box.usage()
    assert sum(each.bytes for each in usage.values()) <= 60_000
    assert (usage["lead"].records, usage["feedback"].records) == (1, 1)
    assert usage["chat"].dropped == 200 - usage["chat"].records
    assert counted(box) == totals(box)
    drained(box, hub)
    box.ledger.close()
    turns = [payload.turn for _, payload in hub.read() if isinstance(payload, ChatTurn)]
    assert turns == list(range(200 - len(turns), 200))
    assert hub.dropped == {"chat": 200 - len(turns)}
    said = hub.ack(next(iter(hub.frames))[0])
    assert (said.upto, said.holes) == (said.seen, ())


def test_leads_are_refused_with_a_clear_message_when_they_fill_their_share(tmp_path: Path) -> None:
    box = outbox(tmp_path, 8_000)
    kept = 0
    while kept < 100 and (refusal := _refusal(box)) is None:
        kept += 1
    assert refusal is not None
    assert refusal.code == "outbox.leads_full"
    assert "request" in refusal.message
    assert kept > 1
    assert _keep(box, TURN) == [True]
    usage = box.usage()
    assert (usage["lead"].records, usage["lead"].dropped) == (kept, 0)
    assert usage["lead"].refused == 1
    hub = Hub()
    drained(box, hub)
    assert _keep(box, LEAD, session=None) == [True]
    box.ledger.close()


def _refusal(box: Outbox) -> Unavailable | None:
    try:
        _keep(box, LEAD, session=None)
    except Unavailable as error:
        return error
    return None


def test_dropped_key_is_written_again_when_its_session_goes_on(tmp_path: Path) -> None:
    """The last waiting record of a live session is dropped, and its key frame with it."""
    box, hub = outbox(tmp_path, 9_000), Hub()
    _keep(box, _turn(1), session="live")
    for number in range(20):
        _keep(box, _turn(number, "x" * 500), session="other")
    assert box.usage()["chat"].dropped > 0
    _keep(box, _turn(99), session="live")
    drained(box, hub)
    box.ledger.close()
    assert 99 in [payload.turn for _, payload in hub.read()]  # type: ignore[union-attr]


def test_old_records_expire_when_the_clock_is_known_good(tmp_path: Path) -> None:
    clock = Clock()
    box = outbox(tmp_path, clock=clock)
    _keep(box, HEALTH, TURN, LEAD)
    clock.trusted = False
    _keep(box, HEALTH)
    assert box.expire(at(START_MS + 15 * DAY_MS, trusted=False)).result(20) == 0
    assert box.expire(at(START_MS + 15 * DAY_MS)).result(20) == 1
    assert box.expire(at(START_MS + 4000 * DAY_MS)).result(20) == 1
    usage = box.usage()
    assert (usage["health"].expired, usage["health"].records) == (1, 1)
    assert (usage["chat"].expired, usage["lead"].records) == (1, 1)
    hub = Hub()
    drained(box, hub)
    box.ledger.close()
    assert [cls for cls, _ in hub.read()] == ["lead", "health"]


def test_erased_session_leaves_nothing_behind(box: Outbox) -> None:
    session = box.sessions.of("s")
    _keep(box, _turn(1), FEEDBACK)
    _keep(box, _turn(7), session="other")
    assert box.erase([session.key.id]).result(20) == 2
    assert box.record(_turn(2), session).result(20) is False
    _keep(box, _turn(3))
    hub = Hub()
    drained(box, hub)
    assert sorted(payload.turn for _, payload in hub.read()) == [3, 7]  # type: ignore[union-attr]
    assert all(session.key.id not in frame for frame in hub.frames.values())
    assert hub.dropped == {"chat": 1, "feedback": 1}


def test_hub_that_knows_nothing_is_told_of_what_never_comes(box: Outbox) -> None:
    session = box.sessions.of("s")
    _keep(box, TURN)
    box.erase([session.key.id]).result(20)
    outgoing = box.outgoing()
    assert outgoing is not None
    assert outgoing.rows == ()
    assert box.outgoing({1}) is None
    box.settle(Hub().take(outgoing)).result(20)
    assert box.outgoing() is None


def test_new_epoch_never_uses_a_number_again_and_the_old_one_is_finished(box: Outbox) -> None:
    _keep(box, _turn(1))
    first = box.outgoing()
    assert first is not None
    assert box.epochs() == {first.epoch: 2}
    second = box.begin_epoch().result(20)
    _keep(box, _turn(2), session="t")
    assert box.epochs() == {first.epoch: 2, second.id: 2}
    hub = Hub()
    drained(box, hub)
    assert len({epoch for epoch, _ in hub.frames}) == 2
    assert sorted(payload.turn for _, payload in hub.read()) == [1, 2]  # type: ignore[union-attr]
    box.expire(at(START_MS + 4 * DAY_MS)).result(20)  # what was settled has been kept long enough
    assert list(box.epochs()) == [second.id]


def test_acknowledgement_for_what_was_never_written_deletes_nothing_else(box: Outbox) -> None:
    _keep(box, TURN)
    outgoing = box.outgoing()
    assert outgoing is not None
    _keep(box, FEEDBACK)
    box.settle(Hub().take(outgoing)).result(20)
    assert [usage.records for usage in box.usage().values()] == [0, 1, 0, 0]


def test_log_key_that_was_replaced_seals_the_next_session(box: Outbox) -> None:
    later = Unsealer.born()
    _keep(box, _turn(1))
    changed = replace(box, who=lambda: replace(box.who(), log_key=later.public))
    _keep(changed, _turn(2))
    _keep(changed, _turn(3), session="new")
    hub = Hub()
    drained(box, hub)
    headers = [header_of(frame) for frame in hub.frames.values()]
    sealed_to = {header.data_key: header.log_key for header in headers if header.kind == "key"}
    assert sealed_to[box.sessions.of("s").key.id] != later.id
    assert sealed_to[box.sessions.of("new").key.id] == later.id


def test_full_disk_refuses_and_loses_nothing(box: Outbox) -> None:
    _keep(box, TURN, LEAD)

    def limit(connection: Connection) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}").fetchone()

    box.ledger.write(limit).result(20)
    refused = 0
    for number in range(40):
        try:
            _keep(box, _turn(number, "x" * 3_000))
        except Unavailable as error:
            refused += error.code == "disk.full"
    assert refused > 0
    box.ledger.write(lambda free: free.execute("PRAGMA max_page_count = 100000").fetchone()).result(20)
    assert _keep(box, FEEDBACK) == [True]
    assert counted(box) == totals(box)
    hub = Hub()
    drained(box, hub)
    assert len(hub.read()) == 3 + 40 - refused
