"""`prilavok-edge kiosk`: prints or installs what a shared screen on the box needs."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from edge.cli.ask import Json
from edge.cli.serve import HTTPS_PORT
from edge.kiosk.service import NEXT, POLICIES, UNIT, Kiosk
from edge.secure.service import Secure
from edge.settings import Settings


def kiosk(
    show: Annotated[bool, typer.Option("--print", help="Print policy and unit (the default).")] = False,
    install: Annotated[bool, typer.Option("--install", help="Write them, with the screen's user.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --install: what would change.")] = False,
    url: Annotated[str | None, typer.Option(help="The page to show.")] = None,
    root: Annotated[Path, typer.Option(help="Root of the system to install into, for images.")] = Path("/"),
    json: Json = False,
) -> None:
    """Set up a full-screen browser on this box: Chromium's policy and the unit that starts it."""
    screen = _screen(Settings.load(), url)
    if screen.authority is None:
        typer.echo("No authority yet: start the node once, so that the browser trusts its HTTPS.", err=True)
    if show or not install:
        if json:
            told = {"policy": msgspec.json.decode(screen.policy()), "unit": screen.unit()}
            typer.echo(msgspec.json.encode(told).decode())
            return
        typer.echo(f"# /{POLICIES[0]}\n{screen.policy().decode()}\n# /{UNIT}\n{screen.unit()}")
        return
    changes = screen.plan(root) if dry_run else screen.install(root)
    if json:
        typer.echo(msgspec.json.encode({"changes": changes, "next": NEXT}).decode())
        return
    for one in changes:
        typer.echo(f"{one.change:8} {root / one.path}")
    if not dry_run:
        typer.echo("Next:\n" + "\n".join(f"  {line}" for line in NEXT))


def _screen(settings: Settings, url: str | None) -> Kiosk:
    """The screen of this node. The page on the box itself is a secure context without any certificate."""
    secure = Secure.of(settings.data_dir, settings.names)
    authority = secure.store.authority() if settings.https else None
    port = settings.https_port or HTTPS_PORT
    return Kiosk(
        url=url or f"http://127.0.0.1:{settings.port}/?kiosk",
        secure_url=f"https://127.0.0.1:{port}/" if authority else None,
        authority=authority.der if authority else None,
    )
