"""A node's settings are set, whole and by version, and sent to it; also to a node that fell behind."""

from dataclasses import dataclass

from cloud.account.revision import check_revision
from cloud.account.work import Work
from cloud.fleet.command import store as commands
from cloud.fleet.command.service import Commands
from cloud.fleet.command.wire import CommandLine
from cloud.fleet.desired import store
from cloud.fleet.desired.wire import SettingsLine
from cloud.fleet.node import service as nodes
from sync import desired
from sync.command import Settings
from sync.record import Scalar

MOST_BEHIND = 100


@dataclass(frozen=True)
class Desk:
    """Sets settings, and issues the commands that carry them."""

    commands: Commands

    def put(
        self, work: Work, node: str, values: dict[str, Scalar], version: int | None, cause: str = ""
    ) -> SettingsLine:
        """These from now on, sent to the node. Refused `settings.invalid`; Conflict `edit.stale`."""
        before = self.change(work, node, values, version, cause)
        after = store.settings(work.connection, node)
        if after.version != before.version:
            self.send(work, node, cause)
        return after

    def change(
        self, work: Work, node: str, values: dict[str, Scalar], version: int | None, cause: str = ""
    ) -> SettingsLine:
        """As `put`, and does not send them; what they were."""
        nodes.node(work, node, lock=True)
        before = store.settings(work.connection, node)
        check_revision(before.version, version)
        wanted = desired.checked(values)
        if wanted == before.values and before.version:
            return before
        store.put(work.connection, node, before.version + 1, wanted, work.now, cause or work.actor)
        after = store.settings(work.connection, node)
        work.note(
            "settings.put",
            f"node/{node}",
            {"version": before.version, "values": before.values},
            {"version": after.version, "values": after.values},
        )
        return before

    def send(self, work: Work, node: str, cause: str = "") -> CommandLine:
        """The settings in force, as a command; those before it are not sent any more."""
        line = store.settings(work.connection, node)
        commands.supersede(work.connection, node, "settings", work.now)
        return self.commands.issue(
            work, node, Settings(version=line.version, values=line.values), cause=cause
        )

    def remind(self, work: Work) -> int:
        """Sends them anew to nodes that say they are behind: put back from a copy, say. How many."""
        late = store.behind(work.connection, MOST_BEHIND)
        for node in late:
            self.send(work, node, "hub: the node is behind")
        return len(late)


def read(work: Work, node: str) -> SettingsLine:
    """What a node is to have. Missing where there is no such node."""
    nodes.node(work, node)
    return store.settings(work.connection, node)
