"""A box that joins a hub: its keys, its file, what it asks, and its connection to the broker."""

import queue
from dataclasses import dataclass, field

import httpx
from litestar import Litestar
from litestar.testing import TestClient

from cloud.mqtt import Broker, Delivery, Line
from sync import keyset, provisioning
from sync.clock import Now
from sync.key import NodeKeys, new_secret
from sync.provisioning import Account, Admission, Provisioning

WAIT_S = 10.0


@dataclass
class Box:
    """`secret` is what a copied card has too."""

    document: Provisioning
    secret: bytes = field(default_factory=new_secret)

    @classmethod
    def with_file(cls, text: str) -> "Box":
        """A new box that reads a provisioning file."""
        return cls(provisioning.read_file(text.encode(), Now(0, False))[0])

    @property
    def keys(self) -> NodeKeys:
        return NodeKeys.of(self.secret)

    def ask(self, client: TestClient[Litestar]) -> httpx.Response:
        """Asks to be let in."""
        return client.post("/node/enrol", content=provisioning.enrol(self.document, self.keys))

    def admitted(self, client: TestClient[Litestar]) -> tuple[Admission, Account | None]:
        """What it is told, checked as a node does."""
        answer = self.ask(client)
        assert answer.status_code == 200, answer.text
        trusted = keyset.pinned(self.document.keys, self.document.tenant)
        admission = provisioning.admitted(answer.content, self.document, trusted, self.keys)
        return admission, provisioning.account(admission, self.keys.unsealer)


@dataclass
class Connection:
    """A node's line to the broker, with what it hears."""

    line: Line
    heard: "queue.Queue[Delivery]"

    @classmethod
    def open(cls, url: str, account: Account, *filters: str, name: str = "box") -> "Connection":
        heard: queue.Queue[Delivery] = queue.Queue()
        broker = Broker(url, account.username, account.password)
        return cls(Line(broker, name, subscribe=filters, take=heard.put), heard)

    def close(self) -> None:
        self.line.close()
