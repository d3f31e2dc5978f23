"""Kept answers: said again where they may be, never where not, and no trouble of theirs is the visitor's."""

import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.answer import template
from edge.answer.cache import key
from edge.answer.cache.entry import Entry, Trimmed
from edge.answer.cache.memory import MemoryStore
from edge.answer.cache.service import BACKLOG
from edge.answer.cache.store import FILE_NAME, SqliteStore
from edge.answer.turn import Draft
from models.runtime.generator import Piece
from sync.errors import Unavailable
from sync.provider import Provider
from tests.edge.answer.cache.kept import LIMITS, NOW, Records, kept, voiced
from tests.edge.answer.words import MARKET, PROVIDERS, QUERY, Names, draft
from tests.simulators.phraser import phrased

ASKED = "which plumber in olkhovo is open today and not too dear please"
NEAR = "which plumber in olkhovo is open today and not too expensive please"
FAR = "a tap"


async def test_an_answer_is_said_again_without_the_model(tmp_path: Path) -> None:
    with kept(tmp_path) as one:
        first, by_model = await one.answer(draft(question=ASKED))
        second, again = await one.answer(draft(question=f" {ASKED.upper()}?"))
        assert first == second
        assert len(one.model.requests) == 1
        assert (by_model.mode, again.mode) == ("phrase", "phrase")
        assert (again.prompt_tokens, again.completion_tokens) == (0, 0)
        assert set(again.facts) == set(by_model.facts)
        assert one.counts.lookups == {"miss": 1, "hit_exact": 1}


async def test_it_is_there_after_a_restart(tmp_path: Path) -> None:
    with kept(tmp_path) as one:
        first, _ = await one.answer(draft(question=ASKED))
    with kept(tmp_path) as one:
        assert (await one.answer(draft(question=ASKED)))[0] == first
        assert one.model.requests == []


async def test_a_near_question_with_the_same_wishes_is_answered_alike(tmp_path: Path) -> None:
    with kept(tmp_path) as one:
        first, _ = await one.answer(draft(question=ASKED))
        assert (await one.answer(draft(question=NEAR)))[0] == first
        await one.answer(draft(question=FAR))
        assert one.counts.lookups == {"miss": 2, "hit_semantic": 1}


async def test_with_similarity_one_only_the_same_question_counts_and_no_vector_is_kept(
    tmp_path: Path,
) -> None:
    with kept(tmp_path, similarity=1.0) as one:
        await one.answer(draft(question=ASKED))
        await one.answer(draft(question=NEAR))
        assert one.counts.lookups == {"miss": 2}
    store = SqliteStore(tmp_path / FILE_NAME, LIMITS)
    voice, lines = voiced(draft(question=ASKED))
    found = store.read(key.asked(voice, lines, "phraser/phrase").ground, int(NOW))
    assert [entry.vector for entry in found] == [b"", b""]
    store.close()


@pytest.mark.parametrize("other", [draft("de", question=ASKED), draft(question=ASKED, total=40)])
async def test_however_near_the_question_other_facts_are_never_given(tmp_path: Path, other: Draft) -> None:
    with kept(tmp_path, similarity=0.5) as one:
        await one.answer(draft(question=ASKED))
        await one.answer(other)
        assert len(one.model.requests) == 2
        assert one.counts.lookups == {"miss": 2}


def _changed(record: Provider, field: str, value: Any) -> Provider:
    return msgspec.structs.replace(record, **{field: value})


CHANGES = st.tuples(
    st.integers(0, 3),
    st.one_of(
        st.tuples(st.just("phone"), st.text(min_size=1, max_size=6)),
        st.tuples(st.just("attributes"), st.dictionaries(st.text(max_size=3), st.booleans(), max_size=2)),
        st.tuples(st.just("updated_at"), st.text(min_size=1, max_size=6)),
        st.tuples(st.just("rating"), st.sampled_from([0.5, 1.5, None])),
        st.tuples(st.just("opening_hours"), st.sampled_from(["24/7", "Mo off", None])),
        st.tuples(st.just("offers"), st.just(())),
        st.tuples(st.just("texts"), st.just({"en": {"title": "new"}})),
    ),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(CHANGES, min_size=1, max_size=3))
