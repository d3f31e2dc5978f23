"""Passwords as Argon2id hashes (RFC 9106, the library's second recommended profile: 64 MiB, 3 passes).

A check takes some 50 ms of a core and 64 MiB, so no more than `AT_ONCE` run at a time and further ones are
turned away. Somebody who is not there is checked too, so that the time taken tells nothing.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import argon2
from argon2.exceptions import Argon2Error, InvalidHashError

from sync.errors import Refused, Unavailable

LEAST_CHARS = 12
MOST_CHARS = 200
AT_ONCE = 2
WAIT_S = 5.0

_hasher = argon2.PasswordHasher()
_places = threading.BoundedSemaphore(AT_ONCE)


def hashed(password: str) -> str:
    """What is kept of a password. Refused with `password.weak` when it is too short or too long."""
    if not LEAST_CHARS <= len(password) <= MOST_CHARS or len(set(password)) < LEAST_CHARS // 3:
        raise Refused(
            f"A password has {LEAST_CHARS} to {MOST_CHARS} characters, not all alike.",
            code="password.weak",
            hint="Four random words will do.",
        )
    with _place():
        return _hasher.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether it is the password that is kept. Takes as long for somebody without one."""
    with _place():
        try:
            right = _hasher.verify(_nobody() if kept is None else kept, password[:MOST_CHARS])
        except (Argon2Error, InvalidHashError):
            return False
    return right and kept is not None


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this one")


@contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(timeout=WAIT_S):
        raise Unavailable(
            "Too many log in at once.", code="login.busy", hint="Try again in a moment.", retry_after_s=2
        )
    try:
        yield
    finally:
        _places.release()
