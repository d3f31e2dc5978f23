"""Who is there: the latest status of each node, as it says itself or as the broker says when it is gone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from cloud import postgres
from cloud.ingest.message import Came
from cloud.ingest.node import boot, store
from cloud.postgres import Connection, Pool
from sync import status
from sync.errors import PrilavokError
from sync.status import Status


@dataclass(frozen=True)
class Presence:
    """Over a pool of the role `prilavok_ingest`."""

    pool: Pool

    def take(self, came: Sequence[Came]) -> None:
        """Keeps the last status of each node in a group, in one transaction. Unavailable: try again."""
        latest = {each.topic: each for each in came}
        with postgres.transaction(self.pool) as connection:
            for tenant in sorted({topic.tenant for topic in latest}):
                postgres.become(connection, tenant)
                _keep(connection, tenant, [each for each in latest.values() if each.topic.tenant == tenant])


def _keep(connection: Connection, tenant: str, came: Sequence[Came]) -> None:
    known = store.nodes(connection, {each.topic.node for each in came})
    refused: Counter[tuple[str, str]] = Counter()
    heard: list[tuple[str, str, int]] = []
    for each in sorted(came, key=lambda one: one.topic.node):
        name = each.topic.node
        node = known.get(name)
        try:
            said = _receive(each, node.sign_key if node else None)
        except PrilavokError as error:
            refused[name, error.code] += 1
            continue
        store.present(
            connection,
            tenant,
            name,
            msgspec.to_builtins(said),
            store.moment(each.at_ms),
            retained=each.retained,
        )
        if said.online and not each.retained:  # a last will may be as old as its connection
            heard.append((name, said.at.boot, each.at_ms))
    at = store.moment(max(each.at_ms for each in came))
    boot.hear(connection, tenant, heard, at)
    store.refuse(connection, tenant, refused, at)


def _receive(came: Came, key: bytes | None) -> Status:
    if key is None:
        raise store.unusable(came.topic.node, "unknown")
    return status.receive(came.payload, came.topic.tenant, came.topic.node, key)
