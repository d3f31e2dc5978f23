from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from models.runtime.stop import StopWatch

LETTERS = st.text("ab\n", max_size=30)


@given(text=LETTERS, cuts=st.lists(st.integers(0, 30)), stop=st.text("ab\n", min_size=1, max_size=4))
def test_stop_string_ends_the_text_however_it_arrives(text: str, cuts: list[int], stop: str) -> None:
    watch = StopWatch((stop,))
    shown = ""
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    for start, end in pairwise(places):
        shown += watch.feed(text[start:end])
        if watch.found:
            break
    if not watch.found:
        shown += watch.flush("")
    assert watch.found == (stop in text)
    assert shown == text.partition(stop)[0]


def test_earliest_of_several_stop_strings_counts() -> None:
    assert StopWatch(("c", "b")).feed("abcd") == "a"


def test_without_stop_strings_nothing_is_held_back() -> None:
    watch = StopWatch(("",))
    assert watch.feed("abc") == "abc"
    assert not watch.found
