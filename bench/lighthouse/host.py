"""A page of somebody else's with nothing wrong with it, so that what the widget costs shows on it alone."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

POLICY = (
    "default-src 'none'; script-src {node}; connect-src {node}; img-src {node} data:; frame-src {node};"
    " style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
STYLE = b"""
body { font: 1.1rem/1.5 sans-serif; color: #222; background: #fff; margin: 0 auto; max-width: 40rem }
a { color: #063; padding: 1rem 0; display: inline-block }"""
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A harbour bakery</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="Bread and rolls by the harbour">
<link rel="icon" href="data:,"><link rel="stylesheet" href="/shop.css"></head><body>
<header><h1>A harbour bakery</h1></header><main><p>{text}</p><p><a href="/bread">Our bread</a></p></main>
{widget}</body></html>"""
TEXT = "Rye, wheat and spelt from the mill next door, baked before you wake up. " * 12


class _Shop(BaseHTTPRequestHandler):
    node = ""

    def do_GET(self) -> None:
        if self.path == "/shop.css":
            self._send(200, "text/css; charset=utf-8", STYLE)
        elif self.path in ("/", "/with"):
            tag = f'<script async src="{self.node}/widget.js" data-corner></script>'
            page = PAGE.format(text=TEXT, widget=tag if self.path == "/with" else "")
            self._send(200, "text/html; charset=utf-8", page.encode())
        else:
            self._send(404, "text/plain; charset=utf-8", b"nothing here")

    def _send(self, status: int, kind: str, body: bytes) -> None:
        packed = gzip.compress(body)
        self.send_response(status)
        headers = {"content-type": kind, "content-encoding": "gzip", "content-length": str(len(packed))}
        headers |= {
            "content-security-policy": POLICY.format(node=self.node),
            "cross-origin-opener-policy": "same-origin",
            "cache-control": "no-cache",
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(packed)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: what it is asked is no news."""


class Shop:
    """Serves `/` without and `/with` the widget of a node, which is named once it runs."""

    def __init__(self) -> None:
        self.handler = type("Shop", (_Shop,), {})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"

    def offer(self, node: str) -> None:
        """The widget comes from this node."""
        self.handler.node = node


@contextmanager
def opened() -> Iterator[Shop]:
    """A shop on a free port of this machine."""
    shop = Shop()
    thread = threading.Thread(target=shop.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield shop
    finally:
        shop.server.shutdown()
        shop.server.server_close()
        thread.join()
