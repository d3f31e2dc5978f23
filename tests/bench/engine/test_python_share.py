"""Python's share comes from the node's own counters, and is unknown where the node has none."""

import pytest

from bench.engine.python_share import NATIVE, SEATING, STEP, counters, share

PAGE = f"""# HELP {STEP} Seconds in steps
# TYPE {STEP} counter
{STEP} 10.0
{NATIVE}{{kind="decode"}} 6.5
{NATIVE}{{kind="prefill"}} 3e0
{STEP.removesuffix("_total")}_created 1.7e9
prilavok_tokens_total{{kind="prompt"}} 7.0
"""


def test_counters_are_summed_over_labels() -> None:
    assert counters(PAGE) == {STEP: 10.0, NATIVE: 9.5}


def test_the_share_is_what_was_added_between_two_readings() -> None:
    assert share({STEP: 10.0, NATIVE: 9.0}, {STEP: 20.0, NATIVE: 18.8}) == pytest.approx(0.02)


def test_copies_of_keys_and_values_are_no_decode_step() -> None:
    before, after = {STEP: 10.0, NATIVE: 9.0, SEATING: 1.0}, {STEP: 21.0, NATIVE: 18.8, SEATING: 2.0}
    assert share(before, after) == pytest.approx(0.02)


def test_a_node_without_counters_has_no_share() -> None:
    assert share({}, counters("prilavok_tokens_total 1.0\n")) is None


def test_no_step_has_no_share() -> None:
    assert share({STEP: 10.0, NATIVE: 9.0}, {STEP: 10.0, NATIVE: 9.0}) is None