def test_nothing_is_given_that_stands_on_a_record_that_changed(
    changes: list[tuple[int, tuple[str, Any]]],
) -> None:
    records = list(PROVIDERS)
    for at, (field, value) in changes:
        records[at] = _changed(records[at], field, value)
    with kept(lambda damaged: MemoryStore(LIMITS)) as one:
        voice, lines = voiced(draft(question=ASKED))
        one.cache.keep(voice, lines, [line.template.text for line in lines])
        one.cache.settle()
        assert one.cache.recall(voice, lines) is not None
        now = voiced(draft(question=ASKED, records=tuple(records)))
        assert one.cache.recall(*now) is None
        assert one.counts.lookups["stale"] == 1
        one.cache.settle()
        assert one.counts.gone["changed"] == 1
        assert one.cache.recall(voice, lines) is None


async def test_a_change_of_the_catalogue_lets_go_what_stands_on_it_and_no_more(tmp_path: Path) -> None:
    records = Records()
    with kept(tmp_path, records) as one:
        await one.answer(draft(question=ASKED))
        only = {"cards": draft().cards[1:2], "records": PROVIDERS[1:2], "total": 1}
        await one.answer(draft(question=ASKED, **only))
        one.cache.follow()
        assert one.cache.follow() is None
        one.cache.settle()
        assert one.cache.size().entries == 2  # type: ignore[union-attr]
        records.providers["p1"] = _changed(PROVIDERS[0], "phone", "555-9999")
        records.number += 1
        assert one.cache.follow()
        one.cache.settle()
        assert one.counts.gone["changed"] == 1
        assert one.cache.size().entries == 1  # type: ignore[union-attr]
        del records.providers["p2"]
        records.number += 1
        one.cache.follow()
        one.cache.settle()
        assert one.counts.gone["changed"] == 2


async def test_a_kept_answer_dies_of_age(tmp_path: Path) -> None:
    now = [NOW]
    with kept(tmp_path, clock=lambda: now[0]) as one:
        await one.answer(draft(question=ASKED))
        now[0] += LIMITS.ttl_s
        await one.answer(draft(question=FAR))
        assert one.counts.gone["expired"] == 1
        await one.answer(draft(question=ASKED))
        assert one.counts.lookups == {"miss": 3}


async def test_a_model_that_rests_is_still_quoted_and_else_the_template_speaks(tmp_path: Path) -> None:
    with kept(tmp_path) as one:
        said, _ = await one.answer(draft(question=ASKED))
        assert (await one.answer(draft(question=ASKED), generator=None))[0] == said
        text, spoken = await one.answer(draft(question=FAR), generator=None)
        plain = template.compose(draft(question=FAR), MARKET, Names())
        assert (text, spoken.mode) == (template.joined(plain), "template")
        assert one.cache.size().entries == 1  # type: ignore[union-attr]


async def test_what_the_template_had_to_help_with_is_not_kept(tmp_path: Path) -> None:
    class Babbler:
        name = "phraser"

        def __init__(self) -> None:
            self.model = one.model

        def vitals(self) -> dict[str, float]:
            return {}

        async def generate(self, request: Any) -> Any:
            async for one in self.model.generate(request):
                said = isinstance(one, Piece)
                yield msgspec.structs.replace(one, text=one.text.replace("2", "3")) if said else one

        async def close(self) -> None:
            return

    with kept(tmp_path) as one:
        _, spoken = await one.answer(draft(question=ASKED), generator=Babbler())
        assert spoken.replaced > 0
        assert one.cache.size().entries == 0  # type: ignore[union-attr]


