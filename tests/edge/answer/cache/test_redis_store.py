"""A Redis that is away, or holds something strange, is done without and serves again when it is mended."""

from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from edge.answer.cache.choice import opener
from edge.answer.cache.entry import Store
from edge.answer.cache.redis_store import PREFIX, RedisStore
from sync.errors import Refused, Unavailable
from tests.edge.answer.cache.kept import LIMITS, kept
from tests.edge.answer.cache.test_store import NOW, entry
from tests.edge.answer.words import draft
from tests.simulators.redis_server import running


def over(url: str) -> Callable[[bool], Store]:
    """Opens a store in a Redis."""
    return opener(Path("unused"), LIMITS, url)


async def test_nodes_that_share_a_redis_share_their_answers() -> None:
    with running() as url, kept(over(url)) as one, kept(over(url)) as other:
        said, _ = await one.answer(draft())
        assert (await other.answer(draft()))[0] == said
        assert other.model.requests == []
        assert other.counts.lookups == {"hit_exact": 1}


async def test_a_redis_that_goes_away_breaks_no_answer() -> None:
    with kept(over("redis://127.0.0.1:1/0"), rest_s=0.0) as one:
        for _ in range(2):
            text, spoken = await one.answer(draft())
            assert "Rohrfrei Nord [1]" in text
            assert spoken.mode == "phrase"
        assert one.counts.lookups == {"failed": 2}


@pytest.mark.parametrize("strange", [b"\xc1 no entry", b""])
async def test_a_strange_entry_empties_the_cache_and_breaks_no_answer(strange: bytes) -> None:
    with running() as url, kept(over(url)) as one:
        await one.answer(draft())
        with redis.Redis.from_url(url) as client:
            for key in client.scan_iter(f"{PREFIX}ground:*"):
                for field in client.hkeys(key):
                    client.hset(key, field, strange)
        for _ in range(3):
            _, spoken = await one.answer(draft())
            assert spoken.mode == "phrase"
        assert one.counts.makings == 1
        assert one.counts.lookups["failed"] == 1
        assert one.counts.lookups["hit_exact"] >= 1


async def test_a_key_of_another_kind_is_no_reason_to_fail() -> None:
    with running() as url, redis.Redis.from_url(url) as client, kept(over(url)) as one:
        client.set(f"{PREFIX}used", "text")
        _, spoken = await one.answer(draft())
        assert spoken.mode == "phrase"
        RedisStore(url, LIMITS).clear()
        assert not list(client.scan_iter(f"{PREFIX}*"))


def test_entries_expire_by_themselves() -> None:
    with running() as url, redis.Redis.from_url(url) as client:
        store = RedisStore(url, LIMITS)
        store.put(entry(), NOW)
        keys = list(client.scan_iter(f"{PREFIX}*"))
        assert len(keys) == 5
        assert all(0 < int(client.ttl(key)) <= LIMITS.ttl_s for key in keys)  # type: ignore[arg-type]
        store.close()


def test_an_address_that_is_none_is_refused_and_a_password_never_shown() -> None:
    with pytest.raises(Refused, match="not the address"):
        RedisStore("http://here", LIMITS)
    store = RedisStore("redis://me:hunter2@127.0.0.1:1/3", LIMITS)
    assert store.where == "redis://127.0.0.1:1/3"
    with pytest.raises(Unavailable) as away:
        store.size()
    assert "hunter2" not in str(away.value)
    store.close()
