"""Ingest over a real database: stored once, acknowledged after, and nobody else's records or keys."""

import threading

import psycopg
import pytest

from cloud import postgres
from cloud.ingest.answer import replies
from cloud.ingest.message import Came
from cloud.ingest.service import Ingest
from cloud.keyring import Keyring
from sync.batch import Sent
from sync.errors import Unavailable
from sync.seal import DataKey
from sync.span import Span
from sync.topic import NodeTopic
from sync.twin import LATE_MS
from tests.simulators.hub_database import Database
from tests.simulators.hub_node import START_MS, HubNode, rows, turn


def stored(database: Database) -> list[int]:
    found = "SELECT seq FROM raw_record UNION ALL SELECT seq FROM session_key ORDER BY 1"
    return [row[0] for row in rows(database, "north", found)]  # type: ignore[misc]


def test_a_batch_is_stored_and_acknowledged(
    database: Database, ingest: Ingest, node: HubNode, ring: Keyring
) -> None:
    outcome = ingest.take([node.came(node.talk(turn(1), turn(2)))])
    [reply] = replies(outcome.stored, lambda tenant: ring.signer(tenant, "hub"))
    told = node.told(reply.message, ring.signer("north", "hub").public)
    assert reply.topic == "p/1/north/n/kiosk-1/ack"
    assert (told.upto, told.seen, told.holes) == (3, 3, ())
    assert stored(database) == [1, 2, 3]


def test_keys_lie_apart_from_records(database: Database, ingest: Ingest, node: HubNode) -> None:
    ingest.take([node.came(node.talk(turn(1), turn(2)))])
    assert rows(database, "north", "SELECT seq FROM session_key") == [(1,)]
    assert rows(database, "north", "SELECT seq FROM raw_record ORDER BY 1") == [(2,), (3,)]


def test_the_same_batch_again_is_answered_and_changes_nothing(
    database: Database, ingest: Ingest, node: HubNode
) -> None:
    came = node.came(node.talk(turn(1), turn(2)))
    first, second = ingest.take([came]), ingest.take([came, came])
    assert second.stored == first.stored
    assert stored(database) == [1, 2, 3]
    assert rows(database, "north", "SELECT count(*) FROM raw_twin", "admin") == [(0,)]


def test_holes_are_named_until_they_are_filled(ingest: Ingest, node: HubNode, ring: Keyring) -> None:
    frames = node.talk(*(turn(n) for n in range(1, 10)))
    hub = ring.signer("north", "hub")

    def told(records: list[Sent], **more: object) -> tuple[int, tuple[Span, ...]]:
        [stored] = ingest.take([node.came(records, **more)]).stored  # type: ignore[arg-type]
        [reply] = replies([stored], lambda tenant: hub)
        ack = node.told(reply.message, hub.public)
        return ack.upto, ack.holes

    assert told(frames[7:]) == (0, (Span(1, 7),))
    assert told(frames[:3]) == (3, (Span(4, 7),))
    assert told([], gone=(Span(4, 6),)) == (6, (Span(7, 7),))
    assert told(frames[6:7]) == (10, ())


def test_what_came_far_above_many_holes_is_answered_by_number(
    ingest: Ingest, node: HubNode, ring: Keyring
) -> None:
    session = DataKey.born()
    node.next = 2_000
    frames = [node.key(session)]
    for _ in range(600):
        node.next += 1
        frames.append(node.record(turn(1), session))
    groups = [node.came(frames[at : at + 100]) for at in range(0, len(frames), 100)]
    outcome = ingest.take(groups)
    hub = ring.signer("north", "hub")
    said = [node.told(reply.message, hub.public) for reply in replies(outcome.stored, lambda tenant: hub)]
    assert all(any(each.settles(frame.seq) for each in said) for frame in frames)


@pytest.mark.parametrize("state", ["pending", "rejected", "revoked", "quarantined"])
def test_a_node_that_is_not_accepted_is_refused_and_counted(
    database: Database, ingest: Ingest, node: HubNode, state: str
) -> None:
    node.register(database, state)
    came = node.came(node.talk(turn(1)))
    outcome = ingest.take([came, came])
    assert outcome.stored == ()
    assert stored(database) == []
    counted = "SELECT node, code, count FROM ingest_refusal"
    assert rows(database, "north", counted, "app") == [("kiosk-1", f"node.{state}", 2)]


