"""What the web process of the hub works with, opened once and closed together. Workers open their own."""

from dataclasses import dataclass

from cloud import postgres
from cloud.keyring import Keyring
from cloud.limit import redis_store, tries
from cloud.limit.gate import Gate
from cloud.mqtt import Broker, Line
from cloud.postgres import Pool
from cloud.settings import Settings


@dataclass(frozen=True)
class Parts:
    """Settings, the pool of the role `prilavok_app`, the keys that sign, the line to the broker, limits."""

    settings: Settings
    pool: Pool
    keyring: Keyring
    line: Line
    gate: Gate

    @classmethod
    def open(cls, settings: Settings) -> "Parts":
        """Connects in the background: a hub without broker or database says so in `/health`."""
        return cls(
            settings,
            postgres.open_pool(settings, "app"),
            Keyring.of(settings),
            Line(Broker.of(settings), "prilavok-hub"),
            Gate.of(_tries(settings), settings.wrong_tries_a_minute, settings.open_requests_a_minute),
        )

    def close(self) -> None:
        """Ends the connections."""
        self.line.close()
        self.pool.close()
        self.gate.counter.tries.close()


def _tries(settings: Settings) -> tries.Tries:
    """Where tries are counted: in the Redis that all processes share, else in this one."""
    url = settings.redis_url
    return redis_store.RedisTries(url.get_secret_value()) if url else tries.MemoryTries()
