"""Opens what a node has at its hub and keeps it up: ledger, outbox, line. Wiring, for `membership`."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from edge import log
from edge.health.vital import SyncVitals
from edge.lead import store as lead_store
from edge.ledger import Ledger
from edge.outbox import request
from edge.outbox import store as outbox_store
from edge.outbox.policy import Caps
from edge.outbox.recorder import Recorder
from edge.outbox.request import KeptRequests
from edge.outbox.service import Outbox
from edge.outbox.session import NODE
from edge.settings import Settings
from edge.uplink import desired
from edge.uplink import store as uplink_store
from edge.uplink.applier import ChildApplier
from edge.uplink.blob import FOLDER as BLOBS
from edge.uplink.clock import Clocks, Steady
from edge.uplink.deed import NodeDeeds, Stock
from edge.uplink.identity import Identity, IdentityStore
from edge.uplink.market import Market, Place
from edge.uplink.order import Orders
from edge.uplink.pace import Bucket, Pace, hours, within
from edge.uplink.presence import Facts, Presence
from edge.uplink.service import Uplink
from edge.uplink.standing import Standing
from models.addition import registry_file
from models.registry import Registry
from models.shelf import Shelf
from sync.head import Have
from sync.record import HealthReport, Scalar, Versions

NODE_FILE = "node.db"
TABLES = (*outbox_store.TABLES, *uplink_store.TABLES, request.TABLE)
REPORT_S = 3600.0
CHORE_S = 60.0
END_S = 10.0


class Local(Protocol):
    """What is read of the node itself."""

    @property
    def open_now(self) -> bool: ...
    def versions(self) -> Versions: ...
    def published(self) -> Have | None: ...
    def embedding(self) -> tuple[str, int] | None: ...
    def health(self) -> HealthReport | None: ...
    def support_files(self) -> Mapping[str, bytes]: ...


@dataclass(frozen=True)
class Member:
    """What opening needs of the membership. `live` forgets sessions in the running counter."""

    settings: Settings
    local: Local
    clocks: Clocks
    files: IdentityStore
    reload: Callable[[], Settings]
    live: Callable[[Sequence[str]], None]


class Pacing:
    """What the settings let the line do at this moment. Hours are the box's local ones."""

    def __init__(self, settings: Settings) -> None:
        self.set(settings)

    def set(self, settings: Settings) -> None:
        """Takes new settings."""
        self._quiet = hours(settings.sync_quiet_hours)
        self._metered = settings.sync_metered
        self._up, self._down = Bucket(settings.sync_up_bytes_s), Bucket(settings.sync_down_bytes_s)

    def now(self) -> Pace:
        """As of now."""
        urgent_only = self._metered or within(self._quiet, datetime.now())
        return Pace(urgent_only, self._up, self._down)


@dataclass
class Opened:
    """A node at its hub."""

    ledger: Ledger
    standing: Standing
    outbox: Outbox
    recorder: Recorder
    requests: KeptRequests
    market: Market
    orders: Orders
    uplink: Uplink
    local: Local
    steady: Steady
    _reported_at: float = field(default_factory=lambda: time.monotonic() - REPORT_S + CHORE_S)
    _chores_at: float = 0.0

    def keep_up(self) -> None:
        """Chores: what is too old goes, requests of before the hub come in, the hourly report is kept."""
        now = time.monotonic()
        if now < self._chores_at:
            return
        self._chores_at = now + CHORE_S
        if (known := self.steady.now()) is not None:
            self.outbox.expire(known)
        if now >= self._reported_at + REPORT_S and (report := self.local.health()) is not None:
            self._reported_at = now
            self.outbox.record(report, self.outbox.sessions.of(NODE))
        while self.requests.hand_over():
            pass

    def close(self) -> None:
        """Ends the line, then closes the file."""
        self.uplink.close()
        self.market.close()
        self.ledger.close()

    def vitals(self) -> SyncVitals:
        """As the health checks see it. Blocking."""
        usage = self.outbox.usage()
        have = self.local.published()
        return SyncVitals(
            state=self.standing.identity.state,
            connected=self.uplink.connected,
            waiting=sum(each.records for each in usage.values()),
            full=usage["lead"].bytes / self.outbox.caps.of("lead"),
            stale=self.market.stale,
            catalog=have.version if have else 0,
            trouble=self.uplink.trouble or self.market.trouble,
            recalled=self.uplink.probe.refilled,
            forgotten=self.uplink.probe.forgotten,
        )

    def figures(self) -> Mapping[str, float]:
        """As Prometheus reads them. Blocking."""
        counts, have = self.uplink.sender.counts, self.local.published()
        found = {
            "joined": 1.0,
            "connected": float(self.uplink.connected),
            "catalog_version": float(have.version if have else 0),
            "catalog_stale": float(self.market.stale),
            "sent_messages_total": counts.messages,
            "sent_bytes_total": counts.bytes,
            "sent_records_total": counts.records,
            "resent_messages_total": counts.resent,
            "settled_records_total": counts.settled,
            "recalled_records_total": self.uplink.probe.refilled,
            "forgotten_numbers_total": self.uplink.probe.forgotten,
            "fetched_bytes_total": self.market.fetched_bytes,
            "applied_total": self.market.applied,
            "refused_heads_total": self.market.refused,
            "orders_total": self.orders.taken,
        }
        for cls, usage in self.outbox.usage().items():
            found[f"outbox_{cls}_records"], found[f"outbox_{cls}_bytes"] = usage.records, usage.bytes
            found[f"outbox_{cls}_lost_total"] = usage.dropped + usage.expired
        held = self.outbox.held()
        return {**found, "outbox_settled_records": held.records, "outbox_settled_bytes": held.bytes}


