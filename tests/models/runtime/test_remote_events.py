"""Reading a server's events: however they are cut, within bounds, and never anything else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.runtime.remote_events import Chunk, Events, chunk
from sync.errors import Unavailable

LIMIT = 1_000_000


def read(stream: bytes, cuts: list[int]) -> list[str]:
    events, got, start = Events(LIMIT), [], 0
    for cut in (*sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)):
        got += events.feed(stream[start:cut])
        start = cut
    return got


def data_or_nothing(stream: bytes, cuts: list[int]) -> list[str]:
    try:
        return read(stream, cuts)
    except Unavailable:
        return []


def chunk_or_garbage(data: str) -> bool:
    """Whether it is a chunk, or refused as none; any other error is the test's."""
    try:
        return isinstance(chunk(data), Chunk)
    except Unavailable as error:
        return error.code == "generator.garbage"


@given(
    st.lists(
        st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\n"), min_size=1), max_size=8
    ),
    st.sampled_from(("\n", "\r\n")),
    st.lists(st.integers(0, 10_000)),
)
def test_data_is_the_same_however_the_stream_is_cut(texts: list[str], end: str, cuts: list[int]) -> None:
    stream = "".join(f": note{end}event: x{end}data: {text}{end}{end}" for text in texts).encode()
    assert read(stream, cuts) == texts


@given(st.binary(max_size=400), st.lists(st.integers(0, 400)))
def test_any_bytes_are_events_or_unavailable(stream: bytes, cuts: list[int]) -> None:
    assert all(map(chunk_or_garbage, data_or_nothing(stream, cuts)))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(("choices", "delta", "content", "usage", "error", "code", "finish_reason")),
                inner,
            )
        ),
    )
)
def test_any_json_is_a_chunk_or_unavailable(value: object) -> None:
    assert chunk_or_garbage(json.dumps(value))


def test_lone_carriage_returns_end_lines() -> None:
    assert Events(LIMIT).feed(b"data: a\r\rdata: b\r\r\n") == ["a", "b"]


def test_lines_of_one_event_are_joined() -> None:
    assert Events(LIMIT).feed(b"data: a\ndata:b\n\n") == ["a\nb"]


def test_event_without_its_end_is_not_told() -> None:
    assert Events(LIMIT).feed(b"data: a\n") == []


@pytest.mark.parametrize(
    "stream", [b"<html>\n", b"data: \xff\n", b"data: " + b"x" * 70_000, b"HTTP/1.1 200 OK\r\n"]
)
def test_what_is_no_event_is_unavailable(stream: bytes) -> None:
    with pytest.raises(Unavailable) as caught:
        Events(LIMIT).feed(stream)
    assert caught.value.code == "generator.garbage"


def test_answer_is_bounded_also_where_it_says_nothing() -> None:
    events = Events(1000)
    for _ in range(70):
        assert events.feed(b": still here\n\n") == []
    with pytest.raises(Unavailable, match="1000 bytes"):
        events.feed(b": still here\n\n" * 10)


@pytest.mark.parametrize(
    "data", ["[" * 60_000, '{"choices":' * 5_000, '{"choices": [{"delta": {"content": 1e999}}]}']
)
def test_hostile_json_is_refused(data: str) -> None:
    assert chunk_or_garbage(data)
    with pytest.raises(Unavailable):
        chunk(data)
