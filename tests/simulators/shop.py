"""A page of somebody else's on an origin of its own, as strict as one that wants the widget can be."""

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

STRICT = (
    "default-src 'none'; script-src {node}; frame-src {node};"
    " require-trusted-types-for 'script'; trusted-types 'none'; base-uri 'none'; form-action 'none'"
)
NO_FRAMES = (
    "default-src 'none'; script-src {node}; connect-src {node}; img-src {node};"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)


class ShopSimulator:
    """Serves one page at every path until closed. `body` is what stands in it, `policy` its headers'.

    `host` is "127.0.0.1" or "localhost": another site in a browser's eyes, with storage of its own. `tls` is
    what it shows as its certificate; without one it speaks HTTP.
    """

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.body = ""
        self.policy = ""
        shop = self

        class Handler(_Handler):
            simulator = shop

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.origin = f"{'https' if tls else 'http'}://{host}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def offer(self, node: str, attributes: str = "data-corner", policy: str = STRICT) -> None:
        """The widget of a node, by its script."""
        self.body = f"<script async src='{node}/widget.js' {attributes}></script>"
        self.policy = policy.format(node=node)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> "ShopSimulator":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Handler(BaseHTTPRequestHandler):
    simulator: ShopSimulator

    def do_GET(self) -> None:
        page = (
            "<!doctype html><html lang=en><meta charset=utf-8><title>A shop</title>"
            f"<main><h1>A shop</h1>{self.simulator.body}</main>"
        ).encode()
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(page)))
        self.send_header("content-security-policy", self.simulator.policy)
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""
