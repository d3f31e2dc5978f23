"""The node's line to its hub, in a thread of its own: let in, connected, sending and listening, for months.

One connection after the other, each tried after a pause that grows. Whatever goes wrong is kept as the
trouble that `/health` and the status tell, and nothing of it reaches a visitor. What is heard and done on a
connection is the followers' business.
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from edge.outbox.recall import Recall
from edge.outbox.service import Outbox
from edge.uplink import tls
from edge.uplink.backoff import Backoff
from edge.uplink.hub import Hub, told_time
from edge.uplink.line import Line, Message
from edge.uplink.mqtt import WELCOME_S, Door, dial
from edge.uplink.pace import Pace
from edge.uplink.presence import Presence
from edge.uplink.probe import Probe
from edge.uplink.sender import Sender
from edge.uplink.standing import Standing
from sync.document import MESSAGE_LIMIT_BYTES
from sync.errors import Conflict, PrilavokError, Refused, Unavailable
from sync.failpoint import reach
from sync.topic import NodeTopic

log = structlog.get_logger()
ROUND_S = 0.2
STUCK_S = 45.0
MOST_UNSENT = 8
ASK_AGAIN_S = 60.0
TURNED_AWAY_S = 3600.0
DOUBT_S = 600.0
WAIT_S = 30.0
END_S = 15.0


class Follower(Protocol):
    """Something that listens on a connection. Called in the uplink's thread."""

    def topics(self) -> Sequence[str]:
        """What to subscribe to when a connection begins."""
        ...

    def take(self, line: Line, message: Message) -> bool:
        """Whether the message was meant for it; then it is dealt with when this returns."""
        ...

    def step(self, line: Line) -> None:
        """Does what is due; called several times a second, and quick."""
        ...


Dial = Callable[[Door, Callable[[], bool]], Line]


