"""Runs the web application on granian in this process, until it is told to stop."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress

import structlog
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar

from cloud.port import free_port
from sync.errors import Refused

log = structlog.get_logger()
POLL_S = 0.05
DROP_S = 3.0


async def serve(app: Litestar, host: str, port: int, says: Callable[[str], None]) -> None:
    """Serves until SIGTERM or SIGINT. `says` is told the address once a connection to it succeeds.

    Port 0 lets the system choose. Conflict: the port is taken.
    """
    port = free_port(host, port)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = Server(
        app, address=host, port=port, interface=Interfaces.ASGI, websockets=False, log_enabled=False
    )
    serving = asyncio.create_task(server.serve())
    says(await _listening(serving, host, port))
    await asyncio.wait({serving, asyncio.create_task(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
    server.stop()  # type: ignore[no-untyped-call]  # granian has no types there
    with suppress(TimeoutError):
        await asyncio.wait_for(serving, DROP_S)
    log.info("stopped")


async def _listening(serving: "asyncio.Task[None]", host: str, port: int) -> str:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    while True:
        if serving.done():
            serving.result()
            raise Refused(f"Cannot listen on {host}:{port}.", code="port.unusable", hint="Choose --port.")
        with suppress(OSError):
            _, writer = await asyncio.open_connection(reachable, port)
            writer.close()
            return f"http://{f'[{host}]' if ':' in host else host}:{port}"
        await asyncio.sleep(POLL_S)
