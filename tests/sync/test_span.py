"""Runs of numbers behave as the sets they stand for."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sync.span import Span, gaps, merged, of

small = st.sets(st.integers(1, 60))


def _set(spans: tuple[Span, ...]) -> set[int]:
    return {number for span in spans for number in range(span.first, span.last + 1)}


@given(small)
def test_spans_hold_the_numbers_they_are_made_of(numbers: set[int]) -> None:
    spans = of(numbers)
    assert _set(spans) == numbers
    assert sum(map(len, spans)) == len(numbers)
    assert all(left.last + 1 < right.first for left, right in pairwise(spans))


@given(small, small)
def test_merging_is_union(left: set[int], right: set[int]) -> None:
    assert _set(merged((*of(left), *of(right)))) == left | right


@given(small, st.integers(1, 60), st.integers(0, 60))
def test_gaps_are_what_is_not_there(numbers: set[int], first: int, last: int) -> None:
    assert _set(gaps(of(numbers), first, last)) == set(range(first, last + 1)) - numbers


def test_span_upside_down_is_empty() -> None:
    assert merged([Span(5, 4)]) == ()


def test_span_knows_its_numbers() -> None:
    assert 3 in Span(2, 4)
    assert 5 not in Span(2, 4)
