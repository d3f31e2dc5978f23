"""Kept answers in the whole pipeline: cards are of the moment, sentences of the records as they are."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from edge.answer.service import Answers
from edge.answer.turn import Begun, Done, Grounding, Message
from edge.answer.writer import Pace, Writer
from sync.interchange.entry import Upsert
from tests.edge.answer.cache.kept import Kept, kept
from tests.edge.answer.town import MARKET, NOW, PROVIDERS, Visit, open_town

HOTEL = "hotels in Olkhovo"
MODES = {"en": "phrase", "ru": "phrase"}


@contextmanager
def town(folder: Path) -> Iterator[tuple[Answers, Kept]]:
    """The invented town's counter with a model whose answers are kept."""
    answers = open_town(folder)
    with kept(folder, answers.catalog) as one:
        yield replace(answers, writer=Writer(one.model, MODES, cache=one.cache)), one
    answers.catalog.database.close()


def change(answers: Answers, id: str, **values: object) -> None:
    """A new version of the catalogue in which one record differs."""
    record = next(one for one in PROVIDERS if one.id == id)
    record = msgspec.structs.replace(record, **values)
    answers.catalog.apply([Upsert(1, record, msgspec.json.encode(record))])


def test_the_second_visitor_gets_the_first_ones_words_and_the_same_grounding(tmp_path: Path) -> None:
    with town(tmp_path) as (answers, one):
        first, second = Visit(answers), Visit(answers)
        said = first.says(HOTEL)
        one.cache.settle()
        again = second.says(HOTEL)
        assert (first.text, one.counts.lookups) == (second.text, {"miss": 1, "hit_exact": 1})
        for grounding in (said, again):
            assert grounding.mode == "phrase"
            assert {"search", "first_word", "total"} <= set(grounding.timings_ms)
        assert msgspec.structs.replace(said, timings_ms={}) == msgspec.structs.replace(again, timings_ms={})


def test_a_conversation_goes_on_from_a_kept_answer(tmp_path: Path) -> None:
    with town(tmp_path) as (answers, one):
        for _ in range(2):
            visit = Visit(answers)
            visit.says(HOTEL)
            visit.says("what is the phone number of the second one?")
            second = visit.text
            visit.says("any of them with wifi?")
            one.cache.settle()
        assert "555-" in second
        assert one.counts.lookups["hit_exact"] >= 2


def test_the_same_words_after_other_turns_are_another_question(tmp_path: Path) -> None:
    with town(tmp_path) as (answers, one):
        texts = []
        for first in (HOTEL, "hotels in Port Meridian"):
            visit = Visit(answers)
            visit.says(first)
            one.cache.settle()
            visit.says("and their phone?")
            one.cache.settle()
            texts.append(visit.text)
        assert texts[0] != texts[1]
        assert "Rope Walk" not in texts[0]


@pytest.mark.parametrize(
    ("change_of", "seen"),
    [
        ({"rating": 4.9}, "4.9"),
        ({"opening_hours": "Mo-Su 08:00-19:00"}, "19:00"),
        ({"name": "Gull New"}, "Gull New"),
    ],
)
def test_a_changed_record_is_spoken_of_as_it_is_now(
    tmp_path: Path, change_of: dict[str, object], seen: str
) -> None:
    with town(tmp_path) as (answers, one):
        before = Visit(answers)
        before.says(HOTEL)
        one.cache.settle()
        change(answers, "gull", **change_of)
        after = Visit(answers)
        after.says(HOTEL)
        assert one.counts.lookups["hit_exact"] == one.counts.lookups["hit_semantic"] == 0
        assert seen in after.text
        assert after.text != before.text


def test_a_record_that_changed_beside_the_words_is_stale_all_the_same(tmp_path: Path) -> None:
    with town(tmp_path) as (answers, one):
        Visit(answers).says(HOTEL)
        one.cache.settle()
        change(answers, "gull", email="new@gull.example")
        Visit(answers).says(HOTEL)
        assert one.counts.lookups == {"miss": 1, "stale": 1}


def test_another_market_or_language_shares_nothing(tmp_path: Path) -> None:
    with town(tmp_path) as (answers, one):
        Visit(answers).says(HOTEL)
        Visit(answers, language="ru").says("отели Ольхово")
        one.cache.settle()
        answers.catalog.put_market(msgspec.structs.replace(MARKET, currency="USD"))
        answers.warm()  # as the node does by itself within seconds
        Visit(answers).says(HOTEL)
        assert one.counts.lookups == {"miss": 3}


async def asked(answers: Answers, text: str, now: datetime) -> tuple[Grounding, Done]:
    """The opening grounding and the end of an answer at a moment."""
    events = [event async for event in answers.answer((Message("user", text),), now=now)]
    assert isinstance(events[0], Begun)
    assert isinstance(events[-1], Done)
    return events[0].grounding, events[-1]


async def test_cards_and_hours_are_of_the_moment(tmp_path: Path) -> None:
    with town(tmp_path) as (answers, one):
        eat = "restaurants in Olkhovo"
        noon, said = await asked(answers, eat, NOW)
        one.cache.settle()
        later, same = await asked(answers, eat, NOW.replace(hour=13))
        assert same.text == said.text
        assert noon.cards == later.cards
        night, other = await asked(answers, eat, NOW.replace(hour=23, minute=30))
        one.cache.settle()
        states = [[card.opening.state for card in one.cards if card.opening] for one in (noon, night)]
        assert states[0] != states[1]
        assert other.text != said.text
        _, back = await asked(answers, eat, NOW)
        assert back.text == said.text
        assert one.counts.lookups == {"miss": 2, "hit_exact": 2}


def test_a_kept_answer_does_not_end_the_models_rest(tmp_path: Path) -> None:
    with town(tmp_path) as (answers, one):
        first = Visit(answers)
        first.says(HOTEL)
        one.cache.settle()
        pace = Pace()
        pace.note(1, time.monotonic())
        rest = replace(answers, writer=Writer(one.model, MODES, pace=pace, cache=one.cache))
        quoted, plain = Visit(rest), Visit(rest)
        assert quoted.says(HOTEL).mode == "phrase"
        assert quoted.text == first.text
        assert plain.says("restaurants in Olkhovo").mode == "template"
        assert pace.rest_s == 60.0
        assert len(one.model.requests) == 1
