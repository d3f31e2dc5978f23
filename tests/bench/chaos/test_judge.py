"""The checker finds what it is there to find, by hand-made journals and rows."""

from pathlib import Path

import pytest

from bench.chaos.check import Line, journal, judge

SAID = {f"s.{number}": Line(f"s.{number}", "s", number) for number in range(6)}
KEPT = {id: line for id, line in SAID.items() if line.order != 3}
ALL = ["s.0", "s.1", "s.2", "s.4", "s.5"]


def test_what_arrived_once_and_in_order_is_well() -> None:
    found = judge(SAID, KEPT, ALL)
    assert (found.kept, found.arrived) == (5, 5)
    assert [found.lost, found.duplicated, found.reordered, found.invented] == [[], [], [], []]


def test_what_was_said_and_not_acknowledged_may_arrive_or_not() -> None:
    found = judge(SAID, KEPT, ["s.0", "s.1", "s.2", "s.3", "s.4", "s.5"])
    assert [found.lost, found.duplicated, found.reordered, found.invented] == [[], [], [], []]


@pytest.mark.parametrize("missing", ALL)
def test_each_acknowledged_record_that_is_missing_is_lost(missing: str) -> None:
    assert judge(SAID, KEPT, [id for id in ALL if id != missing]).lost == [missing]


@pytest.mark.parametrize("again", ALL)
def test_each_record_that_came_twice_is_found(again: str) -> None:
    assert judge(SAID, KEPT, [*ALL, again]).duplicated == [again]


def test_record_before_an_earlier_one_is_out_of_order() -> None:
    assert judge(SAID, KEPT, ["s.0", "s.2", "s.1", "s.4", "s.5"]).reordered == ["s.1"]


def test_sessions_may_mix() -> None:
    said = {**SAID, "t.0": Line("t.0", "t", 0)}
    assert judge(said, said, ["s.0", "s.1", "s.2", "s.3", "t.0", "s.4", "s.5"]).reordered == []


def test_record_that_nobody_said_is_found() -> None:
    assert judge(SAID, KEPT, [*ALL, "x.0"]).invented == ["x.0"]


def test_journal_leaves_out_a_line_that_was_cut_short(tmp_path: Path) -> None:
    (tmp_path / "n0.kept").write_text("s.0\ts\t0\tturn\ns.1\ts\t1\tturn\ns.2\ts")
    assert list(journal(tmp_path, "kept")) == ["s.0", "s.1"]
