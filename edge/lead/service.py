"""Takes a sealed request for a provider and keeps it as it came, until the hub can be given it.

Only an envelope sealed to the tenant's lead key is taken (HPKE base mode, RFC 9180: DHKEM X25519,
HKDF-SHA256, AES-256-GCM, in the browser); the node has no key to open it. Sending it on, and sealing itself,
are not here.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

import msgspec

from edge.lead.consent import Consent
from edge.lead.store import Kept, Sealed
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


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """The consent text that the visitor agreed to."""

    version: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    language: Annotated[str, msgspec.Meta(min_length=2, max_length=35)]


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """A request to be called back: for one provider, or without one for a person at the counter.

    `id` is made by the page and the same at every try. With `provider` and `consent.version`, joined by line
    feeds, it is the envelope's additional data.
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
    provider: Annotated[str, msgspec.Meta(max_length=200)]
    consent: Given
    envelope: Envelope


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The request's number on this node."""

    id: str


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a page shows before it takes a contact, and the key it seals to; no key where none are taken."""

    taking: bool
    key: str | None
    key_id: str | None
    version: str
    language: str
    consent: str


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


class Requests(Protocol):
    """Where requests are kept until they can be sent on. Blocking."""

    def has(self, id: str) -> bool:
        """Whether a request of that id was taken."""
        ...

    def add(self, lead: Sealed) -> bool:
        """Keeps one, once; gives whether it is new. On the disk when this returns."""
        ...

    def find(self, ids: Sequence[str]) -> list[Kept]:
        """Those of the ids that can be handed out as they came."""
        ...

    def withdraw(self, ids: Sequence[str]) -> int:
        """Deletes those of the ids that have not been sent on; gives how many."""
        ...


@dataclass(frozen=True)
class Leads:
    """`read_key` gives the key in force; `known` raises Missing for a provider not in the catalogue."""

    read_key: Callable[[], bytes | None]
    consent: Consent
    store: Requests
    known: Callable[[str], Provider]

    @property
    def key(self) -> bytes | None:
        """The tenant's public key; without it nothing is taken."""
        return self.read_key()

    def terms(self, language: str) -> Terms:
        """The consent text in a language, and the key."""
        text, tag = self.consent.wording(language)
        key = self.key
        return Terms(
            taking=key is not None,
            key=None if key is None else base64.b64encode(key).decode(),
            key_id=None if key is None else key_id(key),
            version=self.consent.version,
            language=tag,
            consent=text,
        )

    def take(self, lead: Lead) -> tuple[Taken, bool]:
        """Keeps the sealed request; also whether it is new. Blocking; it is on the disk when this returns.

        A request that is there already is answered like the first time and stored once.
        """
        if self.store.has(lead.id):
            return Taken(id=lead.id), False
        key = self.key
        if key is None:
            raise Unavailable(
                "This counter takes no requests yet.",
                code="lead.not_configured",
                hint="The operator sets `lead_key`; until then call the provider.",
            )
        if lead.envelope.key_id != key_id(key):
            raise Refused(
                "The request is sealed to another key.", code="lead.wrong_key", hint="Load the page again."
            )
        if not self.consent.counts(lead.consent.version):
            raise Refused(
                "The consent text is another one by now.",
                code="lead.consent_outdated",
                hint="Fetch /api/lead/terms and ask the visitor again.",
            )
        sealed = _sealed(lead)
        if lead.provider:
            self.known(lead.provider)
        return Taken(id=lead.id), self.store.add(sealed)


def _sealed(lead: Lead) -> Sealed:
    """The request as it is stored. Refused where its envelope cannot be one."""
    enc, sealed = _bytes(lead.envelope.enc), _bytes(lead.envelope.sealed)
    if enc is None or sealed is None or len(enc) != KEY_BYTES or not TAG_BYTES < len(sealed) <= MOST_BYTES:
        raise Refused(
            "The request is not sealed.",
            code="lead.not_sealed",
            hint="Contacts are taken only as an HPKE envelope made in the browser.",
        )
    return Sealed(
        id=lead.id,
        provider=lead.provider,
        consent_version=lead.consent.version,
        consent_language=lead.consent.language,
        key_id=lead.envelope.key_id,
        enc=enc,
        sealed=sealed,
    )


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
