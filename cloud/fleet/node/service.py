"""Nodes are made, get files to join with, are let in and kept out. What the broker has to do follows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import msgspec

from cloud.account.revision import check_revision
from cloud.account.work import Work
from cloud.fleet.node import store
from cloud.fleet.node.enrolment import State
from cloud.fleet.node.wire import Act, NewFile, NewNode, NodeEdit, NodeLine, NodeMade
from cloud.fleet.place import service as place
from cloud.keyring import Keyring
from cloud.settings import Settings
from sync import provisioning
from sync.errors import Conflict, Missing
from sync.identity import Random
from sync.key import system_random
from sync.provisioning import TOKEN_BYTES, Provisioning

BECOMES: dict[Act, State] = {"accept": "accepted", "reject": "rejected", "revoke": "revoked"}
MAY: dict[Act, tuple[State, ...]] = {
    "accept": ("pending", "rejected", "quarantined"),
    "reject": ("pending", "quarantined"),
    "revoke": ("pending", "accepted", "rejected", "quarantined"),
}


@dataclass(frozen=True)
class Issuer:
    """Makes provisioning files: where nodes reach hub and broker, and whose keys they believe."""

    keyring: Keyring
    hub: str
    broker: str
    certificate: str | None = None
    random: Random = field(default=system_random)

    @classmethod
    def of(cls, settings: Settings, keyring: Keyring) -> "Issuer":
        """As the settings say."""
        hub = settings.public_url or f"http://{settings.host}:{settings.port}"
        return cls(keyring, hub, settings.broker_public_url or settings.broker_url, _text(settings.broker_ca))

    def file(self, work: Work, line: NodeLine, wanted: NewFile) -> str:
        """A new file for a node; older ones are void."""
        token = self.random(TOKEN_BYTES)
        expires = work.now + timedelta(seconds=wanted.ttl_s)
        store.set_file(work.connection, line.node, provisioning.token_digest(token), expires, wanted.accept)
        self.keyring.ensure(work.tenant, work.now_ms)
        document = Provisioning(
            format="prilavok-node/1",
            tenant=work.tenant,
            market=line.market,
            node=line.node,
            token=token,
            hub=self.hub,
            broker=self.broker,
            keys=self.keyring.sets(work.tenant)[-1],
            issued_ms=work.now_ms,
            expires_ms=work.now_ms + wanted.ttl_s * 1000,
            certificate=self.certificate,
        )
        return provisioning.write_file(document).decode()


def _text(path: Path | None) -> str | None:
    return None if path is None else path.read_text(encoding="utf-8")


def add(work: Work, issuer: Issuer, wanted: NewNode) -> tuple[str, NodeMade]:
    """A node to come, and its file. Conflict where the name is taken."""
    place.market(work, wanted.market)
    if not store.add(work.connection, wanted):
        raise Conflict(
            f"There is a node {wanted.node} already.",
            code="node.taken",
            hint=f"Choose another name; for another file: `prilavok node provision {wanted.node}`.",
        )
    text = issuer.file(work, node(work, wanted.node), wanted.file)
    line = node(work, wanted.node)
    work.note("node.add", f"node/{line.node}", after=_plain(line))
    return line.node, NodeMade(line=line, file=text)


def provision(work: Work, issuer: Issuer, name: str, wanted: NewFile) -> tuple[str, NodeMade]:
    """Another file: for a card that broke, or for new keys. A node kept out becomes pending again.

    What is in force stays so until the file is used; then the old keys open nothing.
    """
    before = node(work, name, lock=True)
    if before.state in ("rejected", "revoked"):
        store.set_state(work.connection, name, "pending", "provisioned anew", work.now)
    if wanted.market not in (None, before.market):
        place.market(work, wanted.market)
        store.move(work.connection, name, wanted.market)
    text = issuer.file(work, node(work, name), wanted)
    after = node(work, name)
    work.note("node.provision", f"node/{name}", _plain(before), _plain(after))
    return name, NodeMade(line=after, file=text)


def made_again(issuer: Issuer, wanted: NewFile) -> Callable[[Work, str], NodeMade]:
    """For a repeated request: the node is there, and its file is made anew; the one that was lost is void."""
    return lambda work, name: provision(work, issuer, name, wanted)[1]


def node(work: Work, name: str, *, lock: bool = False) -> NodeLine:
    """One of them. Missing where there is none."""
    line = store.node(work.connection, name, lock=lock)
    if line is None:
        raise Missing(
            f"There is no node {name}.",
            code="node.unknown",
            hint="`prilavok node list` has them; `prilavok node add` makes one.",
        )
    return line


def edit(work: Work, name: str, change: NodeEdit, revision: int | None) -> NodeLine:
    """Title and tags."""
    before = node(work, name, lock=True)
    check_revision(before.revision, revision)
    store.edit(work.connection, name, change)
    after = node(work, name)
    work.note("node.edit", f"node/{name}", _plain(before), _plain(after))
    return after


def act(work: Work, name: str, what: Act, reason: str) -> NodeLine:
    """Lets a node in or keeps it out. Conflict where it does not stand so; doing it twice changes nothing."""
    before = node(work, name, lock=True)
    if before.state == BECOMES[what]:
        return before
    if before.state not in MAY[what]:
        raise Conflict(
            f"{name} is {before.state}.",
            code="node.state",
            hint=f"`prilavok node {what}` is for nodes that are {', '.join(MAY[what])};"
            " a revoked one gets a new file: `prilavok node provision`.",
        )
    if what == "accept" and before.key is None:
        raise Conflict(
            f"{name} has not asked to be let in yet.",
            code="node.absent",
            hint="Use its file on the box first, or make one that is accepted at once: `--accept`.",
        )
    store.set_state(work.connection, name, BECOMES[what], reason, work.now)
    if what != "accept":
        store.void_file(work.connection, name, work.now)
    after = node(work, name)
    work.note(f"node.{what}", f"node/{name}", _plain(before), _plain(after))
    return after


def _plain(line: NodeLine) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(line)
    plain.pop("presence", None)
    return plain
