"""Runs the demonstration: the hub's processes, a broker, the guide, then the node and a visitor."""

import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cloud import children, log, migrate, postgres
from cloud.demo import beside, store
from cloud.demo.guide import Guide
from cloud.demo.place import TENANT, Place, leashed, program
from cloud.demo.store import Seen
from cloud.demo.talk import Visitor
from cloud.postgres import Pool
from cloud.settings import PREFIX, Settings
from cloud.supervisor import Child, Supervisor
from sync.errors import PrilavokError

LOOK_S = 0.5
LOGS = "logs"
Show = Callable[[Mapping[str, int], Seen, Sequence[str]], None]
"""Is given, twice a second, what runs, what arrived and what was said."""


@dataclass
class Loop:
    """What runs, and what was said of it."""

    place: Place
    source: Path
    every_s: float
    said: list[str] = field(default_factory=list)
    seen: Seen = field(default_factory=Seen)
    failure: PrilavokError | None = None

    def run(self, show: Show) -> None:
        """Until Ctrl-C, SIGTERM or a step that fails, which is raised once everything has ended."""
        settings = self._settings()
        migrate.migrate(settings)
        supervisor = Supervisor({**self.place.hub_environment(), **children.database(settings)})
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: supervisor.stop.set())
        (self.place.folder / LOGS).mkdir(exist_ok=True, mode=0o700)
        self._guide().prepare(supervisor.stop)
        for child in (beside.broker(self.place), beside.redis(self.place), *children.of_hub(settings)):
            if child is not None:
                supervisor.start(self._logged(child))
        threading.Thread(target=self._follow, args=(supervisor,), name="guide", daemon=True).start()
        with postgres.open_pool(settings, "app") as pool:
            self._look(supervisor, pool, show)
        supervisor.join()
        if self.failure is not None:
            raise self.failure

    def _settings(self) -> Settings:
        told = self.place.hub_environment()
        own = {name.removeprefix(PREFIX).lower(): told[name] for name in told if name.startswith(PREFIX)}
        flags: dict[str, Any] = {name: own[name] for name in own if name in Settings.model_fields}
        settings = Settings.load(**flags)
        log.configure(settings.log_level)
        return settings

    def _logged(self, child: Child) -> Child:
        return Child(child.name, child.command, child.environment, self.place.folder / LOGS / child.name)

    def _guide(self) -> Guide:
        return Guide(self.place, self.source, self.said.append)

    def _follow(self, supervisor: Supervisor) -> None:
        """The guide's steps, then the node, then a visitor."""
        try:
            self._guide().run(supervisor.stop)
        except PrilavokError as error:
            self.failure = error
            supervisor.stop.set()
        if supervisor.stop.is_set():
            return
        serve = leashed(program("edge.cli", "serve", "--port", str(self.place.node_port)))
        supervisor.start(self._logged(Child("node", serve, self.place.node_environment({}))))
        if self.every_s:
            questions = self.source / "questions.json"
            while not any(node.catalog for node in self.seen.nodes):
                if supervisor.stop.wait(LOOK_S):
                    return
            Visitor(self.place.node, questions, self.every_s, self.said.append).run(supervisor.stop)

    def _look(self, supervisor: Supervisor, pool: Pool, show: Show) -> None:
        while not supervisor.stop.wait(LOOK_S):
            try:
                self.seen = store.look(pool, TENANT)
            except PrilavokError as error:
                self.said.append(error.message)
            show(supervisor.started, self.seen, self.said)
