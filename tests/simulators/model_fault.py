"""Ways in which a model server, or what stands in its place, fails one request."""

import json
import socket
import struct
from collections.abc import Callable
from typing import Any, Protocol

HOLD_S = 30.0  # until the listener goes or the server stops
PAGE = b"<!doctype html><html><title>Sign in</title><body>Accept the terms</body></html>"


class Answering(Protocol):
    """The call that is failed."""

    connection: socket.socket
    close_connection: bool

    def begin(self, kind: str = ..., status: int = ...) -> None: ...
    def event(self, data: dict[str, Any]) -> None: ...
    def piece(self, chat: bool, text: str, prompt: int, count: int) -> None: ...
    def write(self, data: bytes) -> None: ...
    def pause(self, seconds: float) -> None: ...
    def send(self, status: int, kind: str, body: bytes, **headers: str) -> None: ...
    def refuse(self, status: int, error: dict[str, Any], **headers: str) -> None: ...


def _reset(call: Answering) -> None:
    call.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    call.connection.close()
    call.close_connection = True


def _cut(call: Answering) -> None:
    call.begin()
    call.piece(True, "half ", 1, 1)
    call.close_connection = True


def _ends_without_end(call: Answering) -> None:
    call.begin()
    call.piece(True, "half ", 1, 1)
    call.write(b"data: [DONE]\n\n")
    call.write(b"")


def _hangs_in_the_middle(call: Answering) -> None:
    call.begin()
    call.piece(True, "half ", 1, 1)
    call.pause(HOLD_S)


def _never_done(call: Answering) -> None:
    call.begin()
    call.piece(True, "whole", 1, 1)
    call.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    call.pause(HOLD_S)


def _comments(call: Answering) -> None:
    call.begin()
    for _ in range(int(HOLD_S / 0.02)):
        call.write(b": still here\n\n")
        call.pause(0.02)


def _stream(*blocks: bytes) -> Callable[[Answering], None]:
    def fail(call: Answering) -> None:
        call.begin()
        for block in blocks:
            call.write(block)
        call.write(b"")

    return fail


def _flood(call: Answering) -> None:
    call.begin()
    event = b"data: " + json.dumps({"choices": [{"delta": {"role": "x" * 1000}}]}).encode() + b"\n\n"
    while True:
        call.write(event)


def _status(status: int, **headers: str) -> Callable[[Answering], None]:
    return lambda call: call.refuse(
        status, {"message": "prompt said: secret words", "type": "some_error"}, **headers
    )


FAULTS: dict[str, Callable[[Answering], None]] = {
    "hangs": lambda call: call.pause(HOLD_S),
    "hangs in the middle": _hangs_in_the_middle,
    "only comments": _comments,
    "never done": _never_done,
    "reset": _reset,
    "cut": _cut,
    "ends without end": _ends_without_end,
    "garbage": _stream(b"\x00\x01garbage\n\n"),
    "no JSON": _stream(b"data: {not json\n\n"),
    "other JSON": _stream(b'data: {"answer": 42}\n\n'),
    "not UTF-8": _stream(b"data: \xff\xfe\n\n"),
    "huge line": _stream(b"data: " + b"x" * 200_000),
    "flood": _flood,
    "sign-in page": lambda call: call.send(200, "text/html; charset=utf-8", PAGE),
    "sign-in page as events": _stream(PAGE),
    "sign-in page, 403": lambda call: call.send(403, "text/html", PAGE),
    "wants a sign-in": lambda call: call.send(511, "text/html", PAGE),
    "wrong type": lambda call: call.send(200, "application/json", b'{"choices": []}'),
    "compressed": lambda call: call.send(200, "text/event-stream", b"\x1f\x8b", Content_Encoding="gzip"),
    "error within": _stream(b'data: {"error": {"message": "secret words", "code": 500}}\n\n'),
    "error, older form": _stream(b'error: {"message": "secret words", "code": 500}\n\n'),
    "filtered": _stream(
        b'data: {"choices": [{"delta": {"content": "x"}, "finish_reason": "content_filter"}]}\n\n'
    ),
    "odd end": _stream(
        b'data: {"choices": [{"delta": {"content": "x"}, "finish_reason": "tool_calls"}]}\n\n'
    ),
    "redirect": lambda call: call.send(307, "text/plain", b"", Location="http://127.0.0.1:9/v1"),
    "400": _status(400),
    "403": _status(403),
    "404": _status(404),
    "429": _status(429, Retry_After="30"),
    "429, soon": _status(429, Retry_After="0"),
    "500": _status(500),
    "502, page": lambda call: call.send(502, "text/html", PAGE),
    "503": _status(503),
    "lying length": lambda call: call.send(
        200, "text/event-stream", b"data: {}", Content_Length="999", Connection="close"
    ),
}
