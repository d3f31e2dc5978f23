"""Tries counted in a Redis that all of a hub's processes share; redis-py's seam.

One key a counter, which expires when its tries are forgotten. One script counts, so that two processes at
once count two. Times out at once: a Redis that is away must not hold a request up.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast
from urllib.parse import urlsplit

import redis

from cloud.limit.tries import ROUNDING, Rule
from sync.errors import Refused, Unavailable

PREFIX = "prilavok:tries:1:"
_TIMEOUT_S = 0.1
_COUNT = """
local now, each, span, count = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local standing = tonumber(redis.call('GET', KEYS[1]) or now)
if standing > now + 2 * span then standing = now end -- a clock has jumped
standing = math.min(math.max(standing, now), now + span)
local after = standing + each * count
if count > 0 and after - now > span * (1 + tonumber(ARGV[5])) then
  return tostring(after - now - span)
end
if after > now then
  redis.call('SET', KEYS[1], string.format('%.6f', after), 'PX', math.ceil((after - now) * 1000))
else
  redis.call('DEL', KEYS[1])
end
return '0'
"""


class RedisTries:
    """Thread-safe, as redis-py's client is. Keys name nobody: they are digests."""

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.where = _public(url)
        try:
            self._redis = redis.Redis.from_url(
                url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S, health_check_interval=30
            )
        except ValueError:
            raise Refused(
                "redis_url is not the address of a Redis.",
                code="redis.address",
                hint="Write redis://host:6379/0, rediss://… or unix:///path.",
            ) from None
        self._count = self._redis.register_script(_COUNT)

    def take(self, key: str, rule: Rule) -> float:
        """See Tries."""
        return self._counted(key, rule, 1)

    def give_back(self, key: str, rule: Rule) -> None:
        """See Tries."""
        self._counted(key, rule, -1)

    def reach(self) -> str:
        """The server's version. Unavailable where it does not answer."""
        with self._translated():
            told = cast(dict[str, object], self._redis.info("server"))
        return f"Redis {told.get('redis_version', '')}".strip()

    def close(self) -> None:
        """See Tries."""
        self._redis.close()

    def _counted(self, key: str, rule: Rule, count: int) -> float:
        name = PREFIX + hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
        with self._translated():
            said = self._count([name], [f"{self._clock():.6f}", rule.each_s, rule.span_s, count, ROUNDING])
        return float(cast(bytes, said))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (redis.RedisError, OSError) as error:
            raise Unavailable(
                f"{self.where} does not answer as a Redis: {type(error).__name__}.",
                code="redis.away",
                hint="Is it running, and are address and password right? The hub goes on without it.",
            ) from error


def _public(url: str) -> str:
    """The address without user and password."""
    parts = urlsplit(url)
    host = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
    return f"{parts.scheme}://{host}{parts.path}"
