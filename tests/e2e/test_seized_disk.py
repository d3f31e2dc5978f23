"""Somebody takes the box: nothing that was said at it is in any file of its data folder."""

import re
import secrets
import time
from pathlib import Path

import pytest

from sync.record import ChatTurn, Feedback
from tests.e2e.counter import Visitor, fresh, joined, market, serving
from tests.simulators.broker import Mosquitto, found
from tests.simulators.hub import HubSimulator, door
from tests.simulators.hub_key import HubKey

pytestmark = pytest.mark.skipif(found() is None, reason="mosquitto is not installed")
CANARIES = 10_000
AT_ONCE = 25
FOUND = re.compile(rb"zq[a-v]{14}", re.I)
LETTERS = "abcdefghijklmnopqrstuv"
LONG_S = 240.0
ENDLESS = {"PRILAVOK_NODE_PER_MINUTE": "1000000"}


def canary() -> str:
    return "zq" + "".join(secrets.choice(LETTERS) for _ in range(14))


def seen(data: bytes) -> set[str]:
    """Canaries in bytes, also written two bytes a letter."""
    wide = data.replace(b"\0", b"")
    return {each.decode().lower() for text in (data, wide) for each in FOUND.findall(text)}


def test_nothing_said_at_a_counter_is_on_its_disk(tmp_path: Path) -> None:
    key = HubKey()
    hub = HubSimulator(lambda: int(time.time() * 1000), lead=key.public)
    visitor, said = Visitor(key), list[str]()
    with door(hub), Mosquitto(tmp_path / "broker") as broker:
        data = joined(tmp_path / "node", hub, broker.url)
        with hub.at(broker.port):
            hub.mute = True  # so that everything stays in the outbox
            hub.publish(market(20))
            with serving(data, **ENDLESS) as node:
                while len(said) < CANARIES:
                    words = [canary() for _ in range(AT_ONCE)]
                    *asked, rated, contact, session = words
                    visitor.ask(node, "plumber " + "_".join(asked), session)
                    visitor.rate(node, list(visitor.turns)[-1], rated)
                    visitor.request(node, f'{{"phone":"{contact}"}}'.encode())
                    said += words
                running = fresh(data)
                node.process.kill()
            assert seen(running) & set(said) == set()
            assert seen(fresh(data)) & set(said) == set()
            assert (data / "node.db").stat().st_size > CANARIES
            hub.mute = False
            with serving(data):
                hub.wait_for(lambda: visitor.all_there(hub), "what was said", LONG_S)
    records = hub.records()
    told = " ".join(each.question for each in records if isinstance(each, ChatTurn))
    told += " ".join(each.reason for each in records if isinstance(each, Feedback))
    assert len(seen(told.encode()) & set(said)) >= CANARIES * 9 // 10
