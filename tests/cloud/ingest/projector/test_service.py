"""The projector over a real database: records become rows once, and what does not open holds nothing up."""

import random
import threading
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from cloud import postgres
from cloud.ingest.projector.service import Projector
from cloud.ingest.service import Ingest
from cloud.keyring import Keyring
from sync.batch import Sent
from sync.key import Unsealer
from sync.record import HealthReport, Receipt, SupportPart
from sync.seal import DataKey, code
from sync.span import Span
from tests.simulators.hub_database import Database
from tests.simulators.hub_node import EPOCH, START_MS, HubNode, feedback, lead, rows, turn

TURNS = "SELECT seq, turn, question FROM chat_turn ORDER BY epoch, seq"


def test_each_type_lands_in_its_table(
    database: Database, ingest: Ingest, projector: Projector, node: HubNode
) -> None:
    what = (
        turn(1, filters={"city": "Riga"}, categories=("craft/plumber",), cards=("p1", "p2")),
        feedback("a1"),
        lead("l1"),
        Receipt(command="0" * 16, outcome="done", counts={"sessions": 1}),
        HealthReport(state="ok", gauges={"load": 0.5}),
        SupportPart(command="0" * 16, part=1, parts=1, data=b"gz"),
    )
    ingest.take([node.came(node.talk(*what))])
    projector.project("north")
    assert rows(database, "north", "SELECT cards, categories, rest->'filters' FROM chat_turn") == [
        (["p1", "p2"], ["craft/plumber"], {"city": "Riga"})
    ]
    assert rows(database, "north", "SELECT answer, score FROM feedback") == [("a1", 1)]
    assert rows(database, "north", "SELECT id, provider, enc, market FROM lead") == [
        ("l1", "p1", b"e" * 32, "city")
    ]
    assert rows(database, "north", "SELECT outcome, counts FROM receipt") == [("done", {"sessions": 1})]
    assert rows(database, "north", "SELECT gauges FROM health_report") == [({"load": 0.5},)]
    assert rows(database, "north", "SELECT part, parts, data FROM support_part") == [(1, 1, b"gz")]


def test_a_record_is_projected_once_however_often_it_is_looked_at(
    database: Database, ingest: Ingest, projector: Projector, node: HubNode
) -> None:
    came = node.came(node.talk(turn(1), turn(2)))
    for _ in range(3):
        ingest.take([came])
        projector.project("north")
    assert projector.project("north") == 0
    with psycopg.connect(database.admin) as connection:
        connection.execute("UPDATE projection SET done = '{}'")
    projector.project("north")
    assert len(rows(database, "north", TURNS)) == 2


def test_records_wait_for_a_key_that_comes_after_them(
    database: Database, ingest: Ingest, projector: Projector, node: HubNode
) -> None:
    frames = node.talk(turn(1), turn(2))
    ingest.take([node.came(frames[1:])])
    projector.project("north")
    assert rows(database, "north", TURNS) == []
    assert rows(database, "north", "SELECT count(*) FROM record_waiting") == [(2,)]
    ingest.take([node.came(frames[:1])])
    projector.project("north")
    assert [row[1] for row in rows(database, "north", TURNS)] == [1, 2]
    assert rows(database, "north", "SELECT count(*) FROM record_waiting") == [(0,)]


def test_a_key_of_another_epoch_opens_too(
    database: Database, ingest: Ingest, projector: Projector, node: HubNode
) -> None:
    session = DataKey.born()
    ingest.take([node.came([node.key(session)])])
    node.epoch, node.next = "00000000000000e2", 1
    ingest.take([node.came([node.record(turn(5), session)])])
    projector.project("north")
    assert [row[1] for row in rows(database, "north", TURNS)] == [5]


@pytest.mark.parametrize("seed", range(5))
def test_any_order_of_arrival_gives_the_same_rows(
    database: Database, ingest: Ingest, projector: Projector, node: HubNode, seed: int
) -> None:
    dice = random.Random(seed)
    frames = [frame for _ in range(4) for frame in node.talk(*(turn(n) for n in range(1, 6)))]
    pieces = [frames[at : at + 3] for at in range(0, len(frames), 3)]
    pieces += dice.sample(pieces, 4)
    dice.shuffle(pieces)
    for piece in pieces:
        ingest.take([node.came(piece)])
        if dice.random() < 0.5:
            projector.project("north")
    projector.project("north")
    found = rows(database, "north", "SELECT session, array_agg(turn ORDER BY seq) FROM chat_turn GROUP BY 1")
    assert sorted(turns for _, turns in found) == [[1, 2, 3, 4, 5]] * 4
    assert rows(database, "north", "SELECT count(*) FROM quarantine") == [(0,)]


