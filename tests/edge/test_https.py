"""A new certificate is taken up while the server runs, and nobody is turned away."""

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from cryptography import x509
from litestar import Litestar, get

from edge.https import Https
from edge.secure.name import Identity
from edge.secure.service import Secure
from edge.secure.store import SecureStore

BOX = Identity(("localhost",), ("127.0.0.1",))
WAIT_S = 30


@get("/", sync_to_thread=False)
def index() -> str:
    return "here"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def shown(port: int) -> x509.Certificate:
    """The certificate that the server shows now."""
    pem = ssl.get_server_certificate(("127.0.0.1", port))
    return x509.load_pem_x509_certificate(pem.encode())


async def test_a_renewed_certificate_is_shown_without_a_gap(tmp_path: Path) -> None:
    clock = [datetime(2027, 1, 1, tzinfo=UTC)]
    secure = Secure(SecureStore(tmp_path), (), lambda: clock[0], lambda names: BOX)
    port = free_port()
    https = Https(Litestar([index], openapi_config=None), secure, "127.0.0.1", port, round_s=0.02)
    await https.start()
    try:
        first = await asyncio.to_thread(shown, port)
        clock[0] += timedelta(days=300)
        async with httpx.AsyncClient(verify=False, trust_env=False) as http:
            async with asyncio.timeout(WAIT_S):
                while (latest := await asyncio.to_thread(shown, port)).serial_number == first.serial_number:
                    assert (await http.get(f"https://127.0.0.1:{port}/")).text == "here"
            assert (await http.get(f"https://127.0.0.1:{port}/")).text == "here"
        assert latest.not_valid_before_utc > first.not_valid_before_utc
    finally:
        await https.stop()
    assert secure.port is None


async def test_without_a_certificate_nothing_listens(tmp_path: Path) -> None:
    (tmp_path / "authority.pem").write_bytes(b"damaged")
    secure = Secure(SecureStore(tmp_path), (), lambda: datetime(2027, 1, 1, tzinfo=UTC), lambda names: BOX)
    https = Https(Litestar([index], openapi_config=None), secure, "127.0.0.1", free_port())
    await https.start()
    await https.stop()
    assert secure.port is None
    assert secure.trouble is not None
