"""A rollout over a fleet of rows: stages, automatic stop, putting back; each step as the keeper takes it."""

from dataclasses import dataclass
from typing import Any

import pytest

from cloud.account.work import work
from cloud.fleet.command.service import Commands
from cloud.fleet.desired.service import Desk
from cloud.fleet.rollout.service import Rollouts
from tests.simulators.fleet_of_rows import Fleet
from tests.simulators.hub_database import Database
from tests.simulators.hub_office import Office

NODES = tuple(f"n{number}" for number in range(6))
PLAN = {"stages": [20, 50, 100], "soak_s": 0}


@dataclass
class Taking:
    """A rollout under way."""

    fleet: Fleet
    id: str = ""

    def begin(self, values: dict[str, object], **more: object) -> "Taking":
        wanted = {"change": {"type": "settings", "values": values}, "plan": PLAN, **more}
        answer = self.fleet.office.post("/tenants/demo/rollouts", wanted)
        assert answer.status_code == 201, answer.text
        return Taking(self.fleet, answer.json()["id"])

    def step(self) -> dict[str, Any]:
        """As the keeper: posts, then a step."""
        self.fleet.post.turn("demo")
        with work(self.fleet.office.parts.pool, "demo", "hub") as begun:
            Rollouts(Desk(Commands(self.fleet.office.parts.keyring))).step(begun)
        return self.now()

    def now(self) -> dict[str, Any]:
        found: dict[str, Any] = self.fleet.office.get(f"/tenants/demo/rollouts/{self.id}").json()
        return found

    def reached(self) -> dict[str, str]:
        """Nodes that were sent it, and the commands."""
        items = self.fleet.office.get(f"/tenants/demo/rollouts/{self.id}/nodes").json()["items"]
        return {each["node"]: each["command"] for each in items}

    def answer(self, outcome: str = "done") -> None:
        """Every node that has not answered does."""
        for node, command in self.reached().items():
            if self.fleet.line(command, node)["ended_at"] is None:
                self.fleet.receipt(command, outcome, node=node)

    def turn(self, what: str) -> Any:
        return self.fleet.office.post(f"/tenants/demo/rollouts/{self.id}/{what}")


@pytest.fixture
def taking(office: Office, database: Database) -> Taking:
    return Taking(Fleet.of(office, database, *NODES))


def values(taking: Taking, node: str) -> dict[str, object]:
    found: dict[str, object] = taking.fleet.office.get(f"/tenants/demo/nodes/{node}/settings").json()[
        "values"
    ]
    return found


def test_change_reaches_all_in_stages(taking: Taking) -> None:
    taking = taking.begin({"queue_limit": 9})
    counts = []
    for _ in range(12):
        line = taking.step()
        counts.append(len(taking.reached()))
        taking.answer()
        if line["state"] != "running":
            break
    assert line["state"] == "done"
    assert sorted(set(counts)) == [2, 3, 6]
    assert all(values(taking, node) == {"queue_limit": 9} for node in NODES)


def test_node_that_refuses_stops_it_and_nobody_else_is_sent_it(taking: Taking) -> None:
    taking = taking.begin({"queue_limit": 9})
    taking.step()
    taking.answer("refused")
    line = taking.step()
    assert (line["state"], line["failed"]) == ("stopped", 2)
    taking.step()
    assert len(taking.reached()) == 2
    actions = taking.fleet.office.get("/tenants/demo/audit", subject=f"rollout/{taking.id}").json()["items"]
    assert [each["action"] for each in actions] == ["rollout.stopped", "rollout.begin"]


def test_node_that_fails_after_the_change_stops_it(taking: Taking) -> None:
    taking = taking.begin({"queue_limit": 9})
    taking.step()
    taking.answer()
    taking.step()
    taking.fleet.report(next(iter(taking.reached())), "failing")
    assert taking.step()["state"] == "stopped"


def test_node_that_failed_before_is_not_blamed_on_it(taking: Taking) -> None:
    for node in NODES:
        taking.fleet.report(node, "failing")
    taking = taking.begin({"queue_limit": 9})
    for _ in range(12):
        line = taking.step()
        taking.answer()
        for node in taking.reached():
            taking.fleet.report(node, "failing")
    assert line["state"] == "done"


def test_stopped_change_is_put_back_where_nobody_changed_it_since(taking: Taking) -> None:
    for node in NODES:
        headers = taking.fleet.office.headers("root", If_Match="*")
        body = {"values": {"queue_limit": 5, "log_level": "debug"}}
        taking.fleet.office.client.put(f"/api/tenants/demo/nodes/{node}/settings", json=body, headers=headers)
    taking = taking.begin({"queue_limit": 9, "answer_cache": False})
    taking.step()
    first, second = taking.reached()
    other = {"values": {"queue_limit": 7, "log_level": "debug"}}
    headers = taking.fleet.office.headers("root", If_Match="*")
    taking.fleet.office.client.put(f"/api/tenants/demo/nodes/{second}/settings", json=other, headers=headers)
    assert taking.turn("revert").json()["state"] == "cancelled"
    assert values(taking, first) == {"queue_limit": 5, "log_level": "debug"}
    assert values(taking, second) == {"queue_limit": 7, "log_level": "debug"}


def test_paused_rollout_sends_nothing_until_it_goes_on(taking: Taking) -> None:
    taking = taking.begin({"queue_limit": 9})
    assert taking.turn("pause").json()["state"] == "paused"
    taking.step()
    assert taking.reached() == {}
    assert taking.turn("pause").status_code == 409
    taking.turn("resume")
    taking.step()
    assert len(taking.reached()) == 2


def test_only_nodes_with_the_tag_are_sent_it(taking: Taking) -> None:
    taking.fleet.join("tagged", "door")
    taking = taking.begin({"queue_limit": 9}, tag="door")
    taking.step()
    assert list(taking.reached()) == ["tagged"]


def test_change_that_a_node_would_refuse_is_refused_at_once(taking: Taking) -> None:
    for change in (
        {"type": "settings", "values": {"queue_limit": 0}},
        {"type": "settings", "values": {"x": 1}},
    ):
        answer = taking.fleet.office.post("/tenants/demo/rollouts", {"change": change})
        assert answer.json()["code"] == "settings.invalid"
    plan = {"stages": [50, 20, 100]}
    answer = taking.fleet.office.post("/tenants/demo/rollouts", {"change": change, "plan": plan})
    assert answer.status_code == 400


def test_silent_half_holds_it(taking: Taking) -> None:
    taking = taking.begin({"queue_limit": 9}, plan={**PLAN, "patience_s": 60})
    taking.step()
    taking.fleet.run("UPDATE rollout_node SET sent_at = sent_at - interval '2 min'")
    line = taking.step()
    assert (line["state"], line["stage"], line["silent"]) == ("running", 0, 2)


def test_update_is_rolled_out_as_well(taking: Taking) -> None:
    update = {"what": "model", "name": "m", "version": "2", "digest": "a" * 64, "size": 9}
    wanted = {"change": {"type": "update", "update": update}, "plan": PLAN}
    taking = Taking(taking.fleet, taking.fleet.office.post("/tenants/demo/rollouts", wanted).json()["id"])
    taking.step()
    kinds = {taking.fleet.line(command, node)["kind"] for node, command in taking.reached().items()}
    assert kinds == {"update"}
    assert taking.turn("revert").json()["code"] == "rollout.state"
