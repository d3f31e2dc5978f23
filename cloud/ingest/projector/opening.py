"""Opens records with the tenant's log keys, and tells why one does not open. Decides; stores nothing.

A key's frame is believed when the node signed it, whoever stored it; a record when its box opens and its
header is of the place where it lies.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sync.errors import Corrupt, Missing, PrilavokError, Refused
from sync.key import Unsealer
from sync.record import Record
from sync.seal import DataKey, header_of, open_key, open_placed

MOST_KEYS = 20_000


@dataclass(frozen=True)
class Sealed:
    """A stored frame and where it lies."""

    node: str
    epoch: str
    seq: int
    data_key: bytes
    received_ms: int
    frame: bytes


@dataclass
class Opener:
    """Of one tenant. `log_keys` reads the keys' files; `node_keys` are all that a node ever signed with."""

    tenant: str
    log_keys: Callable[[], Mapping[str, Unsealer]]
    _log_keys: Mapping[str, Unsealer] = field(default_factory=dict)
    _opened: dict[bytes, DataKey] = field(default_factory=dict)

    def key(self, frames: Iterable[bytes], node_keys: Iterable[bytes]) -> DataKey:
        """The session's key in one of its frames; the error of the last one where none opens."""
        error: PrilavokError = Missing("No key.", code="seal.no_key")
        signers = tuple(node_keys)
        for frame in frames:
            known = self._opened.get(frame)
            if known is not None:
                return known
            try:
                opened = self._open(frame, signers)
            except PrilavokError as found:
                error = found
                continue
            if len(self._opened) >= MOST_KEYS:
                self._opened.clear()
            self._opened[frame] = opened
            return opened
        raise error

    def record(self, sealed: Sealed, key: DataKey) -> Record:
        """What is in a frame. Corrupt when it does not open, Refused when it lies in another's place."""
        header, record = open_placed(sealed.frame, key)
        place = (header.tenant, header.node, header.epoch, header.seq)
        if place != (self.tenant, sealed.node, sealed.epoch, sealed.seq):
            raise Refused(
                f"The frame is of {'/'.join(map(str, place))}.",
                code="frame.moved",
                hint="Something wrote into raw_record that is not ingest.",
            )
        return record

    def forget(self) -> None:
        """Drops opened keys, after an erasure."""
        self._opened.clear()

    def _open(self, frame: bytes, signers: tuple[bytes, ...]) -> DataKey:
        log_key = self._log_key(header_of(frame).log_key)
        error: PrilavokError = Corrupt("No key of the node is known.", code="seal.unsigned")
        for signer in signers:
            try:
                return open_key(frame, log_key, signer)
            except Refused as found:  # another of its keys may have signed it
                error = found
        raise error

    def _log_key(self, id: str) -> Unsealer:
        if id not in self._log_keys:
            self._log_keys = self.log_keys()
        if id not in self._log_keys:
            raise Missing(
                f"Log key {id} is not here.",
                code="key.missing",
                hint="Put it into log_keys_dir, then run `prilavok hub requeue`.",
            )
        return self._log_keys[id]
