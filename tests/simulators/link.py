"""A line between a node and its broker that misbehaves: cut, mute, forgetful, repeating, out of order.

Stands before a real broker on loopback and knows just enough of MQTT to tell packets apart.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PUBLISH, PUBACK = 3, 4
BUFFER_BYTES = 65536
LATE_S = 0.2


@dataclass
class Faults:
    """What is wrong with the line now. All of it may be changed while it runs."""

    silent: bool = False
    """Accepts connections, and says nothing."""
    no_pubacks: bool = False
    """The broker confirms nothing."""
    forgetful: bool = False
    """The broker confirms everything and keeps nothing."""
    repeats: bool = False
    """What the node sends comes twice."""
    swaps: bool = False
    """Every second message of the node comes late, after those that were sent behind it."""
    passed: int = 0
    lost: int = 0


@dataclass
class Link:
    """`port` is where the node is to call."""

    broker_port: int
    faults: Faults = field(default_factory=Faults)
    port: int = 0
    _open: list[socket.socket] = field(default_factory=list)
    _sending: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Breaks every connection there is."""
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def serve(self, door: socket.socket) -> None:
        """Takes connections until the door is closed."""
        while True:
            try:
                node, _ = door.accept()
            except OSError:
                return
            self._open.append(node)
            threading.Thread(target=self._join, args=(node,), daemon=True).start()

    def _join(self, node: socket.socket) -> None:
        if self.faults.silent:
            with suppress(OSError):
                while node.recv(BUFFER_BYTES):
                    pass
            node.close()
            return
        broker = socket.create_connection(("127.0.0.1", self.broker_port))
        self._open.append(broker)
        back = threading.Thread(target=self._pass, args=(broker, node, self._down), daemon=True)
        back.start()
        self._pass(node, broker, lambda packet: self._up(packet, node, broker))
        back.join(5)
        for end in (node, broker):
            end.close()

    def _pass(self, one: socket.socket, other: socket.socket, judge: Callable[[bytes], list[bytes]]) -> None:
        with suppress(OSError):
            for packet in packets(one):
                for passed in judge(packet):
                    self._send(other, passed)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _send(self, to: socket.socket, packet: bytes) -> None:
        with self._sending:
            to.sendall(packet)

    def _late(self, to: socket.socket, packet: bytes) -> None:
        with suppress(OSError):
            self._send(to, packet)

    def _up(self, packet: bytes, node: socket.socket, broker: socket.socket) -> list[bytes]:
        faults = self.faults
        if packet[0] >> 4 != PUBLISH:
            return [packet]
        if faults.forgetful:
            faults.lost += 1
            self._send(node, bytes((PUBACK << 4, 2)) + packet_id(packet))
            return []
        faults.passed += 1
        if faults.repeats:
            return [packet, bytes((packet[0] | 8,)) + packet[1:]]
        if faults.swaps and faults.passed % 2:
            timer = threading.Timer(LATE_S, self._late, (broker, packet))
            timer.daemon = True
            timer.start()
            return []
        return [packet]

    def _down(self, packet: bytes) -> list[bytes]:
        if self.faults.no_pubacks and packet[0] >> 4 == PUBACK:
            self.faults.lost += 1
            return []
        return [packet]


def packets(stream: socket.socket) -> Iterator[bytes]:
    """MQTT packets, whole (MQTT 5, 2.1)."""
    data = b""
    while True:
        size = length(data)
        while size is None or len(data) < size:
            more = stream.recv(BUFFER_BYTES)
            if not more:
                return
            data += more
            size = length(data)
        yield data[:size]
        data = data[size:]


def length(data: bytes) -> int | None:
    """How long the first packet is in all; None while that cannot be told."""
    value = 0
    for place, byte in enumerate(data[1:5]):
        value |= (byte & 0x7F) << 7 * place
        if not byte & 0x80:
            return value + 2 + place
    return None


def packet_id(publish: bytes) -> bytes:
    """The two bytes by which a PUBLISH of quality 1 is confirmed (MQTT 5, 3.3.2.2)."""
    begin = 1 + next(place for place, byte in enumerate(publish[1:5], 1) if not byte & 0x80)
    topic = int.from_bytes(publish[begin : begin + 2], "big")
    return publish[begin + 2 + topic : begin + 4 + topic]


@contextmanager
def link(broker_port: int) -> Iterator[Link]:
    """A line to a broker of loopback while the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        made = Link(broker_port, port=door.getsockname()[1])
        taking = threading.Thread(target=made.serve, args=(door,), daemon=True)
        taking.start()
        try:
            yield made
        finally:
            with suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)
            door.close()
            made.cut()
            taking.join(5)
