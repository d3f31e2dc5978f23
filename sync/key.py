"""Keys: Ed25519 for signing, X25519 for sealing, over PyNaCl. Born on the machine that uses them.

A node has one secret of 32 bytes, from which both of its keys are made. The hub's signing keys are named by a
key set (`keyset.py`). Storing secrets is not here.
"""

import hashlib
from dataclasses import dataclass, field

from nacl import exceptions
from nacl.bindings import crypto_box_SEALBYTES
from nacl.public import Box, PrivateKey, PublicKey, SealedBox
from nacl.signing import SigningKey, VerifyKey
from nacl.utils import random as _system_random

from sync.errors import Corrupt, Refused
from sync.identity import Random, key_id

system_random: Random = _system_random

KEY_BYTES = 32
SIGNATURE_BYTES = 64
SEALED_EXTRA_BYTES = crypto_box_SEALBYTES


@dataclass(frozen=True)
class Signer:
    """An Ed25519 key that signs. Its seed is 32 bytes and secret."""

    seed: bytes = field(repr=False)

    @classmethod
    def born(cls, random: Random = system_random) -> "Signer":
        """A new key."""
        return cls(random(KEY_BYTES))

    @property
    def public(self) -> bytes:
        """What others verify with; 32 bytes."""
        return bytes(self._key().verify_key)

    @property
    def id(self) -> str:
        """The public key's name."""
        return key_id(self.public)

    def sign(self, message: bytes) -> bytes:
        """64 bytes (RFC 8032; the same for the same message)."""
        return self._key().sign(message).signature

    def _key(self) -> SigningKey:
        return SigningKey(_sized(self.seed))


def signed_by(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the key made the signature. Points of low order and second forms are refused by libsodium."""
    try:
        VerifyKey(_sized(public)).verify(message, signature)
    except (exceptions.BadSignatureError, exceptions.ValueError, exceptions.CryptoError):
        return False
    return True


@dataclass(frozen=True)
class Unsealer:
    """An X25519 key that opens what was sealed to it. Its secret is 32 bytes."""

    secret: bytes = field(repr=False)

    @classmethod
    def born(cls, random: Random = system_random) -> "Unsealer":
        """A new key."""
        return cls(random(KEY_BYTES))

    @property
    def public(self) -> bytes:
        """What others seal to; 32 bytes."""
        return bytes(PrivateKey(_sized(self.secret)).public_key)

    @property
    def id(self) -> str:
        """The public key's name."""
        return key_id(self.public)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed. Corrupt when it was sealed to another key or changed since."""
        try:
            return SealedBox(PrivateKey(_sized(self.secret))).decrypt(sealed)
        except (exceptions.CryptoError, exceptions.ValueError, exceptions.TypeError) as error:
            raise Corrupt(
                f"It does not open with key {self.id}.",
                code="seal.broken",
                hint="It was sealed to another key or damaged on the way.",
            ) from error


def seal_to(public: bytes, message: bytes, random: Random = system_random) -> bytes:
    """Seals so that only the key's holder can open: libsodium's crypto_box_seal, with injected randomness.

    ephemeral public key ‖ Box(message), nonce = BLAKE2b-192(ephemeral public key ‖ public).
    """
    ephemeral = PrivateKey(random(KEY_BYTES))
    mine = bytes(ephemeral.public_key)
    nonce = hashlib.blake2b(mine + public, digest_size=Box.NONCE_SIZE).digest()
    return mine + Box(ephemeral, PublicKey(_sized(public))).encrypt(message, nonce).ciphertext


@dataclass(frozen=True)
class NodeKeys:
    """Both keys of a node."""

    signer: Signer
    unsealer: Unsealer

    @classmethod
    def of(cls, secret: bytes) -> "NodeKeys":
        """The keys that a node's secret of 32 bytes stands for (keyed BLAKE2b, one label each)."""

        def derived(label: bytes) -> bytes:
            return hashlib.blake2b(label, key=_sized(secret), digest_size=KEY_BYTES).digest()

        return cls(Signer(derived(b"prilavok/1/node/sign")), Unsealer(derived(b"prilavok/1/node/seal")))


def new_secret(random: Random = system_random) -> bytes:
    """A node's secret."""
    return random(KEY_BYTES)


def _sized(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise Refused(
            f"A key has {KEY_BYTES} bytes, not {len(key)}.",
            code="key.invalid",
            hint="It was cut or is something else.",
        )
    return key
