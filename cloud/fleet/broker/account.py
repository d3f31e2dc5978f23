"""Passwords of nodes' accounts: worked out from one secret, so none is kept and each can be told again.

A broker that lost its accounts gets the same ones again, and nodes go on with what they were told. A new key,
or a new account after a revocation, has another password.
"""

import hashlib
from dataclasses import dataclass, field

from sync.key import KEY_BYTES
from sync.provisioning import Account


@dataclass(frozen=True)
class Passwords:
    """`secret` has 32 bytes."""

    secret: bytes = field(repr=False)

    def account(self, tenant: str, node: str, sign_key: bytes, number: int) -> Account:
        """The account of a node with that key: keyed BLAKE2b of whose it is."""
        whose = f"{tenant}\0{node}\0{sign_key.hex()}\0{number}".encode()
        digest = hashlib.blake2b(
            whose, key=self.secret, digest_size=KEY_BYTES, person=b"prilavok/account"
        ).hexdigest()
        return Account(username=f"{tenant}/{node}", password=digest)
