"""What a node has because it belongs to a hub: records, the line, the hub's keys. Nothing until it joins.

Wiring, for `app` and `cli`. A node may join while it runs: `prilavok-edge join` leaves an identity, and the
watch finds it. The ports that stand on this are in `member.py`.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from edge import hub_side
from edge.health.vital import SyncVitals
from edge.hub_side import Local, Member, Opened
from edge.lead.service import read_key
from edge.lead.store import LeadStore
from edge.settings import Settings
from edge.uplink.clock import Clocks
from edge.uplink.identity import IdentityStore
from edge.uplink.join import found, join
from sync.errors import PrilavokError

WATCH_S = 2.0
END_S = 10.0
log = structlog.get_logger()


@dataclass
class Membership:
    """`local` is the node; `reload` reads its settings anew, `live` forgets sessions where they are held."""

    settings: Settings
    local: Local
    clocks: Clocks = field(default_factory=Clocks)
    reload: Callable[[], Settings] | None = None
    live: Callable[[Sequence[str]], None] = lambda names: None
    opened: Opened | None = None
    trouble: PrilavokError | None = None
    turned_away: bool = False
    plain: LeadStore = field(init=False)
    """Where requests go while there is no hub."""
    _end: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        self.files = IdentityStore(self.settings.data_dir)
        self.plain = LeadStore(self.settings.data_dir / hub_side.NODE_FILE)

    def start(self) -> None:
        """Takes a provisioning file that was left, opens what belongs to the hub, and begins to dial.

        A node whose identity is damaged answers on; `trouble` says so.
        """
        self._take_file()
        self._try_to_look()
        self._thread = threading.Thread(target=self._watch, name="membership", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the line and closes the file."""
        self._end.set()
        if self._thread is not None:
            self._thread.join(END_S)
        opened, self.opened = self.opened, None
        if opened is not None:
            opened.close()
        self.plain.close()

    @property
    def member(self) -> Opened | None:
        """What is open, as long as the hub has not turned the node away."""
        opened = self.opened
        return opened if opened is not None and opened.standing.identity.belongs else None

    def lead_key(self) -> bytes | None:
        """The tenant's key for contacts: the hub's, else that of the settings."""
        member = self.member
        given = None if member is None else member.standing.keys.lead_key
        return given or read_key(self.settings.lead_key)

    def vitals(self) -> SyncVitals | None:
        """The line as the health checks see it; None on a node that belongs to no hub."""
        opened = self.opened
        if opened is not None:
            return opened.vitals()
        if self.turned_away:
            return SyncVitals("revoked", False, 0, 0.0, False, 0)
        return None

    def figures(self) -> Mapping[str, float]:
        """The line in numbers."""
        opened = self.opened
        return {"joined": 0.0} if opened is None else opened.figures()

    def _take_file(self) -> None:
        path = found((self.settings.data_dir, *self.settings.provisioning))
        if path is None:
            return
        try:
            identity = join(path, self.files, self.clocks.now())
            log.info("joined", tenant=identity.document.tenant, node=identity.document.node)
        except PrilavokError as error:
            log.warning("provisioning file", code=error.code, reason=error.message, hint=error.hint)

    def _watch(self) -> None:
        while not self._end.wait(WATCH_S):
            if self.opened is not None and self._renewed():
                opened, self.opened = self.opened, None
                opened.close()
            if self.opened is None:
                self._try_to_look()
            else:
                with suppress(PrilavokError):
                    self.opened.keep_up()

    def _renewed(self) -> bool:
        """Whether `prilavok-edge join --renew` has left other keys."""
        opened = self.opened
        with suppress(PrilavokError):
            known = self.files.read()
            return (
                known is not None and opened is not None and known.secret != opened.standing.identity.secret
            )
        return False

    def _try_to_look(self) -> None:
        try:
            self._look()
            self.trouble = None
        except PrilavokError as error:
            if self.trouble is None:
                log.error("no hub", code=error.code, reason=error.message, hint=error.hint)
            self.trouble = error

    def _look(self) -> None:
        identity = self.files.read()
        self.turned_away = identity is not None and identity.state == "revoked"
        if identity is not None and not self.turned_away:
            member = Member(
                settings=self.settings,
                local=self.local,
                clocks=self.clocks,
                files=self.files,
                reload=self.reload or (lambda: self.settings),
                live=lambda names: self.live(names),
            )
            self.opened = hub_side.open_side(member, identity)
            if not self.settings.offline:
                self.opened.uplink.start()
