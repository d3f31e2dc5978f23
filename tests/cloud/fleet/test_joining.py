"""Joining: a file lets one box in once, and nobody else; what the hub says is the hub's."""

from collections.abc import Iterator

import pytest

from cloud.fleet.keeper import Keeper, working
from sync import clock, keyset, provisioning
from sync.provisioning import Account
from tests.simulators.guarded_broker import GuardedMosquitto
from tests.simulators.hub_office import Office
from tests.simulators.joining_box import WAIT_S, Box, Connection


@pytest.fixture
def keeper(office: Office) -> Iterator[Keeper]:
    with working(office.parts.settings, office.parts.pool, office.parts.keyring) as keeper:
        yield keeper


def new_box(office: Office, node: str = "kiosk-1", **file: object) -> Box:
    made = office.post("/tenants/demo/nodes", {"node": node, "market": "riga", "file": file})
    assert made.status_code == 201, made.text
    return Box.with_file(made.json()["file"])


def test_box_is_pending_until_it_is_accepted_and_then_has_an_account_that_works(
    office: Office, keeper: Keeper, guarded: GuardedMosquitto
) -> None:
    box = new_box(office)
    assert box.admitted(office.client)[0].state == "pending"
    assert office.post("/tenants/demo/nodes/kiosk-1/accept").json()["state"] == "accepted"
    admission, account = box.admitted(office.client)
    assert admission.state == "accepted"
    assert account is not None
    connection = Connection.open(guarded.url, account, "p/1/demo/n/kiosk-1/do")
    connection.line.wait(WAIT_S)
    connection.close()


def test_file_that_says_so_lets_its_box_in_at_once(office: Office, keeper: Keeper) -> None:
    admission, account = new_box(office, accept=True).admitted(office.client)
    assert admission.state == "accepted"
    assert account == Account(username="demo/kiosk-1", password=account.password if account else "")


def test_same_box_that_asks_again_is_told_the_same(office: Office, keeper: Keeper) -> None:
    box = new_box(office, accept=True)
    assert box.admitted(office.client)[1] == box.admitted(office.client)[1]


def test_file_used_twice_lets_only_the_first_box_in(office: Office, keeper: Keeper) -> None:
    first = new_box(office, accept=True)
    second = Box(first.document)
    assert first.admitted(office.client)[0].state == "accepted"
    refused = second.ask(office.client)
    assert (refused.status_code, refused.json()["code"]) == (409, "enrolment.used")
    assert first.admitted(office.client)[0].state == "accepted"


def test_former_keys_are_another_nodes_in_no_request(office: Office, keeper: Keeper) -> None:
    first = new_box(office, accept=True)
    assert first.admitted(office.client)[0].state == "accepted"
    made = office.post("/tenants/demo/nodes", {"node": "kiosk-2", "market": "riga"})
    other = Box.with_file(made.json()["file"])
    claiming = provisioning.enrol(other.document, other.keys, [first.keys])
    refused = office.client.post("/node/enrol", content=claiming)
    assert (refused.status_code, refused.json()["code"]) == (409, "enrolment.key")


def test_file_for_another_hub_opens_nothing(office: Office) -> None:
    box = new_box(office)
    made = office.post("/tenants/demo/nodes/kiosk-1/provision")
    newer = Box.with_file(made.json()["file"])
    refused = box.ask(office.client)
    assert (refused.status_code, refused.json()["code"]) == (403, "enrolment.token")
    assert newer.admitted(office.client)[0].state == "pending"


def test_hub_tells_its_time_signed_with_the_tenants_key(office: Office) -> None:
    box = new_box(office)
    trusted = keyset.pinned(box.document.keys, "demo").hub.signatories
    for path in ("/node/time", "/node/time?tenant=demo"):
        answer = office.client.post(path, content=b"n" * 16)
        assert answer.status_code == 200
        told = clock.told(answer.content, b"n" * 16, trusted, 0, 0)
        assert told.at_ms > 1_700_000_000_000
    assert office.client.post("/node/time?tenant=nobody", content=b"n" * 16).status_code == 422
    assert office.client.post("/node/time", content=b"n" * 15).status_code == 422
    assert office.client.post("/node/time", content=b"n" * 1500).status_code == 413
