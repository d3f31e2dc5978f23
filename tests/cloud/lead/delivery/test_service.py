"""Requests reach the tenant: each one, once if the tenant says so in time, and in the clear nowhere else."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from standardwebhooks.webhooks import Webhook as Verifier

from cloud import postgres
from cloud.lead.delivery.port import Channel
from cloud.lead.delivery.schedule import PAUSES_S
from cloud.lead.delivery.service import webhook
from cloud.lead.delivery.store import ChannelRow
from cloud.lead.delivery.webhook import Webhook
from tests.cloud.lead.office import CONTACT, SECRET, TENANT, Office
from tests.simulators.receiver import Receiver, hangs, ok, says

LIMIT_S = 60


def body(receiver: Receiver, place: int = -1) -> dict[str, object]:
    """What came, its signature checked."""
    got = receiver.got[place]
    found: dict[str, object] = Verifier(SECRET).verify(got.body, got.headers)["data"]
    return found


def provider(office: Office, line: dict[str, object]) -> None:
    """One in the published catalogue."""
    with postgres.tenant(office.app, TENANT) as connection:
        connection.execute("INSERT INTO catalog (tenant, market, document) VALUES ('north', 'city', '{}')")
        connection.execute(
            "INSERT INTO catalog_line (tenant, market, id, first_version, digest, line)"
            " VALUES ('north', 'city', %s, 1, %s, %s)",
            (line["id"], b"d" * 16, json.dumps(line)),
        )


def test_a_request_arrives_opened_with_who_it_is_for(office: Office) -> None:
    provider(office, {"id": "p-1", "name": "Pipes & Sons", "email": "pipes@example.com", "odd": "\u0000"})
    with Receiver() as receiver:
        office.channel(receiver.url)
        lead = office.arrives()
        assert office.deliverer().turn(TENANT) == 1
        assert office.deliverer().turn(TENANT) == 0
    said = body(receiver)
    assert said["contact"] == CONTACT
    assert said["provider"] == {"id": "p-1", "name": "Pipes & Sons", "email": "pipes@example.com"}
    assert (said["id"], said["market"], said["consent"]) == (lead, "city", "2026-11")
    assert office.state(lead) == "delivered"


def test_the_same_request_twice_is_delivered_once(office: Office) -> None:
    with Receiver() as receiver:
        office.channel(receiver.url)
        lead = office.arrives()
        office.arrives(lead, session=b"t" * 10)
        office.deliverer().turn(TENANT)
        office.arrives(lead)
        office.deliverer().turn(TENANT)
    assert len(receiver.got) == 1
    assert office.value("SELECT copies FROM lead_case WHERE lead = %s", lead) == 3


def test_a_request_waits_for_a_channel_that_takes_its_market(office: Office) -> None:
    lead = office.arrives()
    office.deliverer().turn(TENANT)
    assert office.state(lead) == "waiting"
    with postgres.tenant(office.app, TENANT) as connection:
        connection.execute("INSERT INTO market (tenant, market) VALUES ('north', 'other')")
    with Receiver() as receiver:
        office.channel(receiver.url, "elsewhere", market="other")
        office.deliverer().turn(TENANT)
        assert office.state(lead) == "waiting"
        office.channel(receiver.url, "here", market="city")
        office.deliverer().turn(TENANT)
    assert office.state(lead) == "delivered"
    assert len(receiver.got) == 1


def test_a_failure_is_tried_again_under_the_same_id(office: Office) -> None:
    with Receiver([says(500), says(503), ok]) as receiver:
        office.channel(receiver.url)
        lead = office.arrives()
        for state in ("due", "due", "delivered"):
            office.overdue()
            office.deliverer().turn(TENANT)
            assert office.state(lead) == state
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1


def test_it_is_not_tried_before_its_time(office: Office) -> None:
    with Receiver([says(500)]) as receiver:
        office.channel(receiver.url)
        office.arrives()
        assert [office.deliverer().turn(TENANT) for _ in range(3)] == [1, 0, 0]
    assert len(receiver.got) == 1


def test_after_the_last_pause_it_is_given_up_and_said_so(office: Office) -> None:
    with Receiver([says(500)]) as receiver:
        office.channel(receiver.url)
        lead = office.arrives()
        for _ in range(len(PAUSES_S) + 3):
            office.overdue()
            office.deliverer().turn(TENANT)
    assert len(receiver.got) == len(PAUSES_S) + 1
    assert office.state(lead) == "dead"
    assert office.value("SELECT code FROM lead_delivery") == "webhook.status"


def test_a_receiver_that_wants_no_more_turns_its_channel_off(office: Office) -> None:
    with Receiver([says(410)]) as receiver:
        office.channel(receiver.url)
        lead = office.arrives()
        office.deliverer().turn(TENANT)
        later = office.arrives()
        office.deliverer().turn(TENANT)
    assert (office.state(lead), office.state(later)) == ("dead", "waiting")
    assert office.value("SELECT enabled FROM lead_channel") is False
    assert len(receiver.got) == 1


def test_one_that_hangs_holds_up_no_other_channel(office: Office) -> None:
    with Receiver([hangs]) as slow, Receiver() as quick:
        office.channel(slow.url, "a-slow")
        office.channel(quick.url, "b-quick")
        leads = [office.arrives() for _ in range(3)]

        def impatient(row: ChannelRow) -> Channel:
            made = webhook(row)
            assert isinstance(made, Webhook)
            return replace(made, limit_s=1.0)

        office.deliverer(make=impatient).turn(TENANT)
        assert len(quick.got) == 3
    assert {office.state(lead) for lead in leads} == {"due"}
    assert office.value("SELECT count(*) FROM lead_delivery WHERE state = 'delivered'") == 3


@pytest.mark.parametrize("damage", [{"sealed": b"x" * 40}, {"contact": b"no json"}, {"contact": b"[1]"}])
def test_a_contact_that_does_not_open_is_dead_at_once(office: Office, damage: dict[str, bytes]) -> None:
    with Receiver() as receiver:
        office.channel(receiver.url)
        lead = office.arrives(**damage)
        office.deliverer().turn(TENANT)
    assert office.state(lead) == "dead"
    assert office.value("SELECT code FROM lead_delivery") == "lead.sealed"
    assert receiver.got == []


def test_a_provider_that_is_swapped_does_not_open(office: Office) -> None:
    with Receiver() as receiver:
        office.channel(receiver.url)
        lead = office.arrives()
        with office.database.superuser() as connection:
            connection.execute("UPDATE lead_case SET provider = 'p-2'")
        office.deliverer().turn(TENANT)
    assert office.state(lead) == "dead"
    assert receiver.got == []


def test_without_its_key_a_request_waits_and_goes_when_the_key_is_back(office: Office) -> None:
    with Receiver() as receiver:
        office.channel(receiver.url)
        lead = office.arrives()
        [key] = office.keyring.lead.rglob("*.key")
        away = key.rename(key.with_suffix(".away"))
        office.deliverer().turn(TENANT)
        assert (office.state(lead), office.value("SELECT code FROM lead_delivery")) == ("due", "lead.key")
        away.rename(key)
        office.overdue()
        office.deliverer().turn(TENANT)
    assert office.state(lead) == "delivered"
    assert body(receiver)["contact"] == CONTACT


def test_no_contact_is_in_the_database_nor_in_the_log(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    with Receiver([says(500), ok]) as receiver:
        office.channel(receiver.url)
        office.arrives()
        for _ in range(2):
            office.overdue()
            office.deliverer().turn(TENANT)
    with office.database.superuser() as connection:
        for table in ("lead", "lead_case", "lead_delivery", "lead_channel", "audit"):
            rows = connection.execute(f"SELECT t::text FROM {table} t".encode()).fetchall()  # noqa: S608
            assert "2000 0000" not in str(rows)
    assert "2000 0000" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("place", ["lead.taken", "lead.sent", "lead.recorded"])
def test_a_worker_that_is_killed_loses_nothing(office: Office, place: str) -> None:
    environment = {
        **os.environ,
        "PRILAVOK_HUB_DATABASE_DELIVERY_URL": office.database.url("delivery"),
        "PRILAVOK_HUB_LEAD_KEYS_DIR": str(office.keyring.lead),
        "PRILAVOK_HUB_DATA_DIR": str(office.keyring.folder / "none"),
    }
    command = [sys.executable, "-m", "cloud.cli", "hub", "deliver"]
    with Receiver() as receiver:
        office.channel(receiver.url)
        lead = office.arrives()
        killed = subprocess.run(
            command, env={**environment, "PRILAVOK_FAILPOINT": place}, timeout=LIMIT_S, check=False
        )
        assert killed.returncode == -9
        office.overdue()
        with subprocess.Popen(command, env=environment) as worker:
            try:
                receiver.wait(1)
                office.arrives()
                receiver.wait(2)
            finally:
                worker.terminate()
    ids = [body(receiver, place)["id"] for place in range(len(receiver.got))]
    assert lead in ids
    assert len(receiver.got) == {"lead.taken": 2, "lead.sent": 3, "lead.recorded": 2}[place]
