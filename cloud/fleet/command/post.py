"""Carries commands to the broker, and receipts to commands: the keeper's part of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from cloud.account.work import work
from cloud.fleet.command import store
from cloud.postgres import Pool
from sync.topic import NodeTopic

log = structlog.get_logger()
AT_ONCE = 200
FIRST_S = 60
MOST_S = 3600
LONGEST_EXPIRY_S = 2**32 - 1

Publish = Callable[[str, bytes, int], None]
"""Topic, message, and after how many seconds the broker throws it away."""


@dataclass(frozen=True)
class Post:
    """`publish` returns when the broker has the message, and raises Unavailable when it has not."""

    pool: Pool
    publish: Publish

    def turn(self, tenant: str) -> int:
        """Ends what was answered or is over, sends what is due; how many were sent.

        What went out is written down after it: cut off between, it goes out twice, and is carried out once.
        """
        with work(self.pool, tenant, "hub") as begun:
            for line in store.receive(begun.connection, begun.now):
                log.info("command ended", tenant=tenant, node=line.node, kind=line.kind, state=line.state)
            store.expire(begun.connection, begun.now)
            due = store.due(begun.connection, begun.now, AT_ONCE)
        for each in due:
            topic = str(NodeTopic(tenant, each.node, "do"))
            self.publish(topic, each.message, _left_s(each.expires_at, begun.now))
            with work(self.pool, tenant, "hub") as noting:
                store.published(noting.connection, each.id, noting.now, FIRST_S, MOST_S)
        return len(due)


def _left_s(expires_at: datetime, now: datetime) -> int:
    return min(LONGEST_EXPIRY_S, max(1, int((expires_at - now).total_seconds())))
