"""What a draft, or one version against another, changes: provider by provider, field by field."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from cloud.postgres import Connection

Kind = Literal["added", "changed", "deleted"]

_decode = msgspec.json.Decoder().decode

DRAFT = """
SELECT d.id, c.line, d.line FROM catalog_draft d
LEFT JOIN catalog_line c ON c.market = d.market AND c.id = d.id AND c.until_version IS NULL
WHERE d.market = %(market)s AND d.id > %(after)s ORDER BY d.id LIMIT %(limit)s
"""
VERSIONS = """
WITH old AS (SELECT id, digest, line FROM catalog_line WHERE market = %(market)s AND id > %(after)s
    AND first_version <= %(old)s AND (until_version IS NULL OR until_version > %(old)s)),
new AS (SELECT id, digest, line FROM catalog_line WHERE market = %(market)s AND id > %(after)s
    AND first_version <= %(new)s AND (until_version IS NULL OR until_version > %(new)s))
SELECT id, old.line, new.line FROM old FULL JOIN new USING (id)
WHERE old.digest IS DISTINCT FROM new.digest ORDER BY id LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Difference:
    """One provider. `fields` are the names of those that a change concerns."""

    id: str
    kind: Kind
    name: str
    fields: tuple[str, ...] = ()


def of_draft(connection: Connection, market: str, after: str, limit: int) -> list[Difference]:
    """What publishing the draft would change, by id; after an id to go on."""
    given = {"market": market, "after": after, "limit": limit}
    return [_difference(*row) for row in connection.execute(DRAFT, given)]


def of_versions(
    connection: Connection, market: str, old: int, new: int, after: str, limit: int
) -> list[Difference]:
    """What turned one version into another, by id; after an id to go on."""
    given = {"market": market, "old": old, "new": new, "after": after, "limit": limit}
    return [_difference(*row) for row in connection.execute(VERSIONS, given)]


def changed_fields(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """Names of fields that differ, in the order of names; "attributes.wifi" for one of the attributes."""
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            yield from (f"{name}.{inner}" for inner in changed_fields(old, new))
        else:
            yield name


def _difference(id: str, before: str | None, after: str | None) -> Difference:
    old, new = _document(before), _document(after)
    name = str((new or old).get("name", ""))
    if before is None or after is None:
        return Difference(id, "added" if before is None else "deleted", name)
    return Difference(id, "changed", name, tuple(changed_fields(old, new)))


def _document(line: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {} if line is None else _decode(line)
    return found
