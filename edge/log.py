"""Structured logs, one JSON object a line on standard error, with nothing in them that a visitor said.

A processor takes out every field that could hold words of a conversation, whoever logs it; of an exception
only its kind and where it was raised are kept, since its text may quote what was sent.
"""

import logging
import sys
import time
import traceback
from collections import deque
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

WORDS = "prompt content text message messages question answer query q body input"
PERSONAL = "phone email name reason_text envelope token authorization"
MOST_LINES, MOST_CHARS = 2_000, 2_000
FORBIDDEN = frozenset((WORDS + " " + PERSONAL).split())


def drop_words(logger: object, method: str, event: EventDict) -> EventDict:
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


def place(logger: object, method: str, event: EventDict) -> EventDict:
    """Puts the kind and the place of an exception where its text would be."""
    given = event.pop("exc_info", None)
    raised = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(raised, BaseException):
        event["error"] = type(raised).__name__
        event["at"] = frames(raised.__traceback__)
    return event


def frames(trace: TracebackType | None) -> list[str]:
    """File, line and function of the innermost calls."""
    found = traceback.extract_tb(trace)[-6:]
    return [
        f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in found
    ]


class Recent:
    """The last lines of the log, in memory, for whoever mends the node from afar."""

    def __init__(self, most: int = MOST_LINES) -> None:
        self._lines: deque[tuple[float, str]] = deque(maxlen=most)

    def __call__(self, logger: object, method: str, line: Any) -> str:
        """A processor after the one that writes the line."""
        text = str(line)
        self._lines.append((time.time(), text[:MOST_CHARS]))
        return text

    def since(self, wall_s: float) -> list[str]:
        """Lines written at or after that time, the oldest first."""
        return [line for at, line in list(self._lines) if at >= wall_s]


recent = Recent()


def configure(level: str) -> None:
    """For the whole process. Libraries' own records go the same way."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        place,
        drop_words,
    ]
    to_json = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[*shared, to_json, recent],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    own = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[own, to_json, recent])
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.WARNING))
