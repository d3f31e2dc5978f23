"""Requests as they lie on the hub: sealed in a browser, stored by the projector; and who waits for them."""

import json
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey

from cloud import postgres
from cloud.keyring import Keyring
from cloud.lead.delivery.service import Deliverer
from cloud.postgres import Pool
from tests.simulators.hub_database import Database

TENANT, MARKET, NODE, EPOCH = "north", "city", "kiosk-1", "0123456789abcdef"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SUITE = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES256_GCM)
CONTACT = {"name": "Ann", "phone": "+371 2000 0000", "language": "lv", "made_at": "2026-11-27T10:00:00Z"}


def sealed(key: bytes, lead: str, provider: str, consent: str, contact: bytes) -> tuple[bytes, bytes]:
    """What a browser makes: encapsulated key and ciphertext."""
    to = KEMKey.from_pyca_cryptography_key(X25519PublicKey.from_public_bytes(key))
    enc, context = SUITE.create_sender_context(to, info=b"prilavok lead 1")
    return enc, context.seal(contact, aad="\n".join((lead, provider, consent)).encode())


@dataclass
class Office:
    """A tenant with a node, its keys, and pools of the roles."""

    database: Database
    keyring: Keyring
    app: Pool
    delivery: Pool
    projector: Pool
    seq: int = 0
    leads: list[str] = field(default_factory=list)

    @classmethod
    def opened(cls, database: Database, folder: Path) -> "Office":
        database.market(TENANT, MARKET, NODE)
        keyring = Keyring(folder, folder / "log", folder / "lead")
        keyring.ensure(TENANT, int(time.time() * 1000))
        return cls(
            database, keyring, database.pool("app"), database.pool("delivery", 12), database.pool("projector")
        )

    def deliverer(self, **change: Any) -> Deliverer:
        return Deliverer(self.delivery, self.keyring, **change)

    def channel(self, url: str, name: str = "crm", **change: Any) -> None:
        """Where requests are to go; the local machine is allowed."""
        row = {"networks": ["127.0.0.0/8"], "market": None, **change}
        with postgres.tenant(self.app, TENANT) as connection:
            connection.execute(
                "INSERT INTO lead_channel (tenant, channel, kind, market, url, secret, networks, created_at)"
                " VALUES (%s, %s, 'webhook', %s, %s, %s, %s, now())",
                (TENANT, name, row["market"], url, SECRET, row["networks"]),
            )

    def arrives(self, lead: str | None = None, session: bytes = b"s" * 10, **change: Any) -> str:
        """A request, as the projector stores it; its id."""
        lead, provider, consent = lead or secrets.token_hex(16), change.get("provider", "p-1"), "2026-11"
        keys = self.keyring.current(TENANT)
        contact = change.get("contact", json.dumps(CONTACT).encode())
        enc, box = sealed(keys.lead_key or b"", lead, provider, consent, contact)
        self.seq += 1
        unsealer = next(iter(self.keyring.lead_keys(TENANT)))
        row = {
            "node": NODE,
            "epoch": EPOCH,
            "seq": self.seq,
            "market": MARKET,
            "session": session,
            "at": datetime.now(UTC),
            "clock": "clock",
            "boot": EPOCH,
            "mono_ms": 1,
            "received_at": datetime.now(UTC),
            "id": lead,
            "provider": provider,
            "key": unsealer,
            "enc": enc,
            "sealed": change.get("sealed", box),
            "language": "lv",
            "consent": consent,
        }
        names = ", ".join(row)
        marks = ", ".join(f"%({name})s" for name in row)
        with postgres.tenant(self.projector, TENANT) as connection:
            query = f"INSERT INTO lead (tenant, {names}) VALUES (prilavok_tenant(), {marks})"  # noqa: S608
            connection.execute(query.encode(), row)
        self.leads.append(lead)
        return lead

    def overdue(self) -> None:
        """As if every pause were over."""
        with postgres.tenant(self.app, TENANT) as connection:
            connection.execute("UPDATE lead_delivery SET next_at = now() - interval '1 second'")

    def state(self, lead: str) -> str:
        """How far a request is."""
        return str(self.value("SELECT state FROM lead_case WHERE lead = %s", lead))

    def value(self, query: str, *values: object) -> object:
        with postgres.tenant(self.app, TENANT) as connection:
            row = connection.execute(query.encode(), values).fetchone()
        return None if row is None else row[0]
