"""What cannot be undone waits until the time has been known, and without a jump, for an hour."""

from dataclasses import dataclass

from edge.uplink.clock import BUILT_MS, Clocks, Steady

HOUR_S, DAY_S, TEN_YEARS_S = 3600.0, 86_400.0, 10 * 365 * 86_400.0


@dataclass
class Box:
    """Clocks set by hand: seconds since it was switched on, how far its wall clock is ahead of that."""

    on_s: float = 0.0
    ahead_s: float = BUILT_MS / 1000 + DAY_S
    in_step: bool = True

    def steady(self) -> Steady:
        return Steady(Clocks(lambda: self.in_step, lambda: self.on_s + self.ahead_s, lambda: self.on_s))


def test_time_is_steady_after_an_hour_and_stays_so() -> None:
    box = Box()
    steady = box.steady()
    assert steady.now() is None
    box.on_s = HOUR_S - 1
    assert steady.now() is None
    box.on_s = HOUR_S
    found = steady.now()
    assert found is not None
    assert found.wall_ms == round((box.on_s + box.ahead_s) * 1000)
    box.on_s = 9 * HOUR_S
    assert steady.now() is not None


def test_jump_begins_the_hour_anew_forth_and_back() -> None:
    box = Box()
    steady = box.steady()
    steady.now()
    box.on_s = HOUR_S
    for jump_s in (TEN_YEARS_S, -TEN_YEARS_S):
        assert steady.now() is not None
        box.ahead_s += jump_s
        assert steady.now() is None
        box.on_s += HOUR_S - 1
        assert steady.now() is None
        box.on_s += 1


def test_small_corrections_are_no_jump() -> None:
    box = Box()
    steady = box.steady()
    steady.now()
    box.on_s, box.ahead_s = HOUR_S, box.ahead_s + 20
    assert steady.now() is not None


def test_unknown_time_is_never_steady() -> None:
    box = Box(in_step=False)
    steady = box.steady()
    steady.now()
    box.on_s = 2 * HOUR_S
    assert steady.now() is None
    box.in_step = True
    assert steady.now() is None
