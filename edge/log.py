"""Structured logs, one JSON object a line on standard error, with nothing in them that a visitor said.

A processor takes out every field that could hold words of a conversation, whoever logs it.
"""

import logging
import sys
from collections.abc import MutableMapping

import structlog

FORBIDDEN = frozenset(
    {
        "prompt", "content", "text", "message", "messages", "question", "answer", "query", "q", "body", "input",
        "phone", "email", "name", "reason_text", "envelope", "token", "authorization",
    }
)  # fmt: skip


def drop_words(
    logger: object, method: str, event: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """Takes out forbidden fields, also in nested ones; says how many there were."""
    dropped = [key for key in event if key.lower() in FORBIDDEN]
    for key in dropped:
        del event[key]
    for key, value in list(event.items()):
        if isinstance(value, dict):
            event[key] = dict(drop_words(logger, method, dict(value)))
    if dropped:
        event["dropped"] = len(dropped)
    return event


def configure(level: str) -> None:
    """For the whole process. Libraries' own records go the same way, as their event alone."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        drop_words,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.WARNING))
