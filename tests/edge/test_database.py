"""One SQLite file: snapshots, one writer, translated errors, a lock that dies with its holder."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from edge.database import Database, driver, held, move_aside
from sync.errors import Conflict, Corrupt, Missing, Unavailable

ROOT = Path(__file__).parents[2]


def _made(path: Path) -> Database:
    database = Database(path)
    with database.writing() as connection:
        connection.execute("CREATE TABLE t(x)")
        connection.execute("INSERT INTO t VALUES (1)")
    return database


def test_driver_loads_vectors_and_trigrams() -> None:
    connection = driver().connect(":memory:")
    assert connection.execute("SELECT vec_length('[1,2,3]')").fetchone() == (3,)
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(x, tokenize='trigram')")
    connection.close()


def test_failed_write_leaves_nothing(tmp_path: Path) -> None:
    database = _made(tmp_path / "a.db")
    with pytest.raises(RuntimeError):
        _insert_and_fail(database)
    with database.reading() as connection:
        assert connection.execute("SELECT x FROM t").fetchall() == [(1,)]
    database.close()


def test_reader_sees_one_moment_while_another_writes(tmp_path: Path) -> None:
    database = _made(tmp_path / "a.db")
    with database.reading() as connection:
        before = connection.execute("SELECT count(*) FROM t").fetchone()
        writer = threading.Thread(target=_insert, args=(database,))
        writer.start()
        writer.join()
        with database.reading() as again:
            assert again.execute("SELECT count(*) FROM t").fetchone() == before
    with database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (2,)
    database.close()


def _insert_and_fail(database: Database) -> None:
    with database.writing() as connection:
        connection.execute("INSERT INTO t VALUES (2)")
        raise RuntimeError


def _fill(database: Database) -> None:
    with database.writing() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        connection.execute("INSERT INTO t VALUES (zeroblob(1000000))")


def _insert(database: Database) -> None:
    with database.writing() as connection:
        connection.execute("INSERT INTO t VALUES (2)")


def test_reader_cannot_write(tmp_path: Path) -> None:
    database = _made(tmp_path / "a.db")
    with pytest.raises(Unavailable), database.reading() as connection:
        connection.execute("INSERT INTO t VALUES (2)")
    database.close()


def test_closing_waits_for_threads_that_are_inside(tmp_path: Path) -> None:
    database, ending, seen = _made(tmp_path / "a.db"), threading.Event(), []

    def read() -> None:
        while not ending.wait(0.0001):
            with database.reading() as connection:
                seen.append(connection.execute("SELECT min(a.x + b.x) FROM t a, t b").fetchone())

    def write() -> None:
        while not ending.wait(0.0001):
            _insert(database)

    for _ in range(200):
        _insert(database)
    threads = [threading.Thread(target=work) for work in (read, read, write)]
    for thread in threads:
        thread.start()
    for _ in range(100):
        database.close()  # a crash of the whole process where a connection is closed under a thread
    ending.set()
    for thread in threads:
        thread.join()
    database.close()
    assert set(seen) == {(2,)}


def test_a_block_that_outlasts_closing_keeps_its_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.database.CLOSE_PATIENCE_S", 0.01)
    database = _made(tmp_path / "a.db")
    with database.reading() as connection:
        closer = threading.Thread(target=database.close)
        closer.start()
        closer.join()
        assert connection.execute("SELECT x FROM t").fetchall() == [(1,)]
    with database.reading() as connection:
        assert connection.execute("SELECT x FROM t").fetchall() == [(1,)]
    database.close()


def test_file_that_is_no_database_is_corrupt(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"this is no database, it is a letter. " * 200)
    with pytest.raises(Corrupt) as raised:
        Database(path)
    assert raised.value.code == "database.corrupt"
    assert "repair" in raised.value.hint


def test_full_disk_is_told_and_the_old_rows_stay(tmp_path: Path) -> None:
    database = _made(tmp_path / "a.db")
    with pytest.raises(Unavailable) as raised:
        _fill(database)
    assert raised.value.code == "disk.full"
    with database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (1,)
    database.close()


def test_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as raised:
        Database(tmp_path / "nowhere" / "a.db")
    assert raised.value.code == "database.unreadable"


def test_damage_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    database = _made(path)
    with database.writing() as connection:
        connection.executemany("INSERT INTO t VALUES (?)", [(os.urandom(2000),) for _ in range(50)])
    assert database.damage() is None
    database.close()
    data = bytearray(path.read_bytes())
    data[4096 + 8 : 4096 * 3] = os.urandom(4096 * 2 - 8)
    path.write_bytes(data)
    database = Database(path)
    assert database.damage()
    database.close()


def test_damaged_file_is_moved_with_its_log(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"x")
    (tmp_path / "a.db-wal").write_bytes(b"y")
    aside = move_aside(path)
    assert aside.read_bytes() == b"x"
    assert aside.with_name(aside.name + "-wal").read_bytes() == b"y"
    assert not path.exists()
    with pytest.raises(Missing):
        move_aside(path)


def test_second_holder_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from edge.database import held\n"
    code += "with held(Path(sys.argv[1])):\n  print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"held\n"
        with pytest.raises(Conflict) as raised, held(tmp_path):
            pass
        assert str(first.pid) in raised.value.message
        first.kill()
        first.wait()
    with held(tmp_path):
        assert (tmp_path / "node.lock").read_text() == str(os.getpid())
