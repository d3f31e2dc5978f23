"""Joining a hub with a provisioning file: read, keys born, identity saved, file deleted. Nothing dials here.

The identity is on the disk before the file goes, so that a power cut between leaves a file that is used
again to the same end. Being let in is `enrolment.py`.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from edge.uplink.identity import Identity, IdentityStore, sync_folder
from sync import provisioning
from sync.clock import Now
from sync.errors import Conflict, Missing, Unavailable
from sync.failpoint import reach
from sync.key import new_secret
from sync.provisioning import FILE_LIMIT_BYTES, MOST_FORMER, Provisioning

DROPPED = "provisioning.json"
"""A file of this name in the data folder is taken at the next start."""


def join(path: Path, store: IdentityStore, now: Now, *, renew: bool = False) -> Identity:
    """The node's identity, made with the file, which is then deleted.

    `renew`: a node that belongs to that hub under that name takes new keys, and keeps what waits to be sent.
    Never by itself: whoever puts a stick in could cut it off. Missing, Corrupt or Refused
    (`provisioning.expired`) for a file that is none. Conflict: the node belongs to a hub already
    (`join.joined`), or to another one (`join.other_hub`).
    """
    document, _ = provisioning.read_file(_read(path), now)
    known = store.read()
    if known is None or not known.belongs:
        identity = Identity(document=document, secret=new_secret())
        store.write(identity)
    elif known.document == document:  # saved, but cut off before the file was deleted
        identity = known
    elif renew and _same_place(known.document, document):
        former = (known.secret, *known.former)[:MOST_FORMER]
        identity = Identity(document=document, secret=new_secret(), since=known.root, former=former)
        store.write(identity)
    else:
        raise _joined(known, document)
    _delete(path)
    reach("identity.joined")
    return identity


def _same_place(one: Provisioning, other: Provisioning) -> bool:
    """Whether both are for one node of one hub."""
    return (one.tenant, one.hub, one.node) == (other.tenant, other.hub, other.node)


def found(folders: Iterable[Path]) -> Path | None:
    """The first provisioning file that was left for this node; folders may be absent sticks."""
    for folder in folders:
        path = folder / DROPPED if folder.is_dir() else folder
        with suppress(OSError):
            if path.is_file():
                return path
    return None


def _read(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(FILE_LIMIT_BYTES + 1)
    except OSError as error:
        raise Missing(
            f"Cannot read {path}: {error.strerror}.",
            code="provisioning.missing",
            hint="It deletes itself after use: make a new one with `prilavok node add`.",
        ) from None


def _delete(path: Path) -> None:
    """Its token lets one node in: it is wiped first, for sticks are found again."""
    try:
        size = path.stat().st_size
        with open(path, "r+b") as file:
            file.write(bytes(size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        sync_folder(path.parent)
    except OSError as error:
        raise Unavailable(
            f"The node has joined, but {path} cannot be deleted: {error.strerror}.",
            code="provisioning.kept",
            hint="Delete it by hand: whoever has it could pose as this node until it is let in.",
        ) from None


def _joined(known: Identity, document: Provisioning) -> Conflict:
    mine = known.document
    if (mine.tenant, mine.hub) != (document.tenant, document.hub):
        return Conflict(
            f"This node belongs to {mine.tenant} at {mine.hub}; the file is for {document.tenant} at"
            f" {document.hub}.",
            code="join.other_hub",
            hint="Revoke it there first (`prilavok node revoke`), or start it with another data folder.",
        )
    return Conflict(
        f"This node has joined already, as {mine.node}.",
        code="join.joined",
        hint="The file was not used. To replace this node's keys with it: `prilavok-edge join --renew`.",
    )
