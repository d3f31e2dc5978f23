"""`prilavok-edge serve`: runs the node until it is told to stop."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from edge import log
from edge.chat.desk import Desk
from edge.database import driver, held
from edge.metrics import Metrics
from edge.parts import Opened, Parts, Stage
from edge.secure.service import Secure
from edge.settings import Settings
from sync import failpoint

HTTPS_PORT = 8443
SWITCH_S = 0.0002
"""How long a thread may keep the interpreter from another: an answer gives it up at each look into a file,
and must not wait long each time while something is made in the background."""


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 lets the system choose.")] = None,
    https_port: Annotated[int | None, typer.Option(help="Port for HTTPS; 0 lets the system choose.")] = None,
    models_dir: Annotated[Path | None, typer.Option(help="Folder of the models.")] = None,
    generator: Annotated[str | None, typer.Option(help="Registry name, auto or none.")] = None,
    embedding: Annotated[str | None, typer.Option(help="Registry name, auto or none.")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
) -> None:
    """Serve the counter: the page, the chat and the interface. Ctrl-C stops it."""
    flags: dict[str, object] = {
        "host": host,
        "port": port,
        "https_port": https_port,
        "models_dir": models_dir,
        "generator": generator,
        "embedding": embedding,
        "log_level": log_level,
    }
    settings = Settings.load(**flags)  # type: ignore[arg-type]  # none of them is `file`
    log.configure(settings.log_level)
    driver()
    sys.setswitchinterval(SWITCH_S)
    _arm()
    with held(settings.data_dir):
        asyncio.run(_serve(settings, lambda: Settings.load(**flags)))  # type: ignore[arg-type]


def _arm() -> None:
    """For fault tests: the place in the code where this process ends itself, as a power cut would."""
    if plan := os.environ.get("PRILAVOK_FAILPOINT"):
        failpoint.arm(plan, lambda: os.kill(os.getpid(), signal.SIGKILL))


async def _serve(settings: Settings, reload: Callable[[], Settings]) -> None:
    from edge import opening
    from edge.app import create
    from edge.membership import Membership
    from edge.server import Place
    from edge.server import serve as run

    def open_all(stage: Stage) -> Opened:
        opened = opening.open_all(settings, metrics, stage)
        gc.freeze()  # what is open stays; looking through it all for garbage held answers up for 0.2 s
        return opened

    metrics = Metrics()
    parts = Parts(
        desk=Desk(settings.queue_limit),
        opener=open_all,
        data_dir=settings.data_dir,
        disk_free_bytes=settings.disk_free_bytes,
        metrics=metrics,
    )
    secure = Secure.of(settings.data_dir, settings.names)
    membership = Membership(settings, parts, reload=reload)
    parts.sync = membership.vitals
    app = create(settings, parts, metrics, secure, membership)
    place = Place(settings.host, settings.port, secure if settings.https else None, _https_port(settings))
    membership.start()
    try:
        await run(app, parts, place, settings.stop_timeout_s, _say)
    finally:
        membership.close()


def _https_port(settings: Settings) -> int:
    """The port set, else the usual one; where the system chooses the other port, it chooses this one too."""
    if settings.https_port is not None:
        return settings.https_port
    return HTTPS_PORT if settings.port else 0


def _say(url: str) -> None:
    if sys.stdout.isatty():
        typer.echo(f"Prilavok stands at {url} (Ctrl-C stops it)")
    else:
        typer.echo(url)
