"""Asks the hub over HTTP, as whoever is logged in: the command line's seam to httpx.

A POST carries an Idempotency-Key and is repeated when the answer is lost, so nothing is made twice.
"""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import httpx
import msgspec

from cloud.cli import session
from cloud.cli.session import Session
from sync.errors import Conflict, Corrupt, Missing, PrilavokError, Refused, Unavailable

READ_S = 60.0
UPLOAD_S = 600.0
TRIES = 3
PAUSE_S = 0.5
PAGE = 200
KINDS: dict[int, type[PrilavokError]] = {404: Missing, 409: Conflict, 412: Conflict}
Query = Mapping[str, str | int | None]


class _Problem(msgspec.Struct):
    detail: str = ""
    code: str = "hub.refused"
    hint: str = ""


@dataclass(frozen=True)
class Answer:
    """What the hub said."""

    body: Any
    tag: str | None = None


@dataclass(frozen=True)
class Hub:
    """The hub, for one login. `tenant` is what `path` puts in front."""

    login: Session
    tenant: str | None = None
    transport: httpx.BaseTransport | None = field(default=None, repr=False)

    def path(self, rest: str) -> str:
        """A path below the tenant. Refused where it is not clear which one is meant."""
        return f"/tenants/{self.tenant or self._only_tenant()}{rest}"

    def _only_tenant(self) -> str:
        if self.login.owner != "@hub":
            return self.login.owner
        names = [each["tenant"] for each in self.get("/tenants", {"limit": 2}).body["items"]]
        if len(names) == 1:
            return str(names[0])
        raise Refused(
            "Which tenant?" if names else "There is no tenant yet.",
            code="tenant.which",
            hint="Say --tenant NAME, or set PRILAVOK_TENANT."
            if names
            else "Make one: prilavok tenant add NAME",
        )

    def get(self, path: str, query: Query | None = None) -> Answer:
        """Reads."""
        return self._ask("GET", path, query=query)

    def pages(self, path: str, query: Query | None = None, cursor: str = "after") -> Iterator[Any]:
        """Every item of a list, page by page."""
        asked: dict[str, str | int | None] = {"limit": PAGE, **(query or {})}
        while True:
            page = self.get(path, asked).body
            yield from page["items"]
            if page.get("next") is None:
                return
            asked[cursor] = page["next"]

    def post(self, path: str, body: object) -> Answer:
        """Makes or does something, once."""
        return self._ask("POST", path, body, headers={"Idempotency-Key": str(uuid.uuid4())})

    def upload(self, path: str, files: Mapping[str, tuple[str, BinaryIO]], query: Query) -> Answer:
        """Sends files by the names of their fields: (file name, open file), read anew when repeated."""

        def body() -> dict[str, Any]:
            for _, file in files.values():
                file.seek(0)
            return {"files": dict(files)}

        return self._ask("POST", path, query=query, body=body, timeout_s=UPLOAD_S)

    def edit(self, method: str, path: str, body: object, tag: str | None) -> Answer:
        """Changes what was read with that tag."""
        return self._ask(method, path, body, headers={"If-Match": tag or "*"})

    def download(self, path: str) -> bytes:
        """What is no JSON. Conflict where it is not there yet."""
        reply = self._send("GET", path, _json(None), {}, {})
        if not reply.is_success:
            raise _failure(reply, self.login.hub)
        return reply.content

    def delete(self, path: str) -> None:
        """Ends something."""
        self._ask("DELETE", path)

    def _ask(
        self,
        method: str,
        path: str,
        body: object | Callable[[], dict[str, Any]] | None = None,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = READ_S,
    ) -> Answer:
        given = body if callable(body) else _json(body)
        reply = self._send(method, path, given, query or {}, headers or {}, timeout_s)
        return _read(reply, self.login.hub)

    def _send(
        self,
        method: str,
        path: str,
        given: Callable[[], dict[str, Any]],
        query: Query,
        headers: Mapping[str, str],
        timeout_s: float = READ_S,
    ) -> httpx.Response:
        params = {name: value for name, value in query.items() if value is not None}
        sent = dict(headers)
        if self.login.token:
            sent["Authorization"] = f"Bearer {self.login.token}"
        timeout = httpx.Timeout(timeout_s, connect=5)
        for left in range(TRIES - 1, -1, -1):
            try:
                with httpx.Client(timeout=timeout, transport=self.transport) as client:
                    url = f"{self.login.hub}/api{path}"
                    return client.request(method, url, params=params, **_with(given(), sent))
            except httpx.HTTPError as error:
                if not left:
                    raise _silent(self.login.hub, error) from None
            time.sleep(PAUSE_S)
        raise AssertionError("the last try returns or raises")


def _json(body: object | None) -> Callable[[], dict[str, Any]]:
    data = None if body is None else msgspec.json.encode(body)
    return lambda: {"content": data, "headers": {"Content-Type": "application/json"}}


def _with(given: dict[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
    return {**given, "headers": {**given.get("headers", {}), **headers}}


def opened(tenant: str | None = None) -> Hub:
    """The hub, as whoever is logged in."""
    login = session.load()
    return Hub(login, tenant or login.tenant)


def _read(reply: httpx.Response, hub: str) -> Answer:
    if reply.is_success and not reply.content:
        return Answer(None)
    try:
        if not reply.is_success:
            raise _failure(reply, hub)
        return Answer(msgspec.json.decode(reply.content), reply.headers.get("etag"))
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _strange(reply, hub) from None


def _strange(reply: httpx.Response, hub: str) -> Corrupt:
    return Corrupt(
        f"{hub} does not speak as a hub does ({reply.status_code}).",
        code="hub.strange",
        hint="Check the address: prilavok login --hub URL",
    )


def _failure(reply: httpx.Response, hub: str) -> PrilavokError:
    """The hub's own words on why not."""
    try:
        problem = msgspec.json.decode(reply.content, type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _strange(reply, hub)
    said = problem.detail or reply.reason_phrase
    if reply.status_code in (429, 503):
        wait = reply.headers.get("retry-after", "")
        return Unavailable(
            said,
            code=problem.code,
            hint=problem.hint,
            retry_after_s=float(wait) if wait.isdigit() else None,
        )
    kind = KINDS.get(reply.status_code, Corrupt if reply.status_code >= 500 else Refused)
    return kind(said, code=problem.code, hint=problem.hint)


def _silent(hub: str, error: httpx.HTTPError) -> Unavailable:
    return Unavailable(
        f"The hub at {hub} does not answer: {error}.",
        code="hub.silent",
        hint="Is it running, and is the address right? prilavok login --hub URL",
    )
