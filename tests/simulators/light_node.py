"""A node's catalogue side without a node: trust, fetch and apply over a real broker, as `sync` says.

What is on its disk outlives a cut and a restart: trust, pieces, the applied state. `wake` is one time of
being connected, which ends when the head is reached, or after a given number of messages as if the line were
cut.
"""

import queue
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from paho.mqtt.client import CallbackAPIVersion, Client, MQTTMessage, MQTTv5

from sync import blob, delta, head, keyset
from sync.blob import Index
from sync.clock import Now
from sync.content import State
from sync.delta import Change, Item, Vector
from sync.errors import PrilavokError, Refused
from sync.head import DeltaRef, Have, Plan, SnapshotRef
from sync.topic import HeadTopic, PieceTopic, parse
from sync.trust import Trust

LOT = 50
WAIT_S = 0.2


@dataclass
class Disk:
    """What survives."""

    trust: bytes | None = None
    have: Have | None = None
    state: State = field(default_factory=State)
    vectors: dict[str, bytes] = field(default_factory=dict)
    pieces: dict[tuple[str, int], bytes] = field(default_factory=dict)


@dataclass
class LightNode:
    """`refusals` are codes of what was not believed."""

    tenant: str
    market: str
    keys: bytes
    disk: Disk = field(default_factory=Disk)
    refusals: list[str] = field(default_factory=list)
    versions: list[int] = field(default_factory=list)
    fetched: int = 0

    def wake(self, url: str, *, cut_after: int | None = None, timeout_s: float = 20.0) -> bool:
        """Whether the head that was last seen is reached."""
        with _Connection(url) as line:
            line.subscribe(str(HeadTopic(self.tenant, self.market)))
            deadline = time.monotonic() + timeout_s
            heads = taken = 0
            while time.monotonic() < deadline and (cut_after is None or taken < cut_after):
                message = line.next(WAIT_S)
                if message is not None:
                    taken += 1
                    heads += self._take(*message)
                if heads and self._advance(line):
                    return True
        return False

    def _take(self, topic: str, payload: bytes) -> bool:
        place = parse(topic)
        if isinstance(place, PieceTopic):
            if (place.digest, place.piece) not in self.disk.pieces and payload:
                self.disk.pieces[place.digest, place.piece] = payload
                self.fetched += len(payload)
            return False
        try:
            self.disk.trust = self._trust().offered(payload, self._now()).kept()
        except Refused as error:
            self.refusals.append(error.code)
        return True

    def _trust(self) -> Trust:
        if self.disk.trust is None:
            return Trust(self.market, keyset.pinned(self.keys, self.tenant))
        return Trust.restored(self.disk.trust, self.market)

    def _now(self) -> Now:
        return Now(int(time.time() * 1000), trusted=True)

    def _advance(self, line: "_Connection") -> bool:
        """Asks for what is missing; applies when nothing is. Whether the head is reached."""
        said = self._trust().head
        if said is None:
            return False
        plan = head.plan(said, self.disk.have)
        wanted = [topic for step in plan.steps for topic in self._missing(step)]
        if wanted:
            for topic in wanted[:LOT]:
                line.subscribe(topic)
            return False
        if plan.steps:
            self._apply(plan)
        return True

    def _missing(self, step: SnapshotRef | DeltaRef) -> list[str]:
        index = self._index(step)
        if index is None:
            return [str(PieceTopic(self.tenant, step.blob.digest, 0))]
        bad = []
        for number in range(1, len(index.pieces) + 1):
            data = self.disk.pieces.get((step.blob.digest, number))
            try:
                blob.check(step.blob, index, number, data or b"")
            except PrilavokError:
                self.disk.pieces.pop((step.blob.digest, number), None)
                bad.append(str(PieceTopic(self.tenant, step.blob.digest, number)))
        return bad

    def _index(self, step: SnapshotRef | DeltaRef) -> Index | None:
        data = self.disk.pieces.get((step.blob.digest, 0))
        try:
            return None if data is None else blob.read_index(step.blob, data)
        except PrilavokError:
            del self.disk.pieces[step.blob.digest, 0]
            return None

    def _apply(self, plan: Plan) -> None:
        """All steps, or nothing."""
        said = self._trust().head
        assert said is not None
        state, vectors = self.disk.state, dict(self.disk.vectors)
        for step in plan.steps:
            change, items = self._read(step)
            head.suits(step, said, change)
            state = delta.applied(State() if change.from_version == 0 else state, items)
            vectors |= {item.id: item.values for item in items if isinstance(item, Vector)}
        self.disk.have = head.arrived(said, state.digest())
        self.disk.state = state
        self.disk.vectors = {id: vector for id, vector in vectors.items() if id in state.lines}
        self.disk.pieces.clear()
        self.versions.append(said.version)

    def _read(self, step: SnapshotRef | DeltaRef) -> tuple[Change, list[Item]]:
        index = self._index(step)
        assert index is not None
        reader = delta.Reader(step.blob.unpacked)
        items: list[Item] = []
        for number in range(1, len(index.pieces) + 1):
            items += reader.feed(self.disk.pieces[step.blob.digest, number])
        return reader.finish(), items


class _Connection:
    """MQTT 5, one clean session; messages wait in a queue."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._messages: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._asked: set[str] = set()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        self._client.on_message = self._arrived
        self._there = False
        try:
            self._client.connect(parts.hostname or "", parts.port or 1883, clean_start=True)
            self._there = True
        except OSError:
            return
        self._client.loop_start()

    def subscribe(self, topic: str) -> None:
        if self._there and topic not in self._asked:
            self._asked.add(topic)
            self._client.subscribe(topic, qos=1)

    def next(self, wait_s: float) -> tuple[str, bytes] | None:
        try:
            return self._messages.get(timeout=wait_s)
        except queue.Empty:
            return None

    def _arrived(self, client: Client, userdata: object, message: MQTTMessage) -> None:
        self._messages.put((message.topic, message.payload))

    def __enter__(self) -> "_Connection":
        return self

    def __exit__(self, *_: object) -> None:
        if self._there:
            self._client.disconnect()
            self._client.loop_stop()
