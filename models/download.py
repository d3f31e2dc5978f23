"""One file from one URL, in ranges that can be resumed, into a file beside its place.

What came is believed to be nothing yet: `shelf.py` hashes it. Leaves out the choice among sources.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from sync.errors import Corrupt, Unavailable

ATTEMPTS = 4  # in a row that bring not one byte
TIMEOUT = httpx.Timeout(30.0, connect=10.0)  # seconds without a byte

Tell = Callable[[int], None]  # bytes there so far
_UNREACHABLE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol)


class _Again(Exception):
    """This try ended, another may get further."""


def download(
    client: httpx.Client,
    url: str,
    part: Path,
    *,
    size_bytes: int | None,
    limit_bytes: int,
    tell: Tell,
    retry_s: float = 1.0,
) -> None:
    """Append to `part` until it is whole. `size_bytes` is the pinned size, else `limit_bytes` alone bounds.

    Raises Unavailable (no line, refused, truncated again and again, a captive portal's page) or Corrupt
    (another size than pinned, or too large). Tries again, after `retry_s` and then twice as long, only where
    that may help: a host that never answered is left at once.
    """
    idle, first = 0, _size(part)
    while True:
        before = _size(part)
        try:
            _attempt(client, url, part, size_bytes, limit_bytes, tell)
            return
        except _Again as error:
            reason, unreachable = str(error), isinstance(error.__cause__, _UNREACHABLE)
        idle = idle + 1 if _size(part) <= before else 0
        if idle >= ATTEMPTS or (unreachable and _size(part) == first):
            raise Unavailable(
                f"{url}: {reason}.",
                code="models.line",
                hint="Check the line; the next try goes on from there.",
            )
        if idle:
            time.sleep(retry_s * 2 ** (idle - 1))


def _attempt(
    client: httpx.Client, url: str, part: Path, size_bytes: int | None, limit_bytes: int, tell: Tell
) -> None:
    offset = _size(part)
    if offset and offset == size_bytes:
        return
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={offset}-"} if offset else {})
    try:
        with client.stream("GET", url, headers=headers, timeout=TIMEOUT, follow_redirects=True) as response:
            offset = _begin(response, url, part, offset)
            total = _declared(response, offset)
            _check_size(url, total, size_bytes, limit_bytes)
            _append(response, url, part, offset, min(size_bytes or limit_bytes, limit_bytes), tell)
    except httpx.InvalidURL as error:
        raise Corrupt(f"{url}: {error}.", code="models.url", hint="Correct the registry.") from error
    except httpx.HTTPError as error:
        raise _Again(f"{type(error).__name__}: {error}") from error
    whole = size_bytes or total
    if whole and _size(part) < whole:
        raise _Again(f"ended after {_size(part)} of {whole} bytes")


def _begin(response: httpx.Response, url: str, part: Path, offset: int) -> int:
    """Where this answer's bytes belong: `offset`, or 0 for a server that sends all."""
    status = response.status_code
    if status in (408, 425, 429) or status >= 500:
        raise _Again(f"HTTP {status}")
    if status == 416:
        part.unlink(missing_ok=True)
        raise _Again("the server has less than is here already; beginning anew")
    if status not in (200, 206):
        raise Unavailable(f"{url}: HTTP {status}.", code="models.line", hint="The next source is tried.")
    if response.headers.get("content-type", "").lower().startswith(("text/html", "application/xhtml")):
        raise _portal(url)
    if status == 206 and _range_start(response) == offset:
        return offset
    if status == 206:
        part.unlink(missing_ok=True)
        raise _Again("the server sent another range than asked for")
    return 0


def _append(response: httpx.Response, url: str, part: Path, offset: int, bound: int, tell: Tell) -> None:
    with part.open("r+b" if offset else "wb") as file:
        file.seek(offset)
        done = offset
        for block in response.iter_raw():
            if done == 0 and block.lstrip()[:64].lower().startswith((b"<!doctype html", b"<html")):
                raise _portal(url)
            if done + len(block) > bound:
                raise _too_large(url, bound)
            file.write(block)
            done += len(block)
            tell(done)


def _declared(response: httpx.Response, offset: int) -> int | None:
    """The whole file's size as the server states it, where it does."""
    match = re.fullmatch(r"bytes \d+-\d+/(\d+)", response.headers.get("content-range", ""))
    if match:
        return int(match[1])
    length = response.headers.get("content-length", "")
    return offset + int(length) if length.isdecimal() else None


def _range_start(response: httpx.Response) -> int | None:
    match = re.match(r"bytes (\d+)-", response.headers.get("content-range", ""))
    return int(match[1]) if match else None


def _check_size(url: str, total: int | None, size_bytes: int | None, limit_bytes: int) -> None:
    if total is not None and total > (size_bytes or limit_bytes):
        raise _too_large(url, size_bytes or limit_bytes)
    if total is not None and size_bytes is not None and total != size_bytes:
        raise Corrupt(
            f"{url} has {total} bytes, not {size_bytes}.",
            code="models.size",
            hint="The next source is tried.",
        )


def _too_large(url: str, bound: int) -> Corrupt:
    return Corrupt(
        f"{url} is larger than {bound} bytes.", code="models.size", hint="The source carries another file."
    )


def _portal(url: str) -> Unavailable:
    return Unavailable(
        f"{url} answers with a web page instead of the file.",
        code="models.captive_portal",
        hint="This network wants a sign-in: open a browser, sign in, try again.",
    )


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
