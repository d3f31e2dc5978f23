"""Publishing a draft as the next version, and going back: a new version with an old one's content.

One call works in one transaction of the caller's, on a catalogue that it has locked. It only decides and
writes rows; blobs and heads are made from them afterwards (`cloud.catalog.build`), by another process.
"""

from dataclasses import dataclass

from cloud.catalog.state import Author, Catalog
from cloud.catalog.version import store
from cloud.catalog.version.store import Counts, Made, Version
from cloud.postgres import Connection
from sync.content import content_digest
from sync.errors import Conflict, Missing, Refused

SHRINK = 0.3
"""Taking out more than this part of all providers has to be confirmed: a download may have broken off."""
CHANNEL = "prilavok_catalog"


@dataclass(frozen=True)
class Wish:
    """How something is to be published. `confirmed`: also when many providers go."""

    author: Author
    note: str = ""
    confirmed: bool = False


def publish(connection: Connection, catalog: Catalog, wish: Wish) -> Version:
    """The draft as the next version. Conflict where it changes nothing, Refused where too many would go."""
    counts = store.drafted(connection, catalog.market)
    document = catalog.draft_document or catalog.document
    if not counts.any and document == catalog.document:
        raise Conflict(
            "The draft changes nothing.",
            code="catalog.unchanged",
            hint="Import or edit something first; `prilavok catalog history` shows what is published.",
        )
    _check_shrinking(connection, catalog, counts, wish)
    following = catalog.version + 1
    store.publish_draft(connection, catalog.market, following)
    content = _content(connection, catalog, document)
    made = Made(following, "publish", None, content, document, counts)
    return _added(connection, catalog, made, wish)


def roll_back(connection: Connection, catalog: Catalog, source: int, wish: Wish) -> Version:
    """An old version's content as the next version; the draft stays, as far as it still changes something.

    Missing without such a version, Conflict where it is what is published, Refused as in `publish`.
    """
    old = find(connection, catalog.market, source)
    counts = store.differing(connection, catalog.market, source)
    document = old.document.encode()
    if old.content == catalog.content:
        raise Conflict(
            f"Version {source} is what is published.", code="catalog.unchanged", hint="Choose another."
        )
    _check_shrinking(connection, catalog, counts, wish)
    following = catalog.version + 1
    store.return_to(connection, catalog.market, source, following)
    store.settle_draft(connection, catalog.market)
    content = _content(connection, catalog, document)
    made = Made(following, "rollback", source, content, document, counts)
    return _added(connection, catalog, made, wish)


def restore(connection: Connection, catalog: Catalog, seen: int, author: Author) -> Version:
    """The content that is published, as a version above one that nodes have seen and this database lost."""
    following = max(seen, catalog.version) + 1
    content = catalog.content or _content(connection, catalog, catalog.document)
    note = f"nodes have seen version {seen}, which this database does not know"
    made = Made(following, "restore", None, content, catalog.document, Counts(0, 0, 0))
    return _added(connection, catalog, made, Wish(author, note))


def find(connection: Connection, market: str, version: int) -> Version:
    """A version. Missing where there is none."""
    found = store.one(connection, market, version)
    if found is None:
        raise Missing(
            f"There is no version {version}.",
            code="catalog.version",
            hint="`prilavok catalog history` has them.",
        )
    return found


def _check_shrinking(connection: Connection, catalog: Catalog, counts: Counts, wish: Wish) -> None:
    there = store.providers(connection, catalog.market)
    if counts.deleted > SHRINK * there and not wish.confirmed:
        raise Refused(
            f"That would take out {counts.deleted} of {there} providers.",
            code="catalog.shrinks",
            hint="Look at `prilavok catalog diff`; if it is meant, publish with --yes.",
        )


def _content(connection: Connection, catalog: Catalog, document: bytes) -> str:
    return content_digest(document, store.digests(connection, catalog.market))


def _added(connection: Connection, catalog: Catalog, made: Made, wish: Wish) -> Version:
    """The version; whoever makes its blobs hears of it when the transaction commits."""
    store.add(connection, catalog, made, wish.note, wish.author)
    connection.execute(f"SELECT pg_notify('{CHANNEL}', prilavok_tenant())")
    return find(connection, catalog.market, made.version)
