"""Takes a sealed request for a provider and keeps it as it came, until the hub can be given it.

Only an envelope sealed to the tenant's lead key is taken (HPKE base mode, RFC 9180, in the browser); the node
has no key to open it. Sending it on, and sealing itself, are not here.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Protocol

import msgspec

from sync.errors import Refused, Unavailable
from sync.provider import Provider

KEY_BYTES = 32
TAG_BYTES = 16
MOST_BYTES = 8 * 1024
KEY_ID_CHARS = 16


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """`key_id` names the tenant's key, `enc` the encapsulated key, `sealed` the ciphertext; base64."""

    key_id: Annotated[str, msgspec.Meta(max_length=64)]
    enc: Annotated[str, msgspec.Meta(max_length=64)]
    sealed: Annotated[str, msgspec.Meta(max_length=MOST_BYTES * 2)]


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """A request to be called back, for one provider."""

    provider: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    envelope: Envelope


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The request's number on this node."""

    id: str


def key_id(key: bytes) -> str:
    """The name of a public key: the beginning of its SHA-256 in hexadecimal."""
    return hashlib.sha256(key).hexdigest()[:KEY_ID_CHARS]


def read_key(text: str | None) -> bytes | None:
    """The tenant's public key from the settings. Refused when it is not one."""
    if text is None:
        return None
    key = _bytes(text)
    if key is None or len(key) != KEY_BYTES:
        raise Refused(
            "Setting lead_key is not a key.",
            code="setting_invalid",
            hint="It is an X25519 public key in base64.",
        )
    return key


class Keeper(Protocol):
    """Where sealed requests are kept: `node.db`, or the outbox of a node that belongs to a hub."""

    def add(self, provider: str, key_id: str, envelope: bytes) -> str:
        """Keeps one; gives its id. On the disk when this returns. Unavailable when there is no room."""
        ...


@dataclass(frozen=True)
class Leads:
    """`known` raises Missing for a provider that is not in the catalogue."""

    key: bytes | None
    store: Keeper
    known: Callable[[str], Provider]

    def take(self, lead: Lead) -> Taken:
        """Keeps the sealed request. Blocking; it is on the disk when this returns."""
        if self.key is None:
            raise Unavailable(
                "This counter takes no requests yet.",
                code="lead.not_configured",
                hint="The operator sets `lead_key`; until then call the provider.",
            )
        if lead.envelope.key_id != key_id(self.key):
            raise Refused(
                "The request is sealed to another key.", code="lead.wrong_key", hint="Load the page again."
            )
        enc, sealed = _bytes(lead.envelope.enc), _bytes(lead.envelope.sealed)
        if (
            enc is None
            or sealed is None
            or len(enc) != KEY_BYTES
            or not TAG_BYTES < len(sealed) <= MOST_BYTES
        ):
            raise Refused(
                "The request is not sealed.",
                code="lead.not_sealed",
                hint="Contacts are taken only as an HPKE envelope made in the browser.",
            )
        self.known(lead.provider)
        return Taken(id=self.store.add(lead.provider, lead.envelope.key_id, enc + sealed))


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
