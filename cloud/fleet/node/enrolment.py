"""What becomes of a node's request to be let in: decided from what is kept of the node, with no I/O.

    token                     key             becomes
    not known                 the node's      told again how it stands: a newer file was made since
    not known                 any other       refused
    known, never used         any             bound to the key: accepted where so ordered, else pending
    known, used               the same key    told again how it stands
    known, used               another key     refused: a copied file
    known, never used, late                   refused

A second file for a node that is in replaces its keys when it is used: so keys are rotated.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sync.errors import Conflict, Refused
from sync.provisioning import Enrolment, token_digest

State = Literal["pending", "accepted", "rejected", "revoked", "quarantined"]
Said = Literal["pending", "accepted", "rejected", "revoked"]


@dataclass(frozen=True)
class Known:
    """What is kept of a node, as far as joining goes."""

    state: State
    auto_accept: bool
    sign_key: bytes | None
    seal_key: bytes | None
    token_digest: str | None
    token_expires_at: datetime | None
    token_used_at: datetime | None


@dataclass(frozen=True)
class Outcome:
    """The node's state from now on; `binds`: its keys are the request's from now on."""

    state: State
    binds: bool

    @property
    def said(self) -> Said:
        """As it is told to the node: quarantine is for people, a node just waits."""
        return "pending" if self.state == "quarantined" else self.state


def decide(known: Known | None, request: Enrolment, now: datetime) -> Outcome:
    """What becomes of it. Refused `enrolment.token`, `enrolment.expired`; Conflict `enrolment.used`."""
    if known is None:
        raise _unknown()
    if not hmac.compare_digest(known.token_digest or "", token_digest(request.token)):
        if known.sign_key is not None and _same_keys(known, request):
            return Outcome(known.state, binds=False)
        raise _unknown()
    if known.token_used_at is not None:
        return _again(known, request)
    if known.state in ("rejected", "revoked"):
        return Outcome(known.state, binds=False)
    if known.token_expires_at is None or known.token_expires_at <= now:
        raise Refused(
            "The provisioning file has expired.",
            code="enrolment.expired",
            hint="Make a new one: `prilavok node provision`.",
        )
    rotates = known.sign_key is not None and known.state == "accepted"
    if known.auto_accept or rotates:
        return Outcome("accepted", binds=True)
    return Outcome("quarantined" if known.state == "quarantined" else "pending", binds=True)


def _again(known: Known, request: Enrolment) -> Outcome:
    if not _same_keys(known, request):
        raise Conflict(
            "The provisioning file was used before, by another key.",
            code="enrolment.used",
            hint="If that was not this box, somebody has a copy: revoke the node and make a new file.",
        )
    return Outcome(known.state, binds=False)


def _same_keys(known: Known, request: Enrolment) -> bool:
    return (request.sign_key, request.seal_key) == (known.sign_key, known.seal_key)


def _unknown() -> Refused:
    return Refused(
        "This hub knows no such node and token.",
        code="enrolment.token",
        hint="The file is for another hub, or a newer file was made: `prilavok node provision`.",
    )
