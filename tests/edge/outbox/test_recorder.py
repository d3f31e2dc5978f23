"""What becomes a record: what analytics need, and nothing that names a person."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from edge.answer.turn import Card, Done, Grounding
from edge.chat.record import Rated, Turn
from edge.lead.store import LeadStore, Sealed
from edge.outbox.recorder import Recorder, filters, turn_record
from edge.outbox.request import KeptRequests
from edge.search.query import Condition, Near, Query, Relaxation
from sync.record import ChatTurn, Feedback, LeadRequest, Versions
from sync.seal import coded, header_of
from tests.edge.outbox.hub import Hub, drained, outbox

VERSIONS = Versions(node="1", catalog=3)
CARD = Card(id="p-1", number=1, name="Tap & Sons", category="Plumber", category_id="craft/plumber")
QUERY = Query(
    text="plumber",
    categories=("craft/plumber",),
    cities=("Riga", "Oslo"),
    conditions=(
        Condition(key="wifi", any_of=(True,)),
        Condition(key="cuisine", any_of=("thai", "sushi")),
        Condition(key="stars", at_least=3),
    ),
    open_at=datetime(2026, 11, 27, 9, 30),
    price_max=30,
    price_bands=(1, 2),
    near=Near(lat=56.9, lon=24.1),
)
SAID = Grounding(
    cards=(CARD,),
    language="en",
    found="relaxed",
    relaxed=(Relaxation(what="price_max", wanted="30"),),
    total=4,
    timings_ms={"total": 4.5},
)


def _turn(question: str, session: str | None = "s") -> Turn:
    done = Done(SAID, "Tap & Sons is open.", 3, 2, 1, ("injection",), QUERY)
    return Turn("chatcmpl-1", session, question, done)


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    box = outbox(tmp_path)
    yield Recorder(box, lambda: VERSIONS)
    box.ledger.close()


def test_turn_holds_what_analytics_need() -> None:
    record = turn_record(_turn("plumber in Riga?"), 2, VERSIONS)
    assert record == ChatTurn(
        answer="chatcmpl-1",
        turn=2,
        question="plumber in Riga?",
        language="en",
        intent="find",
        categories=("craft/plumber",),
        filters={
            "cities": "Riga;Oslo",
            "open_at": "2026-11-27T09:30:00",
            "price_max": 30,
            "price_bands": "1;2",
            "attributes.wifi": True,
            "attributes.cuisine": "thai;sushi",
            "attributes.stars": "3..",
        },
        near=True,
        found="relaxed",
        relaxed=("price_max",),
        cards=("p-1",),
        total=4,
        mode="template",
        replaced=1,
        flags=("injection",),
        prompt_tokens=3,
        completion_tokens=2,
        timings_ms={"total": 4.5},
        versions=VERSIONS,
    )


def test_nothing_in_a_record_names_a_person() -> None:
    question = "I'm Anna Berg, call me at +371 2912 3456 or anna@example.com about a plumber"
    written = msgspec.json.encode(turn_record(_turn(question), 1, VERSIONS)).decode()
    assert "plumber" in written
    for personal in ("Anna", "Berg", "2912", "anna@", "56.9", "24.1"):
        assert personal not in written


def test_query_that_wishes_nothing_has_no_filters() -> None:
    assert filters(Query(text="x", language="ru")) == {}


def test_wild_question_is_still_a_record(recorder: Recorder) -> None:
    wild = Query(
        categories=tuple(f"c/{number}" for number in range(300)),
        cities=tuple("x" * 50 for _ in range(50)),
        conditions=(Condition(key="k" * 300, any_of=tuple("v" * 99 for _ in range(30))),),
    )
    done = Done(Grounding(cards=(CARD,) * 60), "", query=wild)
    record = turn_record(Turn("a", None, "😀" * 9_000, done), 1, VERSIONS)
    assert recorder.outbox.record(record, recorder.outbox.sessions.of(None)).result(20)


async def test_turns_and_ratings_of_a_session_arrive_under_one_key(recorder: Recorder) -> None:
    await recorder.turn(_turn("one"))
    await recorder.turn(_turn("two"))
    await recorder.rated(Rated("chatcmpl-1", "s", -1, "rude, I am Anna Berg", "template", "find"))
    await recorder.turn(_turn("other", None))
    hub = Hub()
    drained(recorder.outbox, hub)
    arrived = [payload for _, payload in hub.read()]
    turns = [(each.question, each.turn) for each in arrived if isinstance(each, ChatTurn)]
    assert turns == [("one", 1), ("two", 2), ("other", 1)]
    rated = next(each for each in arrived if isinstance(each, Feedback))
    assert (rated.score, rated.reason) == (-1, "rude, I am [name]")
    assert len(hub.frames) == 4 + 2


REQUEST = Sealed("a" * 24, "p-1", "1", "en", "0123456789abcdef", b"e" * 32, b"s" * 50)


def test_request_goes_into_the_outbox_as_it_came_and_once(recorder: Recorder) -> None:
    requests = KeptRequests(recorder.outbox)
    assert requests.add(REQUEST)
    assert not requests.add(REQUEST)
    hub = Hub()
    drained(recorder.outbox, hub)
    assert requests.has(REQUEST.id)
    assert not requests.add(REQUEST)
    assert hub.read() == [
        (
            "lead",
            LeadRequest(
                id="a" * 24,
                provider="p-1",
                key="0123456789abcdef",
                enc=b"e" * 32,
                sealed=b"s" * 50,
                language="en",
                consent="1",
            ),
        )
    ]


def test_requests_of_before_the_hub_are_handed_over_once(recorder: Recorder) -> None:
    old = LeadStore(recorder.outbox.ledger.path)
    old.add(REQUEST)
    old.add(replace(REQUEST, id="b" * 24, provider=""))
    requests = KeptRequests(recorder.outbox)
    assert requests.has(REQUEST.id)
    assert requests.hand_over() == 2
    assert requests.hand_over() == 0
    assert old.count() == 0
    assert not requests.add(REQUEST)
    old.close()
    hub = Hub()
    drained(recorder.outbox, hub)
    assert [(each.id, each.provider, each.consent) for _, each in hub.read()] == [  # type: ignore[union-attr]
        ("a" * 24, "p-1", "1"),
        ("b" * 24, "", "1"),
    ]


async def test_code_of_a_session_finds_its_records_and_ends_with_it(recorder: Recorder) -> None:
    code = recorder.code("s")
    await recorder.turn(_turn("one"))
    assert recorder.code("s") == code
    recorder.forget("s")
    await recorder.turn(_turn("two"))
    hub = Hub()
    drained(recorder.outbox, hub)
    keys = [header_of(frame).data_key for frame in hub.frames.values()]
    assert keys.count(coded(code)) == 2
    assert len(set(keys)) == 2
