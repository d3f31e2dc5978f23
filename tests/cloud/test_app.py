"""The hub's interface: whether it is well, and what an error looks like."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from cloud.app import create
from cloud.parts import Parts
from cloud.settings import Settings
from tests.simulators.broker import Mosquitto
from tests.simulators.hub_database import Database


@pytest.fixture
def parts(database: Database, mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Parts]:
    settings = Settings.load(
        data_dir=tmp_path / "hub", database_app_url=database.url("app"), broker_url=mosquitto.url
    )
    opened = Parts.open(settings)
    opened.line.wait()
    yield opened
    opened.close()


@pytest.fixture
def client(parts: Parts) -> Iterator[TestClient[Litestar]]:
    with TestClient(create(parts)) as client:
        yield client


def test_health_is_well_with_database_and_broker(client: TestClient[Litestar]) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json()["ready"] is True
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_health_says_what_is_missing(client: TestClient[Litestar], parts: Parts) -> None:
    parts.line.close()
    answer = client.get("/health")
    assert answer.status_code == 503
    [ill] = [each for each in answer.json()["findings"] if not each["well"]]
    assert (ill["check"], bool(ill["hint"])) == ("broker", True)


def test_whoever_opens_the_hubs_address_sees_whether_it_works(
    client: TestClient[Litestar], parts: Parts
) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "The hub is working" in answer.text
    assert "'unsafe-inline'" not in answer.headers["content-security-policy"]
    parts.line.close()
    answer = client.get("/")
    assert "Something is missing" in answer.text
    assert "Is the broker running at broker_url?" in answer.text


def test_an_unknown_path_is_a_problem_document(client: TestClient[Litestar]) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "path.unknown"
