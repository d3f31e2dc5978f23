"""Search, market and the code to take along, over one provider."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from edge.browse.qr import vcard
from sync.provider import Provider
from tests.simulators.pipeline import PLUMBER, counter


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[AsyncTestClient[Litestar]]:
    made = counter(tmp_path)
    await made.parts.open()
    async with AsyncTestClient(made.app, base_url="http://127.0.0.1") as client:
        yield client
    await made.parts.close()


async def test_search_gives_cards_and_what_was_found(http: AsyncTestClient[Litestar]) -> None:
    found = (await http.get("/api/search?q=plumber&lang=en&open=now")).json()
    assert found["cards"][0]["id"] == "node/1"
    assert (found["found"], found["total"]) == ("exact", 1)
    assert (await http.get("/api/search?q=nothing")).json()["found"] == "none"
    assert (await http.get("/api/search?category=shop/bakery")).json()["cards"] == []


@pytest.mark.parametrize("query", ["limit=0", "limit=51", "limit=x", "open=later", f"q={'a' * 500}"])
async def test_bad_search_is_a_problem_document(http: AsyncTestClient[Litestar], query: str) -> None:
    reply = await http.get(f"/api/search?{query}")
    assert reply.status_code in (400, 422)
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["hint"]


async def test_market_is_told_in_a_language(http: AsyncTestClient[Litestar]) -> None:
    market = (await http.get("/api/market?lang=ru")).json()
    assert market["name"] == "Солтмир"
    assert market["categories"] == [
        {"id": "craft/plumber", "label": "Сантехник", "count": 1, "icon": "temaki-plumber"}
    ]
    assert (market["catalog_version"], market["providers"]) == (7, 1)
    assert market["examples"]


async def test_code_of_a_record_whose_id_has_a_slash(http: AsyncTestClient[Litestar]) -> None:
    for path in ("/api/card/node/1/qr.svg", "/api/card/node%2F1/qr.svg"):
        reply = await http.get(path)
        assert reply.headers["content-type"].startswith("image/svg+xml")
        assert reply.text.startswith("<svg")
    assert (await http.get("/api/card/nobody/qr.svg")).status_code == 404
    assert (await http.get("/api/card/node/1")).status_code == 404


def test_contact_holds_what_the_record_has_and_cannot_be_broken_out_of() -> None:
    lines = vcard(PLUMBER).split("\r\n")
    assert "FN:Tap & Sons\\; Ltd" in lines
    assert "TEL:+44 1632 960001" in lines
    assert "ADR:;;1 Quay\\, East;Saltmere;;;" in lines
    bad = Provider(id="x", categories=("a/b",), name="A\r\nTEL:911\nEND:VCARD")
    assert "TEL" not in [line.split(":")[0] for line in vcard(bad).split("\r\n")]


async def test_starting_node_says_so_in_a_problem_document(tmp_path: Path) -> None:
    made = counter(tmp_path)
    async with AsyncTestClient(made.app, base_url="http://127.0.0.1") as client:
        reply = await client.get("/api/market")
    await made.parts.close()
    assert (reply.status_code, reply.json()["code"]) == (503, "node.starting")
    assert reply.headers["retry-after"] == "1"
