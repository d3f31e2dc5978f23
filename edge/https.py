"""HTTPS beside HTTP: a second granian in the same process, with the node's own certificate.

A new certificate is taken up by a new server on the same port before the old one stops, so that nobody is
turned away. Without a certificate, or where the port is taken, the node goes on over HTTP.
"""

import asyncio
from contextlib import suppress

import structlog
from granian.constants import Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.server.embed import Server
from litestar import Litestar

from edge.secure.service import Secure

log = structlog.get_logger()
ROUND_S = 60.0
DROP_S = 3.0
POLL_S = 0.05


class Https:
    """Serves an application with the certificate that `secure` keeps."""

    def __init__(self, app: Litestar, secure: Secure, host: str, port: int, round_s: float = ROUND_S) -> None:
        self._app = app
        self._secure = secure
        self._host = host
        self._port = port
        self._round_s = round_s
        self._server: Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._round: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Makes the certificate and listens; then looks after both."""
        await asyncio.to_thread(self._secure.keep)
        await self._serve()
        self._round = asyncio.create_task(self._look_after())

    async def stop(self) -> None:
        """Stops listening."""
        if self._round is not None:
            self._round.cancel()
            with suppress(asyncio.CancelledError):
                await self._round
        self._secure.port = None
        await _end(self._server, self._serving)

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(self._round_s)
            if await asyncio.to_thread(self._secure.keep):
                await self._serve()

    async def _serve(self) -> None:
        """A server with the certificate there is now; the one before it, if any, ends."""
        if self._secure.leaf is None:
            return
        before = self._server, self._serving
        server = Server(
            self._app,
            address=self._host,
            port=self._port,
            interface=Interfaces.ASGINL,
            websockets=False,
            log_enabled=False,
            http1_settings=HTTP1Settings(header_read_timeout=10_000, keep_alive=True),
            ssl_cert=self._secure.leaf_path,
            ssl_key=self._secure.leaf_path,
            ssl_protocol_min=SSLProtocols.tls12,
        )
        serving = asyncio.create_task(server.serve())
        if await _listens(serving, self._host, self._port):
            self._server, self._serving, self._secure.port = server, serving, self._port
            log.info("listening securely", port=self._port)
            await _end(*before)


async def _listens(serving: "asyncio.Task[None]", host: str, port: int) -> bool:
    """Whether a connection succeeds before the server gives up."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    while True:
        await asyncio.sleep(POLL_S)  # a server before this one may listen there: the new one must live first
        if serving.done():
            break
        with suppress(OSError):
            _, writer = await asyncio.open_connection(reachable, port)
            writer.close()
            return True
    log.warning("no secure context", reason=str(serving.exception()))
    return False


async def _end(server: Server | None, serving: "asyncio.Task[None] | None") -> None:
    if server is None or serving is None:
        return
    server.stop()  # type: ignore[no-untyped-call]  # granian has no types there
    with suppress(TimeoutError):
        await asyncio.wait_for(serving, DROP_S)
