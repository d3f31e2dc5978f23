"""A hub in memory: lets nodes in over HTTP, and at a real broker stores, acknowledges, publishes, commands.

Everything is done by the functions of `sync/`. What it stored can be opened; it can be told to be silent, to
lose what it had, and to forget acknowledging.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from sync import ack, batch, clock, command, keyset, provisioning, status
from sync.clock import Now
from sync.command import Action, Command
from sync.content import State
from sync.identity import new_id
from sync.key import Signer, Unsealer, system_random
from sync.keyset import KeySet, Role
from sync.provisioning import TOKEN_BYTES, Account, Enrolment, Provisioning
from sync.record import Payload
from sync.seal import DataKey, header_of, open_key, open_record
from sync.span import Span, of
from sync.status import Status
from sync.topic import HeadTopic, NodeTopic, PieceTopic, parse
from tests.sync.cast import DAY_MS, MARKET, NODE, TENANT, Publisher

WAIT_S = 30.0
LOOK_S = 0.05


@dataclass
class Stored:
    """What has arrived of one node. `twins` are second contents under one number."""

    frames: dict[tuple[str, int], bytes] = field(default_factory=dict)
    twins: list[bytes] = field(default_factory=list)
    gone: dict[str, list[Span]] = field(default_factory=dict)
    lows: list[int] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    batches: int = 0
    repeats: int = 0


@dataclass
class HubSimulator:
    """`tick_ms` is its clock. `deaf`: takes nothing; `mute`: stores, but acknowledges nothing."""

    wall_ms: Callable[[], int]
    state: str = "accepted"
    deaf: bool = False
    mute: bool = False
    lead: bytes | None = None
    certificate: str | None = None
    root: Signer = field(default_factory=Signer.born)
    catalog: Signer = field(default_factory=Signer.born)
    signer: Signer = field(default_factory=Signer.born)
    log: Unsealer = field(default_factory=Unsealer.born)
    stored: Stored = field(default_factory=Stored)
    enrolled: dict[str, Enrolment] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    account: Account = field(default_factory=lambda: Account(username="node", password="word"))
    url: str = ""
    changed: threading.Condition = field(default_factory=threading.Condition)
    client: paho.Client | None = None

    def __post_init__(self) -> None:
        self.keys = KeySet(
            tenant=TENANT,
            version=1,
            issued_ms=self.wall_ms(),
            expires_ms=self.wall_ms() + 1000 * DAY_MS,
            root=Role(keys=(self.root.public,)),
            catalog=Role(keys=(self.catalog.public,)),
            hub=Role(keys=(self.signer.public,)),
            log_key=self.log.public,
            lead_key=self.lead,
        )
        self.signed_keys = keyset.write(self.keys, self.root)
        self.publisher = Publisher(signers=(self.catalog,), keys=(self.signed_keys,))

    def provision(self, broker: str, *, node: str = NODE, lives_ms: int = DAY_MS) -> bytes:
        """A provisioning file for one node."""
        token = system_random(TOKEN_BYTES)
        self.tokens.add(provisioning.token_digest(token))
        return provisioning.write_file(
            Provisioning(
                format="prilavok-node/1",
                tenant=TENANT,
                market=MARKET,
                node=node,
                token=token,
                hub=self.url,
                broker=broker,
                keys=self.signed_keys,
                issued_ms=self.wall_ms(),
                expires_ms=self.wall_ms() + lives_ms,
                certificate=self.certificate,
            )
        )

    def enrol(self, message: bytes) -> tuple[int, bytes]:
        """The answer to `POST /node/enrol`: status and body."""
        request = provisioning.enrolling(message)
        if provisioning.token_digest(request.token) not in self.tokens:
            problem = {"detail": "No such token.", "code": "enrolment.token", "hint": "Make a new file."}
            return 403, msgspec.json.encode(problem)
        known = self.enrolled.setdefault(request.node, request)
        if known.sign_key != request.sign_key:
            return 200, provisioning.admit(known, "rejected", self.wall_ms(), self.signer)
        given = self.account if self.state == "accepted" else None
        return 200, provisioning.admit(request, self.state, self.wall_ms(), self.signer, given)  # type: ignore[arg-type]

    def tell(self, nonce: bytes) -> bytes:
        """The answer to `POST /node/time`."""
        return clock.tell(nonce, self.wall_ms(), self.signer)

    @contextmanager
    def at(self, port: int, account: Account | None = None) -> Iterator["HubSimulator"]:
        """Connected to a broker of loopback while the block runs."""
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id="hub", protocol=paho.MQTTv5)
        client.on_connect = lambda *_: client.subscribe([("p/1/+/n/+/up", 1), ("p/1/+/n/+/status", 1)])
        client.on_message = lambda _client, _data, message: self._take(message.topic, message.payload)
        client.reconnect_delay_set(1, 1)
        if account is not None:
            client.username_pw_set(account.username, account.password)
        client.connect("127.0.0.1", port)
        client.loop_start()
        self.client = client
        try:
            yield self
        finally:
            client.disconnect()
            client.loop_stop()
            self.client = None

    def publish(self, state: State, *, snapshot: bool = True, told: bool = True) -> bytes:
        """The head's message for a new state of the catalogue; `told`: at the broker too."""
        message = self.publisher.publish(state, snapshot=snapshot, clock_ms=self.wall_ms())
        if told:
            self.publish_head(message)
        return message

    def publish_head(self, message: bytes) -> None:
        """Puts a head's message and every blob of the publisher's on their topics."""
        for name, blob in self.publisher.blobs.items():
            for number, piece in enumerate(blob.pieces):
                self.put(str(PieceTopic(TENANT, name, number)), piece)
        self.put(str(HeadTopic(TENANT, MARKET)), message)

    def put(self, topic: str, payload: bytes, *, retain: bool = True) -> None:
        """Publishes and waits for the broker's word."""
        assert self.client is not None
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(WAIT_S)

    def order(
        self, action: Action, *, node: str = NODE, id: str | None = None, lives_ms: int = DAY_MS
    ) -> str:
        """Commands a node; gives the command's id."""
        now = self.wall_ms()
        said = Command(
            tenant=TENANT,
            node=node,
            id=id or new_id(system_random),
            issued_ms=now,
            expires_ms=now + lives_ms,
            action=action,
        )
        self.put(str(NodeTopic(TENANT, node, "do")), command.write(said, self.signer), retain=False)
        return said.id

    def records(self, node: str = NODE) -> list[Payload]:
        """Everything that arrived, opened, in the order of its numbers."""
        if node not in self.enrolled:
            return []
        public = self.enrolled[node].sign_key
        keys: dict[bytes, DataKey] = {}
        with self.changed:
            frames = dict(sorted(self.stored.frames.items()))
        for frame in frames.values():
            if header_of(frame).kind == "key":
                key = open_key(frame, self.log, public)
                keys[key.id] = key
        opened = [frame for frame in frames.values() if header_of(frame).kind == "record"]
        return [open_record(frame, keys[header_of(frame).data_key]).what for frame in opened]

    def wait_for(self, true: Callable[[], bool], what: str = "it", limit_s: float = WAIT_S) -> None:
        """Returns when it is true; looks again whenever something arrives, and now and then."""
        deadline = time.monotonic() + limit_s
        with self.changed:
            while not true():
                left = deadline - time.monotonic()
                assert left > 0, f"{what} did not come: {self.stored.batches} batches"
                self.changed.wait(min(left, LOOK_S))

    def lose_everything(self) -> None:
        """As if put back from an empty backup."""
        with self.changed:
            self.stored.frames.clear()
            self.stored.gone.clear()

    def acknowledge(self, epoch: str, fresh: list[int], node: str = NODE, probe: str = "") -> None:
        """Says what is stored of an epoch."""
        seqs = [seq for name, seq in self.stored.frames if name == epoch]
        settled = (*of(seqs), *self.stored.gone.get(epoch, []))
        said = ack.acknowledge(TENANT, node, epoch, settled, fresh, probe)
        assert self.client is not None
        self.client.publish(str(NodeTopic(TENANT, node, "ack")), ack.write(said, self.signer), qos=1)

    def _take(self, topic: str, payload: bytes) -> None:
        place = parse(topic)
        assert isinstance(place, NodeTopic)
        if self.deaf or not payload or place.node not in self.enrolled:
            return
        public = self.enrolled[place.node].sign_key
        with self.changed:
            if place.channel == "status":
                self.stored.statuses.append(status.receive(payload, TENANT, place.node, public))
            else:
                self._store(payload, place.node, public)
            self.changed.notify_all()

    def _store(self, payload: bytes, node: str, public: bytes) -> None:
        received = batch.receive(payload, TENANT, node, public)
        epoch, stored = received.batch.epoch, self.stored
        stored.batches += 1
        stored.lows.append(received.batch.low)
        stored.gone.setdefault(epoch, []).extend(received.batch.gone)
        for item in received.items:
            known = stored.frames.setdefault((epoch, item.seq), item.frame)
            stored.repeats += known is not item.frame
            if known != item.frame:
                stored.twins.append(item.frame)
        if not self.mute:
            fresh = [item.seq for item in received.items]
            self.acknowledge(epoch, fresh, node, received.batch.probe or "")


class _Door(BaseHTTPRequestHandler):
    """The two calls of a node. `portal` answers everything with a page instead."""

    hub: HubSimulator
    portal: bool = False

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.portal:
            code, said = 200, b"<html>Please accept our terms</html>"
        elif self.path == "/node/time":
            code, said = 200, self.hub.tell(body)
        else:
            code, said = self.hub.enrol(body)
        self.send_response(code)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def door(hub: HubSimulator, context: object = None, *, portal: bool = False) -> Iterator[str]:
    """The hub's HTTP on a free port of loopback; over TLS with a server's context."""
    handler = type("Door", (_Door,), {"hub": hub, "portal": portal})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    scheme = "http"
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)  # type: ignore[attr-defined]
        scheme = "https"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    hub.url = hub.url or f"{scheme}://127.0.0.1:{server.server_port}"
    try:
        yield f"{scheme}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def now(wall_ms: int) -> Now:
    """A trusted clock."""
    return Now(wall_ms, trusted=True)
