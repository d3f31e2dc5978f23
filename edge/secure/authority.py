"""Makes the node's authority and its certificate. No files, no clock: what and when is given.

The authority is for local names and private addresses only (name constraints, RFC 5280 section 4.2.1.10), so
that a visitor who trusts it trusts this counter and nothing else. Its validity begins in the past, since
the box's clock may be wrong; a certificate lives 397 days, or 820 where the time was not known (Apple's limit
for private authorities is 825).
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge.secure.moment import WRITTEN, Moment
from edge.secure.name import LOCAL_NAMES, LOCAL_NETWORKS, Identity

AUTHORITY_BEGINS = WRITTEN - timedelta(days=365)
AUTHORITY_LASTS = timedelta(days=365 * 20)
BACKDATED = timedelta(days=2)
LASTS_KNOWN, LASTS_UNKNOWN = timedelta(days=397), timedelta(days=820)
RENEWED_AFTER = 2 / 3
ID_DIGITS = 6


@dataclass(frozen=True)
class Pair:
    """A private key and its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        """Both in one file, the key first (PKCS 8, not encrypted)."""
        key = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return key + self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def der(self) -> bytes:
        """The certificate alone."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as systems show it: pairs of digits with colons."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()

    @classmethod
    def read(cls, data: bytes) -> "Pair":
        """The pair in a file. ValueError where there is none, or where the two do not belong together."""
        key = serialization.load_pem_private_key(data, None)
        certificate = x509.load_pem_x509_certificates(data)[0]
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            raise ValueError("key and certificate do not belong together")
        return cls(key, certificate)


def make_authority(own_names: Iterable[str], at: Moment) -> Pair:
    """A new authority for local names, private addresses and `own_names`."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName(name) for name in dict.fromkeys((*LOCAL_NAMES, *own_names))]
    networks = [x509.IPAddress(network) for network in LOCAL_NETWORKS]
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    title = f"Prilavok counter {identifier.digest.hex()[:ID_DIGITS]}"
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Prilavok"),
            x509.NameAttribute(NameOID.COMMON_NAME, title),
        ]
    )
    made = (
        _begun(subject, subject, key.public_key(), AUTHORITY_BEGINS, at.at + AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.NameConstraints([*names, *networks], None), critical=True)
        .add_extension(identifier, critical=False)
    )
    return Pair(key, made.sign(key, hashes.SHA256()))


def issue(authority: Pair, identity: Identity, at: Moment) -> Pair:
    """A certificate for the identity, as far as the authority may speak for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    allowed = within(authority, identity)
    names = [x509.DNSName(name) for name in allowed.names]
    addresses = [x509.IPAddress(ipaddress.ip_address(text)) for text in allowed.addresses]
    begins = at.at - BACKDATED
    ends = begins + (LASTS_KNOWN if at.known else LASTS_UNKNOWN)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Prilavok counter")])
    issuer = authority.certificate.subject
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    made = (
        _begun(subject, issuer, key.public_key(), begins, ends)
        .add_extension(x509.SubjectAlternativeName([*names, *addresses]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(signer, critical=False)
    )
    return Pair(key, made.sign(authority.key, hashes.SHA256()))


def within(authority: Pair, identity: Identity) -> Identity:
    """The part of an identity that the authority may speak for."""
    constraints = authority.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    permitted = constraints.permitted_subtrees or []
    names = [one.value for one in permitted if isinstance(one, x509.DNSName)]
    kept = (name for name in identity.names if any(f".{name}".endswith(f".{top}") for top in names))
    return Identity(tuple(kept), identity.addresses)


def identity_of(pair: Pair) -> Identity:
    """Whom a certificate is for."""
    names = pair.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = (str(address) for address in names.get_values_for_type(x509.IPAddress))
    return Identity(tuple(sorted(names.get_values_for_type(x509.DNSName))), tuple(sorted(addresses)))


def due(leaf: Pair, authority: Pair, identity: Identity, at: Moment) -> str | None:
    """Why a certificate must be made anew, or None: it is of another authority, lacks a name, is old, is
    of a time that has not come, or was made when the time was not known and now is.
    """
    certificate = leaf.certificate
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    try:
        certificate.verify_directly_issued_by(authority.certificate)
    except Exception:  # of whatever kind: it is not this authority's
        return "authority"
    if not identity_of(leaf).covers(within(authority, identity)):
        return "names"
    if at.known and ends - begins > LASTS_KNOWN:
        return "clock"
    if at.at < begins:
        return "clock"
    return "age" if at.at >= begins + (ends - begins) * RENEWED_AFTER else None


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, begins: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins.replace(microsecond=0))
        .not_valid_after(ends.replace(microsecond=0))
    )


def _usage(signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
