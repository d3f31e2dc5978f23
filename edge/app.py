"""The node's web application: routes, what they are given, headers, and which status an error has.

Wiring only, with `parts` and `cli`: nothing else imports it.

    Missing 404 · Conflict 409 · Refused 422 · Unavailable 503 · Corrupt 500, and by code: CODES below.
    On /v1 an error is OpenAI's object and Refused is 400; elsewhere it is a problem document (RFC 9457).
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

import msgspec
import structlog
from litestar import Litestar, Request, Response
from litestar.config.cors import CORSConfig
from litestar.datastructures import MutableScopeHeaders, State
from litestar.di import Provide
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ControllerRouterHandler, Message, Scope

from edge.browse import routes as browse_routes
from edge.browse.service import Browse
from edge.browser_index import routes as browser_routes
from edge.browser_model import routes as model_routes
from edge.chat import routes as chat_routes
from edge.chat.embedding import Embeddings
from edge.chat.limit import Bucket, Day
from edge.chat.record import Records
from edge.chat.routes import ClientGone
from edge.chat.service import Bounds, Chat
from edge.chat.session import Answered, Sessions
from edge.chat.stream import error_reply
from edge.health import routes as health_routes
from edge.health.service import Health
from edge.lead import routes as lead_routes
from edge.lead.consent import load as load_consent
from edge.lead.service import Leads
from edge.member import MemberRecords, MemberRequests, MemberTrail
from edge.membership import Membership
from edge.metrics import Metrics
from edge.origin import check_origin
from edge.page import reference
from edge.page import routes as page_routes
from edge.page.bundle import Bundle
from edge.parts import Parts
from edge.privacy import routes as privacy_routes
from edge.privacy.service import Privacy, Trail
from edge.secure import routes as secure_routes
from edge.secure.service import Secure
from edge.settings import Settings
from edge.version import VERSION
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
    "limit.session": 429,
    "limit.node": 429,
    "limit.session_day": 429,
    "limit.origin_day": 429,
    "engine.forbidden": 403,
    "origin.forbidden": 403,
    "body.too_large": 413,
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
)


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457, with our `code` and `hint`."""

    title: str
    status: int
    detail: str
    code: str
    hint: str = ""
    type: str = "about:blank"


def status_of(error: PrilavokError, path: str) -> int:
    """The HTTP status of an error of ours."""
    if error.code in CODES:
        return CODES[error.code]
    if isinstance(error, Refused) and path.startswith("/v1/"):
        return 400
    return next(status for kind, status in KINDS.items() if isinstance(error, kind))


def answer_error(request: Asked, error: Exception) -> Response[bytes]:
    """Any error as the path's callers expect it."""
    if isinstance(error, ClientGone):
        return Response(b"", status_code=499)
    path = request.url.path
    ours, status = (error, status_of(error, path)) if isinstance(error, PrilavokError) else _foreign(error)
    request.app.state.metrics.failures.labels(ours.code).inc()
    headers = {"Cache-Control": "no-store"}
    if isinstance(ours, Unavailable) and ours.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, round(ours.retry_after_s)))
    if path.startswith("/v1/"):
        body, media = msgspec.json.encode(error_reply(ours)), "application/json"
    else:
        problem = Problem(
            title=HTTPStatus(status).phrase,
            status=status,
            detail=ours.message,
            code=ours.code,
            hint=ours.hint,
        )
        body, media = msgspec.json.encode(problem), "application/problem+json"
    return Response(body, status_code=status, media_type=media, headers=headers)


def _foreign(error: Exception) -> tuple[PrilavokError, int]:
    """An error of the framework, or one that nobody expected, as one of ours."""
    if isinstance(error, ValidationException):
        said = "; ".join(f"{item.get('key', 'body')}: {item['message']}" for item in _details(error))
        return Refused(
            said or "The request is not as it should be.", code="request.invalid", hint="See /schema."
        ), 400
    if isinstance(error, HTTPException):
        codes = {400: "request.malformed", 404: "path.unknown", 405: "method.unknown", 413: "body.too_large"}
        hints = {400: "Send JSON in UTF-8; see /schema.", 413: "Send less at once."}
        status = error.status_code
        return Refused(
            error.detail or HTTPStatus(status).phrase,
            code=codes.get(status, f"http.{status}"),
            hint=hints.get(status, "See /schema."),
        ), status
    if isinstance(error, UnicodeDecodeError):  # msgspec's, for a body cut inside a character
        return Refused("The text is not UTF-8.", code="request.malformed", hint="Send JSON in UTF-8."), 400
    log.error("unexpected", exc_info=error)
    return Corrupt("Something went wrong here.", code="internal", hint="The log has its place."), 500


