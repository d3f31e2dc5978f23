"""What a test's Chromium is told so that it believes a certificate: the digest of its key."""

import base64
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import serialization


def pin(certificate: x509.Certificate) -> str:
    """For `--ignore-certificate-errors-spki-list`, which takes several, separated by commas."""
    key = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(hashlib.sha256(key).digest()).decode()
