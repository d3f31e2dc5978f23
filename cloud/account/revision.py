"""Edits that do not undo each other: each thing has a revision, told as its ETag and asked for as If-Match.

An edit without If-Match is turned away (RFC 6585, 428); `*` says that the caller does not mind.
"""

import re

from sync.errors import Conflict, Refused

_TAG = re.compile(r'(?:W/)?"r([0-9]{1,9})"\Z', re.ASCII)


def tag(revision: int) -> str:
    """The ETag of a revision."""
    return f'"r{revision}"'


def expected(if_match: str | None) -> int | None:
    """The revision that an If-Match names; None for `*`. Refused `edit.blind` without one."""
    if if_match is None:
        raise Refused(
            "An edit has to say which revision it is of.",
            code="edit.blind",
            hint='Send the ETag that was read as If-Match, or "*".',
        )
    match = _TAG.match(if_match.strip())
    if match is None and if_match.strip() != "*":
        raise stale()
    return int(match[1]) if match else None


def check_revision(now: int, expected: int | None) -> None:
    """Conflict `edit.stale` when it was changed since the caller read it. None: the caller does not mind."""
    if expected is not None and expected != now:
        raise stale()


def stale() -> Conflict:
    """It is not what the caller read."""
    return Conflict(
        "It was changed since it was read.",
        code="edit.stale",
        hint="Read it again, and repeat the change if it still makes sense.",
    )
