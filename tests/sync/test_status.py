"""Presence is each node's own word."""

import pytest

from sync import status
from sync.errors import PrilavokError, Refused
from sync.status import Status
from tests.sync.cast import EPOCH, MARKET, NODE, NODE_KEYS, TENANT, flips, signer, stamp
from tests.sync.document import ONLINE

PUBLIC = NODE_KEYS.signer.public


def test_status_arrives_as_it_was_written() -> None:
    assert status.receive(status.write(ONLINE, NODE_KEYS.signer), TENANT, NODE, PUBLIC) == ONLINE


def test_last_will_is_a_status_too() -> None:
    will = Status(tenant=TENANT, node=NODE, market=MARKET, online=False, at=stamp(), epoch=EPOCH)
    assert not status.receive(status.write(will, NODE_KEYS.signer), TENANT, NODE, PUBLIC).online


def test_node_speaks_for_itself_only() -> None:
    message = status.write(ONLINE, NODE_KEYS.signer)
    with pytest.raises(Refused) as raised:
        status.receive(message, TENANT, "shop-18", PUBLIC)
    assert raised.value.code == "status.foreign"
    with pytest.raises(Refused):
        status.receive(status.write(ONLINE, signer("thief")), TENANT, NODE, PUBLIC)


def test_any_flipped_bit_is_refused() -> None:
    for turned in flips(status.write(ONLINE, NODE_KEYS.signer)):
        with pytest.raises(PrilavokError):
            status.receive(turned, TENANT, NODE, PUBLIC)
