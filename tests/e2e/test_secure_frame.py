"""The counter in a shop's page where both speak HTTPS: the node by its own authority, the shop by another."""

import json
import shutil
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect, sync_playwright

from bench.node import running
from tests.e2e.pin import pin
from tests.e2e.visitor import CHROMIUM, FLAGS, amiss, marks
from tests.simulators.shop import ShopSimulator

pytestmark = marks
OPENER = "Ask the counter"
QUESTION = "a hairdresser in Olkhovo"
PATIENCE_MS = 60_000


@dataclass(frozen=True)
class Stand:
    """A node's data with its certificate made, and a shop that has another."""

    data: Path
    shop: ShopSimulator
    pins: str


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory, demo_dir: Path) -> Iterator[Stand]:
    data = Path(shutil.copytree(demo_dir, tmp_path_factory.mktemp("secure") / "data"))
    with running(data, "--generator", "none", "--embedding", "none"):
        leaf = x509.load_pem_x509_certificates((data / "secure" / "leaf.pem").read_bytes())[0]
    certificate, tls = shown(tmp_path_factory.mktemp("shop"))
    with ShopSimulator("localhost", tls) as shop:
        yield Stand(data, shop, f"{pin(leaf)},{pin(certificate)}")


@pytest.fixture(scope="module")
def browser(stand: Stand) -> Iterator[Browser]:
    """A Chromium that believes both, with storage apart by the site around, as people have it."""
    flags = [*FLAGS, "--disable-features=Translate", f"--ignore-certificate-errors-spki-list={stand.pins}"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield chromium
        chromium.close()


def test_the_frame_answers_over_https_and_goes_on_without_its_node(
    context: BrowserContext, stand: Stand, port: int
) -> None:
    env = {"PRILAVOK_ORIGINS": stand.shop.origin, "PRILAVOK_HTTPS_PORT": str(port)}
    flags = ("--generator", "none", "--embedding", "none")
    told: list[str] = []
    context.on("console", lambda message: told.append(message.text))
    context.on("weberror", lambda error: told.append(str(error.error)))
    with running(stand.data, *flags, env=env):
        assert json.loads((stand.data / "node.json").read_text())["https_port"] == port
        stand.shop.offer(f"https://127.0.0.1:{port}")
        page, frame = opened(context, stand.shop)
        expect(frame.locator(".drawer").first).to_be_visible(timeout=PATIENCE_MS)
        root = frame.locator("html")
        assert root.evaluate("() => isSecureContext && crossOriginIsolated && location.protocol") == "https:"
        expect(frame.locator(".frame[data-alone]:not([data-alone=''])")).to_be_visible(timeout=PATIENCE_MS)
        root.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
        there = names(frame, QUESTION)
        assert told == []
        frame.get_by_role("button", name="Start over").click()
    assert names(frame, QUESTION) == there
    expect(frame.locator(".line")).to_contain_text("Answering on this device")
    page.reload()
    page.get_by_role("button", name=OPENER).click()
    expect(frame.locator(".line")).to_contain_text("Answering on this device", timeout=PATIENCE_MS)
    assert names(frame, "Friseur")
    with running(stand.data, *flags, env=env):
        expect(frame.locator(".line")).to_be_empty(timeout=PATIENCE_MS)
    assert amiss(told, starting=True) == []


def opened(context: BrowserContext, shop: ShopSimulator) -> tuple[Page, FrameLocator]:
    """The shop's page with the counter opened in it."""
    page = context.new_page()
    page.goto(shop.origin)
    page.get_by_role("button", name=OPENER).click()
    return page, page.frame_locator("iframe.guest")


def names(frame: FrameLocator, question: str) -> list[str]:
    """Asks in the frame; the names on the tickets that come."""
    frame.locator("textarea#question").fill(question)
    frame.locator("textarea#question").press("Enter")
    expect(frame.locator(".question").last).to_have_text(question)
    expect(frame.locator(".composer .ask")).to_be_visible()
    expect(frame.locator("article.ticket:visible").first).to_be_visible()
    return frame.locator("article.ticket:visible h3").all_inner_texts()


def shown(folder: Path) -> tuple[x509.Certificate, ssl.SSLContext]:
    """A certificate for localhost that nobody has signed, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    both = certificate.public_bytes(encoding) + key.private_bytes(
        encoding, form, serialization.NoEncryption()
    )
    (folder / "shop.pem").write_bytes(both)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "shop.pem")
    return certificate, context
