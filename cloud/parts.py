"""What the web process of the hub works with, opened once and closed together. Workers open their own."""

from dataclasses import dataclass

from cloud import postgres
from cloud.keyring import Keyring
from cloud.mqtt import Broker, Line
from cloud.postgres import Pool
from cloud.settings import Settings


@dataclass(frozen=True)
class Parts:
    """Settings, the pool of the role `prilavok_app`, the keys that sign, the line to the broker."""

    settings: Settings
    pool: Pool
    keyring: Keyring
    line: Line

    @classmethod
    def open(cls, settings: Settings) -> "Parts":
        """Connects in the background: a hub without broker or database says so in `/health`."""
        return cls(
            settings,
            postgres.open_pool(settings, "app"),
            Keyring.of(settings),
            Line(Broker.of(settings), "prilavok-hub"),
        )

    def close(self) -> None:
        """Ends the connections."""
        self.line.close()
        self.pool.close()
