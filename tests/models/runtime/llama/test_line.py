from hypothesis import given
from hypothesis import strategies as st

from models.runtime.llama.line import WaitingLine

sessions = st.lists(st.sampled_from("abcd"), max_size=20)


def filled(who: str, limit: int = 99) -> WaitingLine[list[str]]:
    line: WaitingLine[list[str]] = WaitingLine(limit)
    for session in who:
        line.join(session, [session])
    return line


def names(line: WaitingLine[list[str]]) -> str:
    return "".join(item[0] for item in line.order())


def test_one_question_goes_before_the_second_of_another() -> None:
    assert names(filled("aaabbc")) == "abcaba"


def test_a_session_that_was_served_does_not_go_first_again() -> None:
    line = filled("aaab")
    assert line.next() == ["a"]
    assert names(line) == "baa"
    line.join("c", ["c"])
    assert names(line) == "bcaa"


def test_who_leaves_lets_the_others_of_the_session_move_up() -> None:
    line = filled("abab")
    first = line.order()[0]
    assert line.leave(first)
    assert names(line) == "bab"
    assert not line.leave(first)
    assert not line.leave(["a"])


def test_new_faces_without_end_do_not_keep_out_a_second_question() -> None:
    line: WaitingLine[list[str]] = WaitingLine(4)
    for session in "aa":
        line.join(session, [session])
    served = []
    for stranger in range(20):
        line.join(stranger, [str(stranger)])
        served.append(line.next())
    assert served.count(["a"]) == 2


def test_nobody_is_remembered_who_has_no_further_round() -> None:
    line: WaitingLine[int] = WaitingLine(3)
    for stranger in range(1000):
        line.join(("", stranger), stranger)
        assert line.next() == stranger
    assert len(line._next) <= 2 * line.limit
    for stranger in range(1000):
        line.join(("", stranger), stranger)
        line.leave(line.order()[-1])
    assert len(line._next) <= 2 * line.limit


@given(sessions)
def test_nobody_is_lost_and_a_session_keeps_its_order(who: list[str]) -> None:
    line: WaitingLine[tuple[str, int]] = WaitingLine(99)
    for index, session in enumerate(who):
        line.join(session, (session, index))
    told = line.order()
    served = [item for _ in who if (item := line.next()) is not None]
    assert served == told
    assert sorted(index for _, index in served) == list(range(len(who)))
    for session in "abcd":
        mine = [index for name, index in served if name == session]
        assert mine == sorted(mine)
    assert line.next() is None


@given(sessions)
def test_nobody_is_served_twice_while_one_who_came_before_waits_for_the_first_time(who: list[str]) -> None:
    line = filled("".join(who))
    served = ""
    while (item := line.next()) is not None:
        waiting = set(names(line)) - set(served)
        assert not (item[0] in served and waiting), "a second before a first"
        served += item[0]


def test_a_line_is_full_at_its_limit() -> None:
    assert not filled("ab", 3).full
    assert filled("abc", 3).full
    assert WaitingLine(0).full
