"""Which keys a tenant's hub signs with, how many must, and how they are replaced: the root of all trust.

A node pins the key set in its provisioning document. Each later one is signed by enough root keys of the one
before it and of itself (TUF specification, 5.3), so keys can be replaced, also after a theft, and a node that
slept a year can follow. The log key is in it too: whoever could swap that could read everything.
"""

from typing import Annotated

import msgspec

from sync import signed
from sync.clock import Now
from sync.document import decode, encode
from sync.errors import Refused
from sync.identity import Key, Name, Seq, TimeMs
from sync.key import Signer
from sync.signed import Signatories

KEYS_LIMIT_BYTES = 4 * 1024
MOST_KEYS = 8


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """Keys of which `threshold` must sign."""

    keys: Annotated[tuple[Key, ...], msgspec.Meta(min_length=1, max_length=MOST_KEYS)]
    threshold: Annotated[int, msgspec.Meta(ge=1, le=MOST_KEYS)] = 1

    def __post_init__(self) -> None:
        if len(set(self.keys)) != len(self.keys) or self.threshold > len(self.keys):
            raise ValueError("a role needs distinct keys, at least as many as must sign")

    @property
    def signatories(self) -> Signatories:
        """The role as `signed.verify` takes it."""
        return Signatories(self.keys, self.threshold)


class KeySet(msgspec.Struct, frozen=True, kw_only=True):
    """Kind "keys".

    `root` signs key sets, `catalog` heads, `hub` acknowledgements, commands and the time. Records are sealed
    to `log_key`, contacts to `lead_key` (X25519).
    """

    tenant: Name
    version: Seq
    issued_ms: TimeMs
    expires_ms: TimeMs
    root: Role
    catalog: Role
    hub: Role
    log_key: Key
    lead_key: Key | None = None


def write(keys: KeySet, *signers: Signer) -> bytes:
    """The signed key set. The first is signed by its own root; later ones also by the root before."""
    return signed.sign("keys", encode(keys, KEYS_LIMIT_BYTES), *signers, limit_bytes=KEYS_LIMIT_BYTES)


def pinned(message: bytes, tenant: str) -> KeySet:
    """The key set that trust begins with: it comes in the provisioning document and signs itself.

    The only body that is read before its signature is checked: the keys to check it with are in it, and the
    document that brought it is trusted already.
    """
    unchecked = signed.peek(message, "keys", KEYS_LIMIT_BYTES)
    keys = decode(unchecked, KeySet, KEYS_LIMIT_BYTES)
    signed.verify(message, "keys", keys.root.signatories, KEYS_LIMIT_BYTES)
    return _of(keys, tenant)


def peek_version(message: bytes) -> int:
    """The version that a key set says it has, before anything is believed."""
    return decode(signed.peek(message, "keys", KEYS_LIMIT_BYTES), KeySet, KEYS_LIMIT_BYTES).version


def successor(keys: KeySet, message: bytes) -> KeySet:
    """The next key set (TUF 5.3.4, 5.3.5). Refused unless both roots signed it and it is exactly the next."""
    body = signed.verify(message, "keys", keys.root.signatories, KEYS_LIMIT_BYTES)
    fresh = _of(decode(body, KeySet, KEYS_LIMIT_BYTES), keys.tenant)
    signed.verify(message, "keys", fresh.root.signatories, KEYS_LIMIT_BYTES)
    if fresh.version != keys.version + 1:
        raise Refused(
            f"Key set {fresh.version} does not follow {keys.version}.",
            code="keys.order",
            hint="An old key set was sent again, or one between is missing.",
        )
    return fresh


def current(keys: KeySet, now: Now) -> KeySet:
    """The key set, if it has not surely expired (TUF 5.3.10)."""
    if now.past(keys.expires_ms):
        raise Refused(
            f"Key set {keys.version} has expired.",
            code="keys.expired",
            hint="The node goes on with what it has; the hub has to publish a new key set.",
        )
    return keys


def _of(keys: KeySet, tenant: str) -> KeySet:
    if keys.tenant != tenant:
        raise Refused(
            f"The key set is {keys.tenant}'s, not {tenant}'s.",
            code="keys.foreign",
            hint="Another tenant's document was sent to this node.",
        )
    return keys
