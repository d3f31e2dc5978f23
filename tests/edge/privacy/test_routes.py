"""What a visitor can have handed out and erased of a conversation, and what is said of the rest."""

import base64
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from edge.answer.turn import Done, Grounding, Message
from edge.chat.record import Turn
from edge.chat.session import code
from edge.outbox.recorder import Recorder
from edge.outbox.service import Outbox
from edge.outbox.trail import OutboxTrail
from edge.privacy.service import Trail
from sync.record import Versions
from tests.edge.outbox.hub import Hub, drained, outbox
from tests.simulators.hub_key import HubKey
from tests.simulators.pipeline import Counter, counter

HUB = HubKey()
SESSION, OTHER = "0123456789abcdef" * 2, "fedcba9876543210" * 2
REQUEST, OTHERS_REQUEST = "a" * 32, "b" * 32
SAID = [{"role": "user", "content": "a plumber"}, {"role": "assistant", "content": "a plumber"}]


@asynccontextmanager
async def standing(
    folder: Path, trail: Trail | None = None
) -> AsyncIterator[tuple[Counter, AsyncTestClient[Litestar]]]:
    made = counter(folder, lead_key=HUB.setting, trail=trail)
    await made.parts.open()
    async with AsyncTestClient(made.app, base_url="http://127.0.0.1") as http:
        yield made, http
    await made.parts.close()


async def ask(http: AsyncTestClient[Litestar], session: str) -> str:
    """An answer's id."""
    body = {"model": "prilavok", "messages": SAID[:1], "session": session}
    reply = await http.post("/v1/chat/completions", json=body)
    return str(reply.json()["id"])


async def leave(http: AsyncTestClient[Litestar], id: str) -> None:
    """A request to be called back."""
    consent = {"version": "2026-11", "language": "en"}
    envelope = HUB.seal(b"{}", id, "node/1", "2026-11")
    body = {"id": id, "provider": "node/1", "consent": consent, "envelope": envelope}
    assert (await http.post("/api/lead", json=body)).status_code == 202


async def test_what_is_held_is_handed_out_and_nothing_of_others(tmp_path: Path) -> None:
    async with standing(tmp_path) as (_, http):
        answer = await ask(http, SESSION)
        await ask(http, OTHER)
        await leave(http, REQUEST)
        await leave(http, OTHERS_REQUEST)
        reply = await http.post("/api/session/held", json={"session": SESSION, "requests": [REQUEST]})
    held = reply.json()
    assert (held["code"], held["questions_today"], held["hub"]) == (code(SESSION), 1, "no_hub")
    assert held["answers"] == [{"id": answer, "mode": "template", "intent": "find"}]
    (request,) = held["requests"]
    assert (request["id"], request["provider"], request["consent_version"]) == (REQUEST, "node/1", "2026-11")
    assert len(base64.b64decode(request["envelope"])) > 32
    assert held["waiting"] == {}


async def test_erasing_leaves_nothing_and_takes_nothing_of_others(tmp_path: Path) -> None:
    async with standing(tmp_path) as (made, http):
        answer, others = await ask(http, SESSION), await ask(http, OTHER)
        await leave(http, REQUEST)
        await leave(http, OTHERS_REQUEST)
        wish = {"session": SESSION, "requests": [REQUEST]}
        erased = (await http.post("/api/session/erase", json={**wish, "messages": SAID})).json()
        again = (await http.post("/api/session/erase", json=wish)).json()
        held = (await http.post("/api/session/held", json=wish)).json()
        theirs = {"session": OTHER, "requests": [OTHERS_REQUEST]}
        kept = (await http.post("/api/session/held", json=theirs)).json()
        rated = await http.post("/api/feedback", json={"answer_id": answer, "score": 1})
        others_rated = await http.post("/api/feedback", json={"answer_id": others, "score": 1})
    assert (erased["session"], erased["answers"], erased["remembered"], erased["requests"]) == (True, 1, 1, 1)
    assert made.answers.forgotten[0] == tuple(Message(one["role"], one["content"]) for one in SAID)
    assert (again["session"], again["answers"], again["requests"]) == (False, 0, 0)
    assert (held["questions_today"], held["answers"], held["requests"]) == (None, [], [])
    assert (kept["questions_today"], len(kept["answers"]), len(kept["requests"])) == (1, 1, 1)
    assert (rated.status_code, others_rated.status_code) == (404, 202)


