"""`prilavok-edge join`: makes this box a node of a hub, with the file that the hub made for it."""

from pathlib import Path
from typing import Annotated

import typer

from edge.settings import Settings


def join(
    file: Annotated[Path, typer.Argument(help="The provisioning file; it is deleted once it is used.")],
    renew: Annotated[
        bool, typer.Option("--renew", help="Replace the keys of a node that has joined.")
    ] = False,
) -> None:
    """Join a hub. A running node begins to sync by itself; the file works once."""
    from edge.uplink.clock import Clocks
    from edge.uplink.identity import IdentityStore
    from edge.uplink.join import join as take

    settings = Settings.load()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    identity = take(file, IdentityStore(settings.data_dir), Clocks().now(), renew=renew)
    document = identity.document
    typer.echo(
        f"This node is {document.node} of {document.tenant}, market {document.market}, at {document.hub}."
    )
    typer.echo("It is let in as soon as it reaches the hub; `prilavok-edge sync status` tells.")
