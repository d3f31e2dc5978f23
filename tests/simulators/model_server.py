"""A model server on a free local port: OpenAI's streaming protocol in three flavours, and its ways to fail.

Its model says what it is told to: a grammar of one literal (`root ::= "text"`, followed by ` root` for ever),
or else the last user's message; a message that begins with "forever " goes on and on. Faults are used up one
a request. It knows nothing of our client.
"""

import json
import re
import select
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.simulators.model_fault import FAULTS

CONTEXT = 512  # words
PAUSE_S = 0.002  # between pieces, so that a stream can be left in its middle
LITERAL = re.compile(r'\s*root\s*::=\s*"((?:[^"\\]|\\.)*)"(\s+root)?\s*(?:\|.*)?', re.S)
# What OpenAI documents of what a generator may send; a strict server knows no more.
STRICT = frozenset(
    (
        "model",
        "messages",
        "stream",
        "stream_options",
        "max_tokens",
        "temperature",
        "stop",
        "seed",
        "logit_bias",
    )
)


class BadRequestError(Exception):
    """Answered with 400."""


@dataclass
class ModelServerSimulator:
    """The requests that came, the faults to come, and how many listeners went away in the middle."""

    flavour: str = "openai"
    model: str = "tiny"
    key: str | None = None
    heedless: bool = False  # writes what it likes, whatever the grammar
    url: str = ""
    faults: deque[str] = field(default_factory=deque)
    asked: list[dict[str, Any]] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)
    left: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    stopping: threading.Event = field(default_factory=threading.Event)
    tls: ssl.SSLContext | None = None

    def serve(self, call: "Call") -> None:
        """One POST."""
        body = json.loads(call.rfile.read(int(call.headers["Content-Length"])))
        self.asked.append(body | {"path": call.path})
        if self.key and call.headers.get("Authorization") != f"Bearer {self.key}":
            call.refuse(
                401, {"code": "invalid_api_key", "message": f"{call.headers.get('Authorization')} is wrong"}
            )
        elif self.faults:
            FAULTS[self.faults.popleft()](call)
        else:
            try:
                words, prompt = self._words(body), self._prompt_words(body)
            except BadRequestError as error:
                call.refuse(400, {"code": None, "type": "invalid_request_error", "message": str(error)})
            else:
                call.answer(body, words, prompt)

    def _words(self, body: dict[str, Any]) -> Iterator[str]:
        """Raises BadRequestError before the first word."""
        self._check(body)
        text, endless = self._text(body)
        return _said(text, endless, bool(body.get("ignore_eos")))

    def _check(self, body: dict[str, Any]) -> None:
        if self.flavour == "openai" and (unknown := set(body) - STRICT):
            raise BadRequestError(f"unknown fields {sorted(unknown)}")
        if body["model"] != self.model:
            raise BadRequestError("no such model")

    def _text(self, body: dict[str, Any]) -> tuple[str, bool]:
        grammar = body.get("grammar") or body.get("structured_outputs", {}).get("grammar")
        if grammar is not None and not self.heedless:
            match = LITERAL.fullmatch(grammar)
            if match is None:
                raise BadRequestError("failed to parse grammar")
            return json.loads(f'"{match[1]}"'), bool(match[2])
        said = [message["content"] for message in body.get("messages", ()) if message["role"] == "user"]
        text = said[-1] if said else body.get("prompt", "")
        return text.removeprefix("forever "), text.startswith("forever ")

    def _prompt_words(self, body: dict[str, Any]) -> int:
        texts = [message["content"] for message in body.get("messages", ())] or [body["prompt"]]
        count = sum(len(text.split()) for text in texts)
        if count > CONTEXT:
            raise BadRequestError(
                f"This model's maximum context length is {CONTEXT} tokens, you sent {count}."
            )
        return max(1, count)


def _said(text: str, endless: bool, ignore_eos: bool) -> Iterator[str]:
    while True:
        yield from re.findall(r"\s*\S+|\s+", text)
        if not endless and not ignore_eos:
            return
        text = text if endless else " more"


