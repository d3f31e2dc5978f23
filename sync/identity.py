"""Names of tenants, markets and nodes, and the ids that tell one life of a thing from the next.

    tenant / market / node   chosen by people, fit for topics, file names and host names
    boot                     one run of the node's program
    epoch                    one life of the node's outbox file

A card that is copied has the node's name twice: two boots of one node then interleave, or one (node, epoch,
seq) comes with two contents. A file that is lost or put back from a copy starts a new epoch, so that a
sequence number is never used again. What to do about a clone is the hub's business.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Annotated

import msgspec

from sync.errors import Refused

Random = Callable[[int], bytes]
"""So many random bytes; injected, so that golden vectors can be made."""

NAME_CHARS = 40
ID_BYTES = 8
# The end of the text in both Python's and JavaScript's patterns: Python's $ lets a line break through.
END = r"(?![\s\S])"
NAME_PATTERN = rf"^[a-z0-9](?:[a-z0-9-]{{0,{NAME_CHARS - 2}}}[a-z0-9])?{END}"
ID_PATTERN = rf"^[0-9a-f]{{{2 * ID_BYTES}}}{END}"
DIGEST_PATTERN = rf"^[0-9a-f]{{64}}{END}"

Name = Annotated[str, msgspec.Meta(pattern=NAME_PATTERN)]
Id = Annotated[str, msgspec.Meta(pattern=ID_PATTERN)]
Digest = Annotated[str, msgspec.Meta(pattern=DIGEST_PATTERN)]
Seq = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
TimeMs = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Key = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]

_NAME = re.compile(NAME_PATTERN)
_ID = re.compile(ID_PATTERN)
_DIGEST = re.compile(DIGEST_PATTERN)


def named(text: str, what: str) -> str:
    """The name itself, if it is one: 1 to 40 of a-z, 0-9 and inner dashes. Refused with `name.invalid`."""
    if not _NAME.search(text):
        raise Refused(
            f"{text!r} is no name of a {what}.",
            code="name.invalid",
            hint=f"Use 1 to {NAME_CHARS} of a-z, 0-9 and dashes between them.",
        )
    return text


def is_id(text: str) -> bool:
    """Whether it is a boot, epoch, command or key id: 16 hexadecimal digits."""
    return _ID.search(text) is not None


def is_digest(text: str) -> bool:
    """Whether it is a SHA-256 in hexadecimal."""
    return _DIGEST.search(text) is not None


def new_id(random: Random) -> str:
    """A boot, epoch or command id nobody has had: 8 random bytes in hexadecimal."""
    return random(ID_BYTES).hex()


def key_id(public: bytes) -> str:
    """The name of a public key: the beginning of its SHA-256. It finds a key among trusted ones, no more."""
    return hashlib.sha256(public).hexdigest()[: 2 * ID_BYTES]


def digest(data: bytes) -> str:
    """The content address of bytes: SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
