"""Requests to providers: only sealed ones, kept as they came, and once."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient
from pyhpke.exceptions import OpenError

from edge.database import driver
from edge.lead.service import key_id
from edge.lead.store import LeadStore
from tests.simulators.hub_key import HubKey
from tests.simulators.pipeline import counter

HUB = HubKey()
LEAD_KEY = HUB.setting
ID = "0123456789abcdef0123456789abcdef"
VERSION = "2026-11"
CONTACT = '{"name":"Анна","phone":"+44 1632 960001"}'.encode()


def lead(
    *, id: str = ID, provider: str = "node/1", version: str = VERSION, **envelope: object
) -> dict[str, Any]:
    """A request as a page sends it; `envelope` spoils its parts."""
    sealed = {**HUB.seal(CONTACT, id, provider, version), **envelope}
    return {
        "id": id,
        "provider": provider,
        "consent": {"version": version, "language": "ru"},
        "envelope": sealed,
    }


@asynccontextmanager
async def asking(folder: Path, **settings: object) -> AsyncIterator[AsyncTestClient[Litestar]]:
    made = counter(folder, **settings)
    await made.parts.open()
    async with AsyncTestClient(made.app, base_url="http://127.0.0.1") as http:
        yield http
    await made.parts.close()


async def post(folder: Path, body: object, **settings: object) -> tuple[int, str]:
    async with asking(folder, **settings) as http:
        reply = await http.post("/api/lead", json=body)
    return reply.status_code, reply.json().get("code", "")


async def test_what_the_page_sealed_only_the_hub_can_open(tmp_path: Path) -> None:
    assert await post(tmp_path, lead(), lead_key=LEAD_KEY) == (202, "")
    store = LeadStore(tmp_path / "node.db")
    (kept,) = store.waiting()
    store.close()
    assert HUB.open(kept) == CONTACT
    assert (kept.provider, kept.consent_version, kept.consent_language) == ("node/1", VERSION, "ru")
    assert all(b"1632" not in path.read_bytes() for path in tmp_path.glob("node.db*"))
    for changed in (replace(kept, provider="node/2"), replace(kept, consent_version="2020-01")):
        with pytest.raises(OpenError):
            HUB.open(changed)


async def test_a_request_sent_again_is_answered_alike_and_kept_once(tmp_path: Path) -> None:
    async with asking(tmp_path, lead_key=LEAD_KEY) as http:
        replies = [await http.post("/api/lead", json=lead()) for _ in range(3)]
        text = (await http.get("/metrics")).text
    assert {(reply.status_code, reply.text) for reply in replies} == {(202, f'{{"id":"{ID}"}}')}
    assert "prilavok_leads_total 1.0" in text
    store = LeadStore(tmp_path / "node.db")
    assert store.count() == 1
    store.close()


async def test_a_request_that_arrived_is_known_even_when_the_key_is_another(tmp_path: Path) -> None:
    assert await post(tmp_path, lead(), lead_key=LEAD_KEY) == (202, "")
    assert await post(tmp_path, lead(), lead_key=HubKey().setting) == (202, "")


async def test_a_request_may_be_for_a_person_at_the_counter(tmp_path: Path) -> None:
    assert await post(tmp_path, lead(provider=""), lead_key=LEAD_KEY) == (202, "")


async def test_without_a_key_it_says_that_none_are_taken(tmp_path: Path) -> None:
    assert await post(tmp_path, lead()) == (503, "lead.not_configured")
    assert not (tmp_path / "node.db").exists()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (lead(key_id="0" * 16), 422, "lead.wrong_key"),
        (lead(enc=base64.b64encode(bytes(31)).decode()), 422, "lead.not_sealed"),
        (lead(sealed="+44 1632 960001"), 422, "lead.not_sealed"),
        (lead(sealed=base64.b64encode(bytes(16)).decode()), 422, "lead.not_sealed"),
        (lead(sealed=base64.b64encode(bytes(9000)).decode()), 422, "lead.not_sealed"),
        (lead(version="2019-01"), 422, "lead.consent_outdated"),
        (lead(provider="nobody"), 404, "provider.missing"),
        (lead(id="short"), 400, "request.invalid"),
        ({"provider": "node/1", "phone": "+44 1632 960001"}, 400, "request.invalid"),
        ([], 400, "request.invalid"),
    ],
)
async def test_anything_else_is_refused(tmp_path: Path, body: object, status: int, code: str) -> None:
    assert await post(tmp_path, body, lead_key=LEAD_KEY) == (status, code)
    assert not (tmp_path / "node.db").exists()


async def test_terms_are_in_the_pages_language_and_name_the_key(tmp_path: Path) -> None:
    async with asking(tmp_path, lead_key=LEAD_KEY) as http:
        said = (await http.get("/api/lead/terms", params={"lang": "ru-RU"})).json()
        other = (await http.get("/api/lead/terms", params={"lang": "fi"})).json()
    assert said["taking"]
    assert base64.b64decode(said["key"]) == HUB.public
    assert said["key_id"] == key_id(HUB.public)
    assert (said["language"], said["version"], other["language"]) == ("ru", VERSION, "en")
    assert "исполнитель" in said["consent"]


async def test_terms_say_when_no_requests_are_taken(tmp_path: Path) -> None:
    async with asking(tmp_path) as http:
        said = (await http.get("/api/lead/terms")).json()
    assert (said["taking"], said["key"], said["key_id"]) == (False, None, None)


async def test_a_tenants_own_consent_counts_with_those_it_lists(tmp_path: Path) -> None:
    own = tmp_path / "consent.toml"
    own.write_text('version = "t2"\naccepted = ["t1"]\n[text]\nen = "Yes."\n')
    settings: dict[str, object] = {"lead_key": LEAD_KEY, "lead_consent": own}
    assert await post(tmp_path, lead(version="t1"), **settings) == (202, "")
    assert await post(tmp_path, lead(id="f" * 32), **settings) == (422, "lead.consent_outdated")


async def test_an_older_file_is_completed(tmp_path: Path) -> None:
    file = driver().connect(str(tmp_path / "node.db"))
    file.execute(
        "CREATE TABLE lead(id TEXT PRIMARY KEY, received_at TEXT NOT NULL DEFAULT"
        " (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')), provider TEXT NOT NULL,"
        " key_id TEXT NOT NULL, envelope BLOB NOT NULL) WITHOUT ROWID"
    )
    file.execute("INSERT INTO lead VALUES ('old', '2026-01-01T00:00:00Z', 'node/1', 'k', zeroblob(60))")
    file.close()
    assert await post(tmp_path, lead(), lead_key=LEAD_KEY) == (202, "")
    store = LeadStore(tmp_path / "node.db")
    assert [one.id for one in store.waiting()] == ["old", ID]
    store.close()
