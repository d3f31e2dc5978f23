"""Commands are issued: signed, kept, and from then on sent by the keeper until a receipt comes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from cloud.account.work import Work
from cloud.fleet.command import store
from cloud.fleet.command.wire import CommandLine, NewUpdate
from cloud.fleet.node import service as nodes
from cloud.fleet.node.store import poke
from cloud.keyring import Keyring
from sync import command
from sync.command import LONGEST_MS, MOST_KNOWN, Action, Command, Revoke, Update
from sync.errors import Conflict, Missing
from sync.identity import new_id
from sync.key import system_random

MOST_OPEN = MOST_KNOWN // 4
"""A node remembers so many commands at most; a hub does not fill that with what it has not answered."""
YEAR_S = LONGEST_MS // 1000


@dataclass(frozen=True)
class Commands:
    """Signs with the tenant's hub key."""

    keyring: Keyring

    def issue(
        self, work: Work, node: str, action: Action, ttl_s: int = YEAR_S, cause: str = ""
    ) -> CommandLine:
        """A command to one node, sent from the commit on. Missing where there is no such node.

        Conflict `command.many`: the node has too many that it has not answered.
        """
        nodes.node(work, node)
        if store.count_open(work.connection, node) >= MOST_OPEN:
            raise Conflict(
                f"{node} has {MOST_OPEN} commands that it has not answered.",
                code="command.many",
                hint="Wait until it is online, or revoke it.",
            )
        said = Command(
            tenant=work.tenant,
            node=node,
            id=new_id(system_random),
            issued_ms=work.now_ms,
            expires_ms=work.now_ms + min(ttl_s * 1000, LONGEST_MS),
            action=action,
        )
        line = _line(said, work.now, ttl_s, cause or work.actor)
        message = command.write(said, self.keyring.signer(work.tenant, "hub"))
        store.add(work.connection, line, message)
        work.note(f"command.{line.kind}", f"node/{node}", after={"command": line.id, **line.action})
        poke(work.connection)
        return line

    def revoke(self, work: Work, node: str, reason: str) -> None:
        """What was asked of a node before is void; it is told to stop, before its account goes."""
        store.supersede(work.connection, node, None, work.now)
        self.issue(work, node, Revoke(reason=reason))

    def update(self, work: Work, node: str, wanted: NewUpdate) -> CommandLine:
        """To take a model or firmware."""
        return self.issue(work, node, update(wanted), wanted.ttl_s)


def update(wanted: NewUpdate) -> Update:
    """The action."""
    return Update(
        what=wanted.what,
        name=wanted.name,
        version=wanted.version,
        digest=wanted.digest,
        size=wanted.size,
        urls=wanted.urls,
    )


def read(work: Work, node: str, id: str) -> CommandLine:
    """One of a node's. Missing where there is none."""
    line = store.command(work.connection, id)
    if line is None or line.node != node:
        raise Missing(
            f"{node} was sent no command {id}.",
            code="command.unknown",
            hint=f"`prilavok node commands {node}` has them.",
        )
    return line


def _line(said: Command, now: datetime, ttl_s: int, cause: str) -> CommandLine:
    plain = msgspec.to_builtins(said.action, builtin_types=(), str_keys=True)
    return CommandLine(
        id=said.id,
        node=said.node,
        kind=plain.pop("type"),
        action=plain,
        cause=cause,
        state="waiting",
        issued_at=now,
        expires_at=now + timedelta(seconds=min(ttl_s, YEAR_S)),
        tries=0,
        sent_at=None,
        ended_at=None,
        code="",
        counts={},
    )
