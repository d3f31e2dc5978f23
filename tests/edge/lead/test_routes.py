"""Requests to providers: only sealed ones, kept as they came."""

import base64
from pathlib import Path

import pytest
from litestar.testing import AsyncTestClient

from edge.lead.service import key_id
from edge.lead.store import LeadStore
from tests.simulators.pipeline import counter

KEY = bytes(range(32))
LEAD_KEY = base64.b64encode(KEY).decode()
ENC = base64.b64encode(bytes(32)).decode()
SEALED = base64.b64encode(bytes(100)).decode()


def lead(**more: object) -> dict[str, object]:
    envelope = {"key_id": key_id(KEY), "enc": ENC, "sealed": SEALED}
    provider = more.pop("provider", "node/1")
    return {"provider": provider, "envelope": {**envelope, **more}}


async def post(folder: Path, body: object, **settings: object) -> tuple[int, str]:
    made = counter(folder, **settings)
    await made.parts.open()
    async with AsyncTestClient(made.app, base_url="http://127.0.0.1") as http:
        reply = await http.post("/api/lead", json=body)
    await made.parts.close()
    return reply.status_code, reply.json().get("code", "")


async def test_sealed_request_is_kept_as_it_came(tmp_path: Path) -> None:
    assert await post(tmp_path, lead(), lead_key=LEAD_KEY) == (202, "")
    store = LeadStore(tmp_path / "node.db")
    assert store.count() == 1
    store.close()


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
        (lead(provider="nobody"), 404, "provider.missing"),
        ({"provider": "node/1", "phone": "+44 1632 960001"}, 400, "request.invalid"),
        ([], 400, "request.invalid"),
    ],
)
async def test_anything_else_is_refused(tmp_path: Path, body: object, status: int, code: str) -> None:
    assert await post(tmp_path, body, lead_key=LEAD_KEY) == (status, code)
    assert not (tmp_path / "node.db").exists()
