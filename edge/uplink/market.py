"""Follows the market's head: believes it, fetches what it names piece by piece, has it applied.

    head     believed, and that kept, before anything is fetched
    fetch    a few pieces under way at once; what does not come is asked for again later
    apply    in a process of its own; a way that fails is replaced by the snapshot

A refusal changes nothing: the node answers on from what it has, and `trouble` says why.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from edge.uplink.applier import Applier
from edge.uplink.apply import Order
from edge.uplink.blob import Blob, clear, need_room
from edge.uplink.line import Line, Message
from edge.uplink.pace import Pace
from edge.uplink.standing import Standing
from sync.errors import Conflict, Corrupt, PrilavokError, Refused, Unavailable
from sync.failpoint import reach
from sync.head import Have, Head, Plan, plan
from sync.topic import HeadTopic, PieceTopic

log = structlog.get_logger()
ASKED_AT_ONCE = 4
PATIENCE_S = 45.0
REST_S = 20.0
LONG_REST_S = 3600.0
LOOK_S = 5.0


@dataclass(frozen=True)
class Place:
    """Where things are, and what the node embeds with.

    `ready`: the catalogue is open; `have` reads the state applied, None for none. `model` gives the embedding
    model's name and dimension.
    """

    data_dir: Path
    blobs: Path
    ready: Callable[[], bool]
    have: Callable[[], Have | None]
    model: Callable[[], tuple[str, int] | None] = lambda: None
    spare_bytes: int = 0


@dataclass
class Fetch:
    """One blob under way, and which of its pieces were asked for when."""

    blob: Blob
    asked: dict[int, float] = field(default_factory=dict)
    resting: dict[int, float] = field(default_factory=dict)


@dataclass
class Market:
    """A `Follower`. Of the uplink's thread."""

    standing: Standing
    place: Place
    applier: Applier
    pace: Callable[[], Pace]
    clock: Callable[[], float] = time.monotonic
    refusal: PrilavokError | None = None
    failure: PrilavokError | None = None
    applied: int = 0
    refused: int = 0
    fetched_bytes: int = 0
    _blobs: list[Blob] = field(default_factory=list)
    _fetch: Fetch | None = None
    _rest_until: float = 0.0
    _snapshot_only: bool = False

    def topics(self) -> list[str]:
        """The head; pieces that were asked for over an earlier connection are asked for again."""
        if self._fetch is not None:
            self._fetch.asked.clear()
        return [str(self._head_topic)]

    def take(self, line: Line, message: Message) -> bool:
        """A head, or a piece. Refused and Corrupt as in `Trust.offered`; a false piece is thrown away."""
        if message.topic == str(self._head_topic):
            self._hear(message.payload)
            return True
        fetch = self._fetch
        if fetch is None:
            return False
        for piece in list(fetch.asked):
            if message.topic == str(self._piece_topic(fetch, piece)):
                self._keep(line, fetch, piece, message.payload)
                return True
        return False

    def step(self, line: Line) -> None:
        """Whatever comes next."""
        try:
            if self.applier.busy:
                self._look_at_child()
            elif self.place.ready() and self.clock() >= self._rest_until:
                self._advance(line)
        except PrilavokError as error:
            self._rest(error)

    def close(self) -> None:
        """Breaks off what is being applied; nothing of it has happened then."""
        self.applier.stop()

    @property
    def trouble(self) -> PrilavokError | None:
        """Why the last head was not believed, else why its catalogue is not here yet."""
        return self.refusal or self.failure

    @property
    def stale(self) -> bool:
        """Whether nothing new was heard for longer than the hub meant its last head to hold."""
        return self.standing.trust.stale(self.standing.clocks.now())

    def _hear(self, payload: bytes) -> None:
        standing, now = self.standing, self.standing.clocks.now()
        before = standing.trust
        try:
            trust = before.offered(payload, now)
        except PrilavokError as error:
            self.refused += 1
            self.refusal = error
            keys_only = before.followed(payload, now)  # a key that was taken away stays away
            if keys_only != before:
                standing.believe(keys_only)
            raise
        if trust != before:
            standing.believe(trust)
            if trust.head is not None:
                standing.hear(trust.head.issued_ms)
                log.info("head", version=trust.head.version, serial=trust.head.serial)
            self._rest_until, self._snapshot_only = 0.0, False
        self.refusal = None

    def _advance(self, line: Line) -> None:
        head = self.standing.trust.head
        if head is None:
            return
        have = self.place.have()
        way = self._way(head, have)
        if not way.steps:
            self.failure, self._rest_until = None, self.clock() + LOOK_S
            return
        for blob in self._blobs_of(way):
            if not blob.complete:
                self._ask(line, self._fetching(line, blob))
                return
        self._apply(head, have)

    def _way(self, head: Head, have: Have | None) -> Plan:
        """What to do; nothing but the snapshot once another way has failed."""
        if self._snapshot_only and have is not None and have.content != head.content:
            return plan(head, None)
        return plan(head, have)

    def _blobs_of(self, way: Plan) -> list[Blob]:
        """The blobs of the way; what lies there of others is removed when the way is a new one."""
        refs = [step.blob for step in way.steps]
        if [blob.ref for blob in self._blobs] != refs:
            clear(self.place.blobs, refs)
            self._blobs = [Blob(self.place.blobs, ref) for ref in refs]
        return self._blobs

    def _fetching(self, line: Line, blob: Blob) -> Fetch:
        if self._fetch is not None and self._fetch.blob is blob:
            return self._fetch
        if self._fetch is not None:
            line.unsubscribe(str(self._piece_topic(self._fetch, piece)) for piece in self._fetch.asked)
        need_room(self.place.blobs, blob.ref, self.place.spare_bytes)
        self._fetch = Fetch(blob)
        return self._fetch

    def _ask(self, line: Line, fetch: Fetch) -> None:
        """Asks for a few pieces more; what was asked for in vain gives way to others."""
        now = self.clock()
        late = [piece for piece, asked_at in fetch.asked.items() if now - asked_at > PATIENCE_S]
        for piece in late:
            del fetch.asked[piece]
            fetch.resting[piece] = now + REST_S
        line.unsubscribe(str(self._piece_topic(fetch, piece)) for piece in late)
        if late:
            self.failure = _withheld(late[0], fetch)
        wanted = []
        for piece in fetch.blob.missing():
            if len(fetch.asked) >= ASKED_AT_ONCE or not self.pace().may_fetch:
                break
            if piece not in fetch.asked and fetch.resting.get(piece, 0.0) <= now:
                fetch.asked[piece] = now
                wanted.append(str(self._piece_topic(fetch, piece)))
        line.subscribe(wanted)

    def _keep(self, line: Line, fetch: Fetch, piece: int, data: bytes) -> None:
        del fetch.asked[piece]
        line.unsubscribe([str(self._piece_topic(fetch, piece))])
        self.pace().fetched(len(data))
        self.fetched_bytes += len(data)
        try:
            fetch.blob.put(piece, data)
        except PrilavokError as error:
            self.failure = error
            fetch.resting[piece] = self.clock() + REST_S
            raise

    def _apply(self, head: Head, have: Have | None) -> None:
        reach("catalog.fetched")
        model = self.place.model()
        reach("catalog.before_apply")
        self.applier.start(
            Order(
                data_dir=str(self.place.data_dir),
                blobs=str(self.place.blobs),
                head=head,
                have=have,
                whole=self._snapshot_only,
                model=model[0] if model else None,
                dimension=model[1] if model else 0,
            )
        )

    def _look_at_child(self) -> None:
        outcome = self.applier.outcome()
        if outcome is None:
            return
        reach("catalog.applied")
        assert outcome.have is not None
        log.info(
            "catalogue applied",
            version=outcome.have.version,
            upserts=outcome.upserts,
            deletes=outcome.deletes,
            seconds=outcome.seconds,
            peak_kib=outcome.peak_kib,
        )
        self.applied += 1
        self.failure, self._fetch, self._snapshot_only = None, None, False
        self._blobs = []
        clear(self.place.blobs)

    def _rest(self, error: PrilavokError) -> None:
        """After a failure: wait, and take another way where this one will not do."""
        if self.failure is None or self.failure.code != error.code:
            log.warning("catalogue", code=error.code, reason=error.message, hint=error.hint)
        self.failure, self._fetch, self._blobs = error, None, []
        pause_s = LOOK_S if isinstance(error, Conflict) else REST_S
        if isinstance(error, Corrupt | Refused):
            # A way that leads elsewhere leads there every time: the snapshot next, then only another head.
            pause_s = LONG_REST_S if self._snapshot_only else 0.0
            self._snapshot_only = True
        self._rest_until = self.clock() + pause_s

    @property
    def _head_topic(self) -> HeadTopic:
        document = self.standing.identity.document
        return HeadTopic(document.tenant, document.market)

    def _piece_topic(self, fetch: Fetch, piece: int) -> PieceTopic:
        return PieceTopic(self.standing.identity.document.tenant, fetch.blob.ref.digest, piece)


def _withheld(piece: int, fetch: Fetch) -> Unavailable:
    return Unavailable(
        f"Piece {piece} of {fetch.blob.ref.digest[:12]}… does not come.",
        code="blob.withheld",
        hint="The broker has lost it: the hub publishes it again (`prilavok catalog publish`).",
    )
