"""Rollouts are begun, held, put back; and taken a step further by the keeper, one transaction a step."""

from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
import structlog

from cloud.account.revision import check_revision
from cloud.account.work import Work
from cloud.fleet.command import service as command
from cloud.fleet.desired import store as settings
from cloud.fleet.desired.service import Desk
from cloud.fleet.node.store import poke
from cloud.fleet.place import service as place
from cloud.fleet.rollout import store
from cloud.fleet.rollout.decision import Progress, Seen, Sent, State, decide, order, outcome
from cloud.fleet.rollout.store import Member
from cloud.fleet.rollout.wire import NewRollout, RolloutLine, SettingsChange, Turn, UpdateChange
from sync import desired
from sync.errors import Conflict, Missing
from sync.identity import new_id
from sync.key import system_random
from sync.record import Scalar

log = structlog.get_logger()
AT_ONCE = 200
"""So many nodes are sent something in one transaction; the others in the next."""
TURNS: dict[Turn, tuple[State, tuple[State, ...]]] = {
    "pause": ("paused", ("running",)),
    "resume": ("running", ("paused",)),
    "cancel": ("cancelled", ("running", "paused", "stopped")),
}


@dataclass(frozen=True)
class Rollouts:
    """Sends through the desk of settings."""

    desk: Desk

    def begin(self, work: Work, wanted: NewRollout) -> tuple[str, RolloutLine]:
        """A new one, running from the commit on. Refused `settings.invalid` where a node would refuse it."""
        place.tenant(work)
        if wanted.market is not None:
            place.market(work, wanted.market)
        if isinstance(wanted.change, SettingsChange):
            desired.checked(wanted.change.values)
        id = new_id(system_random)
        store.add(work.connection, id, wanted, work.now, work.actor)
        work.note("rollout.begin", f"rollout/{id}", after=msgspec.to_builtins(wanted))
        poke(work.connection)
        return id, rollout(work, id)

    def turn(self, work: Work, id: str, what: Turn, revision: int | None) -> RolloutLine:
        """Holds it, lets it go on, ends it, or puts settings back. Conflict where that cannot be."""
        before = rollout(work, id, lock=True)
        check_revision(before.revision, revision)
        if what == "revert":
            self._revert(work, before)
        else:
            state, may = TURNS[what]
            if before.state not in may:
                raise _cannot(before, what)
            store.progress(
                work.connection, id, Progress(state, before.stage, f"{what}: {work.actor}"), work.now
            )
        after = rollout(work, id)
        work.note(f"rollout.{what}", f"rollout/{id}", {"state": before.state}, {"state": after.state})
        poke(work.connection)
        return after

    def _revert(self, work: Work, line: RolloutLine) -> None:
        if not isinstance(line.change, SettingsChange):
            raise _cannot(line, "revert")
        back = 0
        for node, before in store.befores(work.connection, line.id):
            now = dict(settings.settings(work.connection, node).values)
            mine = {name: value for name, value in line.change.values.items() if now.get(name) == value}
            if mine:
                values = now | {name: before.get(name) for name in mine}
                self.desk.put(work, node, values, None, _cause(line))
                back += 1
        reason = f"{back} nodes put back: {work.actor}"
        store.progress(work.connection, line.id, Progress("cancelled", line.stage, reason), work.now)

    def step(self, work: Work) -> int:
        """Every running rollout of the tenant, as far as it can go now; how many nodes were sent it."""
        return sum(self._step(work, id) for id in store.running(work.connection))

    def _step(self, work: Work, id: str) -> int:
        line = rollout(work, id, lock=True)
        members = store.members(work.connection, id)
        now = work.now.timestamp()
        sent = [_judged(work, line, member, now) for member in members]
        nodes = order(id, store.targets(work.connection, id))
        progress = Progress(line.state, line.stage, line.reason)
        decided = decide(line.plan.plan, progress, nodes, sent, now)
        for node in decided.send[:AT_ONCE]:
            try:
                self._send(work, line, node)
            except Conflict as error:  # it has more to do than it can remember: tried again at the next turn
                log.warning("rollout passes a node over", rollout=id, node=node, reason=error.message)
        if decided.progress != progress:
            store.progress(work.connection, id, decided.progress, work.now)
        if decided.send or decided.progress.stage != line.stage:
            poke(work.connection)
        if decided.progress.state != line.state:
            after = {"state": decided.progress.state, "reason": decided.progress.reason}
            work.note(f"rollout.{decided.progress.state}", f"rollout/{id}", {"state": line.state}, after)
            log.warning("rollout", tenant=work.tenant, rollout=id, **after)
        return len(decided.send)

    def _send(self, work: Work, line: RolloutLine, node: str) -> None:
        health = store.health(work.connection, node)
        before: dict[str, Scalar] = {}
        if isinstance(line.change, UpdateChange):
            wanted = line.change.update
            action = command.update(wanted)
            sent = self.desk.commands.issue(work, node, action, wanted.ttl_s, _cause(line))
        else:
            before = dict(settings.settings(work.connection, node).values)
            self.desk.change(work, node, before | line.change.values, None, _cause(line))
            sent = self.desk.send(work, node, _cause(line))
        store.reach(work.connection, line.id, node, sent.id, before, health, work.now)


def rollout(work: Work, id: str, *, lock: bool = False) -> RolloutLine:
    """One of them. Missing where there is none."""
    line = store.rollout(work.connection, id, lock=lock)
    if line is None:
        raise Missing(
            f"There is no rollout {id}.", code="rollout.unknown", hint="`prilavok rollout list` has them."
        )
    return line


def _judged(work: Work, line: RolloutLine, member: Member, now: float) -> Sent:
    answered = None
    if member.answered is not None and member.answered_at is not None:
        answered = (member.answered, member.answered_at.timestamp())
    seen = Seen(
        member.sent_at.timestamp(),
        answered,
        None if member.failing_since is None else member.failing_since.timestamp(),
        None if member.dark_since is None else member.dark_since.timestamp(),
    )
    said, since = outcome(line.plan.plan, seen, now)
    if said != member.outcome:
        store.note(work.connection, line.id, member.node, said, datetime.fromtimestamp(since, UTC))
    return Sent(member.node, said, since)


def _cause(line: RolloutLine) -> str:
    return f"rollout/{line.id}"


def _cannot(line: RolloutLine, what: Turn) -> Conflict:
    return Conflict(
        f"Rollout {line.id} is {line.state}.",
        code="rollout.state",
        hint=f"It cannot {what} now; settings alone can be put back.",
    )
