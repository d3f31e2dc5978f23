"""The tenant's lead key as the hub holds it: seals like a page, opens like the hub (pyhpke, RFC 9180)."""

import base64
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey

from edge.lead.service import key_id
from edge.lead.store import Sealed

SUITE = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES256_GCM)
INFO = b"prilavok lead 1"


def additional(id: str, provider: str, version: str) -> bytes:
    """What an envelope is bound to."""
    return "\n".join((id, provider, version)).encode()


@dataclass(frozen=True)
class HubKey:
    """A fresh key pair."""

    secret: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)

    @property
    def public(self) -> bytes:
        return self.secret.public_key().public_bytes_raw()

    @property
    def setting(self) -> str:
        """As `lead_key` has it."""
        return base64.b64encode(self.public).decode()

    def seal(self, text: bytes, id: str, provider: str, version: str) -> dict[str, str]:
        """The envelope a page would send."""
        enc, sender = SUITE.create_sender_context(
            KEMKey.from_pyca_cryptography_key(self.secret.public_key()), INFO
        )
        sealed = sender.seal(text, additional(id, provider, version))
        return {
            "key_id": key_id(self.public),
            "enc": base64.b64encode(enc).decode(),
            "sealed": base64.b64encode(sealed).decode(),
        }

    def open(self, lead: Sealed) -> bytes:
        """The contact in a stored request; raises where anything it is bound to was changed."""
        key = KEMKey.from_pyca_cryptography_key(self.secret)
        recipient = SUITE.create_recipient_context(lead.enc, key, INFO)
        return bytes(recipient.open(lead.sealed, additional(lead.id, lead.provider, lead.consent_version)))
