"""Who the node is at its hub: the file that holds its secret, and who it is read as.

    uplink/identity.json    rights 0600; the node's secret, the provisioning document, its broker account

The secret is born here and goes nowhere. The file is replaced whole: a power cut leaves the old or the new.
Joining is `join.py`; being let in is `enrolment.py`.
"""

import os
from pathlib import Path
from typing import Literal

import msgspec

from sync import keyset
from sync.errors import Corrupt, Unavailable
from sync.failpoint import reach
from sync.identity import Key, key_id
from sync.key import NodeKeys
from sync.keyset import KeySet
from sync.provisioning import Account, Provisioning

FOLDER = "uplink"
FILE = "identity.json"
FOLDER_RIGHTS, FILE_RIGHTS = 0o700, 0o600
State = Literal["pending", "accepted", "rejected", "revoked"]


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """One node's place at one hub. `document` is the file that it joined with, `secret` made here.

    `since` is the id of the first key that it had there, once that was replaced. `former` are the secrets
    before this one, newest first: what waits here was sealed with them, and a hub may have to be told.
    """

    document: Provisioning
    secret: Key
    state: State = "pending"
    account: Account | None = None
    since: str = ""
    former: tuple[Key, ...] = ()

    def __repr__(self) -> str:
        return f"Identity({self.document.tenant}/{self.document.node}, {self.state})"

    @property
    def keys(self) -> NodeKeys:
        """The node's own keys."""
        return NodeKeys.of(self.secret)

    @property
    def root(self) -> str:
        """The id of the first key that it had at this hub: the same whatever keys came after."""
        return self.since or key_id(self.keys.signer.public)

    @property
    def pinned(self) -> KeySet:
        """The key set that trust begins with."""
        return keyset.pinned(self.document.keys, self.document.tenant)

    @property
    def belongs(self) -> bool:
        """Whether what is said here is kept for the hub: not once the hub has turned the node away."""
        return self.state in ("pending", "accepted")


class IdentityStore:
    """The file in a data folder. Unavailable where it cannot be written."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / FOLDER
        self.path = self.folder / FILE

    def read(self) -> Identity | None:
        """None where the node never joined. Corrupt where the file is damaged."""
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=Identity)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unavailable(error) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Corrupt(
                f"The node's identity in {self.path} is damaged: {error}.",
                code="identity.damaged",
                hint="Restore it from a copy, or delete it and join anew: `prilavok-edge join FILE`.",
            ) from None

    def write(self, identity: Identity) -> None:
        """On the disk when it returns."""
        partial = self.folder / f".{FILE}.partial"
        try:
            self.make_folder()
            partial.unlink(missing_ok=True)
            handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_RIGHTS)
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(identity)) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, self.path)
            sync_folder(self.folder)
        except OSError as error:
            raise self._unavailable(error) from None
        reach("identity.saved")

    def make_folder(self) -> Path:
        """The folder of everything that the uplink keeps beside `node.db`."""
        self.folder.mkdir(mode=FOLDER_RIGHTS, parents=True, exist_ok=True)
        self.folder.chmod(FOLDER_RIGHTS)
        return self.folder

    def _unavailable(self, error: OSError) -> Unavailable:
        return Unavailable(
            f"The node's identity in {self.folder} cannot be used: {error.strerror}.",
            code="identity.unavailable",
            hint="Check the folder, its owner and the free space.",
        )


def sync_folder(folder: Path) -> None:
    """Puts a folder's entries on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
