import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge.answer.lexicon import Lexicon, words
from edge.search.fold import fold

LANGUAGES = ("en", "ru", "es", "de", "fr", "tr", "ar", "zh", "el")
PHRASES = st.lists(st.text(alphabet="abcdeабвгñüşçعب医院 '-", min_size=1, max_size=12), max_size=12)


def lexicon(*phrases: str, language: str = "en") -> Lexicon[str]:
    found: Lexicon[str] = Lexicon()
    for phrase in phrases:
        found.add(phrase, phrase, language)
    return found


def meanings(known: Lexicon[str], text: str, language: str = "en", *, slips: bool = False) -> list[str]:
    return [m.meaning for m in known.find(text, language, slips=slips)]


@pytest.mark.parametrize(
    ("language", "phrase", "text"),
    [
        ("en", "roof garden", "do they have roof gardens?"),
        ("en", "taxi", "TAXI!"),
        ("ru", "летняя веранда", "кафе с летней верандой"),
        ("es", "terraza", "bares con terrazas"),
        ("de", "zimmer", "freie Zimmern?"),
        ("fr", "animaux", "les animaux"),
        ("zh", "医院", "附近有医院吗"),
        ("el", "καφές", "ένας ΚΑΦΕΣ"),
    ],
)
def test_phrases_are_found_inflected_and_in_any_case(language: str, phrase: str, text: str) -> None:
    assert meanings(lexicon(phrase, language=language), text, language) == [phrase]


def test_the_longest_phrase_hides_those_inside_it() -> None:
    known = lexicon("garden", "roof garden", "roof")
    assert meanings(known, "a roof garden and a garden") == ["roof garden", "garden"]


def test_one_phrase_may_stand_for_several_things() -> None:
    known: Lexicon[int] = Lexicon()
    known.add("bank", 1)
    known.add("bank", 2)
    assert [m.meaning for m in known.find("the bank")] == [1, 2]


def test_possessives_and_apostrophes_are_no_hindrance() -> None:
    assert meanings(lexicon("barber"), "the barber’s") == ["barber"]


def test_a_slip_is_forgiven_only_where_asked_and_only_in_long_words() -> None:
    known = lexicon("breakfast", "pool")
    assert meanings(known, "brekfast") == []
    assert meanings(known, "brekfast", slips=True) == ["breakfast"]
    assert meanings(known, "pooll", slips=True) == []


def test_a_word_of_another_phrase_is_no_slip() -> None:
    known = lexicon("massage", "message board")
    assert meanings(known, "message", slips=True) == []


def test_stems_of_one_language_are_no_words_of_another() -> None:
    assert meanings(lexicon("andere", language="de"), "this and that", "en") == []
    assert meanings(lexicon("Burg", language="de"), "a burger", "en") == []


def test_words_without_letters_name_nothing() -> None:
    assert meanings(lexicon("", "!", "…"), "!? …") == []


@given(phrases=PHRASES, text=st.text(max_size=60), language=st.sampled_from(LANGUAGES), slips=st.booleans())
def test_mentions_stand_in_order_and_never_overlap(
    phrases: list[str], text: str, language: str, slips: bool
) -> None:
    known = lexicon(*phrases, language=language)
    spans = [(m.start, m.end) for m in known.find(text, language, slips=slips)]
    assert spans == sorted(spans)
    assert all(0 <= start < end <= len(words(text)) for start, end in spans)
    apart = sorted(set(spans))
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(apart))


@given(phrase=st.text(min_size=1, max_size=20), language=st.sampled_from(LANGUAGES))
def test_a_phrase_is_found_where_it_is_written(phrase: str, language: str) -> None:
    found = lexicon(phrase, language=language).find(phrase, language)
    assert bool(found) == bool(words(phrase))
    assert all((m.start, m.end) == (0, len(words(phrase))) for m in found)


@given(st.text(max_size=80))
@example("㐀¼")
def test_words_point_into_the_text(text: str) -> None:
    for word in words(text):
        assert text[word.start : word.end] == word.text
        assert word.folded == fold(word.text).replace(" ", "") or not fold(word.text)
