"""A market's catalogue for operators: one call each, in the transaction and under the name of their work."""

import msgspec

from cloud.account.revision import check_revision
from cloud.account.work import Work
from cloud.catalog import listing, state, taxonomy
from cloud.catalog.draft import service as draft
from cloud.catalog.draft.service import Rules, Source
from cloud.catalog.state import Author, Catalog
from cloud.catalog.version import service as version
from cloud.catalog.version.service import Wish
from cloud.catalog.wire import (
    CatalogLine,
    ImportReport,
    ProblemLine,
    Publish,
    Rollback,
    VersionLine,
)
from sync.interchange.entry import Report


def take(work: Work, market: str, source: Source, rules: Rules) -> ImportReport:
    """Imports a source into the draft. Raises draft.UndoneError where nothing is to be kept."""
    catalog = state.locked(work.connection, market)
    report = draft.take(work.connection, catalog, taxonomy.load(), source, rules, _author(work))
    counts = {"added": report.added, "changed": report.changed, "deleted": report.deleted}
    work.note("catalog.import", f"market/{market}", after={"source": source.name, **counts})
    return told(report)


def told(report: Report) -> ImportReport:
    """A report as it goes over the wire."""
    problems = tuple(
        ProblemLine(number=each.number, reason=each.reason, refused=each.refused, id=each.id)
        for each in report.problems
    )
    counts = {name: getattr(report, name) for name in ImportReport.__struct_fields__ if name != "problems"}
    return ImportReport(**counts, problems=problems)


def set_market(work: Work, market: str, document: bytes, revision: int | None) -> CatalogLine:
    """The market's document in the draft."""
    catalog = _edited(work, market, revision)
    draft.set_market(work.connection, catalog, document)
    work.note("catalog.market", f"market/{market}")
    return listing.line(work.connection, market)


def put(work: Work, market: str, id: str, line: bytes, revision: int | None) -> CatalogLine:
    """One provider in the draft."""
    catalog = _edited(work, market, revision)
    draft.put(work.connection, catalog, id, line, _author(work))
    work.note("catalog.provider", f"market/{market}", after={"id": id})
    return listing.line(work.connection, market)


def delete(work: Work, market: str, id: str, revision: int | None) -> CatalogLine:
    """One provider out of the draft."""
    catalog = _edited(work, market, revision)
    draft.delete(work.connection, catalog, id, _author(work))
    work.note("catalog.provider", f"market/{market}", before={"id": id})
    return listing.line(work.connection, market)


def discard(work: Work, market: str, revision: int | None) -> CatalogLine:
    """The draft is what is published again."""
    catalog = _edited(work, market, revision)
    count = draft.discard(work.connection, catalog)
    work.note("catalog.discard", f"market/{market}", before={"providers": count})
    return listing.line(work.connection, market)


def publish(work: Work, market: str, wanted: Publish) -> tuple[str, VersionLine]:
    """The draft as the next version; its name for `again`."""
    catalog = state.locked(work.connection, market)
    wish = Wish(_author(work), wanted.note, wanted.confirmed)
    made = version.publish(work.connection, catalog, wish)
    return _noted(work, market, "catalog.publish", listing.version_line(made))


def roll_back(work: Work, market: str, wanted: Rollback) -> tuple[str, VersionLine]:
    """An old version's content as the next version; its name for `again`."""
    catalog = state.locked(work.connection, market)
    wish = Wish(_author(work), wanted.note, wanted.confirmed)
    made = version.roll_back(work.connection, catalog, wanted.version, wish)
    return _noted(work, market, "catalog.rollback", listing.version_line(made))


def again(work: Work, subject: str) -> VersionLine:
    """A version that was made, told once more."""
    market, _, number = subject.rpartition("/")
    return listing.version_line(version.find(work.connection, market, int(number)))


def _noted(work: Work, market: str, action: str, line: VersionLine) -> tuple[str, VersionLine]:
    work.note(action, f"market/{market}", after=msgspec.to_builtins(line))
    return f"{market}/{line.version}", line


def _edited(work: Work, market: str, revision: int | None) -> Catalog:
    catalog = state.locked(work.connection, market)
    check_revision(catalog.draft_revision, revision)
    return catalog


def _author(work: Work) -> Author:
    return Author(work.actor, work.now)
