"""Support bundles are asked for, listed and fetched whole."""

from dataclasses import dataclass

from cloud.account.work import Work
from cloud.fleet.command.service import Commands
from cloud.fleet.node import service as nodes
from cloud.fleet.support import store
from cloud.fleet.support.wire import BundleLine, NewBundle
from sync.command import Support
from sync.errors import Conflict, Missing

WEEK_S = 7 * 86_400


@dataclass(frozen=True)
class Bundles:
    """Asks by command."""

    commands: Commands

    def ask(self, work: Work, node: str, wanted: NewBundle) -> tuple[str, BundleLine]:
        """Asks a node for one; it comes when the node is online."""
        since_ms = max(0, work.now_ms - wanted.since_s * 1000)
        said = Support(limit_bytes=wanted.limit_bytes, since_ms=since_ms)
        id = self.commands.issue(work, node, said, WEEK_S).id
        return id, bundle(work, node, id)


def bundles(work: Work, node: str) -> list[BundleLine]:
    """A node's, newest first."""
    nodes.node(work, node)
    return store.bundles(work.connection, node)


def bundle(work: Work, node: str, id: str) -> BundleLine:
    """One of them. Missing where it was not asked for."""
    for line in bundles(work, node):
        if line.id == id:
            return line
    raise Missing(
        f"No bundle {id} was asked of {node}.",
        code="support.unknown",
        hint=f"`prilavok node support {node}` asks for one.",
    )


def fetch(work: Work, node: str, id: str) -> bytes:
    """The bundle, a gzipped tar. Conflict `support.incomplete` until every part has come."""
    line = bundle(work, node, id)
    if not line.complete:
        raise Conflict(
            f"{line.have} of {line.parts or '?'} parts have come.",
            code="support.incomplete",
            hint="Wait until the node is online; if parts were dropped there for space, ask again.",
        )
    work.note("support.fetch", f"node/{node}", after={"command": id, "bytes": line.bytes})
    return b"".join(store.parts(work.connection, node, id))
