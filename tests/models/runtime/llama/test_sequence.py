import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.runtime.generator import Request
from models.runtime.llama.sampling import Row
from models.runtime.llama.sequence import Prepared, Sequence
from tests.simulators.llama_core import ListedTexts

TEXTS = (b"", b"a", b"b", "é".encode()[:1], "é".encode()[1:], b"ab", b" ")
END, HALF, REST = 0, 3, 4
ROOM = 30


def choosing(token: int) -> Row:
    row = np.zeros(len(TEXTS), np.float32)
    row[token] = 9.0
    return row


def begun(rows: list[list[int]] | None = None, context: int = ROOM, **request: object) -> Sequence:
    made = Request(**{"prompt": "", "max_tokens": 20, **request})  # type: ignore[arg-type]
    constraint = ListedTexts(rows) if rows else None
    prepared = Prepared(made, np.array([1, 2, 1], np.int32), (), constraint)
    sequence = Sequence(prepared, frozenset({END}), TEXTS, context)
    sequence.pending = [1, 2, 1]
    sequence.begin()
    return sequence


def spoken(sequence: Sequence, tokens: list[int]) -> tuple[str, str | None, int]:
    """What is said when the model chooses these; text, finish, tokens counted."""
    for token in tokens:
        if sequence.finished:
            break
        sequence.take([choosing(token)], [])
    said = sequence.said
    assert [piece.finish for piece in said[:-1]] == [None] * (len(said) - 1)
    finish = said[-1].finish if said else None
    return "".join(piece.text for piece in said), finish, sum(piece.tokens for piece in said)


def test_the_models_end_ends_it() -> None:
    assert spoken(begun(), [1, 2, END, 1]) == ("ab", "stop", 2)


def test_an_end_that_is_ignored_is_not_chosen() -> None:
    text, finish, count = spoken(begun(ignore_eos=True, max_tokens=5), [END] * 9)
    assert (finish, count) == ("length", 5)
    assert text


def test_a_character_in_two_tokens_is_said_whole() -> None:
    sequence = begun()
    sequence.take([choosing(HALF)], [])
    assert [piece.text for piece in sequence.said] == [""]
    assert spoken(sequence, [REST, END]) == ("é", "stop", 2)


def test_half_a_character_at_the_end_is_marked() -> None:
    assert spoken(begun(), [1, HALF, END]) == ("a\ufffd", "stop", 2)


def test_a_stop_string_over_several_tokens_is_cut_off() -> None:
    assert spoken(begun(stop=("ba",)), [1, 2, 1, 1]) == ("a", "stop", 3)


def test_what_was_held_back_for_a_stop_string_is_said_at_the_end() -> None:
    assert spoken(begun(stop=("bab",)), [1, 2, END]) == ("ab", "stop", 2)
    assert spoken(begun(stop=("bab",), max_tokens=2), [1, 2]) == ("ab", "length", 2)


def test_the_context_bounds_the_text() -> None:
    assert spoken(begun(context=7), [1] * 20) == ("aaaa", "length", 4)


def test_what_a_grammar_forces_is_said_before_anything_is_computed() -> None:
    sequence = begun([[1, 2, 6]])
    assert sequence.finished
    assert spoken(sequence, []) == ("ab ", "stop", 3)


def test_what_a_grammar_forces_after_a_choice_is_computed_at_once() -> None:
    sequence = begun([[1, 2, 6, 1], [2, 6, 6, 2, 1]])
    assert not sequence.streaming
    sequence.take([choosing(2)], [])
    assert sequence.pending == [2, 6, 6, 2, 1]
    assert sequence.finished
    assert sequence.drafter() is None


def test_a_limit_within_a_forced_run_is_kept() -> None:
    assert spoken(begun([[1] * 9, [1] * 9 + [2]], max_tokens=4), []) == ("aaaa", "length", 4)


@given(st.lists(st.integers(0, 6), max_size=12), st.lists(st.integers(0, 6), max_size=8), st.integers(1, 12))
def test_guesses_change_nothing_but_the_steps(tokens: list[int], guess: list[int], most: int) -> None:
    """The model would say `tokens`, then end; some step guesses."""
    plan = [*tokens, END]
    one, two = begun(max_tokens=most), begun(max_tokens=most)
    expected = spoken(one, plan)
    rows = [choosing(plan[min(at, len(plan) - 1)]) for at in range(len(guess) + 1)]
    right = two.take(rows, guess)
    assert right == len(guess[:right])
    assert guess[:right] == plan[:right]
    assert spoken(two, plan[right + 1 :]) == expected


@pytest.mark.parametrize("most", range(1, 6))
def test_never_more_than_asked_for(most: int) -> None:
    assert spoken(begun(max_tokens=most), [1] * 9) == ("a" * most, "length", most)
