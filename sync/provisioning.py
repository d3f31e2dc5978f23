"""How a node joins: a file made for it once, its own request with the key it made, and the hub's answer.

    file        JSON, on the stick or card: where the hub is, which keys it signs with, a one-time token
    enrolment   node → hub: the token and the node's public keys, signed with the node's new key and with
                those it had before, so that a hub which lost those can open what was sealed under them
    admission   hub → node: accepted or not, and a broker account, sealed to the node's key

The file is secret until it is used: its token lets one node in. Deleting it after use is the node's business,
and that a token is used once the hub's, which keeps only its digest.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from sync import keyset, signed
from sync.clock import Now
from sync.document import decode, encode
from sync.errors import Corrupt, Refused
from sync.identity import END, Key, Name, Random, TimeMs, digest, key_id
from sync.key import NodeKeys, Signer, Unsealer, seal_to, system_random
from sync.keyset import KeySet
from sync.signed import Signatories

FILE_LIMIT_BYTES = 64 * 1024
TOKEN_BYTES = 32
MOST_FORMER = 4

URL_PATTERN = rf"^(?:https?|mqtts?)://\S+{END}"

Url = Annotated[str, msgspec.Meta(max_length=500, pattern=URL_PATTERN)]
Token = Annotated[bytes, msgspec.Meta(min_length=TOKEN_BYTES, max_length=TOKEN_BYTES)]


class Provisioning(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The file. Bytes are base64 in it. `keys` is the signed key set that trust begins with."""

    format: Literal["prilavok-node/1"]
    tenant: Name
    market: Name
    node: Name
    token: Token
    hub: Url
    broker: Url
    keys: bytes
    issued_ms: TimeMs
    expires_ms: TimeMs
    certificate: str | None = None

    def __repr__(self) -> str:
        return f"Provisioning({self.tenant}/{self.node})"


class Enrolment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Kind "enrolment", signed by every key in it, so that whoever sends it has them.

    `former` are keys that the node signed with before.
    """

    tenant: Name
    node: Name
    token: Token
    sign_key: Key
    seal_key: Key
    former: Annotated[tuple[Key, ...], msgspec.Meta(max_length=MOST_FORMER)] = ()


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """The node's account at the broker; travels sealed."""

    username: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Admission(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Kind "admission", signed by the hub. `account`: an Account, sealed to the node's key."""

    tenant: Name
    node: Name
    sign_key: Key
    state: Literal["pending", "accepted", "rejected", "revoked"]
    at_ms: TimeMs
    account: bytes | None = None


def write_file(document: Provisioning) -> bytes:
    """The file's bytes: JSON, indented, for people to look at."""
    return msgspec.json.format(msgspec.json.encode(document)) + b"\n"


def read_file(data: bytes, now: Now) -> tuple[Provisioning, KeySet]:
    """The file and the key set in it. Refused when it has surely expired; Corrupt when it is none.

    A node without a trusted clock cannot tell: the hub will.
    """
    if len(data) > FILE_LIMIT_BYTES:
        raise _no_file("it is too big")
    try:
        document = msgspec.json.decode(data, type=Provisioning)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _no_file(str(error)) from error
    keys = keyset.pinned(document.keys, document.tenant)
    if now.past(document.expires_ms):
        raise Refused(
            f"The provisioning file for {document.node} has expired.",
            code="provisioning.expired",
            hint="Make a new one: `prilavok node add`.",
        )
    return document, keys


def enrol(document: Provisioning, keys: NodeKeys, former: Sequence[NodeKeys] = ()) -> bytes:
    """The node's request to be let in."""
    request = Enrolment(
        tenant=document.tenant,
        node=document.node,
        token=document.token,
        sign_key=keys.signer.public,
        seal_key=keys.unsealer.public,
        former=tuple(each.signer.public for each in former),
    )
    return signed.sign("enrolment", encode(request), keys.signer, *(each.signer for each in former))


def enrolling(message: bytes) -> Enrolment:
    """The request in a message, if who sent it has the keys it names. The token is still to be looked up."""
    request = decode(signed.peek(message, "enrolment"), Enrolment)
    for key in (request.sign_key, *request.former):
        signed.verify(message, "enrolment", Signatories((key,)))
    return request


def token_digest(token: bytes) -> str:
    """What the hub keeps of a token."""
    return digest(b"prilavok/1/token\0" + token)


def admit(
    request: Enrolment,
    state: Literal["pending", "accepted", "rejected", "revoked"],
    at_ms: int,
    hub: Signer,
    account: Account | None = None,
    random: Random = system_random,
) -> bytes:
    """The hub's answer."""
    answer = Admission(
        tenant=request.tenant,
        node=request.node,
        sign_key=request.sign_key,
        state=state,
        at_ms=at_ms,
        account=None if account is None else seal_to(request.seal_key, encode(account), random),
    )
    return signed.sign("admission", encode(answer), hub)


def admitted(message: bytes, document: Provisioning, trusted: KeySet, keys: NodeKeys) -> Admission:
    """The hub's answer to this node. Refused when another hub gave it, or to another node or key."""
    answer = decode(signed.verify(message, "admission", trusted.hub.signatories), Admission)
    if (answer.tenant, answer.node, answer.sign_key) != (document.tenant, document.node, keys.signer.public):
        raise Refused(
            f"The answer is for {answer.tenant}/{answer.node}, key {key_id(answer.sign_key)}.",
            code="admission.foreign",
            hint="Another node used this file first: revoke that node and make a new file.",
        )
    return answer


def account(answer: Admission, unsealer: Unsealer) -> Account | None:
    """The broker account, once there is one. Corrupt when it is not sealed to this node."""
    return None if answer.account is None else decode(unsealer.open(answer.account), Account)


def _no_file(what: str) -> Corrupt:
    return Corrupt(
        f"This is no provisioning file: {what}.",
        code="provisioning.malformed",
        hint="Copy it again, or make a new one: `prilavok node add`.",
    )
