"""The control: an uplink that takes the broker's PUBACK for a receipt. Exists here and nowhere else."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from edge.uplink.line import Line, Message, Unsent
from edge.uplink.mqtt import Door
from edge.uplink.sender import ROWS_MASK
from edge.uplink.service import Uplink
from sync.ack import Ack
from sync.span import of

WAIT_S = 30.0


@dataclass
class CredulousLine:
    """A connection that settles whatever the broker has confirmed."""

    line: Line
    uplink: Uplink

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.line.publish(topic, payload, retain=retain)

    def subscribe(self, topics: Iterable[str]) -> None:
        self.line.subscribe(topics)

    def unsubscribe(self, topics: Iterable[str]) -> None:
        self.line.unsubscribe(topics)

    def wait(self, timeout_s: float) -> list[Message]:
        return self.line.wait(timeout_s)

    def taken(self, message: Message) -> None:
        self.line.taken(message)

    def close(self) -> None:
        self.line.close()

    def unsent(self) -> Unsent:
        found = self.line.unsent()
        if not found.count:
            self._settle()
        return found

    def _settle(self) -> None:
        sender, document = self.uplink.sender, self.uplink.standing.identity.document
        for flight in sender.flights:
            numbers = of(row & ROWS_MASK for row in flight.rows)
            said = Ack(
                tenant=document.tenant,
                node=document.node,
                epoch=flight.epoch,
                upto=0,
                seen=0,
                also=numbers,
            )
            self.uplink.outbox.settle(said).result(WAIT_S)
        sender.flights.clear()


def believe(uplink: Uplink) -> None:
    """Before it starts."""
    dial = uplink.dial

    def credulous(door: Door, ending: Callable[[], bool]) -> Line:
        return CredulousLine(dial(door, ending), uplink)

    uplink.dial = credulous
