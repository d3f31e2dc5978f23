"""The same rows with nothing in between: the most the database does, and what one INSERT a row does.

The table has the columns, the partition and the key of `raw_record`, and no row-level security.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import psycopg

from cloud import postgres
from cloud.postgres import Pool

Row = tuple[str, str, str, int, datetime, str, bytes, str, bytes]
COLUMNS = "tenant, node, epoch, seq, stored_at, cls, data_key, log_key, frame"
TYPES = ("text", "text", "text", "int8", "timestamptz", "text", "bytea", "text", "bytea")
MAKE = """
DROP TABLE IF EXISTS bare;
CREATE TABLE bare (LIKE raw_record INCLUDING STORAGE INCLUDING INDEXES) PARTITION BY RANGE (stored_at);
CREATE TABLE bare_now PARTITION OF bare FOR VALUES FROM ('2000-01-01') TO ('2100-01-01');
CREATE TEMP TABLE IF NOT EXISTS incoming_bare (LIKE raw_record INCLUDING STORAGE) ON COMMIT DELETE ROWS;
"""
MERGE = f"INSERT INTO bare ({COLUMNS}) SELECT {COLUMNS} FROM incoming_bare ON CONFLICT DO NOTHING"  # noqa: S608
ONE = f"INSERT INTO raw_record ({COLUMNS}) VALUES ({', '.join(['%s'] * 9)}) ON CONFLICT DO NOTHING"  # noqa: S608
BARE_ONE = ONE.replace("raw_record", "bare")
OTHER = "another"
"""The tenant whose rows these are, so that they are not in the way of the hub's."""


def now() -> datetime:
    """A time of the partition's."""
    return datetime.now(UTC)


def copy_merge(address: str, rows: Sequence[Row], chunk: int) -> float:
    """Rows a second by COPY and one INSERT … SELECT, so many rows a commit."""
    with psycopg.connect(address) as connection:
        connection.execute(MAKE)
        connection.commit()
        begun = time.perf_counter()
        for at in range(0, len(rows), chunk):
            with connection.cursor().copy(
                f"COPY incoming_bare ({COLUMNS}) FROM STDIN (FORMAT BINARY)"
            ) as copy:
                copy.set_types(TYPES)
                for row in rows[at : at + chunk]:
                    copy.write_row(row)
            connection.execute(MERGE)
            connection.commit()
        return len(rows) / (time.perf_counter() - begun)


def one_by_one(pool: Pool, rows: Sequence[Row]) -> float:
    """Rows a second as a hub without groups would store them: each in a transaction of its tenant's.

    Into the real table, as the hub's role, under its policy.
    """
    with postgres.tenant(pool, OTHER) as connection:
        connection.execute("SELECT prilavok_raw_month(%s)", (now(),))
    begun = time.perf_counter()
    for row in rows:
        with postgres.tenant(pool, OTHER) as connection:
            connection.execute(ONE, (OTHER, *row[1:]))
    return len(rows) / (time.perf_counter() - begun)


def insert_only(address: str, rows: Sequence[Row]) -> float:
    """Rows a second, one INSERT and one commit each, into the bare table."""
    with psycopg.connect(address) as connection:
        connection.execute(MAKE)
        connection.commit()
        begun = time.perf_counter()
        for row in rows:
            connection.execute(BARE_ONE, row)
            connection.commit()
        return len(rows) / (time.perf_counter() - begun)
