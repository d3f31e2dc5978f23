"""Entries in a Redis that several nodes share (the replicas beside a hub); redis-py's seam.

One hash a ground, two sorted sets for age and use, one hash of sizes. Keys expire by themselves when no node
uses them any more. Times out at once: a Redis that is away must not hold an answer up.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import cast
from urllib.parse import urlsplit

import msgspec
import redis

from edge.answer.cache.entry import PER_GROUND, Cited, Entry, Limits, Size, Trimmed, moment
from sync.errors import Corrupt, Refused, Unavailable

PREFIX = "prilavok:answer:1:"
_TIMEOUT_S = 0.1
_RECOUNT_EVERY = 256
_decode = msgspec.msgpack.Decoder(Entry).decode


class RedisStore:
    """Thread-safe, as redis-py's client is. `bytes` count what entries take, without Redis' own upkeep."""

    def __init__(self, url: str, limits: Limits) -> None:
        self._limits = limits
        self._puts = 0
        self.where = _public(url)
        try:
            self._redis = redis.Redis.from_url(
                url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S, health_check_interval=30
            )
        except ValueError:
            raise Refused(
                "answer_cache_redis_url is not the address of a Redis.",
                code="answer_cache.address",
                hint="Write redis://host:6379/0, rediss://… or unix:///path.",
            ) from None

    def read(self, ground: bytes, now_s: int) -> tuple[Entry, ...]:
        """See Store."""
        with self._translated():
            bodies = cast(list[bytes], self._redis.hvals(_ground(ground.hex())))
        found = (self._entry(body) for body in bodies)
        return tuple(e for e in found if e.ground == ground and not self._old(e, now_s))[:PER_GROUND]

    def put(self, entry: Entry, now_s: int) -> Trimmed:
        """See Store."""
        ground, question, body = entry.ground.hex(), entry.question.hex(), msgspec.msgpack.encode(entry)
        id = f"{ground}:{question}"
        with self._translated(), self._redis.pipeline() as pipe:
            before = int(cast(bytes | None, self._redis.hget(_SIZE, id)) or 0)
            pipe.hset(_ground(ground), question, body)
            pipe.hset(_SIZE, id, len(body))
            pipe.incrby(_TOTAL, len(body) - before)
            pipe.zadd(_MADE, {id: entry.made_s})
            pipe.zadd(_USED, {id: moment(now_s)})
            for key in (_ground(ground), _SIZE, _TOTAL, _MADE, _USED):
                pipe.expire(key, self._limits.ttl_s)
            pipe.execute()
            return Trimmed(self._expire(now_s), self._share(ground) + self._make_room())

    def touch(self, entry: Entry, now_s: int) -> None:
        """See Store."""
        with self._translated():
            self._redis.zadd(_USED, {_id(entry): moment(now_s)}, xx=True)

    def drop(self, entries: Collection[Entry]) -> int:
        """See Store."""
        with self._translated():
            return self._forget([_id(entry) for entry in entries])

    def drop_asked(self, questions: Collection[bytes]) -> int:
        """See Store."""
        gone = {one.hex() for one in questions}
        with self._translated():
            return self._forget([id for id in self._sizes() if id.partition(":")[2] in gone])

    def cited(self) -> frozenset[Cited]:
        """See Store."""
        with self._translated():
            return frozenset(one for entry in self._entries() for one in entry.cited)

    def drop_citing(self, outdated: Collection[Cited]) -> int:
        """See Store."""
        gone = frozenset(outdated)
        with self._translated():
            return self._forget([_id(one) for one in self._entries() if not gone.isdisjoint(one.cited)])

    def size(self) -> Size:
        """See Store."""
        with self._translated():
            sizes = self._sizes()
        return Size(len(sizes), sum(sizes.values()))

    def clear(self) -> int:
        """See Store."""
        with self._translated():
            count = int(self._redis.hlen(_SIZE))
            for key in self._redis.scan_iter(f"{PREFIX}*", count=1000):
                self._redis.unlink(key)
        return count

    def close(self) -> None:
        """See Store."""
        self._redis.close()

    def _old(self, entry: Entry, now_s: int) -> bool:
        return entry.made_s + self._limits.ttl_s <= now_s

    def _expire(self, now_s: int) -> int:
        last = now_s - self._limits.ttl_s
        return self._forget(_texts(self._redis.zrangebyscore(_MADE, "-inf", last)))

    def _share(self, ground: str) -> int:
        """Forgets the least used of a ground that has more than its share."""
        own = [f"{ground}:{question}" for question in _texts(self._redis.hkeys(_ground(ground)))]
        if len(own) <= PER_GROUND:
            return 0
        used = dict(zip(own, self._redis.zmscore(_USED, own), strict=True))
        own.sort(key=lambda id: used[id] or 0.0)
        return self._forget(own[:-PER_GROUND])

    def _make_room(self) -> int:
        """Forgets the least used of all while there are too many; nodes that write at once blur the total."""
        self._puts += 1
        total, crowded = int(cast(bytes | None, self._redis.get(_TOTAL)) or 0), 0
        if total > self._limits.bytes or self._puts % _RECOUNT_EVERY == 0:
            total = self._recount()
        while (count := self._redis.hlen(_SIZE)) > self._limits.rows or total > self._limits.bytes:
            over = max(count - self._limits.rows, count // 20, 1)
            gone = self._forget(_texts(self._redis.zrange(_USED, 0, over - 1)))
            if not gone:
                break
            crowded += gone
            total = self._recount()
        return crowded

    def _recount(self) -> int:
        total = sum(self._sizes().values())
        self._redis.set(_TOTAL, total, ex=self._limits.ttl_s)
        return total

    def _sizes(self) -> dict[str, int]:
        found = cast(dict[bytes, bytes], self._redis.hgetall(_SIZE))
        return {id.decode(): int(size) for id, size in found.items()}

    def _entries(self) -> Iterator[Entry]:
        grounds = sorted({id.partition(":")[0] for id in self._sizes()})
        for ground in grounds:
            for body in cast(list[bytes], self._redis.hvals(_ground(ground))):
                yield self._entry(body)

    def _forget(self, ids: Collection[str]) -> int:
        if not ids:
            return 0
        sizes = cast(list[bytes | None], self._redis.hmget(_SIZE, list(ids)))
        with self._redis.pipeline() as pipe:
            for id in ids:
                ground, _, question = id.partition(":")
                pipe.hdel(_ground(ground), question)
            pipe.hdel(_SIZE, *ids)
            pipe.zrem(_MADE, *ids)
            pipe.zrem(_USED, *ids)
            pipe.decrby(_TOTAL, sum(int(size or 0) for size in sizes))
            return sum(int(gone) for gone in pipe.execute()[: len(ids)])

    def _entry(self, body: bytes) -> Entry:
        try:
            return _decode(body)
        except msgspec.DecodeError as error:
            raise Corrupt(
                f"{self.where} holds an answer that cannot be read: {error}.",
                code="answer_cache.damaged",
                hint="Nothing needs to be done: the node empties its part of it.",
            ) from error

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (redis.RedisError, OSError) as error:
            raise Unavailable(
                f"{self.where} does not answer as a Redis: {type(error).__name__}.",
                code="answer_cache.away",
                hint="Is it running, and are address and password right? The node goes on without it.",
            ) from error


_SIZE, _TOTAL, _MADE, _USED = (f"{PREFIX}{name}" for name in ("size", "total", "made", "used"))


def _ground(ground: str) -> str:
    return f"{PREFIX}ground:{ground}"


def _id(entry: Entry) -> str:
    return f"{entry.ground.hex()}:{entry.question.hex()}"


def _texts(found: object) -> list[str]:
    return [one.decode() for one in cast(list[bytes], found)]


def _public(url: str) -> str:
    """The address without user and password."""
    parts = urlsplit(url)
    host = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
    return f"{parts.scheme}://{host}{parts.path}"
