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
from litestar import Litestar, Request, Response, Router
from litestar.datastructures import MutableScopeHeaders, ResponseHeader, State
from litestar.di import Provide
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ControllerRouterHandler, Message, Scope

from cloud.account import routes as account_routes
from cloud.catalog import routes as catalog_routes
from cloud.fleet.broker.account import Passwords
from cloud.fleet.command import routes as command_routes
from cloud.fleet.command.service import Commands
from cloud.fleet.desired import routes as desired_routes
from cloud.fleet.desired.service import Desk
from cloud.fleet.line import routes as line_routes
from cloud.fleet.node import routes as node_routes
from cloud.fleet.node.joining import Joining
from cloud.fleet.node.service import Issuer
from cloud.fleet.place import routes as place_routes
from cloud.fleet.rollout import routes as rollout_routes
from cloud.fleet.rollout.service import Rollouts
from cloud.fleet.support import routes as support_routes
from cloud.fleet.support.service import Bundles
from cloud.health import routes as health_routes
from cloud.lead import routes as lead_routes
from cloud.limit import routes as limit_routes
from cloud.parts import Parts
from cloud.privacy import routes as privacy_routes
from cloud.privacy.service import Eraser
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
    "edit.blind": 428,
    "edit.stale": 412,
    "enrolment.expired": 403,
    "enrolment.token": 403,
    "limit.tries": 429,
    "login.limited": 429,
    "login.wrong": 401,
    "role.forbidden": 403,
    "tenant.foreign": 403,
    "token.invalid": 401,
    "token.missing": 401,
}
FRESH = ResponseHeader(name="Cache-Control", value="no-store", documentation_only=False)
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
    return [
        *health_routes.handlers,
        *node_routes.open_handlers,
        Router("/api", route_handlers=_api(), security=[{"bearer": []}], response_headers=[FRESH]),
    ]


def _api() -> list[ControllerRouterHandler]:
    """What operators and their programs call, with a token."""
    return [
        *account_routes.handlers,
        *place_routes.handlers,
        *node_routes.handlers,
        *command_routes.handlers,
        *desired_routes.handlers,
        *support_routes.handlers,
        *rollout_routes.handlers,
        *line_routes.handlers,
        *catalog_routes.handlers,
        *lead_routes.handlers,
        *privacy_routes.handlers,
    ]


def _given(parts: Parts) -> dict[str, object]:
    """What routes may ask for by name: the services of each feature."""
    commands = Commands(parts.keyring)
    return {
        "parts": parts,
        "gate": parts.gate,
        "issuing": commands,
        "desk": Desk(commands),
        "asking": Bundles(commands),
        "taking": Rollouts(Desk(commands)),
        "settings": parts.settings,
        "eraser": Eraser(commands),
        "issuer": Issuer.of(parts.settings, parts.keyring),
        "joining": Joining(parts.pool, parts.keyring, Passwords(parts.keyring.broker_secret())),
    }


def create(parts: Parts) -> Litestar:
    """The application over open parts."""
    return Litestar(
        route_handlers=_handlers(),
        dependencies={
            **{name: Provide(_always(value), sync_to_thread=False) for name, value in _given(parts).items()},
            "asker": Provide(limit_routes.give_asker, sync_to_thread=False),
            "call": Provide(account_routes.give_call, sync_to_thread=True),
        },
        exception_handlers={Exception: answer_error},
        before_send=[add_headers],
        request_max_body_size=parts.settings.body_limit_bytes,
        openapi_config=OpenAPIConfig(
            title="Prilavok hub",
            version=VERSION,
            render_plugins=[JsonRenderPlugin()],
            components=Components(security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer")}),
        ),
        logging_config=None,
        state=State({"parts": parts}),
    )
