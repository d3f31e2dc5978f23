"""The tenant of a market, as requests know it: a public key, and somebody who opens what is sealed to it."""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey


class Tenant:
    """The tenant of a market: publishes a key, and opens what visitors sealed to it."""

    key_id = "0123456789abcdef"
    suite = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES256_GCM)

    def __init__(self) -> None:
        self._private = X25519PrivateKey.generate()

    @property
    def key(self) -> str:
        """The public key in base64."""
        return base64.b64encode(self._private.public_key().public_bytes_raw()).decode()

    def open(self, lead: dict[str, Any]) -> dict[str, Any]:
        """What a visitor wrote. Raises where anything beside it was changed."""
        envelope = lead["envelope"]
        private = KEMKey.from_pyca_cryptography_key(self._private)
        context = self.suite.create_recipient_context(
            base64.b64decode(envelope["enc"]), private, info=b"prilavok lead 1"
        )
        beside = "\n".join((lead["id"], lead["provider"], lead["consent"]["version"])).encode()
        contact: dict[str, Any] = json.loads(context.open(base64.b64decode(envelope["sealed"]), aad=beside))
        return contact
