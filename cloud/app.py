"""The hub's web application: routes, what they are given, headers, and which status an error has.

Wiring only, with `cli`: nothing else imports it. A feature adds a line to `_handlers` and one to `_given`.

    Missing 404 · Conflict 409 · Refused 422 · Unavailable 503 · Corrupt 500, and by code: CODES below
    An error is a problem document (RFC 9457) with `code` and `hint`.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

import msgspec
import structlog
from litestar import Litestar, Request, Response
from litestar.datastructures import MutableScopeHeaders, State
from litestar.di import Provide
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi import OpenAPIConfig
from litestar.types import ControllerRouterHandler, Message, Scope

from cloud.health import routes as health_routes
from cloud.parts import Parts
from cloud.version import VERSION
from sync.errors import Conflict, Corrupt, Missing, PrilavokError, Refused, Unavailable

log = structlog.get_logger()
T = TypeVar("T")
Asked = Request[object, object, State]

KINDS: dict[type[PrilavokError], int] = {
    Missing: 404,
    Conflict: 409,
    Refused: 422,
    Unavailable: 503,
    Corrupt: 500,
}
CODES = {
    "body.too_large": 413,
    "document.malformed": 400,
    "document.too_large": 413,
}
POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457, with our `code` and `hint`."""

    title: str
    status: int
    detail: str
    code: str
    hint: str = ""
    type: str = "about:blank"


def status_of(error: PrilavokError) -> int:
    """The HTTP status of an error of ours."""
    if error.code in CODES:
        return CODES[error.code]
    return next(status for kind, status in KINDS.items() if isinstance(error, kind))


def answer_error(request: Asked, error: Exception) -> Response[bytes]:
    """Any error as a problem document."""
    ours, status = (error, status_of(error)) if isinstance(error, PrilavokError) else _foreign(error)
    headers = {"Cache-Control": "no-store"}
    if isinstance(ours, Unavailable) and ours.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, round(ours.retry_after_s)))
    problem = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=ours.message, code=ours.code, hint=ours.hint
    )
    body = msgspec.json.encode(problem)
    return Response(body, status_code=status, media_type="application/problem+json", headers=headers)


def _foreign(error: Exception) -> tuple[PrilavokError, int]:
    """An error of the framework, or one that nobody expected, as one of ours."""
    if isinstance(error, ValidationException):
        said = "; ".join(_details(error)) or "The request is not as it should be."
        return Refused(said, code="request.invalid", hint="See /schema."), 400
    if isinstance(error, HTTPException):
        codes = {400: "request.malformed", 404: "path.unknown", 405: "method.unknown", 413: "body.too_large"}
        status = error.status_code
        return Refused(
            error.detail or HTTPStatus(status).phrase,
            code=codes.get(status, f"http.{status}"),
            hint="See /schema.",
        ), status
    if isinstance(error, UnicodeDecodeError):  # msgspec's, for a body cut inside a character
        return Refused("The text is not UTF-8.", code="request.malformed", hint="Send JSON in UTF-8."), 400
    log.error("unexpected", exc_info=error)
    return Corrupt("Something went wrong here.", code="internal", hint="The log has its place."), 500


def _details(error: ValidationException) -> list[str]:
    found = error.extra if isinstance(error.extra, list) else []
    return [
        f"{item.get('key', 'body')}: {item['message']}"
        for item in found
        if isinstance(item, dict) and "message" in item
    ]


async def add_headers(message: Message, scope: Scope) -> None:
    """Security headers on every reply, errors too."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    headers.setdefault("Content-Security-Policy", POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"


def _always(value: T) -> Callable[[], T]:
    def give() -> T:
        return value

    return give


def _handlers() -> list[ControllerRouterHandler]:
    """The routes of each feature."""
    return [*health_routes.handlers]


def _given(parts: Parts) -> dict[str, object]:
    """What routes may ask for by name: the services of each feature."""
    return {"parts": parts, "settings": parts.settings}


def create(parts: Parts) -> Litestar:
    """The application over open parts."""
    return Litestar(
        route_handlers=_handlers(),
        dependencies={
            name: Provide(_always(value), sync_to_thread=False) for name, value in _given(parts).items()
        },
        exception_handlers={Exception: answer_error},
        before_send=[add_headers],
        request_max_body_size=parts.settings.body_limit_bytes,
        openapi_config=OpenAPIConfig(title="Prilavok hub", version=VERSION, render_plugins=[]),
        logging_config=None,
        state=State({"parts": parts}),
    )
