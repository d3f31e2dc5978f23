from hypothesis import given
from hypothesis import strategies as st

from edge.answer.memory import Memory, Shown
from edge.answer.turn import Message

ASKED = (Message("user", "a plumber"),)
SHOWN = Shown(("p1", "p2"), "p1")


def test_what_was_shown_is_known_when_the_conversation_comes_back() -> None:
    memory = Memory()
    memory.keep(ASKED, "Two plumbers.", SHOWN)
    assert memory.recall((*ASKED, Message("assistant", "Two plumbers."))) == SHOWN


def test_an_erased_conversation_is_forgotten_at_every_point_of_it() -> None:
    memory, second = Memory(), (*ASKED, Message("assistant", "Two plumbers."), Message("user", "the first"))
    memory.keep(ASKED, "Two plumbers.", SHOWN)
    memory.keep(second, "It is open.", SHOWN)
    memory.keep((Message("user", "a barber"),), "One barber.", SHOWN)
    whole = (*second, Message("assistant", "It is open."))
    assert memory.forget(whole) == 2
    assert memory.recall(whole) is None
    assert memory.recall(whole[:2]) is None
    assert memory.recall((Message("user", "a barber"), Message("assistant", "One barber."))) == SHOWN
    assert memory.forget(whole) == 0


def test_an_edited_answer_is_not_ours() -> None:
    memory = Memory()
    memory.keep(ASKED, "Two plumbers.", SHOWN)
    assert memory.recall((*ASKED, Message("assistant", "Three plumbers."))) is None
    assert memory.recall((Message("user", "a barber"), Message("assistant", "Two plumbers."))) is None


def test_a_client_s_own_system_message_and_blanks_change_nothing() -> None:
    memory = Memory()
    memory.keep(ASKED, "Two plumbers.", SHOWN)
    again = (
        Message("system", "Be brief."),
        Message("user", " a plumber\n"),
        Message("assistant", "Two plumbers."),
    )
    assert memory.recall(again) == SHOWN


def test_text_cannot_pose_as_another_turn() -> None:
    memory = Memory()
    memory.keep((Message("user", "a"), Message("assistant", "b")), "c", SHOWN)
    assert memory.recall((Message("user", "a assistant b"), Message("assistant", "c"))) is None


@given(st.lists(st.text("abcж1", max_size=8), min_size=1, max_size=40), st.integers(1, 5))
def test_no_more_is_remembered_than_allowed_and_the_latest_always_is(said: list[str], most: int) -> None:
    memory = Memory(most)
    for text in said:
        memory.keep((Message("user", text),), "fine", Shown((text,)))
    known = [memory.recall((Message("user", text), Message("assistant", "fine"))) for text in set(said)]
    assert sum(shown is not None for shown in known) <= most
    assert memory.recall((Message("user", said[-1]), Message("assistant", "fine"))) is not None
