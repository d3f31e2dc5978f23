"""The hub's structured logs, one JSON object a line on standard error, with nothing that a person said.

Fields that could hold words of a conversation or a secret are taken out, whoever logs them; of an exception
only its kind and place are kept, since its text may quote what was sent.
"""

import logging
import sys
import traceback

import structlog
from structlog.typing import EventDict, Processor

FORBIDDEN = frozenset(
    [
        "prompt",
        "content",
        "text",
        "message",
        "messages",
        "question",
        "answer",
        "query",
        "body",
        "payload",
        "phone",
        "email",
        "contact",
        "token",
        "password",
        "secret",
        "key",
        "authorization",
    ]
)


def redact(logger: object, method: str, event: EventDict) -> EventDict:
    """Takes out forbidden fields, also in nested ones, and the text of exceptions."""
    given = event.pop("exc_info", None)
    raised = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(raised, BaseException):
        event["error"] = type(raised).__name__
        event["at"] = [
            f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno}"
            for frame in traceback.extract_tb(raised.__traceback__)[-6:]
        ]
    return _without(event)


def _without(event: EventDict) -> EventDict:
    kept: EventDict = {}
    for name, value in event.items():
        if name.lower() not in FORBIDDEN:
            kept[name] = _without(value) if isinstance(value, dict) else value
    return kept


def configure(level: str) -> None:
    """For the whole process. Libraries' own warnings go the same way."""
    number = logging.getLevelNamesMapping()[level.upper()]
    to_json = structlog.processors.JSONRenderer(ensure_ascii=False)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]
    structlog.configure(
        processors=[*shared, to_json],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    own = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[own, to_json])
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.WARNING))