async def test_a_request_that_was_erased_is_gone_from_the_disk(tmp_path: Path) -> None:
    async with standing(tmp_path) as (_, http):
        await leave(http, REQUEST)
        await http.post("/api/session/erase", json={"session": SESSION, "requests": [REQUEST]})
        again = (
            await http.post("/api/session/held", json={"session": SESSION, "requests": [REQUEST]})
        ).json()
    assert again["requests"] == []


async def test_asking_about_requests_makes_no_file(tmp_path: Path) -> None:
    async with standing(tmp_path) as (_, http):
        for path in ("held", "erase"):
            reply = await http.post(f"/api/session/{path}", json={"session": SESSION, "requests": [REQUEST]})
            assert reply.status_code == 200
    assert not (tmp_path / "node.db").exists()


@pytest.mark.parametrize(
    "body",
    [
        {"session": ""},
        {"session": "no spaces"},
        {"session": "x" * 200},
        {"session": SESSION, "requests": ["short"]},
        {"session": SESSION, "requests": [REQUEST] * 101},
        {},
        [],
    ],
)
async def test_what_is_no_conversation_is_refused(tmp_path: Path, body: object) -> None:
    async with standing(tmp_path) as (_, http):
        for path in ("held", "erase"):
            reply = await http.post(f"/api/session/{path}", json=body)
            assert reply.status_code in (400, 422), body


async def test_a_page_of_a_stranger_may_not_erase(tmp_path: Path) -> None:
    async with standing(tmp_path) as (_, http):
        headers = {"origin": "https://elsewhere.example"}
        reply = await http.post("/api/session/erase", json={"session": SESSION}, headers=headers)
    assert reply.status_code == 403


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Outbox]:
    made = outbox(tmp_path)
    yield made
    made.ledger.close()


async def recorded(box: Outbox, session: str) -> None:
    """A turn on its way to the hub."""
    done = Done(Grounding(cards=()), "Tap & Sons is open.")
    await Recorder(box, lambda: Versions(node="1", catalog=1)).turn(
        Turn("chatcmpl-1", session, "a plumber", done)
    )


async def test_records_that_wait_for_the_hub_are_counted_and_erased(tmp_path: Path, box: Outbox) -> None:
    trail = OutboxTrail(box)
    for session in (SESSION, SESSION, OTHER):
        await recorded(box, session)
    async with standing(tmp_path / "node", trail) as (_, http):
        held = (await http.post("/api/session/held", json={"session": SESSION})).json()
        erased = (await http.post("/api/session/erase", json={"session": SESSION})).json()
        after = (await http.post("/api/session/held", json={"session": SESSION})).json()
    assert (held["waiting"], held["hub"]) == ({"chat": 2}, "unknown")
    assert (erased["waiting"], erased["code"]) == (2, held["code"])
    assert (after["waiting"], after["hub"]) == ({}, "unknown")
    assert after["code"] != held["code"]
    hub = Hub()
    drained(box, hub)
    assert len(hub.read()) == 1


async def test_what_the_hub_has_is_said_and_named_by_its_code(tmp_path: Path, box: Outbox) -> None:
    trail, hub = OutboxTrail(box), Hub()
    await recorded(box, SESSION)
    drained(box, hub)
    await recorded(box, SESSION)
    key = box.sessions.of(SESSION).key
    async with standing(tmp_path / "node", trail) as (_, http):
        held = (await http.post("/api/session/held", json={"session": SESSION})).json()
        erased = (await http.post("/api/session/erase", json={"session": SESSION})).json()
    assert (held["hub"], held["code"], held["waiting"]) == ("some", key.code, {"chat": 1})
    assert (erased["hub"], erased["waiting"]) == ("some", 1)


async def test_a_conversation_of_which_nothing_was_recorded_has_left_nothing(box: Outbox) -> None:
    box.sessions.of(SESSION)
    assert OutboxTrail(box).reached(SESSION) == "nothing"


async def test_a_conversation_whose_key_is_forgotten_cannot_be_told(box: Outbox) -> None:
    trail = OutboxTrail(box)
    assert trail.reached(SESSION) == "unknown"
    assert await trail.waiting(SESSION) == {}
    assert await trail.erase(SESSION) == 0
