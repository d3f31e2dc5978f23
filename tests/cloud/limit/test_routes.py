"""Over the interface: after too many wrong tries 429, with how long to wait, whoever counts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.health.service import shared
from cloud.parts import Parts
from cloud.settings import Settings
from tests.simulators.hub_database import Database
from tests.simulators.hub_office import PASSWORD, Office, client_of
from tests.simulators.redis_server import running

BAD_TOKEN = "prilavok_demo_" + "0" * 64
AWAY = "redis://127.0.0.1:1/0"


@pytest.fixture(params=["memory", "redis", "away"])
def office(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Iterator[Office]:
    """A hub that counts in memory, in a Redis, and should in one that is not there."""
    if request.param == "redis":
        with running() as url:
            yield from opened(database, tmp_path, redis_url=url)
    else:
        yield from opened(database, tmp_path, **({"redis_url": AWAY} if request.param == "away" else {}))


def opened(database: Database, folder: Path, **more: str) -> Iterator[Office]:
    settings = Office.settings(
        database, folder, wrong_tries_a_minute=5, open_requests_a_minute=7, broker_accounts="none", **more
    )
    parts = Parts.open(settings)
    with client_of(parts) as client:
        yield Office.opened(client, parts)
    parts.close()


def codes(office: Office, path: str, times: int, **how: object) -> list[int]:
    return [office.client.post(path, **how).status_code for _ in range(times)]  # type: ignore[arg-type]


def test_wrong_logins_from_an_address_are_limited_over_all_accounts(office: Office) -> None:
    def wrong(operator: str) -> dict[str, str]:
        return {"owner": "demo", "operator": operator, "password": "x" * 12}

    said = [office.client.post("/api/login", json=wrong(f"nobody{n}")) for n in range(7)]
    assert [each.status_code for each in said] == [401] * 5 + [429] * 2
    assert said[-1].json()["code"] == "limit.tries"
    assert 1 <= int(said[-1].headers["Retry-After"]) <= 60
    assert said[-1].headers["Content-Type"] == "application/problem+json"


def test_right_logins_are_not_limited(office: Office) -> None:
    for _ in range(12):
        office.log_in("@hub", "root", PASSWORD)


def test_wrong_tokens_are_limited_and_right_ones_are_not(office: Office) -> None:
    bad = {"Authorization": f"Bearer {BAD_TOKEN}"}
    said = [office.client.get("/api/me", headers=bad) for _ in range(7)]
    assert [each.status_code for each in said] == [401] * 5 + [429] * 2
    assert "Retry-After" in said[-1].headers
    assert office.get("/me").status_code == 200


def test_refused_enrolments_are_limited(office: Office) -> None:
    said = codes(office, "/node/enrol", 7, content=b"no enrolment")
    assert set(said[:5]) <= {400, 403, 422}
    assert said[5:] == [429, 429]


def test_open_pages_are_limited_and_health_is_not(office: Office) -> None:
    said = codes(office, "/node/time?tenant=demo", 9, content=b"0" * 16)
    assert said == [200] * 7 + [429] * 2
    assert office.client.get("/").status_code == 429
    assert {office.client.get("/health").status_code for _ in range(30)} == {503}  # there is no broker


def test_health_says_where_tries_are_counted(office: Office) -> None:
    [said] = [each for each in office.client.get("/health").json()["findings"] if each["check"] == "limits"]
    assert said["well"] is True
    counter = office.parts.gate.counter
    assert ("were counted in this process" in said["says"]) == (counter.away > 0)


def test_doctor_says_whether_redis_is_reached() -> None:
    none = shared(Settings.load())
    assert (none.well, "for itself" in none.says) == (True, True)
    away = shared(Settings.load(redis_url=AWAY))
    assert (away.well, "Is it running" in away.hint) == (False, True)
    with running() as url:
        reached = shared(Settings.load(redis_url=url))
    assert (reached.well, reached.says.startswith("Redis ")) == (True, True)