class Call(BaseHTTPRequestHandler):
    """One connection; its server holds the simulator."""

    protocol_version = "HTTP/1.1"
    simulator: ModelServerSimulator

    def setup(self) -> None:
        if self.simulator.tls:
            self.request = self.simulator.tls.wrap_socket(
                self.request, server_side=True, do_handshake_on_connect=False
            )
        super().setup()
        self.simulator.connections.add(self.connection)

    def handle(self) -> None:
        with suppress(OSError):  # a listener that does not believe our certificate, say
            super().handle()

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.simulator.connections.discard(self.connection)
        if self.simulator.tls:
            self.connection.close()

    def do_POST(self) -> None:
        with suppress(OSError):
            self.simulator.serve(self)

    def do_GET(self) -> None:
        if self.simulator.faults:
            FAULTS[self.simulator.faults.popleft()](self)
        elif self.simulator.key and self.headers.get("Authorization") != f"Bearer {self.simulator.key}":
            self.refuse(401, {"message": "wrong"})
        else:
            self.send(200, "application/json", json.dumps({"data": [{"id": self.simulator.model}]}).encode())

    def answer(self, body: dict[str, Any], words: Iterator[str], prompt: int) -> None:
        """The stream of one answer, as the flavour writes it."""
        assert body["stream"] is True
        self.begin()
        chat, said, count, reason = "messages" in body, "", 0, "stop"
        if chat:
            self.event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})
        for word in words:
            if count >= body["max_tokens"]:
                reason = "length"
                break
            count += 1
            said, before = said + word, said
            stops = [said.find(stop) for stop in body.get("stop", ()) if stop in said]
            shown = said[len(before) : min(stops)] if stops else word
            self.piece(chat, shown, prompt, count)
            if stops:
                break
            self.pause(PAUSE_S)
        self.end(chat, reason, prompt, count)

    def piece(self, chat: bool, text: str, prompt: int, count: int) -> None:
        choice = {"index": 0, "delta": {"content": text}} if chat else {"index": 0, "text": text}
        self.event({"choices": [choice], **self.figures(prompt, count)})

    def end(self, chat: bool, reason: str, prompt: int, count: int) -> None:
        self.event(
            {"choices": [{"index": 0, "finish_reason": reason} | ({"delta": {}} if chat else {"text": ""})]}
        )
        usage = {"prompt_tokens": prompt, "completion_tokens": count, "total_tokens": prompt + count}
        self.event({"choices": [], "usage": usage})
        self.write(b"data: [DONE]\n\n")
        self.write(b"")

    def figures(self, prompt: int, count: int) -> dict[str, Any]:
        """What the flavour counts aloud with each piece."""
        if self.simulator.flavour == "llama-server":
            return {
                "timings": {"cache_n": prompt // 2, "prompt_n": prompt - prompt // 2, "predicted_n": count}
            }
        if self.simulator.flavour == "vllm":
            return {
                "usage": {"prompt_tokens": prompt, "completion_tokens": count, "total_tokens": prompt + count}
            }
        return {}

    def begin(self, kind: str = "text/event-stream; charset=utf-8", status: int = 200) -> None:
        """Headers of a chunked body."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def event(self, data: dict[str, Any]) -> None:
        self.write(b"data: " + json.dumps({"id": "x", "object": "chunk", **data}).encode() + b"\n\n")

    def write(self, data: bytes) -> None:
        """A chunk of the body; an empty one ends it."""
        try:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        except OSError:
            self.simulator.left.release()
            raise

    def pause(self, seconds: float) -> None:
        """Wait, unless the listener goes or the server stops: then ConnectionError."""
        ends = time.monotonic() + seconds
        while (remaining := ends - time.monotonic()) > 0:
            if self.simulator.stopping.is_set():
                raise ConnectionAbortedError
            readable, _, _ = select.select([self.connection], [], [], min(remaining, 0.02))
            if readable:
                self.simulator.left.release()
                raise ConnectionResetError

    def refuse(self, status: int, error: dict[str, Any], **headers: str) -> None:
        self.send(status, "application/json", json.dumps({"error": error}).encode(), **headers)

    def send(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        given = {"Content_Type": kind, "Content_Length": str(len(body)), **headers}
        for name, value in given.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def serving(flavour: str = "openai", **fields: Any) -> Iterator[ModelServerSimulator]:
    """A server; it ends with the block, whoever still listens."""
    simulator = ModelServerSimulator(flavour, **fields)
    handler = type("OwnCall", (Call,), {"simulator": simulator})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        simulator.url = f"{'https' if simulator.tls else 'http'}://127.0.0.1:{server.server_port}/v1"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield simulator
        finally:
            simulator.stopping.set()
            for connection in tuple(simulator.connections):
                with suppress(OSError):
                    connection.shutdown(2)
            server.shutdown()
            thread.join()
