"""API tokens: `prilavok_{tenant}_{64 hexadecimal digits}`, random, of which only a digest is kept.

The tenant stands in the token, so that also the look-up of a token happens inside one tenant's rows.
"""

import hashlib
import re
from dataclasses import dataclass, field

from cloud.account.role import HUB
from sync.errors import PrilavokError, Refused
from sync.identity import NAME_PATTERN, Random
from sync.key import system_random

SECRET_BYTES = 32
_NAME = NAME_PATTERN.removeprefix("^").removesuffix(r"(?![\s\S])")
_TEXT = re.compile(rf"prilavok_({re.escape(HUB)}|{_NAME})_([0-9a-f]{{{2 * SECRET_BYTES}}})\Z", re.ASCII)


@dataclass(frozen=True)
class Token:
    """A token, whole; only whoever it was made for has it."""

    owner: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """As it is shown once, and sent with each call."""
        return f"prilavok_{self.owner}_{self.secret}"

    @property
    def digest(self) -> str:
        """What is kept of it."""
        return hashlib.sha256(b"prilavok/1/api-token\0" + self.secret.encode()).hexdigest()


def born(owner: str, random: Random = system_random) -> Token:
    """A new token of a tenant, or of the hub."""
    return Token(owner, random(SECRET_BYTES).hex())


def read(header: str | None) -> Token:
    """The token in an Authorization header. Refused with `token.missing` or `token.invalid`."""
    if not header:
        raise Refused("A token is needed.", code="token.missing", hint="Log in first: `prilavok login`.")
    scheme, _, text = header.partition(" ")
    match = _TEXT.match(text.strip()) if scheme.lower() == "bearer" else None
    if match is None:
        raise invalid()
    return Token(match[1], match[2])


def invalid() -> PrilavokError:
    """No such token, or one no longer: which of the two is not said."""
    return Refused(
        "The token is not valid, or no longer.",
        code="token.invalid",
        hint="Log in again: `prilavok login`.",
    )
