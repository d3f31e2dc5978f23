"""`prilavok hub …`: runs the hub's processes on this machine, and looks after its database."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cloud import log
from cloud.settings import Settings
from cloud.version import VERSION

app = typer.Typer(help="Run the hub on this machine.", no_args_is_help=True)
File = Annotated[Path | None, typer.Option(help="Settings file (TOML).", envvar="PRILAVOK_HUB_SETTINGS")]
Data = Annotated[Path | None, typer.Option(help="Folder of the hub's data.", envvar="PRILAVOK_HUB_DATA_DIR")]
Host = Annotated[str | None, typer.Option(help="Address to listen on.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on; 0 lets the system choose.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def serve(
    settings: File = None,
    data_dir: Data = None,
    host: Host = None,
    port: Port = None,
    ingest_workers: Annotated[int | None, typer.Option(help="How many processes take records in.")] = None,
) -> None:
    """Run all of the hub's processes on this machine. Ctrl-C stops them."""
    from cloud import children

    told = {"settings": settings, "data_dir": data_dir, "host": host, "port": port}
    found = Settings.load(settings, data_dir=data_dir, host=host, port=port, ingest_workers=ingest_workers)
    log.configure(found.log_level)
    children.run(found, children.of_hub(found), told)


@app.command()
def web(settings: File = None, data_dir: Data = None, host: Host = None, port: Port = None) -> None:
    """Serve the hub's interface, and nothing else. Ctrl-C stops it."""
    from cloud.account.service import first
    from cloud.app import create
    from cloud.parts import Parts
    from cloud.port import free_port
    from cloud.server import serve as run

    found = Settings.load(settings, data_dir=data_dir, host=host, port=port)
    log.configure(found.log_level)
    found = found.at(free_port(found.host, found.port))  # nodes are told the port that it is
    parts = Parts.open(found)
    try:
        _greet(first(parts.pool))
        asyncio.run(run(create(parts), found.host, found.port, _say))
    finally:
        parts.close()


@app.command()
def migrate(
    settings: File = None,
    data_dir: Data = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be applied.")] = False,
    as_json: Json = False,
) -> None:
    """Bring the database up to date."""
    from cloud import migrate as database

    names = database.migrate(Settings.load(settings, data_dir=data_dir), dry_run=dry_run)
    if as_json:
        typer.echo(json.dumps({"applied": [] if dry_run else names, "due": names if dry_run else []}))
        return
    for name in names:
        typer.echo(f"{'would apply' if dry_run else 'applied'} {name}")
    if not names:
        typer.echo("The database is up to date.")


@app.command()
def doctor(settings: File = None, data_dir: Data = None, as_json: Json = False) -> None:
    """Say what is wrong with the hub and what to do. Exit code 1 when something is."""
    from cloud.health.service import examine

    report = examine(Settings.load(settings, data_dir=data_dir), VERSION)
    if as_json:
        typer.echo(msgspec.json.encode(report).decode())
    else:
        for each in report.findings:
            typer.echo(f"{'✓' if each.well else '✗'} {each.check}: {each.says} {each.hint}".rstrip())
    raise typer.Exit(0 if report.ready else 1)


def _greet(password: str | None) -> None:
    if password is not None:
        typer.echo(
            f"The first admin of this hub is `admin`, password {password} (shown this once).", err=True
        )


def _say(url: str) -> None:
    typer.echo(f"The hub stands at {url} (Ctrl-C stops it)" if sys.stdout.isatty() else url)
