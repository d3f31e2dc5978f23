"""HTTPS of a real node: what openssl, an HTTP client and Chromium say of it."""

import json
import shutil
import ssl
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from playwright.sync_api import Browser, sync_playwright

from bench.node import Node, running
from tests.e2e.conftest import cli, import_demo
from tests.e2e.pin import pin

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
NO_MODELS = ("--generator", "none", "--embedding", "none")


@dataclass(frozen=True)
class Secured:
    """A node, the port of its HTTPS and its authority in a file."""

    node: Node
    port: int
    authority: Path
    data_dir: Path

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def trusting(self) -> httpx.Client:
        return httpx.Client(verify=ssl.create_default_context(cafile=str(self.authority)), trust_env=False)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory, demo_files: Path) -> Iterator[Secured]:
    data_dir = import_demo(tmp_path_factory.mktemp("secured"), demo_files)
    with running(data_dir, *NO_MODELS) as node:
        told = json.loads((data_dir / "node.json").read_text())
        der = httpx.get(f"{node.url}/secure/counter.crt").content
        authority = tmp_path_factory.mktemp("authority") / "authority.pem"
        certificate = x509.load_der_x509_certificate(der)
        authority.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        yield Secured(node, told["https_port"], authority, data_dir)


def test_openssl_trusts_the_node_with_its_authority(secured: Secured) -> None:
    asked = ["openssl", "s_client", "-connect", f"127.0.0.1:{secured.port}", "-servername", "localhost"]
    checks = ["-CAfile", str(secured.authority), "-verify_return_error", "-verify_hostname", "localhost"]
    done = subprocess.run([*asked, *checks], input="", capture_output=True, text=True, timeout=60)
    assert "Verify return code: 0 (ok)" in done.stdout, done.stdout + done.stderr


def test_a_client_with_the_authority_is_answered_alike_and_one_without_refuses(secured: Secured) -> None:
    with secured.trusting as http:
        body = {"messages": [{"role": "user", "content": "hairdresser"}], "stream": True}
        for url in (secured.url, f"https://localhost:{secured.port}"):
            assert http.get(f"{url}/health").json()["ready"]
        reply = http.post(f"{secured.url}/v1/chat/completions", json=body, timeout=60)
        assert reply.text.endswith("data: [DONE]\n\n")
        market = http.get(f"{secured.url}/api/market").json()
    assert market["secure_url"] == f"{secured.url}/"
    with pytest.raises(httpx.ConnectError, match="certificate"):
        httpx.get(f"{secured.url}/health", trust_env=False)


def test_the_page_over_http_points_to_the_secure_one(secured: Secured) -> None:
    text = httpx.get(f"{secured.node.url}/secure", headers={"Accept-Language": "ru"}).text
    assert 'lang="ru"' in text
    assert f'href="{secured.url}/"' in text
    with secured.trusting as http:
        assert "✓" not in text
        assert 'class="good"' in http.get(f"{secured.url}/secure").text


def test_the_staff_can_show_the_fingerprint(secured: Secured) -> None:
    looked = json.loads(cli("--data-dir", str(secured.data_dir), "doctor", "--json").stdout)
    told = next(finding["reason"] for finding in looked if finding["name"] == "secure")
    fingerprint = told.rpartition(" ")[2]
    assert fingerprint in httpx.get(f"{secured.node.url}/secure").text
    assert len(fingerprint.split(":")) == 32
    assert "prilavok_certificate_expires 1" in httpx.get(f"{secured.node.url}/metrics").text


def test_keys_are_readable_by_the_nodes_user_alone(secured: Secured) -> None:
    files = list((secured.data_dir / "secure").iterdir())
    assert len(files) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_second_start_shows_the_same_authority(secured: Secured, demo_files: Path, tmp_path: Path) -> None:
    data_dir = import_demo(tmp_path / "data", demo_files)
    shutil.copytree(secured.data_dir / "secure", data_dir / "secure")
    with running(data_dir, *NO_MODELS) as node:
        der = httpx.get(f"{node.url}/secure/counter.crt").content
    assert x509.load_der_x509_certificate(der) == x509.load_pem_x509_certificate(
        secured.authority.read_bytes()
    )


def test_without_https_the_node_answers_as_before(demo_files: Path, tmp_path: Path) -> None:
    data_dir = import_demo(tmp_path / "data", demo_files)
    with running(data_dir, *NO_MODELS, env={"PRILAVOK_HTTPS": "false"}) as node:
        assert node.get("/api/market")["secure_url"] is None
        assert httpx.get(f"{node.url}/secure/counter.crt").json()["code"] == "secure.none"
        assert httpx.get(f"{node.url}/secure").status_code == 200
    assert not (data_dir / "secure").exists()


@pytest.fixture(scope="module")
def browser(secured: Secured) -> Iterator[Browser]:
    """A Chromium that trusts the node's certificate by its key."""
    leaf = x509.load_pem_x509_certificates((secured.data_dir / "secure" / "leaf.pem").read_bytes())[0]
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*arguments, f"--ignore-certificate-errors-spki-list={pin(leaf)}"]
        )
        yield chromium
        chromium.close()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_browser_has_a_secure_context_and_reads_the_page(secured: Secured, browser: Browser) -> None:
    page = browser.new_page(locale="de-DE", viewport={"width": 390, "height": 800})
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.goto(f"{secured.url}/secure")
    assert page.evaluate("isSecureContext && !!crypto.subtle && 'serviceWorker' in navigator")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("h1").inner_text() == "Eine sichere Verbindung zu diesem Schalter"
    assert page.locator(".action").first.bounding_box()["height"] >= 44  # type: ignore[index]
    assert problems == []
    page.close()
