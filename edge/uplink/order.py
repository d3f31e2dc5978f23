"""Takes the hub's commands and sees to it that each is carried out once, and its receipt sent.

    taken       verified, and on the disk, before the broker may forget it
    done        quick ones at once, in the uplink's thread; slow ones in a thread of their own
    receipt     in the outbox, in the transaction that notes it; sent again when the command comes again

What is cut off between is done again after a restart: every deed may be done twice. What the deeds are is
`deed.py`.
"""

import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import msgspec
import structlog

from edge.database import Connection
from edge.ledger import Ledger
from edge.outbox.service import Outbox
from edge.outbox.session import NODE
from edge.uplink import store
from edge.uplink.line import Line, Message
from edge.uplink.standing import Standing
from sync import signed
from sync.clock import Now
from sync.command import Command, Erase, Known, Revoke, Settings, Support, Update
from sync.document import decode
from sync.errors import Conflict, PrilavokError, Refused, Unavailable
from sync.failpoint import reach
from sync.record import Receipt
from sync.topic import NodeTopic

log = structlog.get_logger()
WAIT_S = 30.0
AGAIN_S = 60.0
LONGEST_AGAIN_S = 3600.0
Counts = Mapping[str, int]
Outcome = Literal["done", "failed", "refused"]


class Deeds(Protocol):
    """What the commands do. Each may be done twice. Unavailable: later; Refused: never here."""

    def settings(self, action: Settings) -> tuple[str, Counts]:
        """Keeps desired settings and applies what can be; gives a code that says what waits."""
        ...

    def erase(self, action: Erase) -> Counts:
        """Forgets sessions: what waits of them, and what is held of them."""
        ...

    def update(self, action: Update) -> Counts:
        """Fetches a model or firmware. Slow."""
        ...

    def support(self, id: str, action: Support) -> Counts:
        """Makes a support bundle and puts it into the outbox. Slow."""
        ...


@dataclass(frozen=True)
class Done:
    """What became of a command."""

    command: Command
    outcome: Outcome
    code: str = ""
    counts: Counts = field(default_factory=dict)


