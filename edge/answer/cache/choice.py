"""Which store answers are kept in: a Redis where one is named, else a file, else this process's memory."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from edge.answer.cache.entry import Limits, Store
from edge.answer.cache.memory import MemoryStore
from edge.answer.cache.store import FILE_NAME, SqliteStore
from edge.database import COMPANIONS, move_aside
from sync.errors import Corrupt, Unavailable


def opener(data_dir: Path, limits: Limits, redis_url: str | None = None) -> Callable[[bool], Store]:
    """Opens the store; told True, without what is in it, because that is damaged.

    A damaged file is moved aside, the one moved before it deleted. Raises Refused for an address that is
    none, Unavailable where redis-py is not installed.
    """

    def open_store(damaged: bool) -> Store:
        if redis_url is None:
            return _file(data_dir / FILE_NAME, limits, damaged)
        store = _redis(redis_url, limits)
        if damaged:
            store.clear()
        return store

    return open_store


def _file(path: Path, limits: Limits, damaged: bool) -> Store:
    try:
        if damaged:
            _set_aside(path)
        try:
            return SqliteStore(path, limits)
        except Corrupt:
            _set_aside(path)
            return SqliteStore(path, limits)
    except (Unavailable, Corrupt, OSError):
        return MemoryStore(limits)


def _set_aside(path: Path) -> None:
    for older in path.parent.glob(f"{path.name}.damaged-*"):
        older.unlink()
    if path.exists():
        move_aside(path)
    for companion in COMPANIONS:
        with suppress(FileNotFoundError):
            path.with_name(path.name + companion).unlink()


def _redis(url: str, limits: Limits) -> Store:
    try:
        from edge.answer.cache.redis_store import RedisStore
    except ImportError as error:
        raise Unavailable(
            "A Redis is named for kept answers, but redis-py is not installed.",
            code="answer_cache.library",
            hint='Install it: pip install "prilavok[redis]".',
        ) from error
    return RedisStore(url, limits)
