"""A fleet whose nodes are rows: what ingest and projector would write, and a mailbox in place of a broker."""

from dataclasses import dataclass, field

import psycopg

from cloud.fleet.command.post import Post
from sync import keyset
from sync.clock import Now
from sync.command import Command, Known
from sync.errors import Unavailable
from tests.simulators.hub_database import Database
from tests.simulators.hub_office import Office
from tests.simulators.joining_box import Box

EPOCH = "e" * 16


@dataclass
class Mailbox:
    """What was published, in place of a broker; `away`: it takes nothing."""

    sent: list[tuple[str, bytes, int]] = field(default_factory=list)
    away: bool = False

    def publish(self, topic: str, message: bytes, expiry_s: int) -> None:
        if self.away:
            raise Unavailable("The broker is away.", code="broker.unavailable")
        self.sent.append((topic, message, expiry_s))

    def taken(self, office: Office, node: str = "kiosk-1") -> list[Command]:
        """A node's commands, as it takes them: each one once."""
        hub = keyset.pinned(office.parts.keyring.sets("demo")[-1], "demo").hub.signatories
        known, found = Known(), []
        for topic, message, _ in self.sent:
            if topic == f"p/1/demo/n/{node}/do":
                taken = known.take(message, "demo", node, hub, Now(0, False))
                known, found = taken.known, [*found, taken.command]
        return found


@dataclass
class Fleet:
    """A hub with nodes that are in and online; its keeper's post, and the database as whoever may do all."""

    office: Office
    database: Database
    mailbox: Mailbox
    post: Post
    receipts: int = 0

    @classmethod
    def of(cls, office: Office, database: Database, *nodes: str) -> "Fleet":
        """With these nodes."""
        mailbox = Mailbox()
        fleet = cls(office, database, mailbox, Post(office.parts.pool, mailbox.publish))
        for node in nodes:
            fleet.join(node)
        return fleet

    def join(self, node: str, *tags: str) -> None:
        """A node that is in and online."""
        wanted = {"node": node, "market": "riga", "tags": tags}
        box = Box.with_file(self.office.post("/tenants/demo/nodes", wanted).json()["file"])
        accepted = (
            "UPDATE node SET state = 'accepted', sign_key = %s, broker_account = account WHERE node = %s"
        )
        self.run(accepted, box.keys.signer.public, node)
        said = "INSERT INTO node_presence VALUES ('demo', %s, true, now() - interval '1 hour', '{}')"
        self.run(said, node)

    def run(self, statement: str, *values: object) -> None:
        """As the owner of everything: what ingest and projector would write."""
        with psycopg.connect(self.database.admin, autocommit=True) as connection:
            connection.execute(statement.encode(), values)

    def receipt(self, command: str, outcome: str, code: str = "", node: str = "kiosk-1") -> None:
        """As the projector writes it."""
        self.receipts += 1
        self.run(
            "INSERT INTO receipt VALUES ('demo', %s, %s, %s, 'riga', 's', now(), 'clock', 'b', 1, now(),"
            " %s, %s, %s, '{\"records\": 3}')",
            node,
            EPOCH,
            self.receipts,
            command,
            outcome,
            code,
        )

    def report(self, node: str, state: str) -> None:
        """A node's word on its health, as the projector writes it."""
        self.receipts += 1
        self.run(
            "INSERT INTO health_report VALUES"
            " ('demo', %s, %s, %s, 'riga', 's', now(), 'clock', 'b', 1, now(), %s, '{}', '{}', '{}', '{}')",
            node,
            EPOCH,
            self.receipts,
            state,
        )

    def part(self, command: str, part: int, of: int, data: bytes, node: str = "kiosk-1") -> None:
        """A part of a support bundle, as the projector writes it."""
        self.run(
            "INSERT INTO support_part VALUES ('demo', %s, %s, %s, 'riga', 's', now(), 'clock', 'b', 1,"
            " now(), %s, %s, %s, %s)",
            node,
            EPOCH,
            part,
            command,
            part,
            of,
            data,
        )

    def line(self, id: str, node: str = "kiosk-1") -> dict[str, object]:
        """A command, as the interface tells it."""
        found: dict[str, object] = self.office.get(f"/tenants/demo/nodes/{node}/commands/{id}").json()
        return found
