"""The hub's processes on one machine, for `prilavok hub serve`: a feature with a process adds a line here."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence

from cloud import embedded, migrate, postgres
from cloud.settings import PREFIX, Settings
from cloud.supervisor import Child, Supervisor


def of_hub(settings: Settings) -> list[Child]:
    """What a whole hub runs; the interface first."""
    ingest = [
        _child(f"ingest-{number}", "ingest", *_presence(number)) for number in range(settings.ingest_workers)
    ]
    others = {"projector": "project", "fleet": "fleet", "catalog": "announce", "delivery": "deliver"}
    return [_child("web", "web"), *ingest, *(_child(name, command) for name, command in others.items())]


def _presence(number: int) -> tuple[str, ...]:
    return () if number == 0 else ("--no-presence",)


def _child(name: str, *arguments: str) -> Child:
    return Child(name, (sys.executable, "-m", "cloud.cli", "hub", *arguments))


def run(settings: Settings, children: Sequence[Child], told: Mapping[str, object]) -> None:
    """Brings the database up to date, then runs the children until SIGTERM or SIGINT.

    `told` are the settings that came as flags: children read them from their environment.
    """
    migrate.migrate(settings)
    flags = {f"{PREFIX}{name.upper()}": str(value) for name, value in told.items() if value is not None}
    supervisor = Supervisor({**os.environ, **flags, **database(settings)})
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.stop.set())
    supervisor.run(children)


def database(settings: Settings) -> dict[str, str]:
    """The embedded server's address: it is this process's, and outlives a child."""
    if settings.database_url is not None or settings.role_url("app") is not None:
        return {}
    server = embedded.start(settings.data_dir / "postgres")
    return {f"{PREFIX}DATABASE_URL": postgres.as_role(embedded.admin_url(server), "app", postgres.DATABASE)}
