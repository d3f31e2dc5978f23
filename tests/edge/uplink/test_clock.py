"""A box without a clock battery: certificates look wrong to it, and the hub's signed time mends that.

The hub lives two years ahead of this machine's clock, and its certificate was made a year ahead of it.
"""

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from edge.membership import Membership
from edge.uplink.clock import Clocks
from sync.record import ChatTurn
from tests.edge.uplink.node import member, say, turn
from tests.simulators.broker import Mosquitto, found, free_port
from tests.simulators.hub import HubSimulator, door

YEAR = timedelta(days=365)
SLACK_MS = 120_000


def ahead_ms() -> int:
    """The hub's time."""
    return int((time.time() + 2 * YEAR.total_seconds()) * 1000)


@dataclass
class World:
    """A hub over HTTPS and a broker over TLS, both with a certificate of the same authority."""

    hub: HubSimulator
    broker: str


@contextmanager
def world(folder: Path, begins: timedelta, ends: timedelta) -> Iterator[World]:
    """The certificate is good between two times, counted from this machine's now."""
    if found() is None:
        pytest.skip("mosquitto is not installed (Debian: apt install mosquitto)")
    authority, now = trustme.CA(), datetime.now(UTC)
    certificate = authority.issue_cert("127.0.0.1", not_before=now + begins, not_after=now + ends)
    folder.mkdir()
    chain, key = folder / "chain.pem", folder / "key.pem"
    certificate.private_key_pem.write_to_path(key)
    chain.write_bytes(b"".join(each.bytes() for each in certificate.cert_chain_pems))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    secure = free_port()
    extra = f"allow_anonymous true\nlistener {secure} 127.0.0.1\ncertfile {chain}\nkeyfile {key}"
    hub = HubSimulator(ahead_ms, certificate=authority.cert_pem.bytes().decode())
    with door(hub, context), Mosquitto(folder / "broker", extra) as broker, hub.at(broker.port):
        yield World(hub, f"mqtts://127.0.0.1:{secure}")


def trouble(node: Membership) -> str:
    assert node.opened is not None
    found = node.opened.uplink.trouble
    return found.code if found else ""


def test_box_that_is_years_behind_joins_and_sends_by_the_hubs_time(tmp_path: Path) -> None:
    with world(tmp_path / "hub", YEAR, 3 * YEAR) as there:
        hub, clocks = there.hub, Clocks(lambda: False)
        with member(tmp_path / "node", hub.provision(there.broker), clocks) as node:
            say(node, turn(1))
            hub.wait_for(lambda: len(hub.records()) == 1, "the turn")
            assert isinstance(hub.records()[0], ChatTurn)
            assert clocks.now().trusted
            assert abs(clocks.now().wall_ms - hub.wall_ms()) < SLACK_MS
            assert hub.stored.statuses[-1].at.trusted
            assert abs(hub.stored.statuses[-1].at.wall_ms - hub.wall_ms()) < SLACK_MS


def test_what_the_hub_told_is_the_least_that_it_can_be_after_a_restart(tmp_path: Path) -> None:
    with world(tmp_path / "hub", YEAR, 3 * YEAR) as there:
        with member(tmp_path / "node", there.hub.provision(there.broker), Clocks(lambda: False)):
            there.hub.wait_for(lambda: bool(there.hub.stored.statuses), "the node")
        told_ms = there.hub.wall_ms()
    again = Clocks(lambda: False)
    with member(tmp_path / "node", None, again, offline=True):
        assert not again.now().trusted
        assert abs(again.now().floor_ms - told_ms) < SLACK_MS


def test_certificate_that_has_expired_by_the_hubs_time_is_not_taken(tmp_path: Path) -> None:
    """By this machine's clock it is good; the hub, which knows better, says two years later."""
    with world(tmp_path / "hub", -YEAR, YEAR) as there:
        hub = there.hub
        with member(tmp_path / "node", hub.provision(there.broker), Clocks(lambda: False)) as node:
            say(node, turn(1))
            hub.wait_for(lambda: trouble(node) != "", "the trouble")
            assert trouble(node) == "tls.clock"
            assert hub.enrolled == {}


def test_certificate_that_is_not_yet_valid_is_told_apart_where_the_clock_is_kept_right(
    tmp_path: Path,
) -> None:
    with world(tmp_path / "hub", YEAR, 3 * YEAR) as there:
        hub = there.hub
        with member(tmp_path / "node", hub.provision(there.broker), Clocks(lambda: True)) as node:
            hub.wait_for(lambda: trouble(node) == "tls.clock", "the trouble")
            assert hub.enrolled == {}


def test_strangers_certificate_is_not_believed_whatever_the_time(tmp_path: Path) -> None:
    with world(tmp_path / "hub", YEAR, 3 * YEAR) as there:
        hub = there.hub
        hub.certificate = trustme.CA().cert_pem.bytes().decode()
        with member(tmp_path / "node", hub.provision(there.broker), Clocks(lambda: False)) as node:
            hub.wait_for(lambda: trouble(node) == "tls.untrusted", "the trouble")
            assert hub.enrolled == {}
