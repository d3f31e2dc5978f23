"""The process that turns published versions into what nodes fetch. One works, however many run.

It is woken by a publish, and goes round by itself for what time brings: heads to be signed anew, blobs to be
cleared. When it begins, when the broker comes back and every hour it looks whether the broker still has all.
Database or broker away, it waits and goes on where it was.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from cloud import postgres
from cloud.account import access
from cloud.catalog import model, taxonomy
from cloud.catalog.announce.check import Inspector, Mailbox
from cloud.catalog.announce.service import Announcer
from cloud.catalog.build.passage import Embedder
from cloud.catalog.build.service import Builder
from cloud.catalog.version.service import CHANNEL
from cloud.keyring import Keyring
from cloud.mqtt import Broker, Line
from cloud.postgres import Pool
from cloud.settings import Settings
from sync.errors import PrilavokError

log = structlog.get_logger()
LOCK = 0x43415441
WAIT_S = 1.0
ROUND_S = 60.0
CHECK_S = 3600.0
REST_S = 2.0


@dataclass
class Publisher:
    """`run` returns when `stop` is set."""

    builder: Builder
    announcer: Announcer
    inspector: Inspector
    line: Line
    round_s: float = ROUND_S
    check_s: float = CHECK_S
    stop: threading.Event = field(default_factory=threading.Event)
    _checked: dict[str, float] = field(default_factory=dict)
    _connections: int = 0

    def run(self) -> None:
        """Works until told to stop; what fails is logged and tried again."""
        while not self.stop.is_set():
            try:
                with postgres.alone(self.builder.pool, LOCK, CHANNEL) as hear:
                    if hear is not None:
                        self._work(hear)
            except PrilavokError as error:
                log.warning("catalogues wait", code=error.code, reason=error.message)
            self.stop.wait(REST_S)

    def _work(self, hear: Callable[[float], list[str]]) -> None:
        rounded = float("-inf")
        while not self.stop.is_set():
            if time.monotonic() - rounded > self.round_s or self.line.connections != self._connections:
                due = access.tenants(self.builder.pool)
                rounded = time.monotonic()
            else:
                due = list(dict.fromkeys(hear(WAIT_S)))
            for tenant in due:
                self.turn(tenant)

    def turn(self, tenant: str) -> None:
        """What is due in one tenant. The broker is looked through before a head goes out.

        Unavailable without database or broker; blobs are built all the same.
        """
        self.builder.turn(tenant)
        self.line.wait()
        if self.line.connections != self._connections:  # it may have come back without what it had
            self._checked.clear()
            self._connections = self.line.connections
        if time.monotonic() - self._checked.get(tenant, float("-inf")) > self.check_s:
            self.inspector.turn(tenant)
            self.builder.turn(tenant)
            self._checked[tenant] = time.monotonic()
        self.announcer.turn(tenant)

    def close(self) -> None:
        """Ends its line."""
        self.line.close()


def assembled(pool: Pool, keyring: Keyring, broker: Broker, embedder: Embedder | None = None) -> Publisher:
    """A publisher with a line of its own to the broker."""
    line = Line(broker, "prilavok-catalog")
    announcer = Announcer(pool, keyring, line)
    builder = Builder(pool, taxonomy.load(), embedder)
    return Publisher(builder, announcer, Inspector(announcer, Mailbox(broker)), line)


def opened(settings: Settings, pool: Pool) -> Publisher:
    """A publisher as the settings say; the embedding model is loaded here."""
    return assembled(pool, Keyring.of(settings), Broker.of(settings), model.embedder(settings))
