"""The projector's process: wakes when ingest has stored something, and looks at everything now and then.

Several may run; an outbox's node is one's at a time. It never talks to the broker.
"""

import threading

import structlog

from cloud import postgres
from cloud.ingest.projector import store
from cloud.ingest.projector.service import Projector
from cloud.keyring import Keyring
from cloud.settings import Settings
from sync.errors import Unavailable

log = structlog.get_logger()
CHANNEL = "prilavok_raw"
SWEEP_S = 15.0
PAUSE_S = 1.0


def run(settings: Settings, stop: threading.Event) -> None:
    """Works until told to stop."""
    with postgres.open_pool(settings, "projector") as pool:
        projector = Projector(pool, Keyring.of(settings))
        while not stop.is_set():
            try:
                _work(projector, settings, stop)
            except Unavailable as error:
                log.warning("projector waits", code=error.code)
                stop.wait(PAUSE_S)


def _work(projector: Projector, settings: Settings, stop: threading.Event) -> None:
    """Listens first, then sweeps: what is stored in between is heard."""
    with postgres.Listener(postgres.url(settings, "projector"), CHANNEL) as listener:
        while not stop.is_set():
            sweep(projector)
            listener.until(SWEEP_S, stop, projector.project)


def sweep(projector: Projector) -> int:
    """Projects all that is due of every tenant; how many records that was."""
    with postgres.directory(projector.pool) as connection:
        names = store.tenants(connection)
    return sum(projector.project(name) for name in names)
