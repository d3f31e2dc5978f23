"""`prilavok hub demo`: the whole loop on this machine, shown while it happens."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cloud.cli.hub import Data
from cloud.cli.hub import app as hub
from cloud.settings import Settings


@hub.command()
def demo(
    source: Annotated[Path, typer.Argument(help="Folder with catalog.jsonl, market.json, questions.json.")],
    data_dir: Data = None,
    port: Annotated[int, typer.Option(help="The hub's port; 0: any, for this start.")] = 8090,
    node_port: Annotated[int, typer.Option(help="The node's port; 0: any.")] = 8081,
    every: Annotated[float, typer.Option(help="Seconds between questions; 0: nobody asks.", min=0)] = 10,
) -> None:
    """Run hub, broker, a demo tenant and a node that joins, asks and syncs. Ctrl-C stops it all."""
    from cloud.cli.demo_view import picture, text
    from cloud.demo.loop import Loop
    from cloud.demo.place import HOST, Place
    from cloud.port import free_port

    folder = Settings.load(data_dir=data_dir).data_dir.resolve()
    place = Place(folder, free_port(HOST, port), free_port(HOST, node_port))
    with (picture if sys.stdout.isatty() else text)(place) as show:
        Loop(place, source.resolve(), every).run(show)
