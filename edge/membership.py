"""What a node has because it belongs to a hub: records, the uplink, the hub's keys. Nothing until it joins.

Wiring, for `app` and `cli`. A node may join while it runs: `prilavok-edge join` leaves an identity, and the
watch finds it. Without a hub everything here does what a node without one does.
"""

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog

from edge.chat.record import NoRecords, Rated, Records, Turn
from edge.lead import store as lead_store
from edge.lead.service import Requests, read_key
from edge.lead.store import Kept, LeadStore, Sealed
from edge.ledger import Ledger
from edge.outbox import request
from edge.outbox import store as outbox_store
from edge.outbox.policy import Caps
from edge.outbox.recorder import Recorder
from edge.outbox.request import KeptRequests
from edge.outbox.service import Outbox
from edge.outbox.trail import OutboxTrail
from edge.privacy.service import NoTrail, Reached, Trail
from edge.settings import Settings
from edge.uplink import store as uplink_store
from edge.uplink.applier import ChildApplier
from edge.uplink.blob import FOLDER as BLOBS
from edge.uplink.clock import Clocks
from edge.uplink.identity import Identity, IdentityStore
from edge.uplink.join import found, join
from edge.uplink.market import Market, Place
from edge.uplink.pace import Bucket, Pace, hours, within
from edge.uplink.presence import Facts, Presence
from edge.uplink.service import Uplink
from edge.uplink.standing import Standing
from sync.errors import PrilavokError, Unavailable
from sync.head import Have
from sync.record import Versions

NODE_FILE = "node.db"
TABLES = (*outbox_store.TABLES, *uplink_store.TABLES, request.TABLE)
WATCH_S = 2.0
CHORE_S = 60.0
END_S = 10.0
log = structlog.get_logger()


@dataclass(frozen=True)
class Opened:
    """A node at its hub."""

    ledger: Ledger
    standing: Standing
    outbox: Outbox
    recorder: Recorder
    requests: KeptRequests
    market: Market
    uplink: Uplink


class Local(Protocol):
    """What is read of the node itself."""

    @property
    def open_now(self) -> bool: ...
    def versions(self) -> Versions: ...
    def published(self) -> Have | None: ...
    def embedding(self) -> tuple[str, int] | None: ...


