"""`prilavok hub ingest | project | requeue | fleet`: the processes beside the interface."""

import json
from typing import Annotated

import typer

from cloud import log
from cloud.cli.hub import Data, File, Json
from cloud.cli.hub import app as hub
from cloud.settings import Settings
from cloud.supervisor import until_told


@hub.command()
def ingest(
    settings: File = None,
    data_dir: Data = None,
    presence: Annotated[bool, typer.Option(help="Listen to nodes' statuses too.")] = True,
) -> None:
    """Store and acknowledge what nodes send; as many as wanted beside each other. Ctrl-C stops it."""
    from cloud.ingest.worker import run

    found = Settings.load(settings, data_dir=data_dir)
    log.configure(found.log_level)
    run(found, until_told(), presence=presence)


@hub.command()
def project(settings: File = None, data_dir: Data = None) -> None:
    """Make rows of stored records: the only process that reads log_keys_dir. Ctrl-C stops it."""
    from cloud.ingest.projector.worker import run

    found = Settings.load(settings, data_dir=data_dir)
    log.configure(found.log_level)
    run(found, until_told())


@hub.command()
def fleet(settings: File = None, data_dir: Data = None) -> None:
    """Keep broker accounts, send commands, take rollouts on: one works, others stand by. Ctrl-C stops it."""
    from cloud.fleet.keeper import run

    found = Settings.load(settings, data_dir=data_dir)
    log.configure(found.log_level)
    run(found, until_told())


@hub.command()
def requeue(
    tenant: Annotated[str, typer.Argument(help="The tenant's name.")],
    settings: File = None,
    data_dir: Data = None,
    as_json: Json = False,
) -> None:
    """Let a tenant's quarantined records be tried again, after what was wrong is mended."""
    from cloud import postgres
    from cloud.ingest.projector.service import Projector
    from cloud.keyring import Keyring

    found = Settings.load(settings, data_dir=data_dir)
    with postgres.open_pool(found, "projector") as pool:
        count = Projector(pool, Keyring.of(found)).requeue(tenant)
    typer.echo(json.dumps({"requeued": count}) if as_json else f"{count} records will be tried again.")
