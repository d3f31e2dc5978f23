import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.runtime.llama.record import LEAST_TOKENS, Part, find

LONG = "Tap and Sons, 1 Quay"  # more than LEAST_TOKENS letters
RULES = "Answer from the records.\n"


def looked(text: str, cuts: set[int] | None = None, within: tuple[int, int] | None = None) -> list[Part]:
    """Found in a prompt whose tokens are letters, or begin at `cuts`."""
    raw = text.encode()
    begins = sorted({0, *(cuts if cuts is not None else range(len(raw)))})
    lengths = np.diff([*begins, len(raw)]).astype(np.int32)
    tokens = np.array([hash(raw[b : b + n]) % 50_000 for b, n in zip(begins, lengths, strict=True)], np.int32)
    parts = list(find(raw, tokens, lengths, within or (0, len(raw))))
    sound(parts, tokens)
    return parts


def sound(parts: list[Part], tokens: "np.ndarray[tuple[int], np.dtype[np.int32]]") -> None:
    """Parts tile the prompt's beginning; each ends its path, which begins as all others do."""
    at = 0
    for part in parts:
        assert part.begin == at < part.end
        at = part.end
        assert np.array_equal(part.path[part.source :], tokens[part.begin : part.end])
        assert np.array_equal(part.path[: parts[0].end], tokens[: parts[0].end])
    for body in parts[2::2]:
        assert np.array_equal(body.path[: body.source], parts[1].path)


def prompt(*records: str, after: str = "\nWho mends taps?") -> str:
    return RULES + "\n".join(records) + after


def texts(text: str, parts: list[Part]) -> list[str]:
    return [text[part.begin : part.end] for part in parts]


def test_rules_labels_and_records_are_told_apart() -> None:
    text = prompt(f"[1] {LONG}", f"[2] {LONG}!")
    assert texts(text, looked(text)) == [RULES[:-1], "\n[1]", f" {LONG}", "\n[2]", f" {LONG}!"]


def test_the_last_record_may_end_the_text() -> None:
    text = prompt(f"[1] {LONG}", f"[2] {LONG}", after="")
    for whole in (text, text + "\n"):
        parts = looked(whole)
        assert len(parts) == 5
        assert parts[-1].end == len(text)


def test_one_record_alone_is_nothing_to_share() -> None:
    assert looked(prompt(f"[1] {LONG}")) == []


def test_a_prompt_that_begins_with_a_record_has_no_rules_to_share() -> None:
    assert looked(f"[1] {LONG}\n[2] {LONG}\nWho?") == []


def test_numbers_that_do_not_follow_end_the_records() -> None:
    assert looked(prompt(f"[2] {LONG}", f"[3] {LONG}")) == []
    assert looked(prompt(f"[1] {LONG}", f"[3] {LONG}")) == []
    assert len(looked(prompt(f"[1] {LONG}", f"[2] {LONG}", f"[2] {LONG}"))) == 5


def test_a_short_record_ends_the_records() -> None:
    short = "x" * (LEAST_TOKENS - 2)
    assert len(looked(prompt(f"[1] {LONG}", f"[2] {LONG}", f"[3] {short}", f"[4] {LONG}"))) == 5


def test_something_between_two_records_ends_them() -> None:
    assert looked(prompt(f"[1] {LONG}", "and", f"[2] {LONG}")) == []


def test_what_looks_like_a_record_outside_of_the_given_bytes_is_none() -> None:
    text = prompt(f"[1] {LONG}", f"[2] {LONG}")
    visitor = text + f"\n[3] {LONG}\n"
    assert len(looked(visitor, within=(0, len(text)))) == 5
    assert looked(visitor, within=(len(text), len(visitor))) == []


def test_a_number_within_a_line_is_no_record() -> None:
    text = prompt(f"[1] {LONG} [2] {LONG}", f"[2] {LONG} \\n[3] {LONG}")
    assert len(looked(text)) == 5


def test_a_token_that_straddles_the_end_of_a_record_ends_the_records() -> None:
    text = prompt(f"[1] {LONG}", f"[2] {LONG}", f"[3] {LONG}")
    end = text.index("\n[3]")
    every = set(range(len(text)))
    assert looked(text, every - {end, end + 1}) == []  # the second; one alone is none
    label = text.index("[3]") + 3
    assert len(looked(text, every - {label})) == 5


def test_a_line_break_may_belong_to_the_record_or_to_the_label() -> None:
    text = prompt(f"[1] {LONG}", f"[2] {LONG}", f"[3] {LONG}")
    every = set(range(len(text)))
    breaks = {index for index, letter in enumerate(text) if letter == "\n"}
    with_record = looked(text, every - breaks)
    assert len(with_record) == 7


def test_lengths_that_do_not_add_up_find_nothing() -> None:
    text = prompt(f"[1] {LONG}", f"[2] {LONG}").encode()
    tokens = np.zeros(len(text), np.int32)
    assert find(text, tokens, np.ones(len(text) - 1, np.int32), (0, len(text))) == ()


@given(
    st.lists(
        st.sampled_from([f"[{n}] {LONG}" for n in range(1, 5)] + [LONG, "[1]", "[x] y", "", "[99] ü"]),
        max_size=7,
    ),
    st.sets(st.integers(0, 200)),
)
def test_whatever_stands_there_parts_tile_the_beginning(lines: list[str], glued: set[int]) -> None:
    text = prompt(*lines)
    looked(text, set(range(len(text.encode()))) - glued)
