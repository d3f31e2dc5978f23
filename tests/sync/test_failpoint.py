"""Failpoints: nothing happens unless armed, and then once, at the count that was said."""

from collections.abc import Iterator

import pytest

from sync import failpoint
from sync.errors import Refused


@pytest.fixture(autouse=True)
def _none_armed() -> Iterator[None]:
    failpoint.disarm()
    yield
    failpoint.disarm()


def test_a_place_that_nobody_armed_does_nothing() -> None:
    failpoint.arm("other.place", lambda: pytest.fail("the wrong place fired"))
    failpoint.reach("a.place")


@pytest.mark.parametrize(("plan", "passes"), [("a.place", 1), ("a.place:1", 1), ("a.place:3", 3)])
def test_an_armed_place_acts_once_at_its_count(plan: str, passes: int) -> None:
    done: list[int] = []
    failpoint.arm(plan, lambda: done.append(1))
    for number in range(1, 6):
        failpoint.reach("a.place")
        assert len(done) == (1 if number >= passes else 0)


@pytest.mark.parametrize("plan", ["", "A.place", "a.place:", "a.place:0", "a place", "a.place:1\n"])
def test_what_is_no_plan_is_refused(plan: str) -> None:
    with pytest.raises(Refused, match="failpoint") as refused:
        failpoint.arm(plan, lambda: None)
    assert refused.value.code == "failpoint.malformed"
