"""Runs the application on granian in this process, from the lock on the data folder to a graceful stop.

Streams that are open when the node is told to stop may end within the stop timeout; then they are cut.
"""

import asyncio
import errno
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server
from litestar import Litestar

from edge import address
from edge.https import Https
from edge.parts import Parts
from edge.secure.service import Secure
from edge.supervisor import keep_alive, tell
from sync.errors import Conflict, PrilavokError, Refused

log = structlog.get_logger()
POLL_S = 0.05
DROP_S = 3.0


@dataclass(frozen=True)
class Place:
    """Where to listen; port 0 lets the system choose. Without `secure` there is no HTTPS."""

    host: str
    port: int
    secure: Secure | None = None
    https_port: int = 0


async def serve(
    app: Litestar,
    parts: Parts,
    place: Place,
    stop_timeout_s: float,
    says: Callable[[str], None],
) -> None:
    """Serves until SIGTERM or SIGINT. `says` is told the address. Conflict: the port is taken."""
    host, port = place.host, place.port
    port = _free_port(host, port)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        websockets=False,
        log_enabled=False,
        http1_settings=HTTP1Settings(header_read_timeout=10_000, keep_alive=True),
    )
    serving = asyncio.create_task(server.serve())
    url = await _listening(serving, host, port)
    https = await _secured(app, place)
    told = address.write(parts.data_dir, url, place.secure.port if place.secure else None)
    says(url)
    log.info("listening", url=url)
    opening = asyncio.create_task(_open(parts))
    feeding = asyncio.create_task(keep_alive())
    await asyncio.wait({serving, asyncio.create_task(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
    tell("STOPPING=1")
    log.info("stopping", open=parts.desk.busy)
    parts.stopping = True
    await _drain(parts, stop_timeout_s)
    feeding.cancel()
    await asyncio.gather(opening, feeding, return_exceptions=True)
    await parts.close()
    if https is not None:
        await https.stop()
    server.stop()  # type: ignore[no-untyped-call]  # granian has no types there
    with suppress(TimeoutError):
        await asyncio.wait_for(serving, DROP_S)
    told.unlink(missing_ok=True)
    log.info("stopped")


async def _secured(app: Litestar, place: Place) -> Https | None:
    """HTTPS beside HTTP; the node goes on without where its port is taken."""
    if place.secure is None:
        return None
    try:
        port = _free_port(place.host, place.https_port)
    except PrilavokError as error:
        log.warning("no secure context", code=error.code, reason=error.message, hint="Choose --https-port.")
        return None
    https = Https(app, place.secure, place.host, port)
    await https.start()
    return https


async def _open(parts: Parts) -> None:
    await parts.open()
    tell("READY=1" if parts.phase == "ready" else f"STATUS={parts.failure}")


async def _drain(parts: Parts, timeout_s: float) -> None:
    deadline = asyncio.get_running_loop().time() + timeout_s
    while parts.desk.busy and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(POLL_S)


async def _listening(serving: "asyncio.Task[None]", host: str, port: int) -> str:
    """The address, once a connection to it succeeds."""
    while True:
        if serving.done():
            serving.result()
            raise Refused(
                f"Cannot listen on {host}:{port}.", code="port.unusable", hint="Choose another --port."
            )
        with suppress(OSError):
            _, writer = await asyncio.open_connection(_reachable(host), port)
            writer.close()
            return f"http://{f'[{host}]' if ':' in host else host}:{port}"
        await asyncio.sleep(POLL_S)


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _free_port(host: str, port: int) -> int:
    """The port, or one the system chooses for 0; granian would share one between processes."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Conflict(
                f"Port {port} is taken.", code="port.taken", hint=f"Choose another: --port {port + 1}."
            ) from None
        raise Refused(
            f"Cannot listen on {host}:{port}: {error.strerror}.",
            code="port.unusable",
            hint="Check --host and --port.",
        ) from None