@dataclass
class Orders:
    """A `Follower`. Of the uplink's thread."""

    standing: Standing
    ledger: Ledger
    outbox: Outbox
    deeds: Deeds
    clock: Callable[[], float] = time.monotonic
    taken: int = 0
    refused: int = 0
    _waiting: dict[str, Command] | None = None
    _again_at: dict[str, float] = field(default_factory=dict)
    _tries: dict[str, int] = field(default_factory=dict)
    _slow: threading.Thread | None = None
    _finished: "queue.SimpleQueue[Done | tuple[Command, Unavailable]]" = field(
        default_factory=queue.SimpleQueue
    )

    def topics(self) -> list[str]:
        return [self._topic]

    def take(self, line: Line, message: Message) -> bool:
        """A command, on the disk when this returns. Refused and Corrupt as in `Known.take`."""
        if message.topic != self._topic:
            return False
        try:
            command = self._known().take(message.payload, *self._address, self._hub, self._now).command
        except Conflict:
            self._repeat(decode(signed.peek(message.payload, "command"), Command))
            return True
        except PrilavokError:
            self.refused += 1
            raise
        self.standing.hear(command.issued_ms)
        payload, floor_ms = message.payload, self.standing.clocks.floor_ms
        self.ledger.write(
            lambda connection: store.take_command(
                connection, command.id, command.expires_ms, payload, floor_ms
            )
        ).result(WAIT_S)
        reach("order.taken")
        self.taken += 1
        self._orders[command.id] = command
        return True

    def step(self, line: Line) -> None:
        """Carries out what is due, one at a time."""
        self._gather()
        now = self.clock()
        for command in list(self._orders.values()):
            if self._again_at.get(command.id, 0.0) > now:
                continue
            if not isinstance(command.action, Update | Support):
                self._do(command)
                return
            if self._slow is None:
                self._begin(command)
                return

    @property
    def _orders(self) -> dict[str, Command]:
        """Those that have no receipt yet; read from the disk the first time."""
        if self._waiting is None:
            with self.ledger.reading() as connection:
                kept = store.open_commands(connection)
            read = [decode(signed.peek(payload, "command"), Command) for payload in kept]
            self._waiting = {command.id: command for command in read}
        return self._waiting

    def _do(self, command: Command) -> None:
        try:
            self._close(self._done(command))
        except Unavailable as error:
            self._later(command, error)
        if isinstance(command.action, Revoke):
            self.standing.revoked()
            self.standing.need_account()

    def _done(self, command: Command) -> Done:
        """Carries one out. Unavailable: later."""
        if self._now.past(command.expires_ms):
            return Done(command, "failed", "command.expired")
        try:
            match command.action:
                case Settings():
                    code, counts = self.deeds.settings(command.action)
                    return Done(command, "done", code, counts)
                case Erase():
                    return Done(command, "done", counts=self.deeds.erase(command.action))
                case Update():
                    return Done(command, "done", counts=self.deeds.update(command.action))
                case Support():
                    return Done(command, "done", counts=self.deeds.support(command.id, command.action))
                case Revoke():
                    return Done(command, "done")
        except Refused as error:
            return Done(command, "refused", error.code)
        except Unavailable:
            raise
        except PrilavokError as error:
            return Done(command, "failed", error.code)

    def _begin(self, command: Command) -> None:
        def work() -> None:
            try:
                self._finished.put(self._done(command))
            except Unavailable as error:
                self._finished.put((command, error))

        self._slow = threading.Thread(target=work, name="order", daemon=True)
        self._slow.start()

    def _gather(self) -> None:
        """Takes what the slow thread has ended with."""
        if self._slow is None or self._finished.empty():
            return
        ended, self._slow = self._finished.get(), None
        if isinstance(ended, Done):
            self._close(ended)
        else:
            self._later(*ended)

    def _later(self, command: Command, error: Unavailable) -> None:
        tries = self._tries[command.id] = self._tries.get(command.id, 0) + 1
        self._again_at[command.id] = self.clock() + min(AGAIN_S * 2.0**tries, LONGEST_AGAIN_S)
        log.info("order waits", command=command.id, code=error.code)

    def _close(self, done: Done) -> None:
        """Notes the receipt and puts it into the outbox, both or neither."""
        receipt = Receipt(
            command=done.command.id, outcome=done.outcome, code=done.code, counts=dict(done.counts)
        )

        def note(connection: Connection) -> None:
            store.close_command(connection, done.command.id, msgspec.msgpack.encode(receipt))
            self.outbox.append(connection, receipt, self.outbox.sessions.of(NODE))

        self.ledger.write(note).result(WAIT_S)
        reach("order.done")
        self._orders.pop(done.command.id, None)
        self._tries.pop(done.command.id, None)
        self._again_at.pop(done.command.id, None)
        kind = type(done.command.action).__name__.lower()
        log.info("order", command=done.command.id, kind=kind, outcome=done.outcome, code=done.code)

    def _repeat(self, command: Command) -> None:
        """The receipt once more: the hub has not heard it."""

        def again(connection: Connection) -> None:
            kept = store.receipt_of(connection, command.id)
            if kept is not None:
                receipt = msgspec.msgpack.decode(kept, type=Receipt)
                self.outbox.append(connection, receipt, self.outbox.sessions.of(NODE))

        self.ledger.write(again).result(WAIT_S)

    def _known(self) -> Known:
        with self.ledger.reading() as connection:
            return Known(store.commands(connection))

    @property
    def _address(self) -> tuple[str, str]:
        document = self.standing.identity.document
        return document.tenant, document.node

    @property
    def _hub(self) -> signed.Signatories:
        return self.standing.keys.hub.signatories

    @property
    def _now(self) -> Now:
        return self.standing.clocks.now()

    @property
    def _topic(self) -> str:
        return str(NodeTopic(*self._address, "do"))
