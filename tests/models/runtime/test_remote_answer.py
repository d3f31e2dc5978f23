"""Chunks as an answer: text, stop strings, tokens and ends, however the server cuts and counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.runtime.generator import ChatMessage, Output, Piece, Request, Started
from models.runtime.remote_answer import Reading
from models.runtime.remote_events import Choice, Chunk, Delta, Fault, Timings, Usage
from sync.errors import PrilavokError

ASKED = (ChatMessage("user", "x"),)
WORDS = st.lists(st.sampled_from(("a", "b", "ab", "ba", "abba")), min_size=1, max_size=12)


def said(text: str, **more: object) -> Chunk:
    return Chunk(choices=(Choice(delta=Delta(text)),), **more)  # type: ignore[arg-type]


def ended(reason: str = "stop") -> Chunk:
    return Chunk(choices=(Choice(finish_reason=reason),))


def heard(chunks: list[Chunk], **request: object) -> list[Output]:
    reading = Reading(Request(messages=ASKED, **request))  # type: ignore[arg-type]
    outputs: list[Output] = []
    for chunk in chunks:
        outputs += reading.take(chunk)
        if reading.cut:
            break
    return [*outputs, reading.end()]


def pieces(outputs: list[Output]) -> list[Piece]:
    return [output for output in outputs if isinstance(output, Piece)]


@given(WORDS, st.sets(st.sampled_from(("bb", "aba", "bab"))))
def test_text_ends_before_the_first_stop_string_however_it_is_cut(words: list[str], stops: set[str]) -> None:
    whole = "".join(words)
    first = min((whole.index(stop) for stop in stops if stop in whole), default=len(whole))
    got = heard([*map(said, words), ended()], stop=tuple(sorted(stops)))
    assert "".join(piece.text for piece in pieces(got)) == whole[:first]
    assert [piece.finish for piece in pieces(got)][-1] == "stop"
    assert [piece.finish for piece in pieces(got)[:-1]] == [None] * (len(pieces(got)) - 1)


@given(WORDS, st.integers(1, 20), st.none() | st.integers(0, 30))
def test_tokens_are_within_the_limit_and_as_the_server_counts(
    words: list[str], limit: int, counted: int | None
) -> None:
    usage = [] if counted is None else [Chunk(choices=(), usage=Usage(3, counted))]
    got = pieces(heard([*map(said, words), ended("length"), *usage], max_tokens=limit))
    total = sum(piece.tokens for piece in got)
    assert all(piece.tokens >= 0 for piece in got)
    assert total == min(limit, max(len(words), counted or 0))


def test_server_that_goes_on_beyond_the_limit_is_cut_off() -> None:
    got = heard([said("a"), said("b"), said("c"), said("d")], max_tokens=2)
    assert "".join(piece.text for piece in pieces(got)) == "ab"
    assert pieces(got)[-1].finish == "length"


def test_half_a_token_of_one_that_counts_aloud_is_not_one_too_many() -> None:
    counts = (1, 2, 2)
    chunks = [said("x", timings=Timings(4, 2, count)) for count in counts]
    got = heard([*chunks, ended("length")], max_tokens=2)
    assert got[0] == Started(6, 4)
    assert "".join(piece.text for piece in pieces(got)) == "xxx"
    assert sum(piece.tokens for piece in pieces(got)) == 2


def test_words_after_the_end_are_not_heard() -> None:
    got = heard([said("a"), ended(), said("b")])
    assert "".join(piece.text for piece in pieces(got)) == "a"


def test_answer_of_no_words_is_started_and_ended() -> None:
    assert heard([Chunk(choices=(Choice(delta=Delta("")),)), ended()]) == [Started(0), Piece("", 0, "stop")]


@pytest.mark.parametrize(
    ("chunk", "code"),
    [
        (Chunk(error=Fault(message="away", code=503)), "generator.overloaded"),
        (Chunk(error=Fault(message="maximum context length", code=400)), "generator.prompt_too_long"),
        (Chunk(error="boom"), "generator.server"),
        (ended("content_filter"), "generator.filtered"),
        (ended("tool_calls"), "generator.garbage"),
    ],
)
def test_error_within_the_stream_is_an_error_of_ours(chunk: Chunk, code: str) -> None:
    with pytest.raises(PrilavokError) as caught:
        heard([said("a"), chunk])
    assert caught.value.code == code
