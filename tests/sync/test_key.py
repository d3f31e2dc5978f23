"""Keys sign and seal as libsodium does, and as nobody else can."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import PrivateKey, SealedBox

from sync.errors import Corrupt, Refused
from sync.key import SEALED_EXTRA_BYTES, NodeKeys, Signer, Unsealer, new_secret, seal_to, signed_by
from tests.sync.cast import dice, flips


@given(st.binary(max_size=300))
def test_sealed_message_opens_here_and_in_libsodium(message: bytes) -> None:
    key = Unsealer.born(dice("a"))
    sealed = seal_to(key.public, message)
    assert len(sealed) == len(message) + SEALED_EXTRA_BYTES
    assert key.open(sealed) == message
    assert SealedBox(PrivateKey(key.secret)).decrypt(sealed) == message


def test_what_libsodium_sealed_opens_here() -> None:
    key = Unsealer.born()
    assert key.open(SealedBox(PrivateKey(key.secret).public_key).encrypt(b"x")) == b"x"


def test_other_key_opens_nothing() -> None:
    sealed = seal_to(Unsealer.born().public, b"secret")
    with pytest.raises(Corrupt):
        Unsealer.born().open(sealed)


def test_any_flipped_bit_closes_a_seal() -> None:
    key = Unsealer.born(dice("a"))
    for turned in flips(seal_to(key.public, b"secret", dice("b"))):
        with pytest.raises(Corrupt):
            key.open(turned)


@pytest.mark.parametrize("sealed", [b"", b"short", b"\0" * 48])
def test_what_is_no_seal_is_corrupt(sealed: bytes) -> None:
    with pytest.raises(Corrupt):
        Unsealer.born().open(sealed)


def test_signature_is_of_one_key_and_one_message() -> None:
    mine, other = Signer.born(), Signer.born()
    signature = mine.sign(b"m")
    assert signed_by(mine.public, b"m", signature)
    assert not signed_by(mine.public, b"n", signature)
    assert not signed_by(other.public, b"m", signature)
    assert not signed_by(mine.public, b"m", signature[:-1])
    assert not any(signed_by(mine.public, b"m", turned) for turned in flips(signature))


def test_key_that_everyone_can_sign_for_is_worth_nothing() -> None:
    """The neutral point verifies anything where low order is not refused."""
    neutral = b"\x01" + b"\0" * 31
    assert not signed_by(neutral, b"m", neutral + b"\0" * 32)


def test_nodes_two_keys_come_from_one_secret_and_differ() -> None:
    secret = new_secret()
    keys = NodeKeys.of(secret)
    assert keys == NodeKeys.of(secret)
    assert len({secret, keys.signer.seed, keys.unsealer.secret}) == 3


def test_secrets_do_not_show() -> None:
    keys = NodeKeys.of(b"s" * 32)
    assert keys.signer.seed.hex() not in repr(keys)
    assert str(keys.signer.seed) not in repr(keys)
    assert str(keys.unsealer.secret) not in repr(keys)


def test_cut_key_is_refused() -> None:
    with pytest.raises(Refused):
        NodeKeys.of(b"short")
    with pytest.raises(Refused):
        seal_to(b"short", b"m")
