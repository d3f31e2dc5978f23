"""The hub's fleet process: does what was decided. One works, however many run; another takes over.

It is woken by commits that concern the fleet, and goes round by itself for what time brings. Broker or
database away, it waits and begins again; nothing is lost, for what is to be done is in the rows.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog

from cloud import postgres
from cloud.account import access
from cloud.account.work import work
from cloud.fleet.broker.account import Passwords
from cloud.fleet.broker.control import Control
from cloud.fleet.broker.keeper import Accounts
from cloud.fleet.command.post import Post
from cloud.fleet.command.service import Commands
from cloud.fleet.desired.service import Desk
from cloud.fleet.node.store import CHANNEL
from cloud.fleet.rollout.service import Rollouts
from cloud.keyring import Keyring
from cloud.mqtt import Broker, Line
from cloud.postgres import Pool
from cloud.settings import Settings
from sync.errors import PrilavokError

log = structlog.get_logger()
LOCK = 0x464C4545
CLIENT = "prilavok-post"
WAIT_S = 1.0
ROUND_S = 10.0
MEND_S = 300.0
REST_S = 2.0


@dataclass
class Keeper:
    """`run` returns when `stop` is set."""

    accounts: Accounts
    post: Post
    rollouts: Rollouts
    line: Line
    round_s: float = ROUND_S
    mend_s: float = MEND_S
    stop: threading.Event = field(default_factory=threading.Event)
    _mended: float = float("-inf")
    _rounded: float = float("-inf")
    _connections: int = 0

    @property
    def pool(self) -> Pool:
        """The database."""
        return self.accounts.pool

    def run(self) -> None:
        """Works until told to stop; what fails is logged and tried again."""
        while not self.stop.is_set():
            try:
                with postgres.alone(self.pool, LOCK, CHANNEL) as hear:
                    if hear is not None:
                        self._work(hear)
            except PrilavokError as error:
                log.warning("fleet waits", code=error.code, reason=error.message)
            self.stop.wait(REST_S)

    def _work(self, hear: Callable[[float], list[str]]) -> None:
        self._mended = self._rounded = float("-inf")
        while not self.stop.is_set():
            now = time.monotonic()
            connections = self.accounts.connections
            if now - self._mended > self.mend_s or connections != self._connections:
                self.accounts.mend()
                self._mended, self._connections = now, connections
            if now - self._rounded > self.round_s:
                for tenant in access.tenants(self.pool):
                    self.turn(tenant)
                self._rounded = now
            for tenant in dict.fromkeys(hear(WAIT_S)):
                self.turn(tenant)

    def turn(self, tenant: str) -> None:
        """What is due in one tenant. Commands go first: a revoked node is told before its account goes."""
        self.post.turn(tenant)
        self.accounts.settle(tenant)
        with work(self.pool, tenant, "hub") as begun:
            self.rollouts.desk.remind(begun)
        with work(self.pool, tenant, "hub") as begun:
            self.rollouts.step(begun)

    def close(self) -> None:
        """Ends the lines to the broker."""
        self.accounts.close()
        self.line.close()


def opened(settings: Settings, pool: Pool, keyring: Keyring) -> Keeper:
    """A keeper with lines of its own to the broker."""
    guarded = settings.broker_accounts == "dynamic_security"
    control = Control(Broker.of(settings)) if guarded else None
    line = Line(Broker.of(settings), CLIENT)

    def publish(topic: str, message: bytes, expiry_s: int) -> None:
        line.publish(topic, message, expiry_s=expiry_s)

    return Keeper(
        Accounts(pool, control, Passwords(keyring.broker_secret())),
        Post(pool, publish),
        Rollouts(Desk(Commands(keyring))),
        line,
    )


def run(settings: Settings, stop: threading.Event) -> None:
    """Works until told to stop."""
    with postgres.open_pool(settings, "app") as pool:
        keeper = opened(settings, pool, Keyring.of(settings))
        keeper.stop = stop
        try:
            keeper.run()
        finally:
            keeper.close()


@contextmanager
def working(settings: Settings, pool: Pool, keyring: Keyring) -> Iterator[Keeper]:
    """A keeper at work in a thread of its own, until the context ends."""
    keeper = opened(settings, pool, keyring)
    worker = threading.Thread(target=keeper.run, name="fleet")
    worker.start()
    try:
        yield keeper
    finally:
        keeper.stop.set()
        worker.join()
        keeper.close()
