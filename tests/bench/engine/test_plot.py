"""The plot is one well-formed drawing whose axes begin at nothing and whose lines are named."""

from itertools import pairwise
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from bench.engine.figure import Answer, Run, Table, table
from bench.engine.plot import HEIGHT, WIDTH, lines, spread, steps, svg

NAMES = ("prilavok", "unified", "split", "a<b & c")


def levels() -> Table:
    runs = [
        Run(server=name, users=users, answers=(Answer(users * at, users * at + 1, 48),), failed=0, wall_s=1.0)
        for users in (1, 8, 16)
        for at, name in enumerate(NAMES, 1)
    ]
    return table(runs)


def test_it_is_well_formed_and_names_every_line_in_both_panels() -> None:
    root = ElementTree.fromstring(svg(levels(), "prilavok", "Title & more", "below"))
    said = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert [said.count(name) for name in NAMES] == [2, 2, 2, 2]
    assert said.count("0") == 2


def test_nothing_lies_outside_the_paper() -> None:
    root = ElementTree.fromstring(svg(levels(), "prilavok", "Title", "below"))
    for dot in root.iter("{http://www.w3.org/2000/svg}circle"):
        assert 0 <= float(dot.attrib["cx"]) <= WIDTH
        assert 0 <= float(dot.attrib["cy"]) <= HEIGHT


def test_a_level_without_a_value_is_left_out_of_the_line() -> None:
    silent = Run(server="unified", users=4, answers=(), failed=1, wall_s=1.0)
    drawn = lines(
        table([silent, Run(server="unified", users=1, answers=(Answer(1, 2, 3),), failed=0, wall_s=1)]),
        "tok_per_s",
    )
    assert [line.points for line in drawn] == [((1, 3.0),)]


@given(st.floats(0.001, 1e6))
def test_steps_begin_at_nothing_and_reach_the_highest(most: float) -> None:
    ticks = steps(most)
    assert ticks[0] == 0
    assert ticks[-1] >= most * (1 - 1e-6)
    assert 2 <= len(ticks) <= 6


@given(st.lists(st.floats(100, 300), min_size=1, max_size=10))
def test_names_never_lie_on_each_other(wanted: list[float]) -> None:
    placed = sorted(spread(wanted, 16, 84, 348))
    assert all(below - above >= 16 - 1e-6 for above, below in pairwise(placed))
    assert placed[-1] <= 348
