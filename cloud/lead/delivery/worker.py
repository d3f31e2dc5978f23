"""The process that delivers requests: the only one with lead_keys_dir. Several may run beside each other.

It is woken when a request has come or is to be tried again, and looks at everything now and then.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import structlog

from cloud import postgres
from cloud.keyring import Keyring
from cloud.lead.delivery.service import Deliverer
from cloud.settings import Settings
from sync.errors import Unavailable

log = structlog.get_logger()
CHANNEL = "prilavok_lead"
SWEEP_S = 5.0
PAUSE_S = 2.0
TENANTS_AT_ONCE = 4


def run(settings: Settings, stop: threading.Event) -> None:
    """Works until told to stop."""
    with postgres.open_pool(settings, "delivery") as pool:
        deliverer = Deliverer(pool, Keyring.of(settings))
        while not stop.is_set():
            try:
                _work(deliverer, settings, stop)
            except Unavailable as error:
                log.warning("delivery waits", code=error.code)
                stop.wait(PAUSE_S)


def _work(deliverer: Deliverer, settings: Settings, stop: threading.Event) -> None:
    with postgres.Listener(postgres.url(settings, "delivery"), CHANNEL) as listener:
        while not stop.is_set():
            while sweep(deliverer) and not stop.is_set():
                pass
            listener.until(SWEEP_S, stop, deliverer.turn)


def sweep(deliverer: Deliverer) -> int:
    """What is due in every tenant, of several at a time: one that does not answer holds up no other."""
    with postgres.directory(deliverer.pool) as connection:
        rows = connection.execute("SELECT tenant FROM tenant ORDER BY tenant").fetchall()
    with ThreadPoolExecutor(TENANTS_AT_ONCE) as threads:
        return sum(threads.map(deliverer.turn, [row[0] for row in rows]))
