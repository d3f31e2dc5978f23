"""A node that trusts a head already, for attacks to be tried on, and what becomes of them."""

import msgspec
import pytest

from sync import keyset
from sync.errors import PrilavokError
from sync.trust import Trust
from tests.sync.cast import MARKET, ROOT, Publisher, at, key_set, signer, state

FIRST, SECOND, THIRD = state(a="A"), state(a="B"), state(a="C", b="B")
THIEF, FRESH = signer("thief"), signer("fresh")


def pinned() -> Trust:
    return Trust(MARKET, keyset.pinned(keyset.write(key_set(), ROOT), "acme"))


def trusting() -> tuple[Publisher, Trust]:
    """A hub at version 2 and a node that trusts its head."""
    hub = Publisher()
    hub.publish(FIRST)
    return hub, pinned().offered(hub.publish(SECOND), at())


def refusal(trust: Trust, message: bytes, **clock: object) -> str:
    before = trust.kept()
    with pytest.raises(PrilavokError) as raised:
        trust.offered(message, at(**clock))  # type: ignore[arg-type]
    assert trust.kept() == before
    return raised.value.code


def signed_anew(hub: Publisher, **change: object) -> bytes:
    return hub.message(change=lambda said: msgspec.structs.replace(said, **change))