def test_unknown_nodes_are_counted_together_and_strangers_tenants_not_at_all(
    database: Database, ingest: Ingest, node: HubNode
) -> None:
    for number in range(3):
        stranger = HubNode("north", f"unknown-{number}", node.log_key)
        ingest.take([stranger.came(stranger.talk(turn(1)))])
    nobody = HubNode("nowhere", "kiosk-1", node.log_key)
    outcome = ingest.take([nobody.came(nobody.talk(turn(1)))])
    assert outcome.refused == {("nowhere", "kiosk-1", "node.unknown"): 1}
    assert rows(database, "north", "SELECT node, code, count FROM ingest_refusal", "app") == [
        ("", "node.unknown", 3)
    ]
    assert rows(database, "nowhere", "SELECT count(*) FROM ingest_refusal", "app") == [(0,)]


def test_anothers_signature_topic_or_bytes_are_refused(
    database: Database, ingest: Ingest, node: HubNode
) -> None:
    thief = HubNode("north", "kiosk-1", node.log_key)
    other = HubNode("north", "kiosk-2", node.log_key).register(database)
    there = NodeTopic("north", "kiosk-2", "up")
    mine = node.came(node.talk(turn(1)))
    as_other = HubNode("north", "kiosk-1", node.log_key, keys=other.keys)
    foreign = Came(there, as_other.came(as_other.talk(turn(1))).payload, START_MS)
    outcome = ingest.take(
        [
            thief.came(thief.talk(turn(1))),
            Came(there, mine.payload, START_MS),
            foreign,
            Came(mine.topic, b"\xc1 not a message", START_MS),
            Came(mine.topic, mine.payload[:-1], START_MS),
        ]
    )
    assert outcome.stored == ()
    assert {code for _, _, code in outcome.refused} == {
        "signature.invalid",
        "batch.foreign",
        "document.malformed",
    }
    assert stored(database) == []


def test_a_damaged_frame_goes_to_quarantine_under_its_number_and_is_answered(
    database: Database, ingest: Ingest, node: HubNode
) -> None:
    frames = node.talk(turn(1), turn(2), turn(3))
    frames[1] = Sent(2, b"\x00rubbish")
    frames[2] = Sent(3, frames[3].frame)  # another number's frame
    outcome = ingest.take([node.came(frames)])
    assert outcome.stored[0].answered == (Span(1, 4),)
    assert stored(database) == [1, 4]
    found = "SELECT seq, stage, code FROM quarantine ORDER BY seq"
    assert rows(database, "north", found, "app") == [
        (2, "ingest", "frame.misfit"),
        (3, "ingest", "frame.misfit"),
    ]


def test_a_second_content_is_kept_beside_and_the_node_put_in_quarantine(
    database: Database, ingest: Ingest, node: HubNode
) -> None:
    copy = HubNode("north", "kiosk-1", node.log_key, keys=node.keys)
    ingest.take([node.came(node.talk(turn(1)))])
    outcome = ingest.take([copy.came(copy.talk(turn(9), turn(8)))])
    assert outcome.stored[0].answered == (Span(1, 3),)
    assert rows(database, "north", "SELECT seq FROM raw_twin ORDER BY 1", "app") == [(1,), (2,)]
    assert rows(database, "north", "SELECT state FROM node", "app") == [("quarantined",)]
    assert rows(database, "north", "SELECT kind FROM ingest_event", "app") == [("twin",)]
    assert ingest.take([copy.came(copy.talk(turn(7)))]).stored == ()


def test_two_boots_that_come_and_go_are_a_cloned_card(
    database: Database, ingest: Ingest, node: HubNode
) -> None:
    at_ms = START_MS
    for number in range(6):
        at_ms += LATE_MS + 1
        node.boot = f"00000000000000b{number % 2}"
        ingest.take([node.came(node.talk(turn(number)), at_ms)])
    assert rows(database, "north", "SELECT state FROM node", "app") == [("quarantined",)]
    assert rows(database, "north", "SELECT kind FROM ingest_event", "app") == [("cloned",)]
    node.register(database)
    again = ingest.take([node.came(node.talk(turn(9)), at_ms + 1)])
    assert again.stored
    assert rows(database, "north", "SELECT state FROM node", "app") == [("accepted",)]


