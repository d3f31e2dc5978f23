"""The kiosk's policy in a real Chromium: it trusts the node out of the box and leads nowhere else.

The policy is laid over the system's in a mount namespace of the browser's own: the machine is left alone.
"""

import http.server
import json
import mmap
import queue
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.kiosk.policy import policy
from edge.secure.authority import issue, make_authority
from edge.secure.moment import Moment
from edge.secure.name import Identity
from tests.e2e.conftest import cli

CHROMIUM = shutil.which("chromium")
BINARY = Path("/usr/lib/chromium/chromium")
WAIT_S = 90
AT = Moment(datetime.now(UTC), known=True)
PAGE = """<!doctype html><title>kiosk</title>
<img src="{secure}seen.svg" onload="fetch('/trusted')" onerror="fetch('/refused')">
<iframe src="{foreign}" onload="fetch('/framed')"></iframe>"""
IMAGE = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'


class Site:
    """A small web server that remembers the paths it was asked for."""

    def __init__(self, leaf: Path | None = None) -> None:
        self.asked: queue.Queue[str] = queue.Queue()
        self.page = b"<!doctype html>"
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kind, body = ("image/svg+xml", IMAGE) if "svg" in self.path else ("text/html", site.page)
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                site.asked.put(self.path)

            def log_message(self, *arguments: object) -> None:
                """Says nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if leaf is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(leaf)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"http{'s' if leaf else ''}://127.0.0.1:{self.server.server_address[1]}/"

    def wait_for(self, *paths: str) -> str:
        """The first of the paths to be asked for; others that come before are kept for later."""
        others = []
        while (path := self.asked.get(timeout=WAIT_S)) not in paths:
            others.append(path)
        for other in others:
            self.asked.put(other)
        return path

    @contextmanager
    def serving(self) -> Iterator["Site"]:
        thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.server.shutdown()
            self.server.server_close()
            thread.join()


def namespaces() -> bool:
    """Whether this user may mount in a namespace of their own."""
    if shutil.which("unshare") is None:
        return False
    done = subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True)
    return done.returncode == 0


@contextmanager
def browsing(folder: Path, bounds: bytes, url: str) -> Iterator[None]:
    """A Chromium under a managed policy, for as long as the block runs."""
    (folder / "policy.json").write_bytes(bounds)
    managed = "/etc/chromium/policies/managed"
    over = f"mount -t tmpfs none /etc/chromium && mkdir -p {managed} && cp {folder}/policy.json {managed}/"
    flags = "--headless=new --no-sandbox --disable-gpu --disable-background-networking"
    command = f"{over} && exec {CHROMIUM} {flags} --user-data-dir={folder}/profile '{url}'"
    process = subprocess.Popen(
        ["unshare", "-rm", "--fork", "--pid", "--kill-child", "sh", "-c", command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None or not Path("/etc/chromium").is_dir(), reason="no Debian Chromium here")
@pytest.mark.skipif(not namespaces(), reason="no mount namespaces for this user")
@pytest.mark.parametrize("installed", [True, False])
def test_the_kiosk_browser_trusts_the_node_and_leads_nowhere_else(tmp_path: Path, installed: bool) -> None:
    authority = make_authority((), AT)
    leaf = tmp_path / "leaf.pem"
    leaf.write_bytes(issue(authority, Identity(("localhost",), ("127.0.0.1",)), AT).pem)
    with Site().serving() as counter, Site(leaf).serving() as secure, Site().serving() as foreign:
        counter.page = PAGE.format(secure=secure.url, foreign=foreign.url).encode()
        bounds = policy(counter.url, secure.url, authority.der if installed else None)
        with browsing(tmp_path, json.dumps(bounds).encode(), counter.url):
            said = counter.wait_for("/trusted", "/refused")
            counter.wait_for("/framed")
            if said == "/trusted":
                assert secure.asked.get(timeout=WAIT_S) == "/seen.svg"
        assert said == ("/trusted" if installed else "/refused")
        assert foreign.asked.empty()


@pytest.mark.skipif(not BINARY.is_file(), reason="no Debian Chromium here")
def test_every_policy_is_one_that_this_chromium_knows() -> None:
    names = policy("http://127.0.0.1:8080/", "https://127.0.0.1:8443/", b"authority")
    with BINARY.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as binary:
        unknown = [name for name in names if binary.find(f"\0{name}\0".encode()) < 0]
    assert unknown == []


def test_the_command_prints_and_installs(tmp_path: Path) -> None:
    data, root = str(tmp_path / "data"), tmp_path / "root"
    shown = cli("--data-dir", data, "kiosk", "--print")
    assert '"URLBlocklist"' in shown.stdout
    assert "ExecStart=/usr/bin/cage" in shown.stdout
    assert "start the node once" in shown.stderr
    planned = cli("--data-dir", data, "kiosk", "--install", "--dry-run", "--root", str(root), "--json")
    assert {one["change"] for one in json.loads(planned.stdout)["changes"]} == {"new"}
    assert not root.exists()
    done = cli("--data-dir", data, "kiosk", "--install", "--root", str(root))
    assert "systemctl enable --now prilavok-kiosk.service" in done.stdout
    assert (root / "etc/systemd/system/prilavok-kiosk.service").is_file()
    refused = cli("--data-dir", data, "kiosk", "--url", "nowhere", status=5)
    assert "kiosk" in refused.stderr
