"""Hears which boots of a node speak, and puts a node that two boxes speak as into quarantine (sync/twin)."""

from collections.abc import Iterable
from datetime import datetime

from cloud.ingest.node import store
from cloud.ingest.node.store import Event
from cloud.postgres import Connection
from sync.twin import Boots

REASON = "Two boxes speak as this node."


def hear(connection: Connection, tenant: str, heard: Iterable[tuple[str, str, int]], at: datetime) -> None:
    """Nodes, boots and times, in the order in which they came.

    After a quarantine the hearing begins anew, so that an operator's word holds until it happens again.
    """
    said = list(heard)
    if not said:
        return
    before = store.boots(connection, {node for node, _, _ in said})
    after = dict(before)
    for node, boot, at_ms in said:
        after[node] = after.get(node, Boots()).hear(boot, at_ms)
        if after[node].cloned:
            store.tell(connection, tenant, [Event(node, "cloned", {"boot": boot})], at)
            store.suspend(connection, node, REASON, at)
            after[node] = Boots().hear(boot, at_ms)
    store.save_boots(
        connection, tenant, {node: new for node, new in after.items() if before.get(node) != new}
    )
