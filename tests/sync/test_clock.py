"""Wrong clocks are corrected, and a right one is known by more than its own word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import clock
from sync.clock import AHEAD_MS, Anchor, Corrected, Now
from sync.errors import Refused
from sync.signed import Signatories
from tests.sync.cast import BOOT, HUB, START_MS, signer, stamp

times = st.integers(0, 2**44)
HUBS = Signatories((HUB.public,))


def test_trusted_clock_is_believed() -> None:
    assert clock.corrected(stamp(), {}, START_MS + 9) == Corrected(START_MS, "clock")


def test_trusted_clock_that_is_ahead_of_receipt_is_not() -> None:
    found = clock.corrected(stamp(wall_ms=START_MS + AHEAD_MS + 1), {}, START_MS)
    assert found == Corrected(START_MS, "bound")


def test_boot_that_woke_in_1970_is_dated_by_one_known_moment() -> None:
    asleep = stamp(wall_ms=60_000, mono_ms=60_000, trusted=False)
    sent = stamp(wall_ms=3_600_000, mono_ms=3_600_000, trusted=False)
    anchors = {BOOT: clock.anchor(sent, START_MS)}
    assert clock.corrected(asleep, anchors, START_MS) == Corrected(START_MS - 3_540_000, "boot")


def test_boot_nobody_knows_is_bounded_by_receipt() -> None:
    found = clock.corrected(stamp(trusted=False, wall_ms=1), {}, START_MS)
    assert found == Corrected(START_MS, "bound")


def test_clock_set_right_later_dates_what_came_before() -> None:
    anchors = {BOOT: clock.anchor(stamp(mono_ms=100_000), START_MS + 5_000)}
    early = clock.corrected(stamp(mono_ms=40_000, wall_ms=0, trusted=False), anchors, START_MS + 5_000)
    assert early == Corrected(START_MS - 60_000, "boot")


def test_batch_that_was_long_on_its_way_does_not_spoil_a_better_anchor() -> None:
    prompt = clock.anchor(stamp(mono_ms=1_000, trusted=False), START_MS)
    late = clock.anchor(stamp(mono_ms=2_000, trusted=False), START_MS + 90_000)
    assert clock.better(prompt, late) == prompt
    assert clock.better(late, prompt) == prompt
    assert clock.better(None, late) == late


@given(times, times, times, st.booleans(), times)
def test_nothing_is_dated_after_it_was_received(
    wall: int, mono: int, sent_mono: int, trusted: bool, received: int
) -> None:
    anchors = {BOOT: clock.anchor(stamp(mono_ms=sent_mono, wall_ms=wall, trusted=trusted), received)}
    for known in ({}, anchors):
        found = clock.corrected(stamp(wall_ms=wall, mono_ms=mono, trusted=trusted), known, received)
        assert 0 <= found.at_ms <= received


@given(st.lists(times, min_size=2, max_size=20), times)
def test_order_within_a_boot_is_kept(monos: list[int], wall: int) -> None:
    last = max(monos)
    anchors = {BOOT: clock.anchor(stamp(mono_ms=last, wall_ms=wall, trusted=False), 2**45)}
    found = [
        clock.corrected(stamp(mono_ms=mono, wall_ms=0, trusted=False), anchors, 2**45).at_ms
        for mono in sorted(monos)
    ]
    assert found == sorted(found)


def test_floor_tells_what_has_expired_where_the_clock_cannot() -> None:
    asleep = Now(0, trusted=False, floor_ms=START_MS)
    assert asleep.past(START_MS)
    assert not asleep.past(START_MS + 1)
    assert not Now(START_MS, trusted=False).past(1)
    assert Now(START_MS, trusted=True).past(START_MS)


def test_floor_only_rises_and_never_against_a_trusted_clock() -> None:
    now = Now(START_MS, trusted=True)
    assert clock.raised(now, START_MS).floor_ms == START_MS
    assert clock.raised(now, START_MS + AHEAD_MS + 1).floor_ms == 0
    assert clock.raised(Now(0, False, 9), 5).floor_ms == 9
    assert clock.raised(Now(0, False, 9), START_MS).floor_ms == START_MS


@pytest.mark.parametrize(
    ("wall_ms", "synchronised", "told", "trusted"),
    [(0, True, True, False), (10, False, False, False), (10, True, False, True), (10, False, True, True)],
)
def test_clock_is_trusted_for_a_reason(wall_ms: int, synchronised: bool, told: bool, trusted: bool) -> None:
    assert clock.judged(wall_ms, built_ms=10, synchronised=synchronised, told=told) is trusted


def test_hubs_time_answers_one_question_only() -> None:
    answer = clock.tell(b"n" * 16, START_MS, HUB)
    assert clock.told(answer, b"n" * 16, HUBS, 1_000, 3_000) == Anchor(mono_ms=2_000, at_ms=START_MS)
    with pytest.raises(Refused) as raised:
        clock.told(answer, b"m" * 16, HUBS, 1_000, 3_000)
    assert raised.value.code == "time.replayed"
    with pytest.raises(Refused):
        clock.told(clock.tell(b"n" * 16, 0, signer("thief")), b"n" * 16, HUBS, 1_000, 3_000)