def _details(error: ValidationException) -> list[dict[str, str]]:
    found = error.extra
    return (
        [item for item in found if isinstance(item, dict) and "message" in item]
        if isinstance(found, list)
        else []
    )


async def add_headers(message: Message, scope: Scope) -> None:
    """Security headers on every reply, errors too."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    headers.setdefault("Content-Security-Policy", POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Permissions-Policy"] = "geolocation=(self), camera=(), microphone=(self)"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if scope["path"].startswith(("/widget.js", "/assets/")):
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        headers["Access-Control-Allow-Origin"] = "*"


def _always(value: T) -> Callable[[], T]:
    def give() -> T:
        return value

    return give


def _leads(settings: Settings, parts: Parts, membership: Membership) -> Leads:
    consent = load_consent(settings.lead_consent)
    return Leads(membership.lead_key, consent, MemberRequests(membership), parts.provider)


def _chat(settings: Settings, parts: Parts, metrics: Metrics, records: Records) -> Chat:
    return Chat(
        desk=parts.desk,
        answers=parts.answers,
        generator=parts.generator,
        sessions=Sessions(
            settings.session_ttl_s,
            settings.sessions_limit,
            settings.session_per_minute,
            settings.session_per_day,
        ),
        embedded={origin: Day(settings.origin_per_day) for origin in settings.origins},
        node=Bucket(settings.node_per_minute),
        answered=Answered(),
        metrics=metrics,
        bounds=Bounds(settings.message_limit_chars, settings.messages_limit),
        records=records,
    )


def _routes(origins: tuple[str, ...]) -> list[ControllerRouterHandler]:
    return [
        chat_routes.router,
        chat_routes.feedback,
        chat_routes.session_code,
        chat_routes.forget_session,
        health_routes.health,
        health_routes.metrics,
        *browse_routes.handlers,
        *browser_routes.handlers,
        *model_routes.handlers,
        *lead_routes.handlers,
        *privacy_routes.handlers,
        *secure_routes.handlers,
        *page_routes.handlers(Bundle.load(), origins),
    ]


def _watch(metrics: Metrics, parts: Parts, chat: Chat, secure: Secure) -> None:
    metrics.watch("queue", "Questions being answered", lambda: parts.desk.busy)
    metrics.watch("sessions", "Sessions alive", lambda: len(chat.sessions))
    metrics.watch("certificate_expires", "When the certificate ends, in Unix time; 0: none", secure.ends_at)
    metrics.engine(parts.engine_vitals)


def create(
    settings: Settings,
    parts: Parts,
    metrics: Metrics,
    secure: Secure | None = None,
    membership: Membership | None = None,
    records: Records | None = None,
    trail: Trail | None = None,
) -> Litestar:
    """The application over parts that open while it already answers `/health`.

    `membership` is where turns, ratings and requests go; `records` stands in its place for turns and ratings,
    `trail` is where they are found.
    """
    membership = membership or Membership(settings, parts)
    chat = _chat(settings, parts, metrics, records or MemberRecords(membership))
    membership.live = chat.erase
    secure = secure or Secure.of(settings.data_dir, settings.names)
    metrics.sync(membership.figures)
    _watch(metrics, parts, chat, secure)
    leads = _leads(settings, parts, membership)
    given: dict[str, object] = {
        "settings": settings,
        "metrics": metrics,
        "chat": chat,
        "embeddings": Embeddings(parts.desk, parts.embedder),
        "health": Health(parts.vitals, VERSION),
        "browse": Browse(parts.desk, parts.shelf),
        "leads": leads,
        "secure": secure,
        "privacy": Privacy(
            chat.sessions, chat.answered, leads.store, parts.answers, trail or MemberTrail(membership)
        ),
    }
    return Litestar(
        route_handlers=_routes(settings.origins),
        dependencies={
            **{name: Provide(_always(value), sync_to_thread=False) for name, value in given.items()},
            "browser": Provide(parts.browser, sync_to_thread=False),
            "browser_model": Provide(parts.browser_model, sync_to_thread=False),
        },
        exception_handlers={Exception: answer_error},
        before_request=check_origin,
        before_send=[add_headers],
        request_max_body_size=settings.body_limit_bytes,
        cors_config=CORSConfig(allow_origins=list(settings.origins)) if settings.origins else None,
        openapi_config=reference.config(VERSION),
        logging_config=None,
        state=State({"metrics": metrics, "settings": settings}),
    )
