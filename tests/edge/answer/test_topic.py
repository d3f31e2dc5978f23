from collections.abc import Iterator
from dataclasses import replace

import pytest

from edge.answer.knowledge import Brain
from edge.answer.reading import CategoryMention, Knowledge, read_message
from edge.answer.topic import find_topic
from edge.catalog.taxonomy import Taxonomy
from tests.edge.answer.town import CUT, EAT, HOTEL, NOW, open_town


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Knowledge]:
    answers = open_town(tmp_path_factory.mktemp("town"))
    yield Brain(answers.catalog, Taxonomy.load()).knowledge()
    answers.catalog.database.close()


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("a hotel near a restaurant", HOTEL),
        ("a restaurant close to my hotel", EAT),
        ("a hairdresser next to the hotel", CUT),
        ("a hotel with a restaurant", HOTEL),
        ("ресторан возле гостиницы", EAT),
        ("парикмахерская рядом с рестораном", CUT),
        ("ein Hotel neben einem Restaurant", HOTEL),
        ("un hotel junto a un restaurante", HOTEL),
        ("what hotel is near here?", HOTEL),
        ("near a hotel", HOTEL),
    ],
)
def test_what_a_place_should_be_near_is_not_what_is_asked_for(
    knowledge: Knowledge, text: str, category: str
) -> None:
    assert _topic(knowledge, text) == (category,)


def test_faint_words_in_two_places_outdo_one_a_little_surer(knowledge: Knowledge) -> None:
    hair, wash, eat = (
        CategoryMention(CUT, 0.55, 0, 1),
        CategoryMention(CUT, 0.53, 2, 3),
        CategoryMention(EAT, 0.72, 2, 3),
    )
    assert _topic(_hearing(knowledge, eat, hair, wash), "hair I wash") == (CUT,)
    assert _topic(_hearing(knowledge, eat, hair), "hair I wash") == (EAT,)


def test_two_meanings_of_one_word_are_not_two_witnesses(knowledge: Knowledge) -> None:
    said = (
        CategoryMention(EAT, 0.72, 2, 3),
        CategoryMention(CUT, 0.55, 0, 1),
        CategoryMention(CUT, 0.5, 0, 1),
    )
    assert _topic(_hearing(knowledge, *said), "hair I wash") == (EAT,)


def _hearing(knowledge: Knowledge, *said: CategoryMention) -> Knowledge:
    return replace(knowledge, match_categories=lambda text, language: said)


def _topic(knowledge: Knowledge, text: str) -> tuple[str, ...]:
    topic = find_topic(read_message(text, "en", knowledge, NOW), (), knowledge)
    return topic.ids if topic else ()
