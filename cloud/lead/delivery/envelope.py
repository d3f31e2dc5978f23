"""Opens what a visitor's browser sealed to the tenant's lead key. The home of pyhpke.

HPKE base mode (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; info "prilavok lead 1";
additional data: lead id, provider and consent version, joined by line feeds.
"""

from dataclasses import dataclass, field
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey
from pyhpke.exceptions import PyHPKEError

from sync.errors import Corrupt, Missing
from sync.key import Unsealer

INFO = b"prilavok lead 1"
SUITE = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES256_GCM)
LIMIT_BYTES = 16 * 1024

Text = Annotated[str, msgspec.Meta(max_length=4_000)]


class Contact(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a visitor left. `question` is what was asked before; `made_at` is the browser's clock."""

    name: Text | None = None
    phone: Text | None = None
    email: Text | None = None
    message: Text | None = None
    question: Text | None = None
    language: Text | None = None
    made_at: Text | None = None

    def __repr__(self) -> str:
        return "Contact(…)"


_decode = msgspec.json.Decoder(Contact).decode


@dataclass(frozen=True)
class Envelope:
    """A sealed contact, and what is bound to it."""

    lead: str
    provider: str
    consent: str
    key: str
    enc: bytes = field(repr=False)
    sealed: bytes = field(repr=False)


def opened(envelope: Envelope, keys: dict[str, Unsealer]) -> Contact:
    """The contact. Missing `lead.key` without the key, Corrupt `lead.sealed` when it does not open."""
    key = keys.get(envelope.key)
    if key is None:
        raise Missing(
            f"There is no lead key {envelope.key}.",
            code="lead.key",
            hint="Put it into lead_keys_dir of the delivery worker; old keys have to stay there.",
        )
    bound = "\n".join((envelope.lead, envelope.provider, envelope.consent)).encode()
    private = KEMKey.from_pyca_cryptography_key(X25519PrivateKey.from_private_bytes(key.secret))
    try:
        context = SUITE.create_recipient_context(envelope.enc, private, info=INFO)
        return _decode(context.open(envelope.sealed, aad=bound))
    except (PyHPKEError, ValueError, msgspec.DecodeError, RecursionError) as error:
        raise Corrupt(
            f"The contact of {envelope.lead} does not open ({type(error).__name__}).",
            code="lead.sealed",
            hint="It was sealed to another key, or changed on the way; it cannot be mended.",
        ) from None
