"""A node as the page sees it: its HTTP surface over a handful of invented places, for driving the widget.

The question chooses what happens: words such as "slow", "nothing" or "broken" in it are the script. It has no
search, no model and no store; the real node is tested elsewhere.
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, TypedDict
from urllib.parse import parse_qs, unquote, urlsplit

import segno

from edge.chat.session import code
from edge.page.bundle import Bundle, content
from edge.page.frame import Frame
from tests.simulators import counter_model
from tests.simulators.counter_data import DATA
from tests.simulators.counter_script import REFUSALS, pieces, script
from tests.simulators.tenant import Tenant

DIST = Path(__file__).parents[2] / "edge" / "widget" / "dist"


class Message(TypedDict):
    """One message of a chat."""

    role: str
    content: str


class Body(TypedDict):
    """A chat request, as the page sends it."""

    messages: list[Message]
    language: str
    session: str


class CounterSimulator:
    """Serves on a free port of 127.0.0.1 until closed; `requests` are the chat bodies it was sent, in order.

    `shop` is a page of somebody else's at `/shop`, which may load from any counter; `origins` are those that
    may have the counter's frame; `damaged` names assets
    that are served with a byte too many. `gate` holds back every "held" answer between its tickets and its
    sentence until it is set, and the second half of a model. `model_bytes` is the size of the one that pages
    may take along; 0: none.
    """

    def __init__(self, port: int = 0, pace_s: float = 0.0) -> None:
        self.requests: list[Body] = []
        self.gate = threading.Event()
        self.dropped = threading.Event()
        self.pace_s = pace_s
        self.leads: list[dict[str, Any]] = []
        self.ratings: list[dict[str, object]] = []
        self.erased: list[dict[str, Any]] = []
        self.forgotten: list[str] = []
        self.hub = "no_hub"
        self.tenant = Tenant()
        self.taking = True
        self.hostile: list[str] = []
        self.model_bytes = 0
        self.shop: str | None = None
        self.origins: list[str] = []
        self.damaged: set[str] = set()
        simulator = self

        class Handler(_Handler):
            counter = simulator

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops listening; answers under way are let go."""
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> "CounterSimulator":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Handler(BaseHTTPRequestHandler):
    counter: CounterSimulator

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        language = query.get("lang", ["en"])[0]
        if path == "/":
            self._page()
        elif path == "/frame":
            frame = Frame.of(Bundle.load(DIST), tuple(self.counter.origins))
            self._send(
                200, content(frame.asset.data), {"content-type": frame.asset.media_type, **frame.headers}
            )
        elif path in ("/widget.js", "/sw.js"):
            self._send(200, (DIST / path[1:]).read_bytes(), {"content-type": "text/javascript"})
        elif path == "/shop" and self.counter.shop is not None:
            self._shop(self.counter.shop)
        elif path == "/api/market":
            self._json(200, DATA["market"].get(language, DATA["market"]["en"]))
        elif path == "/api/lead/terms":
            self._json(200, self._terms(language))
        elif path.startswith("/assets/") and (DIST / path[1:]).is_file():
            self._asset(path.removeprefix("/assets/"))
        elif path.startswith("/browser/model"):
            self._model(self.headers.get("range"))
        elif path.startswith("/api/card/") and path.endswith("/qr.svg"):
            self._code(unquote(path.split("/")[3]))
        else:
            self._json(404, {"code": "missing", "title": "Not here"})

    def _terms(self, language: str) -> dict[str, object]:
        counter = self.counter
        key = counter.tenant.key if counter.taking else None
        consent = {"de": "Ich bin einverstanden."}.get(language, "I agree that the shop may contact me.")
        names = {"version": "7", "language": language, "consent": consent}
        return {"taking": counter.taking, "key": key, "key_id": Tenant.key_id, **names}

    def do_POST(self) -> None:
        data = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/api/lead":
            self._lead(data)
        elif self.path == "/api/feedback":
            self.counter.ratings.append(data)
            self._json(202, {"accepted": True})
        elif self.path.startswith("/api/session"):
            self._session(self.path.removeprefix("/api/session"), data)
        else:
            self._chat(data)

    def _lead(self, lead: dict[str, Any]) -> None:
        """Takes a request once, however often it comes."""
        if lead["envelope"]["key_id"] != Tenant.key_id:
            self._json(422, {"code": "lead.wrong_key"})
            return
        if lead["id"] not in [one["id"] for one in self.counter.leads]:
            self.counter.leads.append(lead)
        self._json(202, {"id": lead["id"]})

    def _session(self, wish: str, own: dict[str, Any]) -> None:
        """What is held of a session: the requests it names. Erasing takes them, and is written down."""
        named = {"code": code(own["session"]), "hub": self.counter.hub}
        if wish == "/forget":
            self.counter.forgotten.append(own["session"])
        theirs = [lead for lead in self.counter.leads if lead["id"] in own.get("requests", [])]
        if wish == "/erase":
            self.counter.erased.append(own)
            self.counter.leads = [lead for lead in self.counter.leads if lead not in theirs]
            self._json(200, named)
        elif wish == "/held":
            asked = sum(one["session"] == own["session"] for one in self.counter.requests)
            held = {"questions_today": asked or None, "answers": [], "requests": theirs, "waiting": {}}
            self._json(200, {**named, **held})
        else:
            self._json(200, named)

    def _chat(self, body: Body) -> None:
        self.counter.requests.append(body)
        question = body["messages"][-1]["content"].lower()
        for word, (status, why) in REFUSALS.items():
            if word in question:
                self._json(
                    status, {"error": {"message": "no", "type": "x", "code": why}}, {"retry-after": "7"}
                )
                return
        if "slow" in question:
            self.counter.gate.wait(20)
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("access-control-allow-origin", "*")
        self.end_headers()
        try:
            if "queued" in question:
                self._queue()
            self._answer(question, body["language"])
        except (BrokenPipeError, ConnectionResetError):
            self.counter.dropped.set()

    def _answer(self, question: str, language: str) -> None:
        grounding, text = script(question, language, self.counter.hostile)
        opening = {k: v for k, v in grounding.items() if k != "chips"}
        self._event({"grounding": opening, "choices": [{"delta": {"role": "assistant", "content": ""}}]})
        if "held" in question:
            self._hold()
        for piece in pieces(text):
            time.sleep(self.counter.pace_s)
            self._event({"choices": [{"delta": {"content": piece}}]})
            if "broken" in question:
                return
        self._event({"grounding": grounding, "choices": [{"delta": {}, "finish_reason": "stop"}]})
        self.wfile.write(b"data: [DONE]\n\n")

    def _hold(self) -> None:
        """Waits for the gate; a comment line now and then shows whether anyone still listens."""
        for _ in range(400):
            if self.counter.gate.wait(0.05):
                return
            self.wfile.write(b": still here\n\n")
            self.wfile.flush()

    def _queue(self) -> None:
        """Two questions are before this one, until the gate opens."""
        self._event({"queue": {"position": 2, "expected_wait_s": 12.4}, "choices": []})
        self._hold()

    def _event(self, chunk: dict[str, object]) -> None:
        chunk = {"id": f"answer-{len(self.counter.requests)}", **chunk}
        self.wfile.write(f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode())
        self.wfile.flush()

    def _page(self) -> None:
        policy = json.loads((DIST / "manifest.json").read_text())["content_security_policy"]
        headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": policy}
        self._send(200, (DIST / "index.html").read_bytes(), headers)

    def _shop(self, body: str) -> None:
        """A foreign page with a policy as strict as one that wants the widget can have."""
        policy = (
            "default-src 'none'; script-src http:; connect-src http:; img-src http:; frame-src http:;"
            " require-trusted-types-for 'script'; trusted-types 'none'"
        )
        page = f"<!doctype html><html lang=en><meta charset=utf-8><title>A shop</title><h1>A shop</h1>{body}"
        self._send(200, page.encode(), {"content-type": "text/html", "content-security-policy": policy})

    def do_OPTIONS(self) -> None:
        self._send(204, b"", {"access-control-allow-headers": "content-type"})

    def _asset(self, name: str) -> None:
        entry = json.loads((DIST / "manifest.json").read_text())["assets"][name]
        headers = {"content-type": entry["type"], "cache-control": "public, max-age=31536000, immutable"}
        extra = b"\n" if name in self.counter.damaged else b""
        self._send(200, (DIST / "assets" / name).read_bytes() + extra, headers)

    def _model(self, asked: str | None) -> None:
        if asked is None:
            self._json(200, counter_model.head(self.counter.model_bytes))
            return
        if counter_model.start(asked) >= self.counter.model_bytes // 2:
            self.counter.gate.wait(20)
        self._send(206, counter_model.piece(asked), {"content-type": "application/octet-stream"})

    def _code(self, card: str) -> None:
        picture = BytesIO()
        segno.make(f"BEGIN:VCARD\nVERSION:4.0\nFN:{card}\nEND:VCARD").save(picture, kind="svg", border=2)
        self._send(200, picture.getvalue(), {"content-type": "image/svg+xml"})

    def _json(
        self, status: int, body: dict[str, object] | None, headers: dict[str, str] | None = None
    ) -> None:
        content = {"content-type": "application/json", **(headers or {})}
        self._send(status, json.dumps(body, ensure_ascii=False).encode(), content)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("access-control-allow-origin", "*")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the tests look at `requests`."""


if __name__ == "__main__":
    import sys

    counter = CounterSimulator(port=int(sys.argv[1]) if len(sys.argv) > 1 else 8099, pace_s=0.02)
    print(counter.url)
    threading.Event().wait()
