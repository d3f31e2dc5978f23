"""Erases what is held of one conversation: on the hub at once, on nodes by command.

The session's key is destroyed, so every sealed original, in every table and every later copy, stays shut for
ever; rows that were made of them go; requests go. A second time does what is left: rows that came between,
nodes that failed or were not told. Backups are the operator's to age out.
"""

from dataclasses import dataclass

from cloud.account.work import Work
from cloud.fleet.command.service import Commands
from cloud.privacy import store
from cloud.privacy.wire import ErasureReceipt, NodeLine
from sync.command import Erase
from sync.errors import Conflict, Missing
from sync.seal import code

FINISHED = ("done", "revoked")
UNDER_WAY = ("waiting", "sent")


@dataclass(frozen=True)
class Eraser:
    """`commands` reach nodes."""

    commands: Commands

    def erase(self, work: Work, session: bytes) -> ErasureReceipt:
        """Everything of the session, here now and on nodes when they hear of it."""
        connection = work.connection
        nodes = _concerned(work, session)
        store.begin(connection, session, work.actor, work.now)
        taken = store.delivered(connection, session)
        gone = store.forget(connection, session)
        before = store.erasure(connection, session)
        assert before is not None
        counts = {name: before.counts.get(name, 0) + gone.get(name, 0) for name in {**before.counts, **gone}}
        store.note(connection, session, counts, tuple(dict.fromkeys((*before.delivered, *taken))))
        store.add_nodes(connection, session, nodes)
        self._tell(work, session)
        work.note("privacy.erase", f"session/{code(session)}", after={"rows": gone, "nodes": sorted(nodes)})
        return receipt(work, session)

    def _tell(self, work: Work, session: bytes) -> None:
        """A command to every node that is not done with it and has none under way."""
        for line in store.nodes(work.connection, session, store.told(work.connection, session)):
            if line.state in (*FINISHED, *UNDER_WAY):
                continue
            try:
                issued = self.commands.issue(
                    work, line.node, Erase(sessions=(session,)), cause=f"erasure {code(session)}"
                )
            except Conflict:  # too many open: it stays queued, and is told the next time this is asked for
                continue
            store.set_command(work.connection, session, line.node, issued.id)


def preview(work: Work, session: bytes) -> ErasureReceipt:
    """What an erasure would destroy, and whom it would tell."""
    lines = store.nodes(work.connection, session, _concerned(work, session))
    return ErasureReceipt(
        session=code(session),
        asked_by=work.actor,
        asked_at=None,
        last_at=None,
        times=0,
        counts=store.held(work.connection, session),
        delivered=store.delivered(work.connection, session),
        nodes=lines,
        complete=_complete(lines),
    )


def receipt(work: Work, session: bytes) -> ErasureReceipt:
    """What was done so far, with what nodes have said since. Missing where it was never asked for."""
    done = store.erasure(work.connection, session)
    if done is None:
        raise Missing(
            f"Nobody asked to erase {code(session)}.",
            code="erasure.unknown",
            hint="`prilavok erase --session CODE` does; `prilavok erasures` has those that were.",
        )
    lines = store.nodes(work.connection, session, store.told(work.connection, session))
    return ErasureReceipt(
        session=code(session),
        asked_by=done.asked_by,
        asked_at=done.asked_at,
        last_at=done.last_at,
        times=done.times,
        counts=done.counts,
        delivered=done.delivered,
        nodes=lines,
        complete=_complete(lines),
    )


def _concerned(work: Work, session: bytes) -> set[str]:
    """Nodes that may hold it: those it came from; where nothing came yet, every one that is in service."""
    known = store.holders(work.connection, session) | store.told(work.connection, session)
    return known or store.everybody(work.connection)


def _complete(lines: tuple[NodeLine, ...]) -> bool:
    return all(line.state in FINISHED for line in lines)
