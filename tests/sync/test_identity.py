"""Names fit topics and files; ids are told from other text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.errors import Refused
from sync.identity import is_digest, is_id, key_id, named, new_id
from tests.sync.cast import dice


@pytest.mark.parametrize("name", ["a", "shop-17", "0", "a--b", "x" * 40])
def test_name_is_taken(name: str) -> None:
    assert named(name, "node") == name


@pytest.mark.parametrize(
    "name", ["", "-a", "a-", "A", "a/b", "a+", "#", "$share", "a b", "a\n", "é", "x" * 41, "a\0", "..", "١"]
)
def test_what_could_break_a_topic_or_a_path_is_no_name(name: str) -> None:
    with pytest.raises(Refused) as raised:
        named(name, "node")
    assert raised.value.code == "name.invalid"


def test_ids_are_sixteen_hexadecimal_digits() -> None:
    random = dice("id")
    assert is_id(new_id(random))
    assert new_id(random) != new_id(random)
    assert not any(map(is_id, ["", "0" * 15, "0" * 17, "G" * 16, "A" * 16, "0" * 16 + "\n"]))


def test_digest_is_a_whole_sha_256() -> None:
    assert is_digest("0a" * 32)
    assert not any(map(is_digest, ["0a" * 31, "0A" * 32, "0a" * 32 + "\n"]))


@given(st.binary(min_size=32, max_size=32))
def test_key_has_one_id(key: bytes) -> None:
    assert is_id(key_id(key))
    assert key_id(key) == key_id(bytes(key))