def open_side(member: Member, identity: Identity) -> Opened:
    """Opens it all; dials nothing yet. Blocking."""
    settings, local, clocks = member.settings, member.local, member.clocks
    ledger = Ledger(settings.data_dir / NODE_FILE, TABLES)
    ledger.write(lead_store.prepare).result(END_S)
    standing = Standing.open(member.files, identity, ledger, clocks)
    outbox = Outbox(ledger, standing.who, _caps(settings), clocks.stamp)
    outbox.open()
    pacing = Pacing(settings)
    running = Running(member, pacing)
    market = Market(standing, _place(member), ChildApplier(), pacing.now)
    orders = Orders(standing, ledger, outbox, _deeds(member, outbox, pacing, running))
    presence = Presence(standing, lambda: _facts(local, outbox, market, running))
    uplink = Uplink(standing, outbox, presence, pacing.now, (market, orders))
    recorder = Recorder(outbox, local.versions)
    return Opened(
        ledger,
        standing,
        outbox,
        recorder,
        KeptRequests(outbox),
        market,
        orders,
        uplink,
        local,
        Steady(clocks),
    )


def _caps(settings: Settings) -> Caps:
    return Caps(
        settings.outbox_bytes,
        settled_share=settings.outbox_settled_share,
        settled_s=settings.outbox_settled_hours * 3600,
    )


class Running:
    """Which of the hub's settings are in force."""

    def __init__(self, member: Member, pacing: Pacing) -> None:
        self._member, self._pacing = member, pacing
        self._level: str = member.settings.log_level
        self.version = desired.read(member.settings.data_dir).version

    def hot(self, values: Mapping[str, Scalar]) -> int:
        """Applies what needs no restart; gives how many values wait for one."""
        fresh = self._member.reload()
        self._pacing.set(fresh)
        if fresh.log_level != self._level:
            log.configure(fresh.log_level)
            self._level = fresh.log_level
        running = self._member.settings
        cold = [name for name in values if name not in desired.HOT]
        waiting = sum(bool(getattr(fresh, name) != getattr(running, name)) for name in cold)
        if not waiting:
            self.version = desired.read(running.data_dir).version
        return waiting


def _place(member: Member) -> Place:
    local = member.local
    return Place(
        data_dir=member.settings.data_dir,
        blobs=member.files.folder / BLOBS,
        ready=lambda: local.open_now,
        have=local.published,
        model=local.embedding,
        spare_bytes=member.settings.disk_free_bytes,
    )


def _deeds(member: Member, outbox: Outbox, pacing: Pacing, running: Running) -> NodeDeeds:
    settings = member.settings
    registry: Path = registry_file(settings.models_dir, settings.registry)

    def files(since_ms: int) -> tuple[Mapping[str, bytes], Sequence[str]]:
        return member.local.support_files(), log.recent.since(since_ms / 1000)

    return NodeDeeds(
        data_dir=settings.data_dir,
        outbox=outbox,
        live=member.live,
        files=files,
        stock=Stock(
            lambda: Registry.load(registry),
            Shelf(settings.models_dir),
            lambda: not pacing.now().urgent_only,
        ),
        hot=running.hot,
    )


def _facts(local: Local, outbox: Outbox, market: Market, running: Running) -> Facts:
    troubles = (market.trouble.code,) if market.trouble else ()
    return Facts(
        epoch=list(outbox.epochs())[-1],
        versions=local.versions(),
        usage=outbox.usage(),
        have=local.published(),
        settings=running.version,
        troubles=(*troubles, "catalog.stale") if market.stale else troubles,
    )
