"""Programs of different age find what both can do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.capability import Capabilities, Protocol, agree, common
from sync.errors import Refused

ranges = st.tuples(st.integers(1, 9), st.integers(1, 9)).map(
    lambda pair: Protocol(lowest=min(pair), highest=max(pair))
)


@given(ranges, ranges)
def test_highest_common_version_is_used_whoever_asks(one: Protocol, other: Protocol) -> None:
    both = set(range(one.lowest, one.highest + 1)) & set(range(other.lowest, other.highest + 1))
    if both:
        assert common(one, other) == common(other, one) == max(both)
    else:
        with pytest.raises(Refused) as raised:
            common(one, other)
        assert raised.value.code == "protocol.none"


def test_features_that_only_one_knows_are_not_used() -> None:
    agreed = agree(Capabilities(features=("delta", "erase")), Capabilities(features=("delta", "video")))
    assert agreed.features == {"delta"}
    assert agreed.protocol == 1
