"""Who goes when there is no room: held to its rules on any history."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from edge.outbox.policy import Caps, Waiting, make_room, too_old
from sync.record import CLASSES, RULES, Class
from tests.sync.cast import START_MS, at

CAPS = Caps(1_000)
arrivals = st.lists(st.tuples(st.sampled_from(CLASSES), st.integers(1, 300)), max_size=60)


class Shelf:
    """A model of an outbox: what waits, in order of arrival."""

    def __init__(self, caps: Caps) -> None:
        self.caps = caps
        self.waiting: list[Waiting] = []
        self.number = 0

    def used(self) -> dict[Class, int]:
        return {cls: sum(each.bytes for each in self.waiting if each.cls == cls) for cls in CLASSES}

    def oldest(self, cls: Class) -> Iterator[Waiting]:
        return iter([each for each in self.waiting if each.cls == cls])

    def arrive(self, cls: Class, size: int) -> tuple[bool, tuple[Waiting, ...]]:
        room = make_room(self.caps, self.used(), cls, size, self.oldest)
        if room.accepted:
            self.number += 1
            gone = {each.id for each in room.drops}
            self.waiting = [each for each in self.waiting if each.id not in gone]
            self.waiting.append(Waiting(self.number, cls, size))
        return room.accepted, room.drops


@given(arrivals)
def test_no_cap_is_ever_exceeded(history: list[tuple[Class, int]]) -> None:
    shelf = Shelf(CAPS)
    for cls, size in history:
        shelf.arrive(cls, size)
        assert sum(shelf.used().values()) <= CAPS.total_bytes
        assert all(used <= CAPS.of(name) for name, used in shelf.used().items())


@given(arrivals)
def test_leads_never_go_and_are_refused_only_over_their_share(history: list[tuple[Class, int]]) -> None:
    shelf = Shelf(CAPS)
    for cls, size in history:
        before = shelf.used()["lead"]
        accepted, drops = shelf.arrive(cls, size)
        assert all(each.cls != "lead" for each in drops)
        if cls == "lead":
            assert accepted == (before + size <= CAPS.of("lead"))


@given(arrivals)
def test_who_goes_is_the_oldest_of_a_class_no_higher_than_the_newcomer(
    history: list[tuple[Class, int]],
) -> None:
    shelf = Shelf(CAPS)
    for cls, size in history:
        before = list(shelf.waiting)
        _, drops = shelf.arrive(cls, size)
        for victim in {each.cls for each in drops}:
            assert RULES[victim].priority >= RULES[cls].priority
            line = [each for each in before if each.cls == victim]
            went = [each for each in drops if each.cls == victim]
            assert went == line[: len(went)]


@given(arrivals)
def test_nothing_goes_without_need(history: list[tuple[Class, int]]) -> None:
    shelf = Shelf(CAPS)
    for cls, size in history:
        used = shelf.used()
        accepted, drops = shelf.arrive(cls, size)
        if used[cls] + size <= CAPS.of(cls) and sum(used.values()) + size <= CAPS.total_bytes:
            assert (accepted, drops) == (True, ())
        if not accepted:
            assert drops == ()


def test_lower_class_gives_way_first() -> None:
    shelf = Shelf(Caps(100, {"lead": 1.0, "feedback": 1.0, "chat": 1.0, "health": 1.0}))
    for cls in ("chat", "health", "feedback"):
        shelf.arrive(cls, 30)
    assert [each.cls for each in shelf.arrive("lead", 30)[1]] == ["health"]
    assert [each.cls for each in shelf.arrive("lead", 30)[1]] == ["chat"]
    assert shelf.arrive("health", 30) == (False, ())


def test_class_over_its_own_share_gives_way_to_itself() -> None:
    shelf = Shelf(CAPS)
    for _ in range(5):
        assert shelf.arrive("health", 10) == (True, ())
    accepted, drops = shelf.arrive("health", 10)
    assert accepted
    assert [(each.id, each.cls) for each in drops] == [(1, "health")]


def test_record_bigger_than_its_share_does_not_get_in() -> None:
    assert Shelf(CAPS).arrive("health", 51) == (False, ())


def test_age_is_judged_by_a_trusted_clock_only() -> None:
    day_ms = 24 * 60 * 60 * 1000
    assert too_old("health", at()) == START_MS - 14 * day_ms
    assert too_old("health", at(trusted=False)) is None
    assert too_old("lead", at()) is None