@dataclass
class Membership:
    """`local` is the node. Stands behind the ports of chat and lead."""

    settings: Settings
    local: Local
    clocks: Clocks = field(default_factory=Clocks)
    opened: Opened | None = None
    trouble: PrilavokError | None = None
    turned_away: bool = False
    plain: LeadStore = field(init=False)
    """Where requests go while there is no hub."""
    _end: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        self.files = IdentityStore(self.settings.data_dir)
        self.plain = LeadStore(self.settings.data_dir / NODE_FILE)

    def start(self) -> None:
        """Takes a provisioning file that was left, opens what belongs to the hub, and begins to dial.

        A node whose identity is damaged answers on; `trouble` says so.
        """
        self._take_file()
        self._try_to_look()
        self._thread = threading.Thread(target=self._watch, name="membership", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the uplink and closes the file."""
        self._end.set()
        if self._thread is not None:
            self._thread.join(END_S)
        opened, self.opened = self.opened, None
        if opened is not None:
            opened.uplink.close()
            opened.market.close()
            opened.ledger.close()
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
        waited = CHORE_S
        while not self._end.wait(WATCH_S):
            waited += WATCH_S
            if self.opened is None:
                self._try_to_look()
            elif waited >= CHORE_S:
                waited = 0.0
                with suppress(PrilavokError):
                    self._keep_up(self.opened)

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
            self.opened = self._open(identity)
            if not self.settings.offline:
                self.opened.uplink.start()

    def _keep_up(self, opened: Opened) -> None:
        """Chores of the outbox: what is too old goes, requests of before the hub come in."""
        opened.outbox.expire(self.clocks.now())
        while opened.requests.hand_over():
            pass

    def _open(self, identity: Identity) -> Opened:
        ledger = Ledger(self.settings.data_dir / NODE_FILE, TABLES)
        ledger.write(lead_store.prepare).result(END_S)
        standing = Standing.open(self.files, identity, ledger, self.clocks)
        outbox = Outbox(ledger, standing.who, Caps(self.settings.outbox_bytes), self.clocks.stamp)
        outbox.open()
        pacing = Pacing(self.settings)
        market = Market(standing, self._place(), ChildApplier(), pacing.now)
        presence = Presence(standing, lambda: self._facts(outbox, market))
        uplink = Uplink(standing, outbox, presence, pacing.now, (market,))
        recorder = Recorder(outbox, self.local.versions)
        return Opened(ledger, standing, outbox, recorder, KeptRequests(outbox), market, uplink)

    def _place(self) -> Place:
        return Place(
            data_dir=self.settings.data_dir,
            blobs=self.files.folder / BLOBS,
            ready=lambda: self.local.open_now,
            have=self.local.published,
            model=self.local.embedding,
            spare_bytes=self.settings.disk_free_bytes,
        )

    def _facts(self, outbox: Outbox, market: Market) -> Facts:
        troubles = (market.trouble.code,) if market.trouble else ()
        if market.stale:
            troubles = (*troubles, "catalog.stale")
        return Facts(
            epoch=list(outbox.epochs())[-1],
            versions=self.local.versions(),
            usage=outbox.usage(),
            have=self.local.published(),
            troubles=troubles,
        )


class Pacing:
    """What the settings let the line do at this moment. Hours are the box's local ones."""

    def __init__(self, settings: Settings) -> None:
        self._quiet = hours(settings.sync_quiet_hours)
        self._metered = settings.sync_metered
        self._up, self._down = Bucket(settings.sync_up_bytes_s), Bucket(settings.sync_down_bytes_s)

    def now(self) -> Pace:
        """As of now."""
        urgent_only = self._metered or within(self._quiet, datetime.now())
        return Pace(urgent_only, self._up, self._down)


@dataclass(frozen=True)
class MemberRecords:
    """The port of `edge/chat/record.py`, whether or not there is a hub."""

    membership: Membership

    @property
    def _now(self) -> Records:
        member = self.membership.member
        return NoRecords() if member is None else member.recorder

    async def turn(self, turn: Turn) -> None:
        await self._now.turn(turn)

    async def rated(self, rated: Rated) -> None:
        await self._now.rated(rated)

    def code(self, session: str) -> str:
        return self._now.code(session)

    def forget(self, session: str) -> None:
        self._now.forget(session)


@dataclass(frozen=True)
class MemberRequests:
    """The port of `edge/lead/service.py`, whether or not there is a hub."""

    membership: Membership

    @property
    def _now(self) -> Requests:
        opened = self.membership.opened
        if opened is None and not self.membership.turned_away:
            return self.membership.plain
        if opened is None or not opened.standing.identity.belongs:
            raise Unavailable(
                "This counter takes no requests any more.",
                code="lead.not_configured",
                hint="Its hub has turned it away; call the provider.",
            )
        return opened.requests

    def has(self, id: str) -> bool:
        return self._now.has(id)

    def add(self, lead: Sealed) -> bool:
        return self._now.add(lead)

    def find(self, ids: Sequence[str]) -> list[Kept]:
        return self._now.find(ids)

    def withdraw(self, ids: Sequence[str]) -> int:
        return self._now.withdraw(ids)


@dataclass(frozen=True)
class MemberTrail:
    """The port of `edge/privacy/service.py`, whether or not there is a hub."""

    membership: Membership

    @property
    def _now(self) -> Trail:
        member = self.membership.member
        return NoTrail() if member is None else OutboxTrail(member.outbox)

    def code(self, session: str) -> str:
        return self._now.code(session)

    def reached(self, session: str) -> Reached:
        return self._now.reached(session)

    async def waiting(self, session: str) -> Mapping[str, int]:
        return await self._now.waiting(session)

    async def erase(self, session: str) -> int:
        return await self._now.erase(session)
