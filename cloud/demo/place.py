"""Where the demonstration lives: its folder, ports and passwords, made once and kept for the next start."""

import os
import secrets
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cloud.port import free_port
from sync.errors import Corrupt

HOST = "127.0.0.1"
FILE = "demo.json"
TENANT, NODE = "demo", "counter-1"
PLACES = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What must be the same at the next start. `done` are the steps of the guide."""

    broker_port: int
    redis_port: int
    broker_password: str
    admin_password: str
    done: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Kept(broker_port={self.broker_port}, done={self.done})"


@dataclass(frozen=True)
class Place:
    """`port` is the hub's, `node_port` the node's."""

    folder: Path
    port: int
    node_port: int

    @property
    def hub(self) -> str:
        """The hub's address."""
        return f"http://{HOST}:{self.port}"

    @property
    def node(self) -> str:
        """The node's address."""
        return f"http://{HOST}:{self.node_port}"

    @property
    def node_folder(self) -> Path:
        """The node's data."""
        return self.folder / "node"

    def kept(self) -> Kept:
        """What was made at the first start. Corrupt when it was damaged since."""
        path = self.folder / FILE
        if not path.exists():
            made = Kept(
                broker_port=free_port(HOST, 0),
                redis_port=free_port(HOST, 0),
                broker_password=secrets.token_hex(16),
                admin_password=secrets.token_hex(8),
            )
            self.keep(made)
        try:
            return msgspec.json.decode(path.read_bytes(), type=Kept)
        except msgspec.DecodeError as error:
            hint = f"Delete the folder {self.folder} to begin anew."
            raise Corrupt(f"{path} is damaged: {error}.", code="demo.damaged", hint=hint) from None

    def keep(self, kept: Kept) -> None:
        """Writes it down, for its owner alone."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = self.folder / f".{FILE}"
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(kept)))
        partial.replace(self.folder / FILE)

    def hub_environment(self) -> dict[str, str]:
        """Settings of the hub's processes, above what the environment says."""
        kept = self.kept()
        return {
            **os.environ,
            "PRILAVOK_HUB_DATA_DIR": str(self.folder),
            "PRILAVOK_HUB_HOST": HOST,
            "PRILAVOK_HUB_PORT": str(self.port),
            "PRILAVOK_HUB_PUBLIC_URL": self.hub,
            "PRILAVOK_HUB_BROKER_URL": f"mqtt://{HOST}:{kept.broker_port}",
            "PRILAVOK_HUB_BROKER_USERNAME": "hub",
            "PRILAVOK_HUB_BROKER_PASSWORD": kept.broker_password,
            **({"PRILAVOK_HUB_REDIS_URL": f"redis://{HOST}:{kept.redis_port}/0"} if redis_server() else {}),
        }

    def operator_environment(self) -> dict[str, str]:
        """For `prilavok`: a login of the demonstration's own."""
        login = {"XDG_CONFIG_HOME": str(self.folder / "operator"), "PRILAVOK_TENANT": TENANT}
        return {**os.environ, **login}

    def node_environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """For the node: its own data, models shared with the user's other nodes."""
        own = {"PRILAVOK_DATA_DIR": str(self.node_folder), "PRILAVOK_HTTPS": "false"}
        return {**os.environ, **own, **more}


def redis_server() -> str | None:
    """The Redis of this machine; None where none is installed: everything works in memory."""
    return shutil.which("redis-server", path=PLACES)


def program(module: str, *arguments: str) -> tuple[str, ...]:
    """A command of ours, run by this Python."""
    return (sys.executable, "-m", module, *arguments)


def leashed(command: Sequence[str]) -> tuple[str, ...]:
    """A command that ends with whoever started it, however that ends."""
    return program("cloud.demo.leash", *command)
