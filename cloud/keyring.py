"""The hub's private keys on disk, by tenant, and the signed key sets that name their public halves.

    keys/root/{tenant}.key       signs key sets          keys/sets/{tenant}/{version}.keys   signed, public
    keys/catalog/{tenant}.key    signs heads             keys/log/{tenant}/{id}.key          opens records
    keys/hub/{tenant}.key        signs acks, commands    keys/lead/{tenant}/{id}.key         opens contacts
    keys/broker.key              from which nodes' passwords at the broker are worked out

`log` and `lead` may be folders elsewhere, of other users: only the projector reads the one, only the delivery
worker the other. Each file is 32 bytes, mode 0600. Keys that were replaced stay, to open what is old.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cloud.settings import Settings
from sync import keyset
from sync.errors import Corrupt, Missing
from sync.identity import named
from sync.key import KEY_BYTES, Signer, Unsealer
from sync.keyset import KeySet, Role

Signing = Literal["root", "catalog", "hub"]
LIFE_MS = 3 * 365 * 24 * 60 * 60 * 1000
"""How long a key set holds; it is renewed when half of that is over."""


@dataclass(frozen=True)
class Keyring:
    """The folders; nothing is read until it is asked for."""

    folder: Path
    log: Path
    lead: Path

    @classmethod
    def of(cls, settings: Settings) -> "Keyring":
        """The hub's."""
        return cls(settings.keys, settings.log_keys, settings.lead_keys)

    def ensure(self, tenant: str, now_ms: int) -> KeySet:
        """A tenant's keys and first key set, made where they are missing; the set in force."""
        named(tenant, "tenant")
        for role in ("root", "catalog", "hub"):
            path = self.folder / role / f"{tenant}.key"
            if not path.exists():
                write_new(path, Signer.born().seed)
        for folder in (self.log, self.lead):
            if not any((folder / tenant).glob("*.key")):
                born = Unsealer.born()
                write_new(folder / tenant / f"{born.id}.key", born.secret)
        if not self.sets(tenant):
            self._issue(tenant, 1, now_ms)
        return self.current(tenant)

    def renew(self, tenant: str, now_ms: int) -> KeySet:
        """The key set in force; signed anew, with the same keys, when half its life is over."""
        keys = self.current(tenant)
        if now_ms < keys.expires_ms - LIFE_MS // 2:
            return keys
        self._issue(tenant, keys.version + 1, now_ms)
        return self.current(tenant)

    def _issue(self, tenant: str, version: int, now_ms: int) -> None:
        root = self.signer(tenant, "root")
        fresh = KeySet(
            tenant=tenant,
            version=version,
            issued_ms=now_ms,
            expires_ms=now_ms + LIFE_MS,
            root=Role(keys=(root.public,)),
            catalog=Role(keys=(self.signer(tenant, "catalog").public,)),
            hub=Role(keys=(self.signer(tenant, "hub").public,)),
            log_key=_newest(self.log / tenant).public,
            lead_key=_newest(self.lead / tenant).public,
        )
        write_new(self.folder / "sets" / tenant / f"{version:06}.keys", keyset.write(fresh, root))

    def broker_secret(self) -> bytes:
        """32 bytes, made where they are missing."""
        path = self.folder / "broker.key"
        if not path.exists():
            write_new(path, Signer.born().seed)
        return _read(path)

    def sets(self, tenant: str) -> list[bytes]:
        """Every signed key set of a tenant, oldest first."""
        return [path.read_bytes() for path in sorted((self.folder / "sets" / tenant).glob("*.keys"))]

    def current(self, tenant: str) -> KeySet:
        """The newest key set. Missing before `ensure`."""
        found = self.sets(tenant)
        if not found:
            raise _missing(self.folder / "sets" / tenant)
        return keyset.pinned(found[-1], tenant)

    def signer(self, tenant: str, role: Signing) -> Signer:
        """A key that signs. Missing before `ensure`."""
        return Signer(_read(self.folder / role / f"{named(tenant, 'tenant')}.key"))

    def log_keys(self, tenant: str) -> dict[str, Unsealer]:
        """By id, the keys that open records; the projector's business alone."""
        return _all(self.log / named(tenant, "tenant"))

    def lead_keys(self, tenant: str) -> dict[str, Unsealer]:
        """By id, the keys that open contacts; the delivery worker's business alone."""
        return _all(self.lead / named(tenant, "tenant"))


def write_new(path: Path, data: bytes) -> None:
    """Writes a file that was not there, readable by its owner alone, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(f".{os.getpid()}.new")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(partial, path)  # unlike a rename, it never replaces a key
    except FileExistsError:
        pass
    finally:
        partial.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise _missing(path) from None
    if len(data) != KEY_BYTES:
        raise Corrupt(f"{path} is no key.", code="key.damaged", hint="Put it back from the backup.")
    return data


def _all(folder: Path) -> dict[str, Unsealer]:
    keys = [Unsealer(_read(path)) for path in folder.glob("*.key")]
    return {key.id: key for key in keys}


def _newest(folder: Path) -> Unsealer:
    paths = sorted(folder.glob("*.key"), key=lambda path: (path.stat().st_mtime_ns, path.name))
    if not paths:
        raise _missing(folder)
    return Unsealer(_read(paths[-1]))


def _missing(path: Path) -> Missing:
    return Missing(
        f"There is no key at {path}.",
        code="key.missing",
        hint="Put the keys back from the backup, or check keys_dir and who may read it.",
    )
