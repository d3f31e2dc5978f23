"""Keeps the node's authority and certificate: made at the first start, renewed by themselves.

Called at start and then each minute; says whether the server must take up a new certificate. Listening is in
`edge/https`, the page that explains it in `routes`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from edge.secure.authority import Pair, due, issue, make_authority, within
from edge.secure.moment import judge
from edge.secure.name import Identity, hostname, identity
from edge.secure.store import SecureStore
from sync.errors import PrilavokError

log = structlog.get_logger()
CLOCK_KEPT_EACH = timedelta(hours=6)
FOLDER = "secure"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Secure:
    """`own_names` are the settings' names. `port` is where the server listens, once it does.

    `trouble` is why there is no certificate; the node goes on without.
    """

    store: SecureStore
    own_names: tuple[str, ...] = ()
    clock: Callable[[], datetime] = _now
    identity: Callable[[tuple[str, ...]], Identity] = identity
    port: int | None = None
    authority: Pair | None = None
    leaf: Pair | None = None
    trouble: PrilavokError | None = None
    _told: Identity | None = field(default=None, init=False)

    @classmethod
    def of(cls, data_dir: Path, own_names: tuple[str, ...]) -> "Secure":
        """The keys in a data folder."""
        return cls(SecureStore(data_dir / FOLDER), own_names)

    @property
    def leaf_path(self) -> Path:
        """Key and certificate for the server, in one file."""
        return self.store.leaf_path

    def ends_at(self) -> float:
        """When the certificate ends, in Unix time; 0 where there is none."""
        return 0.0 if self.leaf is None else self.leaf.certificate.not_valid_after_utc.timestamp()

    def keep(self) -> bool:
        """Makes what is missing and renews what is due; whether there is a new certificate. Blocking."""
        try:
            return self._keep()
        except PrilavokError as error:
            if self.trouble is None or self.trouble.code != error.code:
                log.warning("no secure context", code=error.code, reason=error.message, hint=error.hint)
            self.trouble = error
            return False

    def _keep(self) -> bool:
        last = self.store.last_known()
        at = judge(self.clock(), last)
        self.authority = self.store.authority()
        if self.authority is None:
            self.authority = make_authority((hostname(), *self.own_names), at)
            self.store.put_authority(self.authority)
            log.info("authority made", fingerprint=self.authority.fingerprint)
        if at.known and (last is None or at.at - last > CLOCK_KEPT_EACH):
            self.store.put_known(at.at)
        wanted = self.identity(self.own_names)
        self._tell_outside(wanted)
        self.leaf, self.trouble = self.store.leaf(), None
        reason = "missing" if self.leaf is None else due(self.leaf, self.authority, wanted, at)
        if reason is None:
            return False
        self.leaf = issue(self.authority, wanted, at)
        self.store.put_leaf(self.leaf)
        until = self.leaf.certificate.not_valid_after_utc.isoformat()
        log.info("certificate made", reason=reason, until=until, clock_known=at.known)
        return True

    def _tell_outside(self, wanted: Identity) -> None:
        """Says once which names the authority may not speak for: they came after it."""
        assert self.authority is not None
        outside = set(wanted.names) - set(within(self.authority, wanted).names)
        if outside and self._told != wanted:
            log.warning(
                "names outside the authority",
                names=sorted(outside),
                hint="Delete the authority to have one made for them; devices must install it again.",
            )
        self._told = wanted
