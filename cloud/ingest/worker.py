"""One ingest worker: a line with a share of what nodes send, a pool, and the keys that sign acknowledgements.

As many as one likes run beside each other, here or elsewhere. `presence` worker listens to statuses as well;
one is enough, two do no harm. Reading records is the projector's business, in another process.
"""

import gc
import os
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cache

import structlog

from cloud import postgres
from cloud.ingest.answer import replies
from cloud.ingest.gather import Gatherer
from cloud.ingest.message import Came
from cloud.ingest.node.presence import Presence
from cloud.ingest.service import Ingest
from cloud.keyring import Keyring
from cloud.mqtt import Broker, Line
from cloud.settings import Settings
from sync.errors import PrilavokError, Unavailable
from sync.failpoint import reach
from sync.key import Signer
from sync.topic import every

log = structlog.get_logger()
SHARE = "ingest"
OPEN = 128
"""Messages that the broker may have open with a worker: 12.5 MiB at most."""


def run(settings: Settings, stop: threading.Event, *, presence: bool) -> None:
    """Works until told to stop."""
    gc.freeze()  # what is imported stays; records come and go by the thousand, and hold no cycles
    gc.set_threshold(50_000, 20, 100)
    who = f"{socket.gethostname()[:20]}-{os.getpid()}"
    broker = Broker.of(settings)
    with ExitStack() as stack:
        pool = stack.enter_context(postgres.open_pool(settings, "ingest"))
        statuses = Gatherer("status", Presence(pool).take, stop)
        if presence:
            filters = (every("status"),)
            stack.enter_context(Line(broker, f"presence-{who}", subscribe=filters, take=statuses.take))
            thread = threading.Thread(target=_to_the_end, args=(statuses, stop), name="presence")
            thread.start()
            stack.callback(thread.join)
        stack.callback(stop.set)
        batches = Gatherer("up", lambda came: None, stop)
        filters = (every("up", group=SHARE),)
        line = Line(broker, f"ingest-{who}", subscribe=filters, take=batches.take, receive_limit=OPEN)
        stack.enter_context(line)
        batches.handle = handler(Ingest(pool), Keyring.of(settings), line)
        batches.run()


def _to_the_end(statuses: Gatherer, stop: threading.Event) -> None:
    """What ends this thread ends the process, which is then started anew."""
    try:
        statuses.run()
    finally:
        stop.set()


def handler(ingest: Ingest, ring: Keyring, line: Line) -> Callable[[Sequence[Came]], None]:
    """Stores a group, then acknowledges it; what cannot be said now the node will ask for again."""

    @cache
    def signer(tenant: str) -> Signer:
        return ring.signer(tenant, "hub")

    def handle(came: Sequence[Came]) -> None:
        outcome = ingest.take(came)
        for (tenant, node, code), count in outcome.refused.items():
            log.warning("refused", tenant=tenant, node=node, code=code, count=count)
        try:
            for reply in replies(outcome.stored, signer):
                line.send(reply.topic, reply.message)
        except Unavailable:
            log.warning("not acknowledged", outboxes=len(outcome.stored))
        except PrilavokError as error:
            log.error("not acknowledged", code=error.code, reason=error.message)
        reach("ingest.acknowledged")

    return handle
