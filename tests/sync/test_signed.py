"""Signed messages: enough of the right keys, over these bytes, for this kind."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.errors import Corrupt, PrilavokError, Refused
from sync.signed import Signatories, sign, verify
from tests.sync.cast import flips, signer

ONE, TWO, THREE, STRANGER = (signer(name) for name in ("one", "two", "three", "stranger"))
TRUSTED = Signatories((ONE.public, TWO.public, THREE.public), threshold=2)


@given(st.binary(max_size=500))
def test_body_comes_out_as_it_went_in(body: bytes) -> None:
    assert verify(sign("head", body, ONE, TWO), "head", TRUSTED) == body


@pytest.mark.parametrize(
    "signers", [(ONE,), (ONE, ONE), (ONE, STRANGER), (STRANGER,)], ids=["one", "twice", "stranger", "none"]
)
def test_too_few_of_the_keys_are_refused(signers: tuple[object, ...]) -> None:
    with pytest.raises(Refused) as raised:
        verify(sign("head", b"x", *signers), "head", TRUSTED)  # type: ignore[arg-type]
    assert raised.value.code == "signature.invalid"


def test_more_signatures_than_needed_do_no_harm() -> None:
    assert verify(sign("head", b"x", STRANGER, ONE, THREE), "head", TRUSTED) == b"x"


def test_threshold_of_none_is_refused() -> None:
    with pytest.raises(Refused):
        verify(sign("head", b"x", ONE), "head", Signatories((ONE.public,), threshold=0))


def test_kind_cannot_be_changed() -> None:
    """A signature for one kind is none for another, even with the label exchanged."""
    message = sign("ack", b"x", ONE)
    with pytest.raises(Refused) as raised:
        verify(message, "command", Signatories((ONE.public,)))
    assert raised.value.code == "signature.kind"
    parts = msgspec.msgpack.decode(message)
    parts[1] = "command"
    with pytest.raises(Refused) as raised:
        verify(msgspec.msgpack.encode(parts), "command", Signatories((ONE.public,)))
    assert raised.value.code == "signature.invalid"


def test_signature_under_another_keys_id_is_refused() -> None:
    parts = msgspec.msgpack.decode(sign("ack", b"x", ONE))
    parts[3][0][0] = TWO.id
    with pytest.raises(Refused):
        verify(msgspec.msgpack.encode(parts), "ack", TRUSTED)


def test_any_flipped_bit_is_refused() -> None:
    message = sign("head", b"some body", ONE, TWO)
    for turned in flips(message):
        with pytest.raises(PrilavokError):
            verify(turned, "head", TRUSTED)


def test_any_cut_is_refused() -> None:
    message = sign("head", b"some body", ONE, TWO)
    for length in range(len(message)):
        with pytest.raises(Corrupt):
            verify(message[:length], "head", TRUSTED)


def test_captive_portals_page_is_corrupt() -> None:
    with pytest.raises(Corrupt):
        verify(b"<html><body>Please log in</body></html>", "head", TRUSTED)


def test_message_without_signatures_is_corrupt() -> None:
    with pytest.raises(Corrupt):
        verify(msgspec.msgpack.encode([1, "head", b"x", []]), "head", TRUSTED)
