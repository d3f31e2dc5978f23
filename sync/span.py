"""Runs of sequence numbers, both ends included: what is stored, missing, or never coming. Pure arithmetic."""

from collections.abc import Iterable, Iterator

import msgspec

from sync.identity import Seq


class Span(msgspec.Struct, frozen=True, array_like=True, order=True):
    """The numbers from `first` to `last`, both included."""

    first: Seq
    last: Seq

    def __contains__(self, seq: int) -> bool:
        return self.first <= seq <= self.last

    def __len__(self) -> int:
        return self.last - self.first + 1


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same numbers in as few spans as possible, in order. Spans that are upside down are empty."""
    found: list[Span] = []
    for span in sorted(span for span in spans if span.first <= span.last):
        if found and span.first <= found[-1].last + 1:
            found[-1] = Span(found[-1].first, max(found[-1].last, span.last))
        else:
            found.append(span)
    return tuple(found)


def of(numbers: Iterable[int]) -> tuple[Span, ...]:
    """The spans of single numbers."""
    return merged(Span(number, number) for number in numbers)


def gaps(spans: Iterable[Span], first: int, last: int) -> tuple[Span, ...]:
    """What of `first` to `last` is in none of the spans."""
    return tuple(_gaps(merged(spans), first, last))


def _gaps(spans: tuple[Span, ...], first: int, last: int) -> Iterator[Span]:
    for span in spans:
        if span.first > last:
            break
        if span.first > first:
            yield Span(first, span.first - 1)
        first = max(first, span.last + 1)
    if first <= last:
        yield Span(first, last)
