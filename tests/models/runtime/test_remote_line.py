"""The line to a server: whom it trusts."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from models.runtime.generator import ChatMessage, Piece, Request
from models.runtime.remote import RemoteGenerator
from models.runtime.remote_probe import serves
from models.runtime.remote_server import Server
from sync.errors import Unavailable
from tests.contracts.subject import server
from tests.simulators.model_server import ModelServerSimulator, serving

ASKED = Request(messages=(ChatMessage("user", "one two"),))


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def simulator(authority: trustme.CA) -> Iterator[ModelServerSimulator]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with serving(tls=context) as served:
        yield served


async def said(asked: Server) -> str:
    generator = RemoteGenerator(asked)
    try:
        return "".join([out.text async for out in generator.generate(ASKED) if isinstance(out, Piece)])
    finally:
        await generator.close()


async def test_certificate_of_nobody_known_is_not_believed(simulator: ModelServerSimulator) -> None:
    with pytest.raises(Unavailable) as caught:
        await said(server(simulator))
    assert caught.value.code == "generator.certificate"
    with pytest.raises(Unavailable) as asked:
        serves(server(simulator))
    assert asked.value.code == "generator.certificate"
    assert simulator.asked == []


async def test_ones_own_authority_is_believed(
    simulator: ModelServerSimulator, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    assert await said(server(simulator)) == "one two"
    assert serves(server(simulator)) == ("tiny",)


async def test_proxy_is_not_asked_for_a_server_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving() as simulator:
        assert await said(server(simulator)) == "one two"
        assert serves(server(simulator)) == ("tiny",)
