"""One HTTP call to a model server: begun, tried again before its first byte where that may help, then read.

The certificate is always verified, a redirect never followed, nothing compressed accepted, and the key goes
into no error. Leaves out how long the caller waits, what the bytes say, and the server's rest (`breaker.py`).
"""

import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

import httpx
import stamina

from models.runtime.remote_events import garbage
from models.runtime.remote_server import Server
from models.runtime.remote_status import captive, fault_in, refusal, retry_after
from sync.errors import PrilavokError, Refused, Unavailable

FAULT_BYTES = 16 * 1024  # read of an error's body
SOON_S = 1.0  # a server that asks for no longer pause is asked again at once after it
KEEP_S = 30.0
PASSING = frozenset(("generator.unreachable", "generator.overloaded", "generator.server"))
HINT = "Check the line and generator_url; answers go on without the server."


class Line:
    """Connections to one server. Made anywhere, used and closed on one event loop."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client = httpx.AsyncClient(
            headers=headers(server),
            timeout=httpx.Timeout(None, connect=server.connect_s),
            limits=httpx.Limits(max_connections=None, keepalive_expiry=KEEP_S),
            follow_redirects=False,
            verify=trusted(server),
            trust_env=not server.local,  # a server on this machine is not asked through a proxy
        )
        self.retries = 0

    @asynccontextmanager
    async def post(self, operation: str, body: bytes) -> AsyncGenerator[AsyncIterator[bytes], None]:
        """The bytes of the event stream that answers. Leaving the block early closes the connection.

        Raises Refused or Unavailable.
        """
        response = await self._begin(operation, body)
        try:
            async with aclosing(_read(response)) as blocks:
                yield blocks
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Close what is open."""
        await self._client.aclose()

    async def _begin(self, operation: str, body: bytes) -> httpx.Response:
        server = self._server
        attempts = stamina.retry_context(
            on=_again,
            attempts=server.attempts,
            timeout=None,
            wait_initial=server.retry_s,
            wait_max=4 * server.retry_s,
            wait_jitter=server.retry_s,
        )
        async for attempt in attempts:
            with attempt:
                self.retries += attempt.num > 1
                return await self._send(operation, body)
        raise AssertionError("the last attempt returns or raises")

    async def _send(self, operation: str, body: bytes) -> httpx.Response:
        request = self._client.build_request("POST", self._server.path(operation), content=body)
        try:
            response = await self._client.send(request, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise translated(error) from None  # its text may hold the URL; its request holds the key
        try:
            await _expect_events(response)
        except BaseException:
            await response.aclose()
            raise
        return response


def headers(server: Server) -> dict[str, str]:
    """What every call says of itself."""
    said = {"Accept": "text/event-stream, application/json", "Accept-Encoding": "identity"}
    said |= {"Content-Type": "application/json", "User-Agent": "prilavok"}
    return said | ({"Authorization": f"Bearer {server.key}"} if server.key else {})


def trusted(server: Server) -> ssl.SSLContext:
    """Whom to believe: the usual authorities (or SSL_CERT_FILE's); nobody where no certificate comes."""
    if server.url.startswith("https://"):
        return httpx.create_ssl_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def translated(error: httpx.HTTPError | httpx.InvalidURL) -> PrilavokError:
    """An error of the line before or within an answer."""
    if isinstance(error, httpx.InvalidURL):
        return Refused("The address is no URL.", code="generator.url", hint="Correct generator_url.")
    if isinstance(error, httpx.TimeoutException):
        return late("takes no connection")
    if _certificate(error):
        return Unavailable(
            "The model server's certificate cannot be verified.",
            code="generator.certificate",
            hint="Check the clock and the server's certificate; SSL_CERT_FILE names one's own authority.",
        )
    return Unavailable(
        f"The model server cannot be reached ({type(error).__name__}).",
        code="generator.unreachable",
        hint=HINT,
    )


def late(what: str) -> Unavailable:
    """It takes longer than the settings allow."""
    return Unavailable(
        f"The model server {what} in time.",
        code="generator.timeout",
        hint="Check the server's load and the line, or allow more with generator_first_s and its like.",
    )


def _certificate(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _again(error: Exception) -> bool | float:
    """Whether, and in how many seconds, one more try before the first byte may help."""
    if not isinstance(error, Unavailable) or error.code not in PASSING:
        return False
    if error.retry_after_s is None:
        return True
    return error.retry_after_s if error.retry_after_s <= SOON_S else False


async def _expect_events(response: httpx.Response) -> None:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    page = kind in ("text/html", "application/xhtml+xml")
    if response.status_code != 200:
        body = b"" if page else await _beginning(response)
        wait_s = retry_after(response.headers.get("retry-after"))
        raise refusal(response.status_code, fault_in(body), wait_s)
    if page:
        raise captive()
    if kind != "text/event-stream":
        raise garbage("something else than a stream of events")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise garbage("a compressed stream")


async def _beginning(response: httpx.Response) -> bytes:
    read = b""
    try:
        async for block in response.aiter_raw():
            read += block
            if len(read) > FAULT_BYTES:
                break
    except httpx.HTTPError:
        pass  # the status alone tells enough
    return read[:FAULT_BYTES]


async def _read(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    try:
        async for block in response.aiter_raw():
            yield block
    except httpx.HTTPError as error:
        raise cut(type(error).__name__) from None


def cut(how: str) -> Unavailable:
    """The answer ends before its end."""
    return Unavailable(
        f"The model server broke off in the middle of its answer ({how}).", code="generator.cut", hint=HINT
    )
