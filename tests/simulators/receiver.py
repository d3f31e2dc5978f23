"""The tenant's own server, that takes webhooks or does anything else: it answers by a script."""

import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

Answer = Callable[["Receiver", socket.socket], None]
LIMIT_S = 30.0
OK = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Got:
    """A request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes


def says(status: int, *headers: str) -> Answer:
    """Reads the request and answers with a status."""
    lines = [f"HTTP/1.1 {status} Such", *headers, "Content-Length: 2", "Connection: close", "", "ok"]

    def answer(receiver: "Receiver", line: socket.socket) -> None:
        receiver.read(line)
        line.sendall("\r\n".join(lines).encode())

    return answer


def ok(receiver: "Receiver", line: socket.socket) -> None:
    """Takes it."""
    receiver.read(line)
    line.sendall(OK)


def hangs(receiver: "Receiver", line: socket.socket) -> None:
    """Reads, and says nothing until it is closed."""
    receiver.read(line)
    receiver.stop.wait(LIMIT_S)


def drips(receiver: "Receiver", line: socket.socket) -> None:
    """Sends a header that never ends, a byte at a time."""
    receiver.read(line)
    line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while not receiver.stop.wait(0.05):
        try:
            line.sendall(b"x")
        except OSError:
            return


def floods(receiver: "Receiver", line: socket.socket) -> None:
    """Answers well, and then sends without end."""
    receiver.read(line)
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
    try:
        while not receiver.stop.is_set():
            line.sendall(b"x" * 65536)
    except OSError:
        return


def garbage(receiver: "Receiver", line: socket.socket) -> None:
    """Answers with what is no HTTP."""
    receiver.read(line)
    line.sendall(b"\x00\xff<html>not http\r\n\r\n")


def closes(receiver: "Receiver", line: socket.socket) -> None:
    """Hangs up before it has read."""
    line.close()


@dataclass
class Receiver:
    """Started as a context. Answers by `script` in turn, the last one for ever."""

    script: list[Answer] = field(default_factory=lambda: [ok])
    tls: ssl.SSLContext | None = None
    got: list[Got] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?from=hub"

    def read(self, line: socket.socket) -> None:
        """One request, kept."""
        data = b""
        while b"\r\n\r\n" not in data and (part := line.recv(65536)):
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)}
        while len(body) < int(headers.get("content-length", 0)) and (part := line.recv(65536)):
            body += part
        self.got.append(Got(first, headers, body))

    def wait(self, count: int, limit_s: float = LIMIT_S) -> None:
        """Until so many requests have come."""
        deadline = time.monotonic() + limit_s
        while len(self.got) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(self.got) >= count

    def __enter__(self) -> "Receiver":
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        place = 0
        while not self.stop.is_set():
            try:
                line, _ = self._door.accept()
            except OSError:
                return
            answer = self.script[min(place, len(self.script) - 1)]
            place += 1
            thread = threading.Thread(target=self._answer, args=(answer, line), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _answer(self, answer: Answer, line: socket.socket) -> None:
        try:
            secured = self.tls.wrap_socket(line, server_side=True) if self.tls else line
            with secured:
                secured.settimeout(LIMIT_S)
                answer(self, secured)
        except OSError:
            line.close()
