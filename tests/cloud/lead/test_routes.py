"""Requests over the interface: states, retries, channels; never a contact or a secret."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cloud import postgres
from cloud.parts import Parts
from tests.cloud.lead.office import Office as Leads
from tests.simulators.hub_database import Database
from tests.simulators.hub_office import Office, client_of
from tests.simulators.receiver import Receiver, says

CHANNELS = "/tenants/north/lead-channels"
HERE = ["127.0.0.0/8"]


@pytest.fixture
def leads(database: Database, tmp_path: Path) -> Leads:
    return Leads.opened(database, tmp_path / "hub" / "keys")


@pytest.fixture
def office(leads: Leads, database: Database, tmp_path: Path) -> Iterator[Office]:
    parts = Parts.open(Office.settings(database, tmp_path, broker_url="mqtt://127.0.0.1:1"))
    with client_of(parts) as client:
        made = Office.opened(client, parts)
        made.hire("north", "ada", "admin")
        made.hire("north", "olga", "operator")
        made.hire("north", "ann", "analyst")
        yield made
    parts.close()


def channel(office: Office, receiver: Receiver, **more: Any) -> dict[str, Any]:
    body = {"channel": "crm", "url": receiver.url, "networks": HERE, **more}
    answer = office.post(CHANNELS, body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_request_is_listed_with_what_became_of_it(office: Office, leads: Leads) -> None:
    with Receiver([says(500)]) as receiver:
        channel(office, receiver)
        lead = leads.arrives()
        leads.deliverer().turn("north")
    [line] = office.get("/tenants/north/leads", who="ann").json()["items"]
    assert (line["id"], line["state"], line["provider"]) == (lead, "due", "p-1")
    [delivery] = line["deliveries"]
    assert (delivery["channel"], delivery["tries"], delivery["code"]) == ("crm", 1, "webhook.status")
    assert office.get("/tenants/north/leads", state="dead", who="ann").json()["items"] == []
    assert office.get(f"/tenants/north/leads/{lead}", who="ann").json() == line
    assert office.get("/tenants/north/leads/none", who="ann").status_code == 404


def test_pages_go_on_below(office: Office, leads: Leads) -> None:
    made = [leads.arrives() for _ in range(5)]
    first = office.get("/tenants/north/leads", limit=3).json()
    rest = office.get("/tenants/north/leads", limit=3, below=first["next"]).json()
    assert [each["id"] for each in first["items"] + rest["items"]] == made[::-1]


def test_what_was_given_up_is_tried_again(office: Office, leads: Leads) -> None:
    with Receiver() as receiver:
        channel(office, receiver)
        lead = leads.arrives(sealed=b"x" * 40)
        leads.deliverer().turn("north")
        assert leads.state(lead) == "dead"
        assert office.post("/tenants/north/leads/retry", who="ann").status_code == 403
        assert office.post("/tenants/north/leads/retry", who="olga").json() == {"deliveries": 1}
        assert leads.state(lead) == "due"
        good = leads.arrives()
        leads.deliverer().turn("north")
        path = f"/tenants/north/leads/{good}/retry"
        assert office.post(path, {}, who="olga").json() == {"deliveries": 0}
        assert office.post(path, {"delivered": True}, who="olga").json() == {"deliveries": 1}
        leads.deliverer().turn("north")
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    assert len(receiver.got) == 2


def test_a_secret_is_told_once_and_again_only_when_it_is_new(office: Office) -> None:
    with Receiver() as receiver:
        made = channel(office, receiver)
        assert made["secret"].startswith("whsec_")
        read = office.get(f"{CHANNELS}/crm")
        assert "secret" not in read.json()
        tag = read.headers["etag"]
        edited = office.patch(f"{CHANNELS}/crm", {"new_secret": True}, If_Match=tag).json()
        assert edited["secret"] not in (None, made["secret"])
    log = json.dumps(office.get("/tenants/north/audit").json())
    assert made["secret"] not in log
    assert edited["secret"] not in log


def test_an_edit_is_of_what_was_read(office: Office) -> None:
    with Receiver() as receiver:
        channel(office, receiver)
    assert office.patch(f"{CHANNELS}/crm", {"enabled": False}).status_code == 428
    tag = office.get(f"{CHANNELS}/crm").headers["etag"]
    assert office.patch(f"{CHANNELS}/crm", {"enabled": False}, If_Match=tag).json()["enabled"] is False
    assert office.patch(f"{CHANNELS}/crm", {"enabled": True}, If_Match=tag).status_code == 412


def test_only_the_hubs_admins_let_a_channel_into_the_hubs_own_network(office: Office) -> None:
    body = {"channel": "crm", "url": "http://127.0.0.1:9/", "networks": HERE}
    assert office.post(CHANNELS, body, who="ada").json()["code"] == "channel.networks"
    assert office.post(CHANNELS, {**body, "networks": []}, who="ada").status_code == 201
    tag = office.get(f"{CHANNELS}/crm").headers["etag"]
    refused = office.patch(f"{CHANNELS}/crm", {"networks": ["10.0.0.0/8"]}, who="ada", If_Match=tag)
    assert refused.json()["code"] == "channel.networks"
    assert office.post(CHANNELS, {**body, "channel": "two"}, who="olga").status_code == 403
    office.hire("north", "eve@hub", "admin")
    tried = office.post(CHANNELS, {**body, "channel": "three"}, who="eve@hub")
    assert tried.json()["code"] == "channel.networks"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"url": "ftp://x.example"}, 422, "channel.url"),
        ({"networks": ["10.0.0.1/8"]}, 422, "channel.network"),
        ({"market": "nowhere"}, 404, "market.unknown"),
        ({"channel": "No Name"}, 400, "request.invalid"),
    ],
)
def test_a_channel_that_cannot_be_is_refused(
    office: Office, change: dict[str, Any], status: int, code: str
) -> None:
    answer = office.post(CHANNELS, {"channel": "crm", "url": "https://crm.example/", **change})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_channel_is_made_once_and_taken_away(office: Office, leads: Leads) -> None:
    with Receiver([says(500)]) as receiver:
        channel(office, receiver)
        again = {"channel": "crm", "url": receiver.url, "networks": HERE}
        assert office.post(CHANNELS, again).json()["code"] == "channel.taken"
        lead = leads.arrives()
        leads.deliverer().turn("north")
    assert office.delete(f"{CHANNELS}/crm").status_code == 204
    assert leads.state(lead) == "waiting"
    assert office.delete(f"{CHANNELS}/crm").status_code == 404
    assert office.get(CHANNELS).json()["items"] == []


def test_the_interfaces_role_reads_no_secret(office: Office, leads: Leads) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        postgres.tenant(leads.app, "north") as connection,
    ):
        connection.execute("SELECT secret FROM lead_channel")
