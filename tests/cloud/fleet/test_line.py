"""How nodes and hub stand: what a node says of itself beside what the hub has of it."""

import json

from tests.simulators.fleet_of_rows import EPOCH, Fleet
from tests.simulators.hub_database import Database
from tests.simulators.hub_office import Office


def test_status_tells_what_waits_what_is_stored_and_what_is_wrong(office: Office, database: Database) -> None:
    fleet = Fleet.of(office, database, "kiosk-1", "kiosk-2")
    said = {"catalog": 7, "outbox": {"chat": {"records": 5, "bytes": 9, "dropped": 2}}, "troubles": ["clock"]}
    fleet.run("UPDATE node_presence SET status = %s WHERE node = 'kiosk-1'", json.dumps(said))
    fleet.run(
        "INSERT INTO outbox (tenant, node, epoch, settled, lost)"
        " VALUES ('demo', 'kiosk-1', %s, '{[1,11),[20,21)}', '{[3,5)}')",
        EPOCH,
    )
    fleet.run("INSERT INTO ingest_refusal VALUES ('demo', 'kiosk-1', 'signature.invalid', 4, now(), now())")
    fleet.run(
        "INSERT INTO ingest_event (tenant, at, node, kind) VALUES ('demo', now(), 'kiosk-1', 'restored')"
    )
    page = office.get("/tenants/demo/sync").json()
    one, two = page["items"]
    assert (one["catalog"], one["waiting"], one["dropped"]) == (7, {"chat": 5}, {"chat": 2})
    assert (one["stored"], one["lost"], one["troubles"]) == (11, 2, ["clock"])
    assert one["refused"] == {"signature.invalid": 4}
    assert (two["stored"], two["waiting"], two["refused"]) == (0, {}, {})
    assert [each["kind"] for each in page["events"]] == ["restored"]
