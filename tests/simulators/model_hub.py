"""A hub of files on a free local port, which can misbehave in every way a line does.

It counts requests and serves ranges; it knows nothing of models or hashes.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Page:
    """A file as the hub serves it. `cut_at` drops the line after so many bytes of a body, `cuts` times."""

    body: bytes
    status: int = 200
    kind: str = "application/octet-stream"
    ranges: bool = True
    cut_at: int | None = None
    cuts: int = 1
    shift: int = 0  # answers a range that begins so many bytes late


@dataclass
class HubSimulator:
    """The pages, and the requests that came: path and Range header."""

    url: str = ""
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        self.asked.append((request.path, wanted))
        page = self.pages.get(request.path, Page(b"no such page", status=404))
        start = 0
        match = re.fullmatch(r"bytes=(\d+)-", wanted or "")
        if match and page.ranges and page.status == 200:
            start = int(match[1]) + page.shift
        if start and start >= len(page.body):
            request.send_response(416)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        self._send(request, page, start)

    def _send(self, request: BaseHTTPRequestHandler, page: Page, start: int) -> None:
        body = page.body[start:]
        request.send_response(206 if start else page.status)
        request.send_header("Content-Type", page.kind)
        request.send_header("Content-Length", str(len(body)))
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(page.body) - 1}/{len(page.body)}")
        request.end_headers()
        if page.cut_at is not None and page.cuts > 0:
            page.cuts -= 1
            body = body[: page.cut_at]
            request.close_connection = True
        request.wfile.write(body)


@contextmanager
def serving() -> Iterator[HubSimulator]:
    """A hub without pages; it ends with the block."""
    served = HubSimulator()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.answer(self)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield served
        server.shutdown()
        thread.join()
