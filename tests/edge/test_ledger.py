"""The one writing thread: together, each for itself, told only when it is on the disk."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.database import Connection
from edge.ledger import WAITING, Ledger
from sync.errors import Conflict, Unavailable

TABLE = "CREATE TABLE IF NOT EXISTS t(x INTEGER)"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "node.db", (TABLE,))
    yield opened
    opened.close()


def _add(number: int) -> object:
    def add(connection: Connection) -> int:
        connection.execute("INSERT INTO t VALUES (?)", (number,))
        return number

    return add


def _numbers(ledger: Ledger) -> list[int]:
    with ledger.reading() as connection:
        return [row[0] for row in connection.execute("SELECT x FROM t ORDER BY rowid")]


def _held(ledger: Ledger) -> threading.Event:
    """Keeps the thread busy until the event is set, so that what follows waits together."""
    begun, release = threading.Event(), threading.Event()

    def hold(connection: Connection) -> None:
        begun.set()
        release.wait(20)

    ledger.write(hold)
    begun.wait(20)
    return release


def test_result_comes_when_it_is_stored_and_in_order(ledger: Ledger) -> None:
    futures = [ledger.write(_add(number)) for number in range(300)]  # type: ignore[arg-type]
    assert [future.result(20) for future in futures] == list(range(300))
    assert _numbers(ledger) == list(range(300))


def test_job_that_fails_takes_no_other_with_it(ledger: Ledger) -> None:
    release = _held(ledger)

    def fail(connection: Connection) -> None:
        connection.execute("INSERT INTO t VALUES (-1)")
        raise Conflict("no", code="test.no")

    before, bad, after = ledger.write(_add(1)), ledger.write(fail), ledger.write(_add(2))  # type: ignore[arg-type]
    release.set()
    assert (before.result(20), after.result(20)) == (1, 2)
    with pytest.raises(Conflict):
        bad.result(20)
    assert _numbers(ledger) == [1, 2]


def test_bad_statement_is_told_as_an_error_of_ours(ledger: Ledger) -> None:
    future = ledger.write(lambda connection: connection.execute("INSERT INTO nowhere VALUES (1)"))
    with pytest.raises(Exception, match="nowhere") as raised:
        future.result(20)
    assert raised.value.code == "database.error"  # type: ignore[attr-defined]


def test_full_disk_fails_the_round_and_not_the_ledger(ledger: Ledger) -> None:
    ledger.write(_add(1)).result(20)  # type: ignore[arg-type]

    def fill(connection: Connection) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 1}")
        connection.execute("INSERT INTO t VALUES (zeroblob(100000))")

    with pytest.raises(Unavailable) as raised:
        ledger.write(fill).result(20)
    assert raised.value.code == "disk.full"
    ledger.write(lambda connection: connection.execute("PRAGMA max_page_count = 100000").fetchone()).result(
        20
    )
    ledger.write(_add(2)).result(20)  # type: ignore[arg-type]
    assert _numbers(ledger) == [1, 2]


def test_more_than_can_wait_is_refused_at_once(ledger: Ledger) -> None:
    release = _held(ledger)
    futures = [ledger.write(_add(number)) for number in range(WAITING)]  # type: ignore[arg-type]
    with pytest.raises(Unavailable) as raised:
        ledger.write(_add(0))  # type: ignore[arg-type]
    assert raised.value.code == "ledger.busy"
    release.set()
    assert futures[-1].result(20) == WAITING - 1


def test_what_waits_is_written_before_it_closes(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "node.db", (TABLE,))
    release = _held(ledger)
    futures = [ledger.write(_add(number)) for number in range(200)]  # type: ignore[arg-type]
    release.set()
    ledger.close()
    assert [future.result(0) for future in futures] == list(range(200))
    with pytest.raises(Unavailable):
        ledger.write(_add(0))  # type: ignore[arg-type]


def test_work_is_done_though_who_waited_for_it_has_left(ledger: Ledger) -> None:
    async def leave() -> None:
        waiting = asyncio.wrap_future(ledger.write(_add(1)))  # type: ignore[arg-type]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(waiting, 0.01)

    release = _held(ledger)
    asyncio.run(leave())
    release.set()
    assert ledger.write(_add(2)).result(20) == 2  # type: ignore[arg-type]
    assert _numbers(ledger) == [1, 2]