@dataclass
class Uplink:
    """`pace` is asked what may be sent now. `dial` makes a connection.

    A broker that has not welcomed the node after `welcome_s`, or confirmed a message after `stuck_s`, is
    left. A hub that has answered nothing for `doubt_s` is asked whether it knows this node.
    """

    standing: Standing
    outbox: Outbox
    presence: Presence
    pace: Callable[[], Pace]
    followers: Sequence[Follower] = ()
    dial: Dial = dial
    backoff: Backoff = field(default_factory=Backoff)
    welcome_s: float = WELCOME_S
    stuck_s: float = STUCK_S
    doubt_s: float = DOUBT_S
    trouble: PrilavokError | None = None
    connected_since: float | None = None
    heard_at: float | None = None
    _unanswered_since: float | None = None
    _end: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        document = self.standing.identity.document
        self.sender = Sender(self.outbox, document.tenant, document.node)
        self.recall = Recall(self.outbox)
        self.probe = Probe(self.recall)
        self._up = str(NodeTopic(document.tenant, document.node, "up"))
        self._ack = str(NodeTopic(document.tenant, document.node, "ack"))

    def start(self) -> None:
        """Begins to dial."""
        self._thread = threading.Thread(target=self._run, name="uplink", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Says goodbye to the broker and ends the thread."""
        self._end.set()
        if self._thread is not None:
            self._thread.join(END_S)

    @property
    def connected(self) -> bool:
        """Whether the broker has this node now."""
        return self.connected_since is not None

    def _run(self) -> None:
        while not self._end.is_set():
            pause_s = self._try_once()
            self.connected_since = None
            if self.standing.identity.state == "revoked":
                log.warning("turned away for good", hint="To sync again, the node has to join anew.")
                return
            self._end.wait(pause_s)

    def _try_once(self) -> float:
        """One connection from its beginning to its end; gives how long to wait before the next."""
        try:
            self._connect()
        except PrilavokError as error:
            return self._failed(error)
        except Exception as error:
            log.error("uplink broke", exc_info=True)
            return self._failed(
                Unavailable(f"{type(error).__name__}.", code="uplink.broke", hint="See the node's log.")
            )
        return 0.0

    def _failed(self, error: PrilavokError) -> float:
        """Notes a trouble; gives how long to wait before the next try."""
        if (self.trouble is None or self.trouble.code != error.code) and not self._end.is_set():
            log.warning("uplink down", code=error.code, reason=error.message, hint=error.hint)
        self.trouble = error
        if isinstance(error, Refused) and error.code != "broker.refused":
            return TURNED_AWAY_S
        pause_s = self.backoff.failed()
        return min(pause_s, ASK_AGAIN_S) if error.code == "enrolment.pending" else pause_s

    def _connect(self) -> None:
        """One connection, from being let in to its end."""
        if self.standing.identity.state == "revoked":
            self.standing.need_account()
        self._learn_time()
        if self.standing.identity.account is None:
            self.standing.ask(self._hub().admission)
        door = self._door()
        try:
            line = self.dial(door, self._end.is_set)
        except Refused:
            self.standing.ask(self._hub().admission)
            raise
        except Unavailable as error:
            if error.code == tls.CLOCK:
                self._ask_time()
            raise
        try:
            self._begin(line)
            while not self._end.is_set():
                self._round(line)
            with_words = self.presence.farewell()
            line.publish(self.presence.topic, with_words, retain=True)
        finally:
            self.sender.disconnected()
            line.close()

    def _begin(self, line: Line) -> None:
        log.info("uplink up", broker=self.standing.identity.document.broker)
        self.connected_since, self.trouble, self._unanswered_since = time.monotonic(), None, None
        self.presence.connected()
        self.probe.connected()
        line.subscribe([self._ack, *(topic for each in self.followers for topic in each.topics())])

    def _round(self, line: Line) -> None:
        for message in line.wait(ROUND_S):
            self._take(line, message)
            line.taken(message)
        self._doubt()
        unsent = line.unsent()
        if unsent.count and unsent.oldest_s > self.stuck_s:
            raise Unavailable(
                "The broker confirms nothing that it is sent.",
                code="broker.stuck",
                hint="It is full or stuck; the node connects again and sends what was not acknowledged.",
            )
        if unsent.count < MOST_UNSENT:
            self._send(line)
        for follower in self.followers:
            follower.step(line)

    def _send(self, line: Line) -> None:
        if (said := self.presence.due()) is not None:
            line.publish(self.presence.topic, said, retain=True)
        pace = self.pace()
        if not pace.may_send:
            return
        message = self.sender.next(urgent=pace.urgent_only, limit_bytes=MESSAGE_LIMIT_BYTES)
        if message is None:
            message = self.probe.next(self.sender.ahead)
        if message is not None:
            line.publish(self._up, message)
            pace.sent(len(message))
            if self._unanswered_since is None:
                self._unanswered_since = time.monotonic()

    def _take(self, line: Line, message: Message) -> None:
        """Deals with one message; a bad one changes nothing. Followers keep their own troubles."""
        try:
            if message.topic == self._ack:
                self._acknowledged(message.payload)
            else:
                any(follower.take(line, message) for follower in self.followers)
        except Unavailable:
            raise
        except PrilavokError as error:
            log.warning("message refused", topic=message.topic, code=error.code, reason=error.message)
            if message.topic == self._ack:
                self.trouble = error

    def _acknowledged(self, payload: bytes) -> None:
        try:
            said = self.sender.acknowledged(payload, self.standing.keys.hub.signatories)
        except Conflict as error:
            log.warning("outbox is an old copy", code=error.code, reason=error.message)
            self.outbox.begin_epoch().result(WAIT_S)
            return
        self.heard_at, self.trouble, self._unanswered_since = time.monotonic(), None, None
        self.backoff.succeeded()
        if said is None:
            return
        self.outbox.settle(said).result(WAIT_S)
        reach("uplink.acknowledged")
        if self.probe.heard(said, idle=self.sender.idle):
            self.probe.found(said.epoch, self.recall.answered(said).result(WAIT_S))
            reach("uplink.recalled")

    def _door(self) -> Door:
        standing = self.standing
        document, account = standing.identity.document, standing.need_account()
        secure = document.broker.startswith("mqtts:")
        return Door(
            url=document.broker,
            client=f"{document.tenant}.{document.node}",
            account=account,
            will=self.presence.will(),
            context=tls.context(document.certificate, told_time(standing.clocks)) if secure else None,
            welcome_s=self.welcome_s,
        )

    def _doubt(self) -> None:
        """A hub that is silent for long may know this node no more; no answer is no answer."""
        since = self._unanswered_since
        if since is None or time.monotonic() < since + self.doubt_s:
            return
        self._unanswered_since = time.monotonic()
        with suppress(Unavailable):
            self.standing.ask(self._hub().admission)

    def _hub(self) -> Hub:
        return Hub(self.standing.identity, lambda: self.standing.keys, self.standing.clocks)

    def _learn_time(self) -> None:
        """Asks the hub where this box does not know the time; goes on without an answer."""
        if self.standing.clocks.now().trusted:
            return
        try:
            self._ask_time()
        except PrilavokError as error:
            log.info("the time is not known", code=error.code)

    def _ask_time(self) -> None:
        anchor = self._hub().time()
        if self.standing.clocks.hear(anchor):
            log.warning("the wall clock is wrong", code="clock.wrong", hint="The hub's time is used.")
        self.standing.hear(anchor.at_ms)