def test_poison_goes_to_quarantine_with_its_reason_and_the_rest_goes_on(
    database: Database, ingest: Ingest, projector: Projector, node: HubNode, ring: Keyring
) -> None:
    session, unsigned, foreign = DataKey.born(), DataKey.born(), DataKey.born()
    thief = HubNode("north", "kiosk-1", node.log_key)
    stranger = HubNode("north", "kiosk-1", Unsealer.born().public, keys=node.keys)
    frames = [node.key(session), node.record(turn(1), session)]
    thief.next = stranger.next = node.next
    frames.append(thief.key(unsigned))
    node.next += 1
    frames.append(node.record(turn(2), unsigned))
    stranger.next = node.next
    frames.append(stranger.key(foreign))
    node.next += 1
    frames.append(node.record(turn(3), foreign))
    broken = node.record(turn(4), session)
    frames.append(Sent(broken.seq, broken.frame[:-6] + b"\x00" + broken.frame[-5:]))
    frames.append(node.record(turn(5), session))
    ingest.take([node.came(frames)])
    projector.project("north")
    assert [row[1] for row in rows(database, "north", TURNS)] == [1, 5]
    found = dict(rows(database, "north", "SELECT seq, code FROM quarantine ORDER BY seq"))  # type: ignore[arg-type]
    assert found == {4: "seal.unsigned", 6: "key.missing", 7: "seal.broken"}
    assert projector.project("north") == 0


def test_what_was_in_quarantine_for_a_missing_key_file_opens_when_it_is_back(
    database: Database, ingest: Ingest, node: HubNode, ring: Keyring, tmp_path: Path
) -> None:
    ingest.take([node.came(node.talk(turn(1)))])
    blind = Projector(database.pool("projector"), Keyring(ring.folder, tmp_path / "none", tmp_path / "none"))
    blind.project("north")
    assert rows(database, "north", "SELECT code FROM quarantine") == [("key.missing",)]
    seeing = Projector(database.pool("projector"), ring)
    assert seeing.project("north") == 0
    assert seeing.requeue("north") == 1
    seeing.project("north")
    assert [row[1] for row in rows(database, "north", TURNS)] == [1]
    assert rows(database, "north", "SELECT code FROM quarantine") == []


def test_a_frame_moved_to_another_place_is_not_believed(
    database: Database, ingest: Ingest, projector: Projector, node: HubNode
) -> None:
    ingest.take([node.came(node.talk(turn(1), turn(2)))])
    with psycopg.connect(database.admin) as connection:
        connection.execute(
            "UPDATE raw_record SET frame = (SELECT frame FROM raw_record WHERE seq = 2) WHERE seq = 3"
        )
    projector.project("north")
    assert [row[1] for row in rows(database, "north", TURNS)] == [1]
    assert rows(database, "north", "SELECT seq, code FROM quarantine") == [(3, "frame.moved")]


def test_a_replaced_node_key_still_opens_what_it_signed(
    database: Database, ingest: Ingest, projector: Projector, node: HubNode
) -> None:
    ingest.take([node.came(node.talk(turn(1)))])
    HubNode("north", "kiosk-1", node.log_key).register(database)
    projector.project("north")
    assert [row[1] for row in rows(database, "north", TURNS)] == [1]


def test_zero_characters_and_huge_numbers_do_not_stop_it(
    database: Database, ingest: Ingest, projector: Projector, node: HubNode
) -> None:
    odd = turn(1, "a\0b", filters={"c\0d": "e\0f"}, cards=("g\0",), total=2**63 - 1, timings_ms={"x": 1e308})
    typed = turn(3, "a \\u0000 b\\")
    ingest.take([node.came(node.talk(odd, turn(2), typed))])
    projector.project("north")
    assert [row[2] for row in rows(database, "north", TURNS)] == ["a�b", "who fixes taps", "a \\u0000 b\\"]


