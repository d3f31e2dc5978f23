"""Rows of support bundles: the commands that asked, and the parts that came by the projector."""

from collections.abc import Iterator

from cloud.fleet.support.wire import BundleLine
from cloud.postgres import Connection

LINE = (
    "SELECT c.id, c.node, c.state, c.issued_at, c.cause, count(DISTINCT p.part), coalesce(max(p.parts), 0),"
    " coalesce(sum(length(p.data)), 0), c.code FROM command c LEFT JOIN support_part p"
    " ON p.tenant = c.tenant AND p.command = c.id AND p.node = c.node WHERE c.kind = 'support'"
)
GROUP = "GROUP BY c.tenant, c.id ORDER BY c.issued_at DESC, c.id DESC LIMIT 100"


def bundles(connection: Connection, node: str) -> list[BundleLine]:
    """A node's latest hundred."""
    found = connection.execute(f"{LINE} AND c.node = %s {GROUP}".encode(), (node,))
    return [BundleLine(**dict(zip(BundleLine.__struct_fields__, row, strict=True))) for row in found]


def parts(connection: Connection, node: str, id: str) -> Iterator[bytes]:
    """Their bytes, in order."""
    found = connection.execute(
        "SELECT DISTINCT ON (part) data FROM support_part WHERE command = %s AND node = %s"
        " ORDER BY part, seq",
        (id, node),
    )
    return (bytes(row[0]) for row in found)
