"""Settings that the hub wishes for this node: kept in a file of their own, taken at every start.

    uplink/settings.json    {"version": …, "values": {…}}

They stand above the settings file and below the environment and flags. What a hub may set at all is
`sync/desired.py`. A value that no longer fits never keeps a node from starting: then all are left out.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from edge.uplink.identity import FILE_RIGHTS, FOLDER, FOLDER_RIGHTS, sync_folder
from sync import desired
from sync.errors import Refused, Unavailable
from sync.identity import Count
from sync.record import Scalar

FILE = "settings.json"
HOT = ("log_level", "sync_up_bytes_s", "sync_down_bytes_s", "sync_quiet_hours", "sync_metered")
"""Applied while the node runs; the others at its next start."""


class Wished(msgspec.Struct, frozen=True):
    """A whole set of desired settings."""

    version: Count = 0
    values: dict[str, Scalar] = {}

    def known(self) -> dict[str, Scalar]:
        """What of it a node of this version has. Refused when a value is out of bounds."""
        return desired.read(self.values)


def read(data_dir: Path) -> Wished:
    """What was kept; nothing where there is nothing or it cannot be read."""
    with suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.decode((data_dir / FOLDER / FILE).read_bytes(), type=Wished)
    return Wished()


def write(data_dir: Path, wished: Wished) -> None:
    """On the disk when it returns. Unavailable where it cannot be."""
    folder = data_dir / FOLDER
    partial = folder / f".{FILE}.partial"
    try:
        folder.mkdir(mode=FOLDER_RIGHTS, parents=True, exist_ok=True)
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_RIGHTS)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(wished))
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, folder / FILE)
        sync_folder(folder)
    except OSError as error:
        raise Unavailable(
            f"The hub's settings cannot be kept in {folder}: {error.strerror}.",
            code="disk.error",
            hint="Check the folder, its owner and the free space.",
        ) from None


def layer(data_dir: Path) -> Mapping[str, Scalar]:
    """The values as a layer of settings; none where they do not fit this version."""
    with suppress(Refused):
        return read(data_dir).known()
    return {}


def cold(before: Mapping[str, Scalar], after: Mapping[str, Scalar]) -> tuple[str, ...]:
    """Names that changed and wait for the next start."""
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    return tuple(sorted(changed - set(HOT)))
