"""What is on its way to the hub, and what is sent again: a window over the outbox.

A message stays under way until the hub acknowledges what is in it. It is sent again after silence, and at
once when an acknowledgement names it as a hole. What the broker confirms counts for nothing here. Memory is
bounded by the window, whatever waits.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from edge.outbox.service import Outgoing
from edge.outbox.store import SEQ_BITS
from sync import ack
from sync.ack import Ack
from sync.document import MESSAGE_LIMIT_BYTES
from sync.errors import Conflict
from sync.failpoint import reach
from sync.signed import Signatories

WINDOW = 4
SILENCE_S = 20.0
LONGEST_SILENCE_S = 600.0
HOLE_S = 3.0
"""A message that was sent less long ago may only be late: a hole in an acknowledgement then says nothing."""
TELL_S = 60.0
"""Numbers that never come are told again after so long, where a hub that was put back counts below them."""
ROWS_MASK = (1 << SEQ_BITS) - 1


class Box(Protocol):
    """The outbox, as far as sending goes."""

    def outgoing(
        self,
        on_their_way: set[int],
        limit_bytes: int = ...,
        *,
        urgent: bool = ...,
        without: set[str] = ...,
    ) -> Outgoing | None: ...

    def epochs(self) -> dict[str, int]: ...


@dataclass
class Flight:
    """A message under way."""

    epoch: str
    rows: set[int]
    bytes: int
    sent_at: float


@dataclass
class Counts:
    """What was sent since the program began."""

    messages: int = 0
    bytes: int = 0
    records: int = 0
    resent: int = 0
    settled: int = 0


@dataclass
class Sender:
    """Of one thread. `tenant` and `node` are whose acknowledgements count."""

    box: Box
    tenant: str
    node: str
    clock: Callable[[], float] = time.monotonic
    window: int = WINDOW
    silence_s: float = SILENCE_S
    counts: Counts = field(default_factory=Counts)
    flights: list[Flight] = field(default_factory=list)
    ahead: set[str] = field(default_factory=set)
    """Epochs of which the hub has more than was ever sent: nothing more of them is sent in this run."""
    _silences: int = 0
    _told_at: float = float("-inf")

    def next(self, *, urgent: bool = False, limit_bytes: int = MESSAGE_LIMIT_BYTES) -> bytes | None:
        """The next message to publish, or None when nothing waits or the window is full."""
        self._tire()
        if len(self.flights) >= self.window:
            return None
        rows = {row for flight in self.flights for row in flight.rows}
        outgoing = self.box.outgoing(rows, limit_bytes, urgent=urgent, without=self.ahead)
        if outgoing is None or (not outgoing.rows and self.clock() < self._told_at + TELL_S):
            return None
        size = len(outgoing.message)
        if outgoing.rows:
            self.flights.append(Flight(outgoing.epoch, set(outgoing.rows), size, self.clock()))
        else:
            self._told_at = self.clock()
        self.counts.messages += 1
        self.counts.bytes += size
        self.counts.records += len(outgoing.rows)
        reach("uplink.sent")
        return outgoing.message

    def acknowledged(self, message: bytes, hub: Signatories) -> Ack | None:
        """The acknowledgement to settle, or None when it is for nothing here.

        Refused and Corrupt as in `sync.ack.receive`. Conflict `ack.ahead`, once an epoch: a new one has to
        begin. What it settles is no longer under way; what it names as a hole is sent again.
        """
        for epoch, highest in self.box.epochs().items():
            try:
                said = ack.receive(message, self.tenant, self.node, epoch, highest, hub)
            except Conflict:
                known = epoch in self.ahead
                self.ahead.add(epoch)
                self.flights = [flight for flight in self.flights if flight.epoch != epoch]
                if known:
                    return None
                raise
            if said is not None:
                self._settle(said)
                return said
        return None

    def disconnected(self) -> None:
        """Nobody knows what arrived: everything under way is sent again."""
        self.counts.resent += len(self.flights)
        self.flights.clear()

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return not self.flights

    def _settle(self, said: Ack) -> None:
        self._silences = 0
        spans, now = said.settled(), self.clock()
        kept = []
        for flight in self.flights:
            if flight.epoch != said.epoch:
                kept.append(flight)
                continue
            before = len(flight.rows)
            flight.rows = {row for row in flight.rows if not any(row & ROWS_MASK in span for span in spans)}
            self.counts.settled += before - len(flight.rows)
            if flight.rows and not self._lost(flight, said, now):
                kept.append(flight)
        self.flights = kept

    def _lost(self, flight: Flight, said: Ack, now: float) -> bool:
        """Whether the acknowledgement shows that the message did not arrive."""
        if now - flight.sent_at < HOLE_S:
            return False
        lost = any(row & ROWS_MASK in hole for hole in said.holes for row in flight.rows)
        self.counts.resent += lost
        return lost

    def _tire(self) -> None:
        """Gives up waiting for messages that nobody answered; each silence makes the next one longer."""
        patience = min(self.silence_s * 2**self._silences, LONGEST_SILENCE_S)
        limit = self.clock() - patience
        lost = [flight for flight in self.flights if flight.sent_at <= limit]
        if lost:
            self._silences += 1
            self.counts.resent += len(lost)
            self.flights = [flight for flight in self.flights if flight.sent_at > limit]