def test_a_restored_hub_tells_its_operator_and_goes_on(
    database: Database, ingest: Ingest, node: HubNode
) -> None:
    ingest.take([node.came(node.talk(turn(1)))])
    node.next = 10
    outcome = ingest.take([node.came(node.talk(turn(2)), low=10)])
    assert outcome.stored[0].answered == (Span(1, 11),)
    [(detail,)] = rows(database, "north", "SELECT detail FROM ingest_event WHERE kind = 'restored'", "app")
    assert detail == {"epoch": node.epoch, "missing": [[3, 9]]}


def test_an_erased_sessions_key_that_comes_again_is_not_stored(
    database: Database, ingest: Ingest, node: HubNode
) -> None:
    session = DataKey.born()
    ingest.take([node.came([node.key(session)])])
    with postgres.tenant(database.pool("app"), "north") as connection:
        connection.execute("SELECT * FROM prilavok_forget_session(%s)", (session.id,))
    node.epoch = "00000000000000e2"
    outcome = ingest.take([node.came([node.key(session)], low=2)])
    assert outcome.stored
    assert rows(database, "north", "SELECT count(*) FROM session_key") == [(0,)]


def test_workers_beside_each_other_store_each_number_once(
    database: Database, ingest: Ingest, node: HubNode
) -> None:
    frames = node.talk(*(turn(n) for n in range(200)))
    groups = [node.came(frames[at : at + 40]) for at in range(0, len(frames), 20)]

    def work(order: list[Came]) -> None:
        worker = Ingest(database.pool("ingest"))
        for came in order:
            worker.take([came])

    threads = [threading.Thread(target=work, args=(order,)) for order in (groups, groups[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stored(database) == [frame.seq for frame in frames]


def test_a_message_that_the_database_refuses_holds_up_no_other(
    database: Database, ingest: Ingest, node: HubNode
) -> None:
    with psycopg.connect(database.admin) as connection:
        connection.execute("ALTER TABLE raw_record ADD CHECK (seq <> 2)")
    other = HubNode("north", "kiosk-2", node.log_key).register(database)
    outcome = ingest.take([node.came(node.talk(turn(1))), other.came([other.key(DataKey.born())])])
    assert [each.node for each in outcome.stored] == ["kiosk-2"]
    assert outcome.refused == {("north", "kiosk-1", "ingest.unstorable"): 1}


def test_without_a_database_nothing_is_said_to_be_stored(node: HubNode) -> None:
    away = postgres.pool("postgresql://prilavok_ingest@127.0.0.1:1/prilavok", wait_s=0.2)
    try:
        with pytest.raises(Unavailable):
            Ingest(away).take([node.came(node.talk(turn(1)))])
    finally:
        away.close()


def test_tenants_of_one_group_stay_apart(
    database: Database, ingest: Ingest, node: HubNode, ring: Keyring
) -> None:
    database.market("south", "city")
    ring.ensure("south", START_MS)
    other = HubNode("south", "kiosk-1", ring.current("south").log_key).register(database)
    outcome = ingest.take([other.came(other.talk(turn(1))), node.came(node.talk(turn(2), turn(3)))])
    assert [each.tenant for each in outcome.stored] == ["north", "south"]
    for tenant, count in (("north", 2), ("south", 1)):
        assert rows(database, tenant, "SELECT count(*), min(tenant), max(tenant) FROM raw_record") == [
            (count, tenant, tenant)
        ]


def test_two_workers_may_begin_a_month_at_once(database: Database, ingest: Ingest, node: HubNode) -> None:
    came = node.came(node.talk(turn(1)))
    began = threading.Event()
    with postgres.tenant(database.pool("ingest"), "north") as first:
        first.execute("SELECT prilavok_raw_month(to_timestamp(%s))", (START_MS / 1000,))
        stored: list[int] = []

        def work() -> None:
            began.set()
            stored.extend(len(each.came) for each in ingest.take([came]).stored)

        second = threading.Thread(target=work)
        second.start()
        assert began.wait(10)
        with psycopg.connect(database.admin, autocommit=True) as admin:
            waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            while admin.execute(waits).fetchone() == (0,):
                pass
    second.join()
    assert stored == [2]
