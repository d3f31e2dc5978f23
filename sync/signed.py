"""Signed messages: the bytes of a document and who signed them. Verified first, read after.

    [1, kind, body, [[key id, signature], …]]        MessagePack

A signature is Ed25519 over `prilavok/1/{kind}`, a zero byte, and the body as received; the kind in it keeps a
message of one kind from passing for another. What a body means is in the module of its kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from sync.document import MESSAGE_LIMIT_BYTES, decode_exact, encode
from sync.errors import Refused
from sync.identity import Id, key_id
from sync.key import SIGNATURE_BYTES, Signer, signed_by

Kind = Literal["batch", "ack", "status", "command", "head", "keys", "time", "enrolment", "admission"]
MOST_SIGNATURES = 16


class Signature(msgspec.Struct, frozen=True, array_like=True):
    """`key` finds the public key among the trusted ones."""

    key: Id
    value: Annotated[bytes, msgspec.Meta(min_length=SIGNATURE_BYTES, max_length=SIGNATURE_BYTES)]


class Signed(msgspec.Struct, frozen=True, array_like=True):
    """The outermost form of every signed message; its first number is the form's version."""

    form: Literal[1]
    kind: Kind
    body: bytes
    signatures: Annotated[tuple[Signature, ...], msgspec.Meta(min_length=1, max_length=MOST_SIGNATURES)]


@dataclass(frozen=True)
class Signatories:
    """Public keys of which `threshold` must have signed."""

    keys: tuple[bytes, ...]
    threshold: int = 1


def sign(kind: Kind, body: bytes, *signers: Signer, limit_bytes: int = MESSAGE_LIMIT_BYTES) -> bytes:
    """A signed message. Refused when it is bigger than `limit_bytes`."""
    said = _said(kind, body)
    signatures = tuple(Signature(signer.id, signer.sign(said)) for signer in signers)
    return encode(Signed(1, kind, body, signatures), limit_bytes)


def verify(data: bytes, kind: Kind, trusted: Signatories, limit_bytes: int = MESSAGE_LIMIT_BYTES) -> bytes:
    """The body, when enough of the trusted keys signed it; nothing of it is read here.

    Each key counts once, however often it signs. Corrupt when it is no signed message, Refused with
    `signature.kind` or `signature.invalid` when it is another or not theirs.
    """
    message = _message(data, kind, limit_bytes)
    count = len(_signed(message, trusted.keys))
    if trusted.threshold < 1 or count < trusted.threshold:
        raise Refused(
            f"The {kind} has {count} good signatures of {trusted.threshold} needed.",
            code="signature.invalid",
            hint="It was changed on the way, or is not from who it should be from.",
        )
    return message.body


def peek(data: bytes, kind: Kind, limit_bytes: int = MESSAGE_LIMIT_BYTES) -> bytes:
    """The body, not believed yet: only for messages that hold the keys they are then checked with."""
    return _message(data, kind, limit_bytes).body


def _message(data: bytes, kind: Kind, limit_bytes: int) -> Signed:
    message = decode_exact(data, Signed, limit_bytes)
    if message.kind != kind:
        raise Refused(
            f"This is a {message.kind}, not a {kind}.",
            code="signature.kind",
            hint="A message of one kind was sent in place of another.",
        )
    return message


def _signed(message: Signed, keys: Sequence[bytes]) -> set[bytes]:
    said = _said(message.kind, message.body)
    by_id = {key_id(key): key for key in keys}
    return {
        by_id[signature.key]
        for signature in message.signatures
        if signature.key in by_id and signed_by(by_id[signature.key], said, signature.value)
    }


def _said(kind: str, body: bytes) -> bytes:
    return b"prilavok/1/" + kind.encode() + b"\0" + body
