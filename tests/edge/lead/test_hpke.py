"""The hub's side of sealing follows RFC 9180: its vectors open, and two libraries agree."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey

from tests.simulators.hub_key import INFO, SUITE

ODE = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
BEAUTY = b"Beauty is truth, truth beauty"
# RFC 9180, appendix A.1.1 (AES-128-GCM), and the entry of its vector file for our suite: mode 0, KEM 0x0020,
# KDF 1, AEAD 2.
VECTORS = {
    AEADId.AES128_GCM: (
        "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
        "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
        ["f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a"],
    ),
    AEADId.AES256_GCM: (
        "497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d",
        "6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256",
        [
            "e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a",
            "2c43aff25343fdbff864506f0818b9d87df84ea01b1a2144d23b4d40c26bf655fdf197fe40297a8aebeed5cc2d",
        ],
    ),
}


@pytest.mark.parametrize("aead", list(VECTORS))
def test_vectors_of_the_rfc_open(aead: AEADId) -> None:
    secret, enc, sealed = VECTORS[aead]
    suite = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, aead)
    key = KEMKey.from_pyca_cryptography_key(X25519PrivateKey.from_private_bytes(bytes.fromhex(secret)))
    recipient = suite.create_recipient_context(bytes.fromhex(enc), key, ODE)
    for number, one in enumerate(sealed):
        assert recipient.open(bytes.fromhex(one), f"Count-{number}".encode()) == BEAUTY


def test_two_libraries_open_each_others_envelopes() -> None:
    secret = X25519PrivateKey.generate()
    other = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    whole = other.encrypt(BEAUTY, secret.public_key(), info=INFO)
    recipient = SUITE.create_recipient_context(whole[:32], KEMKey.from_pyca_cryptography_key(secret), INFO)
    assert recipient.open(whole[32:]) == BEAUTY
    enc, sender = SUITE.create_sender_context(KEMKey.from_pyca_cryptography_key(secret.public_key()), INFO)
    assert other.decrypt(enc + sender.seal(BEAUTY), secret, info=INFO) == BEAUTY
