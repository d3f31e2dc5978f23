"""The authority and the certificate in the data folder, readable by the node's user alone.

    secure/authority.pem   key and certificate of the authority: whoever has it can pose as this counter
    secure/leaf.pem        key and certificate that the server shows
    secure/clock           the last time at which the clock was believed

Each file is replaced whole; a power cut leaves the old one or the new one.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

from edge.secure.authority import Pair
from sync.errors import Corrupt, Unavailable

AUTHORITY, LEAF, CLOCK = "authority.pem", "leaf.pem", "clock"
FOLDER_RIGHTS, FILE_RIGHTS = 0o700, 0o600


class SecureStore:
    """One node's files. Unavailable where they cannot be written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def leaf_path(self) -> Path:
        """What the server reads."""
        return self.folder / LEAF

    def authority(self) -> Pair | None:
        """None where there is none yet. Corrupt where it is damaged: a new one would be trusted by nobody."""
        data = self._read(AUTHORITY)
        if data is None:
            return None
        try:
            return Pair.read(data)
        except ValueError as error:
            raise Corrupt(
                f"The counter's authority cannot be read: {error}.",
                code="secure.damaged",
                hint=f"Restore {self.folder / AUTHORITY} from a copy, or delete it: a new one is made, which"
                " every device must install again.",
            ) from None

    def leaf(self) -> Pair | None:
        """None where there is none, or none that can be read: it is made again."""
        data = self._read(LEAF)
        try:
            return None if data is None else Pair.read(data)
        except ValueError:
            return None

    def last_known(self) -> datetime | None:
        """When the clock was last believed."""
        try:
            return datetime.fromisoformat((self._read(CLOCK) or b"").decode()).astimezone(UTC)
        except ValueError:
            return None

    def put_authority(self, pair: Pair) -> None:
        """Keeps a new authority."""
        self._write(AUTHORITY, pair.pem)

    def put_leaf(self, pair: Pair) -> None:
        """Keeps a new certificate."""
        self._write(LEAF, pair.pem)

    def put_known(self, at: datetime) -> None:
        """Keeps a time at which the clock was believed."""
        self._write(CLOCK, at.isoformat().encode())

    def _read(self, name: str) -> bytes | None:
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unavailable(error) from None

    def _write(self, name: str, data: bytes) -> None:
        partial = self.folder / f".{name}.partial"
        try:
            self.folder.mkdir(mode=FOLDER_RIGHTS, parents=True, exist_ok=True)
            self.folder.chmod(FOLDER_RIGHTS)
            partial.unlink(missing_ok=True)
            handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_RIGHTS)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, self.folder / name)
            _sync_folder(self.folder)
        except OSError as error:
            raise self._unavailable(error) from None

    def _unavailable(self, error: OSError) -> Unavailable:
        return Unavailable(
            f"The counter's keys in {self.folder} cannot be used: {error.strerror}.",
            code="secure.unavailable",
            hint="Check the folder, its owner and the free space.",
        )


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