class Tampered(MemoryStore):
    """Gives every line back with something changed in it."""

    def __init__(self, change: Any) -> None:
        super().__init__(LIMITS)
        self.change = change

    def read(self, ground: bytes, now_s: int) -> tuple[Entry, ...]:
        return tuple(
            msgspec.structs.replace(one, lines=self.change(one.lines)) for one in super().read(ground, now_s)
        )


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: tuple(line.replace("20:00", "21:00") for line in lines),
        lambda lines: lines[:-1],
        lambda lines: (*lines, "Plumber Pro is a good dentist."),
        lambda lines: (lines[0], *reversed(lines[1:])),
        lambda lines: tuple(line.replace("[1]", "[2]") for line in lines),
        lambda lines: ("", *lines[1:]),
        lambda lines: (),
    ],
)
async def test_a_tampered_answer_is_refused_and_the_model_asked(change: Any) -> None:
    with kept(lambda damaged: Tampered(change)) as one:
        first, _ = await one.answer(draft(question=ASKED))
        second, spoken = await one.answer(draft(question=ASKED))
        assert first == second
        assert spoken.mode == "phrase"
        assert one.counts.lookups == {"miss": 1, "refused": 1}
        assert one.counts.gone["refused"] == 1
        assert len(one.model.requests) == 2


class Broken:
    """A store in which everything fails."""

    where = "nowhere"

    def _fail(self, *given: object) -> Any:
        raise Unavailable("The disk is full.", code="disk.full")

    read = put = touch = drop = cited = drop_citing = size = clear = _fail

    def close(self) -> None:
        return


async def test_a_store_that_fails_is_let_alone_for_a_while() -> None:
    with kept(lambda damaged: Broken()) as one:
        for _ in range(3):
            text, spoken = await one.answer(draft(question=ASKED))
            assert text == phrased(one.model.requests[-1]).replace("\n", " ")
            assert spoken.mode == "phrase"
        assert one.counts.lookups == {"failed": 3}
        assert one.cache.follow() is None
        assert one.cache.size() is None


class Slow(MemoryStore):
    """Writes when it is told to."""

    def __init__(self) -> None:
        super().__init__(LIMITS)
        self.go = threading.Event()

    def put(self, entry: Entry, now_s: int) -> Trimmed:
        self.go.wait(20)
        return super().put(entry, now_s)


def test_writing_never_holds_an_answer_up_and_what_waits_is_bounded() -> None:
    store = Slow()
    with kept(lambda damaged: store) as one:
        voice, lines = voiced(draft(question=ASKED))
        for _ in range(BACKLOG + 10):
            one.cache.keep(voice, lines, ["x"])
            assert one.cache.recall(voice, lines) is None
        assert one.counts.gone["backlog"] >= 9
        store.go.set()


class Watched(MemoryStore):
    """Remembers all bytes that it was given."""

    def __init__(self) -> None:
        super().__init__(LIMITS)
        self.written = b""

    def put(self, entry: Entry, now_s: int) -> Trimmed:
        self.written += msgspec.json.encode(entry) + msgspec.msgpack.encode(entry)
        return super().put(entry, now_s)


async def test_no_word_of_the_question_is_stored() -> None:
    store = Watched()
    with kept(lambda damaged: store) as one:
        await one.answer(draft(question="My name is Zebedee Quark, +49 171 5550199, a plumber for my wife"))
    assert store.written
    for word in (b"Zebedee", b"zebedee", b"Quark", b"5550199", b"wife"):
        assert word not in store.written


async def test_an_earlier_turn_counts_by_what_it_settled(tmp_path: Path) -> None:
    narrowed = msgspec.structs.replace(QUERY, excluded=("p9",))
    with kept(tmp_path, similarity=0.5) as one:
        await one.answer(draft(question="another one"))
        await one.answer(draft(question="another one", understanding={"query": narrowed}))
        assert one.counts.lookups == {"miss": 2}
