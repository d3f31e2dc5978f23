"""What is let go when nothing meets every filter."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.search.columns import Mask
from edge.search.filter import Filter
from edge.search.relax import ORDER, choose

COUNT = 8
SOFT = [*ORDER, "wifi", "cuisine"]


def everyone() -> Mask:
    return np.ones(COUNT, dtype=np.bool_)


def demand(what: str, meets: set[int], silent: set[int] = frozenset(), firm: bool = False) -> Filter:
    known = np.array([place in meets for place in range(COUNT)])
    quiet = np.array([place in silent for place in range(COUNT)])
    return Filter(what, "wanted", known, known | quiet, firm)


def who(mask: Mask) -> set[int]:
    return set(np.flatnonzero(mask).tolist())


def let_go(filters: list[Filter]) -> tuple[set[int], list[str]]:
    chosen = choose(filters, everyone())
    return who(chosen.mask), [relaxation.what for relaxation in chosen.relaxed]


def test_nothing_is_let_go_where_somebody_meets_everything() -> None:
    assert let_go([demand("cities", {1, 2}), demand("wifi", {2, 3}, {4})]) == ({2}, [])


def test_the_silent_come_in_only_where_nobody_states_it_and_fits() -> None:
    assert let_go([demand("cities", {1, 2}), demand("wifi", {5}, {2})]) == ({2}, ["wifi"])


def test_rating_goes_before_place() -> None:
    assert let_go([demand("cities", {1}), demand("rating_min", {2})]) == ({1}, ["rating_min"])


def test_the_condition_named_last_goes_first() -> None:
    assert let_go([demand("wifi", {1}), demand("cuisine", {2})]) == ({1}, ["cuisine"])


def test_one_filter_goes_rather_than_two() -> None:
    filters = [
        demand("cities", {7}),
        demand("open_at", {1, 2}),
        demand("wifi", {1}),
        demand("rating_min", {1}),
    ]
    assert let_go(filters) == ({1}, ["cities"])


def test_category_and_name_are_never_let_go() -> None:
    assert let_go([demand("categories", set(), firm=True), demand("cities", {1})]) == (set(), [])


MEMBERS = st.sets(st.integers(0, COUNT - 1))
DEMANDS = st.lists(
    st.tuples(st.sampled_from(SOFT), MEMBERS, MEMBERS), max_size=6, unique_by=lambda part: part[0]
)


@given(DEMANDS, MEMBERS)
def test_who_remains_meets_every_filter_that_was_kept(
    parts: list[tuple[str, set[int], set[int]]], firm: set[int]
) -> None:
    filters = [demand(*part) for part in parts] + [demand("categories", firm, firm=True)]
    chosen = choose(filters, everyone())
    gone = {relaxation.what for relaxation in chosen.relaxed}
    assert bool(who(chosen.mask)) == bool(firm)
    for made in filters:
        if made.what not in gone:
            assert who(chosen.mask) <= who(made.meets)


@given(DEMANDS)
def test_no_smaller_set_of_filters_would_have_done(parts: list[tuple[str, set[int], set[int]]]) -> None:
    filters = [demand(*part) for part in parts]
    gone = [relaxation.what for relaxation in choose(filters, everyone()).relaxed]
    if len(gone) == 1:
        assert not who(np.logical_and.reduce([everyone(), *(made.meets for made in filters)]))
    for spared in gone if len(gone) == 2 else []:
        kept = [made.meets for made in filters if made.what != spared]
        assert not who(np.logical_and.reduce([everyone(), *kept]))
