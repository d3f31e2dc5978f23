"""The bad line does to messages what its mode says."""

import socket
import threading
from collections.abc import Iterator

import pytest

from bench.chaos.proxy import PUBLISH, Mode, Proxy

PATIENCE_S = 10.0


def publish(number: int) -> bytes:
    """A packet of that kind, with one byte in it."""
    return bytes((PUBLISH << 4, 1, number))


@pytest.fixture
def broker() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE_S)
        yield server


@pytest.fixture
def proxy(broker: socket.socket) -> Iterator[Proxy]:
    made = Proxy(broker.getsockname()[1])
    made.start()
    yield made
    made.close()


def ended(client: socket.socket) -> bool:
    try:
        return client.recv(1) == b""
    except ConnectionError:
        return True


def arrives(proxy: Proxy, broker: socket.socket, mode: Mode, packets: list[bytes], size: int) -> bytes:
    """What comes out of the line in that mode, up to so many bytes."""
    with socket.create_connection(("127.0.0.1", proxy.port), PATIENCE_S) as client:
        other, _ = broker.accept()
        with other:
            other.settimeout(PATIENCE_S)
            proxy.become(mode)
            set_ = threading.Event()
            proxy._loop.call_soon_threadsafe(set_.set)
            assert set_.wait(PATIENCE_S)
            client.sendall(b"".join(packets))
            data = b""
            while len(data) < size:
                data += other.recv(size - len(data))
            return data


def test_open_line_passes_packets_as_they_are(proxy: Proxy, broker: socket.socket) -> None:
    sent = [publish(1), bytes((0xC0, 0)), bytes((0x30, 0x80, 0x01)) + bytes(128)]
    assert arrives(proxy, broker, "open", sent, 136) == b"".join(sent)


def test_line_that_doubles_passes_each_message_twice(proxy: Proxy, broker: socket.socket) -> None:
    sent = [publish(1), bytes((0xC0, 0)), publish(2)]
    expected = publish(1) * 2 + bytes((0xC0, 0)) + publish(2) * 2
    assert arrives(proxy, broker, "duplicate", sent, len(expected)) == expected


def test_line_that_reorders_lets_the_next_message_pass_first(proxy: Proxy, broker: socket.socket) -> None:
    assert arrives(proxy, broker, "reorder", [publish(1), publish(2)], 6) == publish(2) + publish(1)


def test_line_that_reorders_holds_no_message_for_ever(proxy: Proxy, broker: socket.socket) -> None:
    assert arrives(proxy, broker, "reorder", [publish(1)], 3) == publish(1)


def test_line_that_is_cut_ends_its_connections(proxy: Proxy, broker: socket.socket) -> None:
    with socket.create_connection(("127.0.0.1", proxy.port), PATIENCE_S) as client:
        other, _ = broker.accept()
        with other:
            proxy.become("cut")
            assert ended(client)
