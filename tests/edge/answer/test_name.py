import itertools
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from edge.answer.lexicon import words
from edge.answer.name import Named, find_names, settle
from edge.search.fold import fold

NORTH = Named("north", "Olkhovo", ("craft/plumber",))
SOUTH = Named("south", "Lipki", ("craft/plumber",))
CAFE = Named("cafe", "Lipki", ("amenity/cafe",))
SHORT = Named("short", "Lipki", ("amenity/cafe",), full=False)
BOOK = {
    "copper kettle": (NORTH, SOUTH),
    "copper kettle lounge": (CAFE,),
    "linden": (CAFE,),
    "липа": (CAFE,),
    "haus am see": (CAFE,),
    "kettle": (SHORT,),
}


def lookup(keys: Sequence[str]) -> dict[str, tuple[Named, ...]]:
    return {key: BOOK[key] for key in keys if key in BOOK}


def found(text: str) -> list[tuple[str, ...]]:
    return [tuple(n.id for n in mention.providers) for mention in find_names(text, lookup)]


def test_a_name_is_found_in_a_sentence_of_any_language() -> None:
    assert found("What is the phone of Copper Kettle?") == [("north", "south")]
    assert found("¿Está abierto Linden hoy?") == [("cafe",)]
    assert found("какой адрес у Липа") == [("cafe",)]
    assert found("Hat Haus am See heute offen?") == [("cafe",)]


def test_a_longer_name_hides_those_inside_it() -> None:
    assert found("Copper Kettle Lounge, please") == [("cafe",)]


def test_a_single_everyday_word_is_no_name_unless_written_as_one() -> None:
    assert found("The linden trees") == []
    assert found("Is Linden open?") == [("cafe",)]
    assert found("is linden open?") == [("cafe",)]


def test_a_mention_tells_whether_the_whole_name_was_said() -> None:
    assert [m.full for m in find_names("Kettle and Linden", lookup)] == [False, True]


def test_a_chain_is_settled_by_the_place_spoken_of() -> None:
    mention = find_names("Copper Kettle", lookup)[0]
    assert settle(mention, ["Lipki"], []) == (SOUTH,)
    assert settle(mention, ["Elsewhere"], ["craft/plumber"]) == (NORTH, SOUTH)


def test_a_full_name_comes_before_short_ones() -> None:
    mention = find_names("Linden", lambda keys: {"linden": (SHORT, CAFE)} if "linden" in keys else {})[0]
    assert settle(mention, [], []) == (CAFE,)


@given(
    st.lists(
        st.sampled_from(["Copper", "kettle", "Lounge", "linden", "haus", "am", "See", ",", "Липа"]),
        max_size=12,
    )
)
def test_names_found_stand_in_the_text_and_never_overlap(parts: list[str]) -> None:
    text = " ".join(parts)
    mentions = find_names(text, lookup)
    for mention in mentions:
        run = words(text)[mention.start : mention.end]
        assert fold(" ".join(w.text for w in run)) in BOOK
    assert all(a.end <= b.start for a, b in itertools.pairwise(mentions))
