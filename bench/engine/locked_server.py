"""`llama_cpp.Llama` behind a lock, over HTTP: what most people write first. A peer for the measurement only.

Speaks as much of OpenAI's interface as the load asks for: `POST /v1/chat/completions`, streamed or whole,
with `max_tokens`, `temperature`, `ignore_eos`, and `GET /health`. One request runs, the others wait for the
lock, in the order they came. `Llama` itself keeps the last prompt and computes only what differs from it.
"""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from typing import Any

import llama_cpp

BODY_LIMIT_BYTES = 1 << 20
NEVER = -1e9  # a bias that no token overcomes
END = object()


class Locked:
    """One model, one lock."""

    def __init__(self, path: str, context: int, threads: int) -> None:
        self._llama = llama_cpp.Llama(
            path, n_ctx=context, n_threads=threads, n_threads_batch=threads, verbose=False
        )
        self._lock = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1)

    async def chunks(self, asked: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """The chunks of one answer, as they come."""
        loop = asyncio.get_running_loop()
        async with self._lock:
            made: Iterator[Any] = await loop.run_in_executor(self._thread, self._start, asked)
            while (chunk := await loop.run_in_executor(self._thread, next, made, END)) is not END:
                yield chunk

    def _start(self, asked: dict[str, Any]) -> Iterator[Any]:
        bias = {self._llama.token_eos(): NEVER} if asked.get("ignore_eos") else None
        made: Iterator[Any] = self._llama.create_chat_completion(
            messages=asked["messages"],
            max_tokens=asked.get("max_tokens"),
            temperature=asked.get("temperature", 0.8),
            logit_bias=bias,
            stream=True,
        )
        return made


async def serve(locked: Locked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One request a connection."""
    try:
        method, path, _ = (await reader.readline()).decode("latin-1").split(" ", 2)
        length = 0
        while (line := await reader.readline()).strip():
            name, _, value = line.decode("latin-1").partition(":")
            length = int(value) if name.lower() == "content-length" else length
        body = await reader.readexactly(min(length, BODY_LIMIT_BYTES))
        if (method, path) == ("POST", "/v1/chat/completions"):
            await _answer(locked, json.loads(body), writer)
        else:
            writer.write(_head(200 if path == "/health" else 404, "application/json") + b"{}")
    except (ConnectionError, asyncio.IncompleteReadError, ValueError):
        pass  # the client left, or spoke no HTTP
    finally:
        writer.close()


async def _answer(locked: Locked, asked: dict[str, Any], writer: asyncio.StreamWriter) -> None:
    if asked.get("stream"):
        writer.write(_head(200, "text/event-stream"))
        async for chunk in locked.chunks(asked):
            writer.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
            await writer.drain()
        writer.write(b"data: [DONE]\n\n")
    else:
        text = [chunk["choices"][0]["delta"].get("content", "") async for chunk in locked.chunks(asked)]
        whole = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "".join(text)}}]}
        writer.write(_head(200, "application/json") + json.dumps(whole).encode())
    await writer.drain()


def _head(status: int, media_type: str) -> bytes:
    return f"HTTP/1.1 {status} .\r\nContent-Type: {media_type}\r\nConnection: close\r\n\r\n".encode()


async def main() -> None:
    """Prints its address once the model is loaded; ends with its process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--context", type=int, default=2048)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    locked = Locked(given.model, given.context, given.threads)
    server = await asyncio.start_server(lambda r, w: serve(locked, r, w), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    about = {
        "url": f"http://127.0.0.1:{port}",
        "version": version("llama-cpp-python"),
        "system": llama_cpp.llama_print_system_info().decode(),
    }
    print(json.dumps(about), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
