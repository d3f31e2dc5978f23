"""Puts entries into the catalogue in one transaction: all of them, or nothing after a crash or a refusal.

Upsert by id; a document whose digest is the stored one is left alone, so importing the same lines again
changes nothing and does not move the version.
"""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass

from edge.catalog import row
from edge.catalog.index import Index
from edge.database import Connection
from sync.interchange.entry import Deletion, Entries, Passed, Problem, Progress, Rejected, Report, Upsert


@dataclass(frozen=True)
class Rules:
    """How to treat what is found: `strict` refuses all for one bad line, `replace` deletes what is absent."""

    strict: bool = False
    replace: bool = False
    dry_run: bool = False


class UndoneError(Exception):
    """Leaves the write transaction so that it is rolled back; never seen outside the catalogue."""


def digest(document: bytes) -> bytes:
    return hashlib.blake2b(document, digest_size=16).digest()


class Application:
    """One import under way in one open write transaction."""

    def __init__(self, connection: Connection, indexes: Sequence[Index], rules: Rules) -> None:
        self._connection = connection
        self._indexes = () if rules.dry_run else indexes
        self._rules = rules
        self.report = Report()
        self._nameless = 0
        connection.execute(
            "CREATE TEMP TABLE IF NOT EXISTS seen(id TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID"
        )
        connection.execute("DELETE FROM temp.seen")

    def take(self, entries: Entries, progress: Progress | None) -> None:
        """Applies every entry, then deletes what is absent where the rules say so."""
        for taken, entry in enumerate(entries, 1):
            match entry:
                case Upsert():
                    self._upsert(entry)
                case Deletion():
                    self._delete(entry.id)
                case Rejected():
                    self._reject(entry)
                case Passed():
                    self.report.passed_over += 1
            if progress is not None:
                progress(taken)
        if self._rules.replace and self._nameless:
            reason = "nothing was deleted: which providers the unreadable lines are is not known"
            self.report.note(Problem(self._nameless, reason, refused=False))
        elif self._rules.replace:
            self._delete_absent()

    def leave_indexes(self) -> None:
        """Indexes are made anew at the end: what comes from here on need not go into them."""
        self._indexes = ()

    def _upsert(self, entry: Upsert) -> None:
        self._warn(entry)
        fresh = digest(entry.document)
        found = self._connection.execute(
            "SELECT rowid, digest FROM provider WHERE id=?", (entry.provider.id,)
        ).fetchone()
        if found is None:
            rowid = row.insert(self._connection, entry.provider, fresh, entry.document)
            self.report.added += 1
        elif bytes(found[1]) == fresh:
            self.report.unchanged += 1
            return
        else:
            rowid = found[0]
            self._drop(rowid)
            row.update(self._connection, rowid, entry.provider, fresh, entry.document)
            self.report.changed += 1
        for index in self._indexes:
            index.put(self._connection, rowid, entry.provider)

    def _warn(self, entry: Upsert) -> None:
        id = entry.provider.id
        for reason in entry.notes:
            self.report.note(Problem(entry.number, reason, refused=False, id=id))
        earlier = self._connection.execute("SELECT line FROM temp.seen WHERE id=?", (id,)).fetchone()
        if earlier is not None:
            reason = f"id: also given by number {earlier[0]}; the later one counts"
            self.report.note(Problem(entry.number, reason, refused=False, id=id))
        self._see(id, entry.number)

    def _reject(self, entry: Rejected) -> None:
        self.report.note(Problem(entry.number, "; ".join(entry.reasons), refused=True, id=entry.id))
        if entry.id is None:
            self._nameless = self._nameless or entry.number
        else:
            self._see(entry.id, entry.number)  # a line that cannot be used is not an absent one

    def _see(self, id: str, number: int) -> None:
        self._connection.execute("INSERT OR REPLACE INTO temp.seen VALUES (?,?)", (id, number))

    def _delete(self, id: str) -> None:
        found = self._connection.execute("SELECT rowid FROM provider WHERE id=?", (id,)).fetchone()
        if found is not None:
            self._drop(found[0])
            row.delete(self._connection, found[0])
            self.report.deleted += 1

    def _delete_absent(self) -> None:
        absent = self._connection.execute(
            "SELECT id FROM provider WHERE id NOT IN (SELECT id FROM temp.seen)"
        )
        for (id,) in absent.fetchall():
            self._delete(id)

    def _drop(self, rowid: int) -> None:
        for index in self._indexes:
            index.drop(self._connection, rowid)


def timed(report: Report, started: float) -> Report:
    report.seconds = round(time.perf_counter() - started, 3)
    return report