def test_a_wrong_clock_is_corrected(
    database: Database, ingest: Ingest, projector: Projector, node: HubNode
) -> None:
    """One right moment of a boot dates the whole boot, also what was projected before it."""
    hour_ms = 3_600_000
    session = DataKey.born()
    old = node.stamp(0, trusted=False, mono_ms=hour_ms, boot="00000000000000c1")
    first = [node.key(session), node.record(turn(1), session, old)]
    ingest.take([node.came(first, START_MS + 10 * hour_ms)])
    projector.project("north")
    assert rows(database, "north", "SELECT at, clock FROM chat_turn") == [
        (datetime.fromtimestamp(START_MS / 1000 + 36_000, UTC), "bound")
    ]
    right = node.stamp(START_MS + hour_ms, mono_ms=2 * hour_ms, boot="00000000000000c1")
    ingest.take([node.came([node.record(turn(2), session, right)], START_MS + 11 * hour_ms)])
    projector.project("north")
    assert rows(database, "north", "SELECT at, clock FROM chat_turn ORDER BY turn") == [
        (datetime.fromtimestamp(START_MS / 1000, UTC), "boot"),
        (datetime.fromtimestamp(START_MS / 1000 + 3600, UTC), "clock"),
    ]


def test_numbers_that_never_come_are_passed_over_at_once(
    database: Database, ingest: Ingest, projector: Projector, node: HubNode
) -> None:
    node.next = 10**12
    ingest.take([node.came(node.talk(turn(1)), gone=(Span(1, 10**12 - 1),))])
    projector.project("north")
    assert len(rows(database, "north", TURNS)) == 1
    assert projector.project("north") == 0


def test_an_erased_session_is_gone_and_stays_gone(
    database: Database, ingest: Ingest, projector: Projector, node: HubNode
) -> None:
    session, other = DataKey.born(), DataKey.born()
    frames = [node.key(session), node.record(turn(1), session), node.key(other), node.record(turn(2), other)]
    ingest.take([node.came(frames)])
    projector.project("north")
    with postgres.tenant(database.pool("app"), "north") as connection:
        gone = connection.execute("SELECT * FROM prilavok_forget_session(%s)", (session.id,)).fetchall()
    assert {what: count for what, count in gone if count} == {"session_key": 1, "chat_turn": 1}
    ingest.take([node.came([node.record(turn(3), session), node.record(turn(4), other)])])
    with psycopg.connect(database.admin) as connection:
        connection.execute("UPDATE projection SET done = '{}'")
    projector.project("north")
    assert [row[1] for row in rows(database, "north", TURNS)] == [2, 4], code(session.id)


def test_an_erasure_waits_for_a_projector_that_reads_and_then_takes_its_rows(
    database: Database, ingest: Ingest, node: HubNode, ring: Keyring
) -> None:
    session = DataKey.born()
    ingest.take([node.came([node.key(session), node.record(turn(1), session)])])
    projecting, erased = threading.Event(), threading.Event()

    def erase() -> None:
        projecting.wait(10)
        with postgres.tenant(database.pool("app"), "north") as connection:
            connection.execute("SELECT * FROM prilavok_forget_session(%s)", (session.id,))
        erased.set()

    thread = threading.Thread(target=erase)
    thread.start()
    with postgres.tenant(database.pool("projector"), "north") as connection:
        from cloud.ingest.projector.opening import Opener
        from cloud.ingest.projector.service import Chunk

        opener = Opener("north", lambda: ring.log_keys("north"))
        Chunk(connection, "north", ("kiosk-1", EPOCH), opener).project()
        projecting.set()
        assert not erased.wait(0.3)
    thread.join()
    assert rows(database, "north", TURNS) == []


def test_projectors_beside_each_other_lose_and_double_nothing(
    database: Database, ingest: Ingest, node: HubNode, ring: Keyring
) -> None:
    other = HubNode("north", "kiosk-2", node.log_key).register(database)
    for each in (node, other):
        ingest.take([each.came(each.talk(*(turn(n) for n in range(150))))])
    pair = [Projector(database.pool("projector", 4), ring) for _ in range(3)]
    threads = [threading.Thread(target=one.project, args=("north",)) for one in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(database, "north", "SELECT count(*), count(DISTINCT (node, seq)) FROM chat_turn") == [
        (300, 300)
    ]


def test_whoever_delivers_requests_is_told(
    database: Database, ingest: Ingest, projector: Projector, node: HubNode
) -> None:
    heard: list[str] = []
    stop = threading.Event()

    def hear(tenant: str) -> None:
        heard.append(tenant)
        stop.set()

    with postgres.Listener(database.url("delivery"), "prilavok_lead") as listener:
        ingest.take([node.came(node.talk(lead()))])
        projector.project("north")
        listener.until(10, stop, hear)
    assert heard == ["north"]
