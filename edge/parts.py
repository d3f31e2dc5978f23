"""The parts of a running node, opened while the server already answers, and what is wrong.

What is opened, and how, is the business of the opener it is given (`opening.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import structlog

from edge.browse.service import Shelf
from edge.browser_index.shelf import Shelf as BrowserShelf
from edge.browser_model.service import BrowserModel
from edge.chat.desk import Desk
from edge.chat.embedding import Embedder
from edge.chat.service import Answers
from edge.health.service import Health
from edge.health.vital import Phase, SyncVitals, Vitals
from edge.metrics import Metrics
from edge.uplink.report import Sample, health_report
from edge.version import VERSION
from models.runtime.generator import Generator
from sync.errors import Missing, PrilavokError, Unavailable
from sync.head import Have
from sync.provider import Provider
from sync.record import HealthReport, Versions

log = structlog.get_logger()
Stage = Callable[[str], None]


@dataclass(frozen=True)
class Opened:
    """Everything that answers. `troubles` are parts that did not open though wanted; the node goes on."""

    answers: Answers
    shelf: Shelf
    generator: Generator | None = None
    embedder: Embedder | None = None
    troubles: dict[str, PrilavokError] = field(default_factory=dict)
    vectors: Callable[[], tuple[int, int]] | None = None
    browser: BrowserShelf | None = None
    browser_model: BrowserModel | None = None
    published: Callable[[], Have | None] = lambda: None
    close: Callable[[], None] = lambda: None


@dataclass
class Parts:
    """`opener` is called once, at the desk; it tells each stage that it begins and gives what it opened."""

    desk: Desk
    opener: Callable[[Stage], Opened]
    data_dir: Path
    disk_free_bytes: int
    metrics: Metrics | None = None
    sync: Callable[[], SyncVitals | None] = lambda: None
    phase: Phase = "starting"
    stage: str = "settings"
    failure: PrilavokError | None = None
    stopping: bool = False
    _opened: Opened | None = None

    async def open(self) -> None:
        """Opens everything; a failure is kept for `/health` to tell."""
        try:
            self._opened = await self.desk.call(lambda: self.opener(self._enter), bounded=False)
        except PrilavokError as error:
            self.failure, self.phase = error, "failed"
            log.error("failed", stage=self.stage, code=error.code, reason=error.message, hint=error.hint)
            return
        self.phase = "ready"
        log.info("ready", troubles={part: error.code for part, error in self._opened.troubles.items()})

    def answers(self) -> Answers:
        """The pipeline. Unavailable until it is open."""
        return self._ready().answers

    def shelf(self) -> Shelf:
        """The catalogue and its search. Unavailable until they are open."""
        return self._ready().shelf

    def browser(self) -> BrowserShelf:
        """What pages take along. Unavailable until the catalogue is open."""
        found = self._ready().browser
        if found is None:
            raise Missing("No browser index is kept here.", code="browser.none", hint="Ask the node itself.")
        return found

    def browser_model(self) -> BrowserModel | None:
        """The model that pages may take along; None where there is none for them."""
        return self._ready().browser_model

    def provider(self, id: str) -> Provider:
        """A provider of the catalogue. Missing when there is none. Blocking."""
        return self.shelf().catalog.get(id)

    def generator(self) -> Generator | None:
        """The engine, where there is one."""
        return self._opened.generator if self._opened else None

    def engine_vitals(self) -> Mapping[str, float]:
        """Figures of the engine; none where there is none."""
        generator = self.generator()
        return generator.vitals() if generator else {}

    def embedder(self) -> Embedder | None:
        """The embedding model, where there is one."""
        return self._opened.embedder if self._opened else None

    @property
    def open_now(self) -> bool:
        """Whether the catalogue is open."""
        return self._opened is not None

    def published(self) -> Have | None:
        """The published state of the catalogue, where the hub's was applied last."""
        return self._opened.published() if self._opened else None

    def embedding(self) -> tuple[str, int] | None:
        """The embedding model's name and dimension."""
        embedder = self.embedder()
        return None if embedder is None else (embedder.name, embedder.dimension)

    def health(self) -> HealthReport | None:
        """The node's health as a record; None while it starts."""
        samples = () if self.metrics is None else self.metrics.samples()
        found = (Sample(name, value, grows) for name, value, grows in samples)
        return health_report(Health(self.vitals, VERSION).report(), found, self.versions())

    def support_files(self) -> Mapping[str, bytes]:
        """What a support bundle has beside the log: no word of a conversation, no secret."""
        report = Health(self.vitals, VERSION).report()
        files = {
            "health.json": msgspec.json.encode(report),
            "versions.json": msgspec.json.encode(self.versions()),
        }
        return files if self.metrics is None else {**files, "metrics.txt": self.metrics.text()}

    def versions(self) -> Versions:
        """What answers now, as records name it. The catalogue's is the hub's, where it has one."""
        generator, embedder, have = self.generator(), self.embedder(), self.published()
        return Versions(
            node=VERSION,
            catalog=have.version if have else 0,
            generator=generator.name if generator else None,
            embedding=embedder.name if embedder else None,
        )

    def vitals(self) -> Vitals:
        """The node as it is now, for the health checks."""
        opened = self._opened
        troubles = dict(opened.troubles) if opened else {}
        if self.failure:
            troubles["database"] = self.failure
        return Vitals(
            phase=self.phase,
            stage=self.stage,
            data_dir=self.data_dir,
            disk_free_bytes=self.disk_free_bytes,
            troubles=troubles,
            version=opened.shelf.catalog.version if opened else None,
            providers=opened.shelf.catalog.count if opened else None,
            vectors=opened.vectors if opened else None,
            sync=self.sync,
        )

    async def close(self) -> None:
        """Stops what runs and closes what is open."""
        opened, self._opened, self.phase = self._opened, None, "failed"
        await self.desk.close()
        if opened:
            if opened.generator:
                await opened.generator.close()
            opened.close()

    def _enter(self, stage: str) -> None:
        self.stage = stage
        log.info("opening", stage=stage)

    def _ready(self) -> Opened:
        if self.stopping:
            raise Unavailable(
                "The node is stopping.",
                code="node.stopping",
                hint="Ask again in a moment.",
                retry_after_s=5.0,
            )
        if self._opened is not None:
            return self._opened
        if self.failure is not None:
            raise Unavailable(
                f"The node did not start: {self.failure.message}",
                code="node.failed",
                hint=self.failure.hint or "Run `prilavok-edge doctor`.",
            )
        raise Unavailable(
            f"The node is starting: opening the {self.stage}.",
            code="node.starting",
            hint="Ask again in a moment.",
            retry_after_s=1.0,
        )
