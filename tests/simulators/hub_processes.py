"""The hub's processes over a test's database, and a shell of an operator's beside them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloud.mqtt import Broker
from cloud.settings import ROLES
from tests.simulators.hub_database import Database

LIMIT_S = 180
SECRET = "correct horse battery"
COMMAND = (sys.executable, "-m", "cloud.cli")


@dataclass
class Desk:
    """A shell where somebody works: its environment, its folder, and the hub's address."""

    environment: dict[str, str]
    url: str
    folder: Path

    def run(self, *arguments: str, said: str = "", fails: int = 0) -> "subprocess.CompletedProcess[str]":
        """`prilavok …`, which has to end with that code."""
        done = subprocess.run(
            [*COMMAND, *arguments],
            env=self.environment,
            input=said,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            cwd=self.folder,
        )
        assert done.returncode == fails, done.stdout + done.stderr
        return done

    def told(self, *arguments: str) -> Any:
        """What it prints with --json."""
        return json.loads(self.run(*arguments, "--json").stdout)

    def logged_in(self) -> "Desk":
        """As the hub's admin "root"."""
        self.run("hub", "admin", "root", "--password-stdin", said=SECRET)
        self.run("login", "root", "--password-stdin", said=SECRET)
        return self


@contextmanager
def hub(database: Database, broker: Broker, folder: Path, *others: str, port: int = 0) -> Iterator[Desk]:
    """The interface, on a free port if on none, and these processes beside it; ended by SIGKILL.

    The same folder and port again are the same hub.
    """
    environment = {**os.environ, **_told(database, broker, folder), "PYTHONPATH": os.getcwd()}
    (folder / "desk").mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        log = stack.enter_context((folder / "log").open("a"))

        def start(*arguments: str) -> "subprocess.Popen[str]":
            process = stack.enter_context(
                subprocess.Popen(
                    [*COMMAND, "hub", *arguments],
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                )
            )
            stack.callback(process.kill)
            return process

        web = start("web", "--port", str(port))
        assert web.stdout is not None
        url = web.stdout.readline().strip()
        environment["PRILAVOK_API"] = url
        for other in others:
            start(other)
        yield Desk(environment, url, folder / "desk")


def _told(database: Database, broker: Broker, folder: Path) -> dict[str, str]:
    roles = {f"PRILAVOK_HUB_DATABASE_{role.upper()}_URL": database.url(role) for role in ROLES}  # type: ignore[arg-type]
    account = {
        "PRILAVOK_HUB_BROKER_USERNAME": broker.username or "",
        "PRILAVOK_HUB_BROKER_PASSWORD": broker.password or "",
    }
    return {
        **roles,
        **account,
        "PRILAVOK_HUB_DATA_DIR": str(folder / "hub"),
        "PRILAVOK_HUB_BROKER_URL": broker.url,
        "PRILAVOK_HUB_EMBEDDING": "none",
        "XDG_CONFIG_HOME": str(folder / "config"),
    }
