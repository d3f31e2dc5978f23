"""Commands from the hub to one node: signed, addressed, expiring, and carried out once.

A command is known by its random id until it has surely expired. There is no counter, so a hub that was put
back from a backup can still command. What a command does is the business of who carries it out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

import msgspec

from sync import signed
from sync.clock import Now
from sync.document import decode, encode
from sync.errors import Conflict, Refused
from sync.identity import Count, Digest, Id, Name, TimeMs
from sync.key import Signer
from sync.record import Code, Scalar
from sync.seal import DataKeyId
from sync.signed import Signatories

COMMAND_LIMIT_BYTES = 64 * 1024
MOST_KNOWN = 2_000
LONGEST_MS = 400 * 24 * 60 * 60 * 1000
"""How long a command may live: a shop may be closed for a season, and an erasure must still reach it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, tag="settings"):
    """Desired settings, whole, by version; a node reports the version it runs."""

    version: Count
    values: Annotated[dict[Code, Scalar], msgspec.Meta(max_length=200)]


class Erase(msgspec.Struct, frozen=True, kw_only=True, tag="erase"):
    """Forget these sessions: records still waiting, and their keys."""

    sessions: Annotated[tuple[DataKeyId, ...], msgspec.Meta(min_length=1, max_length=1000)]


class Update(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="update"):
    """Take a model or firmware. Its bytes come by HTTPS or on a stick, and are trusted by digest only."""

    what: Literal["model", "firmware"]
    name: Code
    version: Code
    digest: Digest
    size: Count
    urls: Annotated[
        tuple[Annotated[str, msgspec.Meta(max_length=2000)], ...], msgspec.Meta(max_length=8)
    ] = ()


class Support(msgspec.Struct, frozen=True, kw_only=True, tag="support"):
    """Make a support bundle, redacted and sealed to the log key."""

    limit_bytes: Count
    since_ms: TimeMs


class Revoke(msgspec.Struct, frozen=True, kw_only=True, tag="revoke"):
    """Stop syncing for good; whether the node goes on answering is its settings' business."""

    reason: Code


Action = Settings | Erase | Update | Support | Revoke


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Kind "command"."""

    tenant: Name
    node: Name
    id: Id
    issued_ms: TimeMs
    expires_ms: TimeMs
    action: Action

    def __post_init__(self) -> None:
        if not self.issued_ms < self.expires_ms <= self.issued_ms + LONGEST_MS:
            raise ValueError("a command has to expire, after it is issued and within 400 days")


def write(command: Command, signer: Signer) -> bytes:
    """The signed message."""
    body = encode(command, COMMAND_LIMIT_BYTES)
    return signed.sign("command", body, signer)


@dataclass(frozen=True)
class Known:
    """Ids of commands taken, with their expiry; kept by the node in the transaction that carries one out."""

    expires_ms: Mapping[str, int] = field(default_factory=dict)

    def take(self, message: bytes, tenant: str, node: str, hub: Signatories, now: Now) -> "Taken":
        """The command, if it is to be carried out.

        Refused: not the hub's, another node's, expired for sure. Conflict `command.known`: taken before (send
        the receipt again). Ids are forgotten only when the floor says that they have expired, so that a
        clock put forward and back opens no door.
        """
        command = decode(signed.verify(message, "command", hub), Command, COMMAND_LIMIT_BYTES)
        if (command.tenant, command.node) != (tenant, node):
            raise _refused(command, "foreign", f"is for {command.tenant}/{command.node}")
        if command.id in self.expires_ms:
            raise Conflict(
                f"Command {command.id} was taken before.",
                code="command.known",
                hint="It is not carried out twice; its receipt is sent again.",
            )
        if now.past(command.expires_ms) or now.floor_ms >= command.expires_ms:
            raise _refused(command, "expired", "has expired")
        alive = {id: expires for id, expires in self.expires_ms.items() if expires > now.floor_ms}
        if len(alive) >= MOST_KNOWN:
            raise _refused(command, "many", f"is one too many: {MOST_KNOWN} are remembered")
        return Taken(command, Known({**alive, command.id: command.expires_ms}))


@dataclass(frozen=True)
class Taken:
    """A command to carry out, and what is known after it."""

    command: Command
    known: Known


def _refused(command: Command, code: str, what: str) -> Refused:
    return Refused(
        f"Command {command.id} {what}.",
        code=f"command.{code}",
        hint="The hub has to issue it again, to this node, with a later expiry.",
    )
